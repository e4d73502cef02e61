//! Calls of the telephone network through the media server, heard: a telephone by plain RTP, and a
//! browser by WebRTC, over loopback UDP.

#![allow(clippy::unwrap_used, reason = "of a test")]

#[path = "../support/browser.rs"]
mod browser;
mod telephone;
#[path = "../support/told.rs"]
mod told;

use std::net::{Ipv4Addr, UdpSocket};
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use alo_pbx::media::{
    Allow, AudioCodec, Digits, LegId, LegKind, Media, MediaConfig, MediaError, MediaEvent, MusicId,
    PromptId, Repeat, RtpConfig, Source, Turn,
};
use alo_sip::sdp::Sdp;
use browser::Browser;
use telephone::{Speaks, Telephone, describe};
use tokio::runtime::Runtime;
use tokio::sync::mpsc::unbounded_channel;
use told::Told;

/// An, at her browser; and her mother, at a telephone.
const AN: LegId = LegId(1);
const MOTHER: LegId = LegId(2);

// Between the notes of the hold music.
const AN_TONE: f64 = 453.0;
const MOTHER_TONE: f64 = 640.5;

/// So long a silence is told of.
const QUIET: Duration = Duration::from_millis(700);

/// The server, and what it told.
struct Server {
    media: Media,
    told: Told,
    runtime: Runtime,
}

/// Ports that no other test of this process has, nor anything else as far as can be told.
fn ports(pairs: u16) -> RangeInclusive<u16> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 20_000 + (std::process::id() % 8_000) as u16;
    loop {
        let start = first + NEXT.fetch_add(2 * pairs + 1, Ordering::Relaxed);
        let start = start.next_multiple_of(2);
        let range = start..=start + 2 * pairs - 1;
        let is_free = |port| UdpSocket::bind(("127.0.0.1", port)).is_ok();
        if range.clone().all(is_free) {
            return range;
        }
    }
}

impl Server {
    fn start(codecs: &[AudioCodec], pairs: u16) -> Self {
        let (sender, events) = unbounded_channel();
        let local = Ipv4Addr::LOCALHOST.into();
        let rtp = RtpConfig {
            address: local,
            advertise: local,
            ports: ports(pairs),
            codecs: codecs.to_vec(),
            quiet: QUIET,
        };
        let config = MediaConfig {
            bind: "127.0.0.1:0".parse().unwrap(),
            rtp: Some(rtp),
            ..MediaConfig::default()
        };
        Self {
            media: Media::start(config, sender).unwrap(),
            told: Told::new(events),
            runtime: tokio::runtime::Builder::new_current_thread()
                .build()
                .unwrap(),
        }
    }

    fn answer(&self, leg: LegId, kind: LegKind, offer: String, allow: Allow) -> String {
        self.runtime
            .block_on(self.media.accept_offer(leg, kind, offer, allow))
            .unwrap()
    }

    fn offer(&self, leg: LegId, allow: Allow) -> Result<String, MediaError> {
        self.runtime
            .block_on(self.media.create_offer(leg, LegKind::Rtp, allow))
    }

    fn take_answer(&self, leg: LegId, answer: String) {
        self.runtime
            .block_on(self.media.set_answer(leg, answer))
            .unwrap();
    }

    /// An's browser is there.
    fn an(&self) -> Browser {
        let an = Browser::with_tone(AN_TONE);
        an.take_answer(self.answer(AN, LegKind::WebRtc, an.offer(), Allow::BOTH));
        an.wait_until("it is connected", |heard| heard.connected);
        an
    }

    /// The telephone calls; which codecs it has, best first.
    fn called_by(&self, mother: &Telephone, formats: &str) -> String {
        let offer = mother.describes(formats, "");
        let answer = self.answer(MOTHER, LegKind::Rtp, offer, Allow::BOTH);
        mother.takes(&answer);
        answer
    }

    fn join(&self) {
        self.media.hear(AN, Source::Leg(MOTHER), Turn(0));
        self.media.hear(MOTHER, Source::Leg(AN), Turn(0));
    }
}

