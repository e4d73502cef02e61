//! Legs in virtual time. Datagrams go over a real socket of this machine, where they arrive at once.

use std::net::UdpSocket;

use str0m::change::{SdpAnswer, SdpPendingOffer};
use str0m::media::{Direction, MediaKind};
use str0m::net::{Protocol, Receive};
use str0m::{Candidate, Input, Output, Rtc};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::sync::oneshot;

use super::describe::MOST_LEGS;
use super::*;
use crate::media::api::MediaError;
use crate::media::{Allow, Digit, LegKind, MediaConfig, MusicId, Source, Tone, Turn};

const AN: LegId = LegId(1);
const BINH: LegId = LegId(2);

fn server() -> (Server, UnboundedReceiver<MediaEvent>) {
    let net = Net::open(MediaConfig {
        bind: "127.0.0.1:0".parse().unwrap(),
        ..MediaConfig::default()
    })
    .unwrap();
    let cert = str0m::crypto::from_feature_flags()
        .dtls_provider
        .generate_certificate()
        .unwrap();
    let (sender, events) = unbounded_channel();
    let library = Library::load(None).unwrap();
    (Server::new(net, None, cert, library, sender), events)
}

fn create_offer(server: &mut Server, now: Instant, leg: LegId) -> Result<String, MediaError> {
    let (reply, mut answer) = oneshot::channel();
    let allow = Allow::BOTH;
    let kind = LegKind::WebRtc;
    server.command(
        now,
        Command::CreateOffer {
            leg,
            kind,
            allow,
            reply,
        },
    );
    answer.try_recv().unwrap()
}

fn accept_offer(server: &mut Server, now: Instant, leg: LegId) -> String {
    let sdp = offer_for(server, now, leg);
    take_offer(server, now, leg, sdp)
}

/// An offer as a browser makes it: another peer connection is as good, but for ICE-lite.
fn offer_for(server: &mut Server, now: Instant, leg: LegId) -> String {
    let offer = create_offer(server, now, LegId(leg.0 + 1000)).unwrap();
    offer.replace("a=ice-lite\r\n", "")
}

/// The same offer with an ICE restart.
fn restarted(offer: &str) -> String {
    let line = |line: &str| match line.split_once(':') {
        Some(("a=ice-ufrag", _)) => "a=ice-ufrag:anew\r\n".to_owned(),
        Some(("a=ice-pwd", _)) => "a=ice-pwd:0123456789abcdefghijkl\r\n".to_owned(),
        _ => format!("{line}\r\n"),
    };
    offer.lines().map(line).collect()
}

/// What stands in the line of an SDP that begins so.
fn line<'a>(sdp: &'a str, start: &str) -> &'a str {
    let mut lines = sdp.lines();
    lines.find_map(|line| line.strip_prefix(start)).unwrap()
}

fn take_offer(server: &mut Server, now: Instant, leg: LegId, sdp: String) -> String {
    let (reply, mut answer) = oneshot::channel();
    let allow = Allow::BOTH;
    server.command(
        now,
        Command::AcceptOffer {
            leg,
            kind: LegKind::WebRtc,
            sdp,
            allow,
            reply,
        },
    );
    answer.try_recv().unwrap().unwrap()
}

#[test]
fn an_offer_is_what_a_browser_wants() {
    let (mut server, _events) = server();
    let offer = create_offer(&mut server, Instant::now(), AN).unwrap();
    for line in [
        "a=ice-lite",
        "a=rtcp-mux",
        "a=rtpmap:111 opus/48000/2",
        "a=rtpmap:110 telephone-event/48000",
        "a=fmtp:110 0-16",
        "a=sendrecv",
        "a=setup:actpass",
    ] {
        assert!(offer.lines().any(|l| l == line), "{line} in {offer}");
    }
    assert!(!offer.contains("telephone-event/8000"));
    assert_eq!(offer.matches("a=candidate").count(), 1);
}

