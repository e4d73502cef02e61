//! The phone network: real datagrams, and a real telephone of somebody else's making behind the trunk
//! (baresip; skipped, and said aloud, where it is not installed).

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use alo_browser_tests::baresip::{Answers, Baresip, G711_FIRST, Subscriber};
use alo_browser_tests::ports;
use alo_browser_tests::sound::Sound;
use alo_pbx::config::{Config, DEMO};
use alo_pbx::server::Server;
use support::phone::{Ended, Phone};

const AN: f64 = 440.0;
/// What the mobile phone's microphone hears.
const MOBILE: f64 = 620.0;
const NUMBER: &str = "+84901234567";
const SALES: &str = "+842873001001";

/// The demo call centre, with a trunk to a peer at this port of this machine.
async fn with_trunk(peer: u16, more: &str) -> (Server, String, u16) {
    let rtp = ports::free().unwrap() & !1;
    let text = format!(
        "{DEMO}\n[trunk]\naddress = \"127.0.0.1:{peer}\"\nbind = \"127.0.0.1:0\"\n\
         rtp_ports = \"{rtp}-{}\"\n{more}",
        rtp + 19
    );
    let mut config = Config::parse("trunk.toml", &text).unwrap();
    config.http.port = 0;
    config.media.bind = [127, 0, 0, 1].into();
    if let Ok(filter) = std::env::var("ALO_TEST_LOG") {
        config.log.filter = filter;
        // The first test of the process starts it for all.
        let _ = alo_pbx::logging::start(&config.log);
    }
    let server = Server::start(config).await.unwrap();
    let url = format!("http://{}/", server.address());
    let trunk = server.trunk_address().unwrap().port();
    (server, url, trunk)
}

/// A telephone, where there is one on this machine.
async fn telephone(answers: Answers, codecs: &'static str) -> Option<Baresip> {
    let subscriber = Subscriber {
        who: "the mobile phone".into(),
        number: NUMBER,
        tone: MOBILE,
        answers,
        codecs,
    };
    match Baresip::start(&subscriber).await {
        Ok(telephone) => Some(telephone),
        Err(error) if format!("{error:#}").contains("not installed") => {
            eprintln!("skipped: {error:#}");
            None
        }
        Err(error) => panic!("{error:#}"),
    }
}