/// An and her mother talk.
fn talking(speaks: Speaks, formats: &str) -> (Server, Browser, Telephone) {
    let codecs = match speaks {
        Speaks::Pcma => [AudioCodec::Pcma, AudioCodec::Pcmu, AudioCodec::Opus],
        Speaks::Pcmu => [AudioCodec::Pcmu, AudioCodec::Pcma, AudioCodec::Opus],
        Speaks::Opus => [AudioCodec::Opus, AudioCodec::Pcma, AudioCodec::Pcmu],
    };
    let server = Server::start(&codecs, 4);
    let an = server.an();
    let mother = Telephone::new(speaks, Some(MOTHER_TONE));
    server.called_by(&mother, formats);
    server.join();
    hear_each_other(&an, &mother);
    (server, an, mother)
}

fn hear_each_other(an: &Browser, mother: &Telephone) {
    an.wait_until("An hears her mother", |heard| heard.hears(MOTHER_TONE));
    mother.wait_until("her mother hears An", |heard| heard.hears(AN_TONE));
}

/// One stream: one source, no gap in numbers, timestamps that never go back.
fn check_stream(packets: &[telephone::Got]) {
    for pair in packets.windows(2) {
        let [a, b] = pair else { unreachable!() };
        assert_eq!(a.ssrc, b.ssrc);
        assert_eq!(b.seq, a.seq.wrapping_add(1));
        assert!(b.timestamp.wrapping_sub(a.timestamp) as i32 >= 0);
    }
}

#[test]
fn a_telephone_and_a_browser_hear_each_other_in_every_codec() {
    for (speaks, pt) in [(Speaks::Pcma, 8), (Speaks::Pcmu, 0), (Speaks::Opus, 107)] {
        let (mut server, an, mother) = talking(speaks, "107 0 8");
        server
            .told
            .wait_for("media", |e| *e == MediaEvent::Connected(MOTHER));
        mother.forget();
        std::thread::sleep(Duration::from_millis(600));
        let heard = mother.heard();
        assert!(heard.packets.iter().all(|packet| packet.pt == pt));
        assert!(heard.packets.len() >= 25, "{}", heard.packets.len());
        check_stream(&heard.packets);
        // An speaks at -12 dBFS, which is 0.24.
        let level = heard.level(AN_TONE);
        assert!((0.15..0.32).contains(&level), "{speaks:?}: {level}");
        assert!(!heard.hears(MOTHER_TONE), "nobody hears herself");
        let level = an.heard().level(MOTHER_TONE);
        assert!((0.15..0.32).contains(&level), "{speaks:?}: {level}");
    }
}

#[test]
fn a_call_to_a_telephone_has_early_media_and_then_the_answer_of_another_machine() {
    let mut server = Server::start(&[AudioCodec::Pcma, AudioCodec::Pcmu], 4);
    let an = server.an();
    let offer = server.offer(MOTHER, Allow::BOTH).unwrap();
    server.join();
    // 183: the network plays ringback.
    let network = Telephone::new(Speaks::Pcma, Some(425.0));
    network.takes(&offer);
    server.take_answer(MOTHER, network.describes("8", ""));
    an.wait_until("An hears ringback", |heard| heard.hears(425.0));
    server
        .told
        .wait_for("early media", |e| *e == MediaEvent::Connected(MOTHER));
    // 200: the telephone itself, in another codec and elsewhere.
    network.hangs_up();
    let mother = Telephone::new(Speaks::Pcmu, Some(MOTHER_TONE));
    mother.takes(&offer);
    server.take_answer(MOTHER, mother.describes("0", ""));
    hear_each_other(&an, &mother);
    an.wait_until("the ringback is over", |heard| !heard.hears(425.0));
    // And once more, as a 200 that is sent again.
    server.take_answer(MOTHER, mother.describes("0", ""));
    mother.forget();
    an.forget();
    hear_each_other(&an, &mother);
}

#[test]
fn digits_go_both_ways_at_the_clock_of_telephones() {
    for (speaks, formats) in [(Speaks::Pcma, "8 0"), (Speaks::Opus, "107 8")] {
        let (mut server, an, mother) = talking(speaks, formats);
        an.forget();
        mother.press("1#7");
        assert_eq!(server.told.digits(MOTHER, 3), "1#7");
        assert_eq!(an.heard().dialled(), "", "they are not relayed as they are");
        let digits = Digits::parse("42").unwrap();
        server.media.send_digits(MOTHER, digits, 120);
        server.told.wait_for("the end of them", |e| {
            matches!(
                e,
                MediaEvent::DigitsSent {
                    leg: MOTHER,
                    count: 2
                }
            )
        });
        mother.wait_until("they are there", |heard| heard.digits == "42");
        mother.wait_until("she hears An again", |heard| heard.hears(AN_TONE));
        check_stream(&mother.heard().packets);
    }
}