#[test]
fn a_leg_that_does_not_come_up_is_told_of_once_and_kept() {
    let (mut server, mut events) = server();
    let now = Instant::now();
    let offer = offer_for(&mut server, now, AN);
    let first = take_offer(&mut server, now, AN, offer.clone());
    server.handle_timeout(now + Duration::from_secs(29));
    assert!(events.try_recv().is_err());
    server.handle_timeout(now + Duration::from_secs(31));
    assert_eq!(events.try_recv(), Ok(MediaEvent::Disconnected(AN)));
    // The one whose offer has no answer yet is still rung for.
    assert!(server.legs.contains_key(&LegId(1001)));
    // However late the phone has another network: it is the same leg that it restarts.
    let late = now + Duration::from_secs(600);
    server.handle_timeout(late);
    assert!(events.try_recv().is_err());
    let again = take_offer(&mut server, late, AN, restarted(&offer));
    assert_ne!(line(&first, "a=ice-ufrag:"), line(&again, "a=ice-ufrag:"));
    let session = |sdp| line(sdp, "o=").split(' ').nth(1).unwrap().to_owned();
    assert_eq!(session(&first), session(&again));
}

#[test]
fn a_leg_that_broke_ends_alone_and_is_not_opened_again() {
    let (mut server, mut events) = server();
    let now = Instant::now();
    accept_offer(&mut server, now, AN);
    create_offer(&mut server, now, BINH).unwrap();
    let done = server.guard(AN, |_, _, _, _| panic!("as str0m might"));
    assert_eq!(done, None::<()>);
    assert_eq!(events.try_recv(), Ok(MediaEvent::Failed(AN)));
    assert!(server.legs.contains_key(&BINH));
    let again = create_offer(&mut server, now, AN);
    assert_eq!(again, Err(MediaError::UnknownLeg(AN)));
    assert!(!server.legs.contains_key(&AN));
    server.command(now, Command::Close { leg: AN });
    assert!(server.dead.is_empty());
}

#[test]
fn a_closed_leg_leaves_nothing() {
    let (mut server, _events) = server();
    let now = Instant::now();
    accept_offer(&mut server, now, AN);
    accept_offer(&mut server, now, BINH);
    for (leg, source) in [
        (AN, Source::Leg(BINH)),
        (BINH, Source::Leg(AN)),
        (BINH, Source::Echo),
        (AN, Source::Music(MusicId("default".into()))),
        (AN, Source::Leg(BINH)),
    ] {
        server.command(
            now,
            Command::Hear {
                leg,
                source,
                turn: Turn(0),
            },
        );
    }
    let digits = Digits::from(Digit::from_char('1').unwrap());
    server.command(
        now,
        Command::SendDigits {
            leg: AN,
            digits,
            duration_ms: 100,
        },
    );
    for leg in [1, 2, 1001, 1002] {
        server.command(now, Command::Close { leg: LegId(leg) });
    }
    assert!(server.legs.is_empty());
    assert!(server.listeners.is_empty());
    assert!(server.timers.is_empty());
    assert!(server.scheduled.is_empty());
    assert_eq!(server.deadline(), None);
}

#[test]
fn music_goes_on_while_an_announcement_is_heard() {
    let (mut server, _events) = server();
    let now = Instant::now();
    accept_offer(&mut server, now, AN);
    let music = |name: &str| MusicId(name.into());
    let announcement = Source::Tone(Tone::Busy);
    for (second, source) in [
        (0, Source::Music(music("sales"))),
        (20, announcement),
        (26, Source::Music(music("sales"))),
    ] {
        let at = now + Duration::from_secs(second);
        server.hear(at, AN, source, Turn(0));
    }
    let leg = server.legs.get_mut(&AN).unwrap();
    let late = now + Duration::from_secs(30);
    let at = leg.music_at(late, music("sales"));
    assert_eq!(at, Duration::from_secs(30));
    assert_eq!(leg.music_at(late, music("vip")), Duration::ZERO);
    assert_eq!(leg.music_at(late, music("sales")), Duration::ZERO);
}