/// Waits until a telephone hears what it should.
async fn hears(telephone: &Baresip, what: &str, tone: f64, is_so: impl Fn(&Sound) -> bool) {
    let end = Instant::now() + Duration::from_secs(15);
    loop {
        let sound = telephone.hear(&[tone]).unwrap();
        if is_so(&sound) {
            return;
        }
        assert!(
            Instant::now() < end,
            "{what}: {sound:?}\n{}",
            telephone.log()
        );
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
}

fn is_heard(sound: &Sound) -> bool {
    sound.tones[0].level > -40.0 && sound.tones[0].contrast > 10.0
}

/// Something that is none of the tones: music.
fn is_music(sound: &Sound) -> bool {
    sound.other > -50.0
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mobile_phone_waits_with_music_and_talks_with_an_agent() {
    for codecs in [G711_FIRST, "opus/48000/2"] {
        let Some(mobile) = telephone(Answers::WhenTold, codecs).await else {
            return;
        };
        let (server, url, trunk) = with_trunk(mobile.port(), "").await;
        mobile.dial("02873001001", trunk).await.unwrap();
        mobile.talks().await.unwrap();
        hears(&mobile, "the music of the queue", AN, is_music).await;
        let mut an = Phone::agent(&url, "101", AN).await;
        let (session, offer, invite) = an.rings().await;
        let from = invite.headers().from().unwrap().unwrap();
        assert_eq!(from.uri().user().as_deref(), Some(NUMBER));
        an.answer(session, offer).await;
        an.browser
            .wait_until("An hears the mobile phone", |heard| heard.hears(MOBILE));
        hears(&mobile, "the mobile phone hears An", AN, is_heard).await;
        mobile.hang_up().await.unwrap();
        assert_eq!(an.ends(session).await, Ended::ByRemote);
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_calls_a_mobile_phone_from_a_hotline() {
    let Some(mobile) = telephone(Answers::WhenTold, G711_FIRST).await else {
        return;
    };
    let (server, url, _) = with_trunk(mobile.port(), "").await;
    let mut an = Phone::agent(&url, "101", AN).await;
    let call = an.call("0901 234 567");
    an.flush().await;
    let caller = mobile.rings().await.unwrap();
    assert!(caller.contains(SALES), "{caller}");
    an.hears_ringing(call).await;
    mobile.answer().await.unwrap();
    an.is_answered(call).await;
    an.browser
        .wait_until("An hears the mobile phone", |heard| heard.hears(MOBILE));
    hears(&mobile, "the mobile phone hears An", AN, is_heard).await;
    an.browser.press("42");
    mobile.hears_digits("42").await.unwrap();
    an.hang_up(call).await;
    mobile.ended().await.unwrap();
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mobile_phone_that_declines_says_so_and_one_that_is_hung_up_on_stops_ringing() {
    let Some(mobile) = telephone(Answers::WhenTold, G711_FIRST).await else {
        return;
    };
    let (server, url, _) = with_trunk(mobile.port(), "").await;
    let mut an = Phone::agent(&url, "101", AN).await;
    let call = an.call(NUMBER);
    an.flush().await;
    mobile.rings().await.unwrap();
    mobile.hang_up().await.unwrap();
    let ended = an.ends(call).await;
    let Ended::Refused { status, warning } = &ended else {
        panic!("{ended:?}");
    };
    assert_eq!(*status, 486, "{warning}");
    assert!(warning.contains("Busy"), "{warning}");
    let call = an.call_elsewhere(NUMBER).await;
    mobile.rings().await.unwrap();
    an.hears_ringing(call).await;
    an.hang_up(call).await;
    mobile.ended().await.unwrap();
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_is_no_hotline_is_not_reached_from_outside() {
    let Some(mobile) = telephone(Answers::WhenTold, G711_FIRST).await else {
        return;
    };
    let (server, _, trunk) = with_trunk(mobile.port(), "").await;
    for number in ["101", "+84909999999", "sales"] {
        mobile.dial(number, trunk).await.unwrap();
        let why = mobile.ended().await.unwrap();
        assert!(why.contains("404"), "{number}: {why}");
    }
    server.stop().await;
}

/// A provider by hand: what it is sent, and where from.
struct Provider {
    socket: UdpSocket,
}

impl Provider {
    fn new() -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let patience = Some(Duration::from_secs(10));
        socket.set_read_timeout(patience).unwrap();
        Self { socket }
    }

    fn port(&self) -> u16 {
        self.socket.local_addr().unwrap().port()
    }

    /// The next request of this method.
    fn request(&self, method: &str) -> (String, SocketAddr) {
        let mut buffer = [0; 8192];
        loop {
            let (length, from) = self.socket.recv_from(&mut buffer).unwrap();
            let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
            if text.starts_with(method) {
                return (text, from);
            }
        }
    }

    fn answer(&self, request: &str, to: SocketAddr, status: &str, more: &str) {
        let copied = request.lines().filter(|line| {
            let name = line.split(':').next().unwrap_or_default();
            ["Via", "From", "To", "Call-ID", "CSeq"].contains(&name)
        });
        let copied: String = copied.map(|line| format!("{line}\r\n")).collect();
        let copied = copied.replace("\r\nCall-ID", ";tag=1\r\nCall-ID");
        let response = format!("SIP/2.0 {status}\r\n{copied}{more}Content-Length: 0\r\n\r\n");
        self.socket.send_to(response.as_bytes(), to).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trunk_registers_and_says_in_its_health_how_that_went() {
    let provider = Provider::new();
    let account = "register = true\nusername = \"alo\"\npassword = \"s3cret-of-the-trunk\"\n";
    let (server, url, _) = with_trunk(provider.port(), account).await;
    let at_provider = tokio::task::spawn_blocking(move || {
        let (first, from) = provider.request("REGISTER");
        let challenge = "WWW-Authenticate: Digest realm=\"x\", nonce=\"n\", algorithm=SHA-256\r\n";
        provider.answer(&first, from, "401 Unauthorized", challenge);
        let (second, from) = provider.request("REGISTER");
        assert!(second.contains("username=\"alo\""), "{second}");
        assert!(!second.contains("s3cret"), "{second}");
        let contact = second
            .lines()
            .find(|line| line.starts_with("Contact"))
            .unwrap();
        let contact = format!(
            "{};expires=300\r\n",
            contact.split(";expires").next().unwrap()
        );
        provider.answer(&second, from, "200 OK", &contact);
        provider
    });
    let provider = at_provider.await.unwrap();
    let end = Instant::now() + Duration::from_secs(10);
    while !health(&url).await.contains("phone network up") {
        assert!(Instant::now() < end, "{}", health(&url).await);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // It signs off when it stops.
    let bye = tokio::task::spawn_blocking(move || provider.request("REGISTER").0);
    server.stop().await;
    let bye = bye.await.unwrap();
    assert!(
        bye.contains("expires=0") || bye.contains("Expires: 0"),
        "{bye}"
    );
}

/// What `/healthz` says.
async fn health(url: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let address = url.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!("GET /healthz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_network_says_is_passed_on_with_its_cause() {
    let provider = Provider::new();
    let (server, url, _) = with_trunk(provider.port(), "").await;
    let mut an = Phone::agent(&url, "101", AN).await;
    let call = an.call(NUMBER);
    an.flush().await;
    let at_provider = tokio::task::spawn_blocking(move || {
        let (invite, from) = provider.request("INVITE");
        let reason = "Reason: Q.850;cause=34;text=\"No circuit\"\r\n";
        provider.answer(&invite, from, "503 Service Unavailable", reason);
        invite
    });
    let invite = at_provider.await.unwrap();
    assert!(
        invite.contains(&format!("From: \"Sales\" <sip:{SALES}@127.0.0.1>")),
        "{invite}"
    );
    assert!(invite.contains("RTP/AVP"), "{invite}");
    let ended = an.ends(call).await;
    let Ended::Refused { status, warning } = &ended else {
        panic!("{ended:?}");
    };
    assert_eq!(*status, 503);
    assert!(warning.contains("overloaded"), "{warning}");
    server.stop().await;
}