#[test]
fn hold_by_either_side_is_heard() {
    let (server, an, mother) = talking(Speaks::Pcma, "8");
    // Her telephone holds, as an old one does.
    let offer = mother.describes("8", "c=IN IP4 0.0.0.0\r\n");
    let answer = server.answer(MOTHER, LegKind::Rtp, offer, Allow::BOTH);
    assert!(answer.contains("a=recvonly"), "{answer}");
    std::thread::sleep(Duration::from_millis(100));
    mother.forget();
    std::thread::sleep(Duration::from_millis(300));
    assert!(mother.heard().packets.is_empty());
    server.called_by(&mother, "8");
    an.forget();
    hear_each_other(&an, &mother);
    // The server holds, with music.
    let hold = Allow {
        send: true,
        recv: false,
    };
    let offer = server.offer(MOTHER, hold).unwrap();
    assert!(offer.contains("a=sendonly"), "{offer}");
    server.take_answer(MOTHER, mother.describes("8", "a=recvonly\r\n"));
    let music = Source::Music(MusicId("sales".into()));
    server.media.hear(MOTHER, music, Turn(0));
    mother.wait_until("music", |heard| heard.peak() > 500 && !heard.hears(AN_TONE));
    an.wait_until("An does not hear her", |heard| !heard.hears(MOTHER_TONE));
    server.offer(MOTHER, Allow::BOTH).unwrap();
    server.take_answer(MOTHER, mother.describes("8", ""));
    server.join();
    hear_each_other(&an, &mother);
    check_stream(&mother.heard().packets);
}

#[test]
fn a_telephone_behind_a_nat_is_sent_to_where_it_sends_from_and_nobody_else_is() {
    let server = Server::start(&[AudioCodec::Pcma], 4);
    let an = server.an();
    let mother = Telephone::new(Speaks::Pcma, Some(MOTHER_TONE));
    // What it says of itself nobody can send to.
    let private = "192.0.2.200:4000".parse().unwrap();
    let offer = describe(private, "8", "");
    let answer = server.answer(MOTHER, LegKind::Rtp, offer.clone(), Allow::BOTH);
    mother.takes(&answer);
    server.join();
    hear_each_other(&an, &mother);
    // A stranger finds the port.
    let stranger = Telephone::new(Speaks::Pcma, Some(1000.0));
    stranger.takes(&answer);
    std::thread::sleep(Duration::from_millis(400));
    assert!(stranger.heard().packets.is_empty());
    assert!(!an.heard().hears(1000.0));
    stranger.hangs_up();
    // The NAT gives her another port.
    mother.moves();
    mother.forget();
    an.forget();
    hear_each_other(&an, &mother);
    // Another telephone takes over, with the same description: after the next negotiation another
    // one is believed.
    mother.hangs_up();
    let sister = Telephone::new(Speaks::Pcma, Some(MOTHER_TONE));
    let answer = server.answer(MOTHER, LegKind::Rtp, offer, Allow::BOTH);
    sister.takes(&answer);
    an.forget();
    hear_each_other(&an, &sister);
}

#[test]
fn silence_of_the_network_is_told_and_so_is_its_end() {
    let (mut server, an, mother) = talking(Speaks::Pcmu, "0");
    server
        .told
        .wait_for("media", |e| *e == MediaEvent::Connected(MOTHER));
    mother.mute(true);
    server
        .told
        .wait_for("silence", |e| *e == MediaEvent::Disconnected(MOTHER));
    an.wait_until("silence", |heard| heard.peak() == 0);
    mother.mute(false);
    server
        .told
        .wait_for("media", |e| *e == MediaEvent::Connected(MOTHER));
    hear_each_other(&an, &mother);
}