#[test]
fn there_is_an_end_to_legs() {
    let (mut server, _events) = server();
    let now = Instant::now();
    for leg in 0..MOST_LEGS as u64 {
        create_offer(&mut server, now, LegId(leg)).unwrap();
    }
    let one_more = LegId(MOST_LEGS as u64);
    assert_eq!(
        create_offer(&mut server, now, one_more),
        Err(MediaError::TooManyLegs(one_more))
    );
}

#[test]
fn strangers_are_not_remembered() {
    let (mut server, _events) = server();
    let now = Instant::now();
    accept_offer(&mut server, now, AN);
    for port in 1..5000 {
        let datagram = Datagram {
            source: SocketAddr::from(([192, 0, 2, 1], port)),
            destination: server.net.local(),
            bytes: &[0x80, 111, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7, 1, 2, 3],
        };
        server.datagram(now, &datagram);
    }
    assert!(server.addresses.is_empty());
}

#[test]
fn a_leg_has_one_name_at_a_time_and_none_when_it_is_closed() {
    let (mut server, _events) = server();
    let now = Instant::now();
    let offer = offer_for(&mut server, now, AN);
    let first = take_offer(&mut server, now, AN, offer.clone());
    assert_eq!(server.ufrags.get(line(&first, "a=ice-ufrag:")), Some(&AN));
    let again = take_offer(&mut server, now, AN, restarted(&offer));
    assert_eq!(server.ufrags.get(line(&again, "a=ice-ufrag:")), Some(&AN));
    assert_eq!(server.ufrags.values().filter(|leg| **leg == AN).count(), 1);
    server.command(now, Command::Close { leg: AN });
    assert!(server.ufrags.values().all(|leg| *leg != AN));
}

/// A browser, as far as ICE and DTLS go.
struct Far {
    rtc: Rtc,
    socket: UdpSocket,
    pending: Option<SdpPendingOffer>,
}

impl Far {
    fn new(now: Instant) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_nonblocking(true).unwrap();
        let mut rtc = Rtc::builder().build(now);
        let address = socket.local_addr().unwrap();
        rtc.add_local_candidate(Candidate::host(address, Protocol::Udp).unwrap());
        Self {
            rtc,
            socket,
            pending: None,
        }
    }

    /// The first offer, or an ICE restart.
    fn offer(&mut self, restart: bool) -> String {
        let mut changes = self.rtc.sdp_api();
        if restart {
            changes.ice_restart(true);
        } else {
            changes.add_media(MediaKind::Audio, Direction::SendRecv, None, None, None);
        }
        let (offer, pending) = changes.apply().unwrap();
        self.pending = Some(pending);
        offer.to_sdp_string()
    }

    fn take_answer(&mut self, answer: &str) {
        let answer = SdpAnswer::from_sdp_string(answer).unwrap();
        let pending = self.pending.take().unwrap();
        self.rtc.sdp_api().accept_answer(pending, answer).unwrap();
    }

    /// Says what it has to say; whether it is heard depends on the network.
    fn speak(&mut self, network: bool) {
        loop {
            match self.rtc.poll_output().unwrap() {
                Output::Timeout(_) => return,
                Output::Transmit(packet) if network => {
                    let _ = self.socket.send_to(&packet.contents, packet.destination);
                }
                _ => {}
            }
        }
    }

    fn listen(&mut self, now: Instant) {
        let (mut buffer, destination) = ([0; 2000], self.socket.local_addr().unwrap());
        while let Ok((length, source)) = self.socket.recv_from(&mut buffer) {
            let received = Receive::new(Protocol::Udp, source, destination, &buffer[..length]);
            let input = Input::Receive(now, received.unwrap());
            self.rtc.handle_input(input).unwrap();
        }
        self.rtc.handle_input(Input::Timeout(now)).unwrap();
    }
}