#[test]
fn ports_come_back_when_a_leg_is_closed() {
    let server = Server::start(&[AudioCodec::Pcma], 2);
    for round in 0..5 {
        let (a, b, c) = (LegId(3 * round), LegId(3 * round + 1), LegId(3 * round + 2));
        let offers = [a, b].map(|leg| server.offer(leg, Allow::BOTH).unwrap());
        let ports = offers.map(|offer| Sdp::parse(&offer).unwrap().audio().unwrap().port);
        assert_ne!(ports[0], ports[1]);
        assert_eq!(server.offer(c, Allow::BOTH), Err(MediaError::NoPort(c)));
        // A description that is refused opens no leg either.
        server.media.close(a);
        let refused = server.runtime.block_on(server.media.accept_offer(
            c,
            LegKind::Rtp,
            "v=0\r\n".into(),
            Allow::BOTH,
        ));
        assert!(refused.is_err());
        server.offer(c, Allow::BOTH).unwrap();
        server.media.close(b);
        server.media.close(c);
    }
}

#[test]
fn a_server_without_rtp_says_so() {
    let (sender, _events) = unbounded_channel();
    let config = MediaConfig {
        bind: "127.0.0.1:0".parse().unwrap(),
        ..MediaConfig::default()
    };
    let media = Media::start(config, sender).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let offer = runtime.block_on(media.create_offer(AN, LegKind::Rtp, Allow::BOTH));
    assert_eq!(offer, Err(MediaError::NoRtp(AN)));
}

#[test]
fn a_flood_at_one_port_is_not_heard_and_keeps_nobody_waiting() {
    let (server, an, mother) = talking(Speaks::Pcma, "8");
    let other = server.offer(LegId(9), Allow::BOTH).unwrap();
    let port = |sdp: &str| Sdp::parse(sdp).unwrap().audio().unwrap().port;
    let mothers = port(&server.offer(MOTHER, Allow::BOTH).unwrap());
    server.media.cancel_offer(MOTHER);
    let ports = [port(&other), port(&other) + 1, mothers, mothers + 1];
    let flood = UdpSocket::bind("127.0.0.1:0").unwrap();
    an.forget();
    mother.forget();
    let (mut state, start) = (0x2545_f491_4f6c_dd1d_u64, Instant::now());
    let mut sent = 0u32;
    while start.elapsed() < Duration::from_secs(2) {
        for port in ports {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let mut bytes = [0; 172];
            bytes[..8].copy_from_slice(&state.to_be_bytes());
            // Mostly what looks like A-law.
            if state % 4 != 0 {
                bytes[..2].copy_from_slice(&[0x80, 8]);
            }
            let _ = flood.send_to(&bytes, ("127.0.0.1", port));
            sent += 1;
        }
        if sent.is_multiple_of(400) {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
    hear_each_other(&an, &mother);
    let heard = mother.heard();
    check_stream(&heard.packets);
    assert!(heard.packets.len() > 85, "{} of 100", heard.packets.len());
    assert!(sent > 10_000, "{sent}");
}

#[test]
fn prompts_are_heard_one_after_the_other_and_a_key_may_end_them() {
    let mut server = Server::start(&[AudioCodec::Pcma], 4);
    let mother = Telephone::new(Speaks::Pcma, None);
    server.called_by(&mother, "8");
    let prompt = || PromptId("hello".into());
    let missing = PromptId("no-such-prompt".into());
    let prompts = Source::Prompts(vec![prompt(), missing.clone(), prompt()]);
    server.media.hear(MOTHER, prompts, Turn(0));
    mother.wait_until("speech", |heard| heard.peak() > 500);
    mother.press("1");
    assert_eq!(server.told.digits(MOTHER, 1), "1");
    server.media.hear(MOTHER, Source::Silence, Turn(0));
    mother.wait_until("silence", |heard| heard.peak() < 10);
    let ended = |event: &MediaEvent| matches!(event, MediaEvent::PromptEnded(..));
    let told = server.told.all();
    assert!(!told.iter().any(ended), "{told:?}");
    // Where there is none of them, that is the end at once.
    server
        .media
        .hear(MOTHER, Source::Prompts(vec![missing]), Turn(0));
    server.told.wait_for("the end", ended);
    server
        .media
        .hear(MOTHER, Source::Prompt(prompt(), Repeat::Once), Turn(0));
    mother.wait_until("speech", |heard| heard.peak() > 500);
    check_stream(&mother.heard().packets);
}