/// Lets time pass for both; without a network they do not hear of each other.
fn pass(server: &mut Server, far: &mut Far, now: &mut Instant, time: Duration, network: bool) {
    let mut inbox = Inbox::new(&server.net);
    let end = *now + time;
    while *now < end {
        *now += Duration::from_millis(10);
        far.speak(network);
        while server.receive(*now, &mut inbox) {}
        server.handle_timeout(*now);
        if network {
            far.listen(*now);
        }
    }
}

#[test]
fn media_that_comes_back_after_minutes_is_the_same_leg() {
    let (mut server, mut events) = server();
    let mut now = Instant::now();
    create_offer(&mut server, now, BINH).unwrap();
    let mut far = Far::new(now);
    let offer = far.offer(false);
    let answer = take_offer(&mut server, now, AN, offer);
    far.take_answer(&answer);
    for (leg, source) in [(BINH, Source::Leg(AN)), (AN, Source::Echo)] {
        server.command(
            now,
            Command::Hear {
                leg,
                source,
                turn: Turn(0),
            },
        );
    }
    pass(
        &mut server,
        &mut far,
        &mut now,
        Duration::from_secs(5),
        true,
    );
    assert_eq!(events.try_recv(), Ok(MediaEvent::Connected(AN)));

    pass(
        &mut server,
        &mut far,
        &mut now,
        Duration::from_secs(180),
        false,
    );
    assert_eq!(events.try_recv(), Ok(MediaEvent::Disconnected(AN)));
    assert!(events.try_recv().is_err(), "and nothing else is told");

    let offer = far.offer(true);
    let answer = take_offer(&mut server, now, AN, offer);
    far.take_answer(&answer);
    pass(
        &mut server,
        &mut far,
        &mut now,
        Duration::from_secs(5),
        true,
    );
    assert_eq!(events.try_recv(), Ok(MediaEvent::Connected(AN)));
    // What it hears, and who hears it, is as it was.
    assert_eq!(server.legs[&AN].hears(), Some(AN));
    assert_eq!(server.listeners[&AN], [BINH, AN]);
}

#[test]
fn a_stranger_is_somebody_by_a_connectivity_check_only() {
    let (mut server, _events) = server();
    let mut now = Instant::now();
    let mut far = Far::new(now);
    let offer = far.offer(false);
    let answer = take_offer(&mut server, now, AN, offer);
    far.take_answer(&answer);
    pass(
        &mut server,
        &mut far,
        &mut now,
        Duration::from_secs(5),
        true,
    );
    let audio = Datagram {
        source: far.socket.local_addr().unwrap(),
        destination: server.net.local(),
        bytes: &[0x80, 111, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7, 1, 2, 3],
    };
    assert_eq!(server.owner(now, &audio), Some(AN));
    // Were it not known, no leg would be asked whether it is its own...
    server.addresses.clear();
    assert_eq!(server.owner(now, &audio), None);
    // ... until it shows the name and the password again, as it does every few seconds.
    pass(
        &mut server,
        &mut far,
        &mut now,
        Duration::from_secs(5),
        true,
    );
    assert_eq!(server.owner(now, &audio), Some(AN));
}

#[test]
fn a_far_end_with_many_addresses_is_known_by_the_newest() {
    let (mut server, _events) = server();
    let now = Instant::now();
    accept_offer(&mut server, now, AN);
    let leg = server.legs.get_mut(&AN).unwrap();
    let address = |port| SocketAddr::from(([192, 0, 2, 1], port));
    for port in 1..=32 {
        assert_eq!(leg.comes_from(address(port)), None);
    }
    assert_eq!(leg.comes_from(address(1)), None, "it is the newest again");
    assert_eq!(leg.comes_from(address(33)), Some(address(2)));
}
