//! Calls through the media server, heard: real WebRTC clients over loopback UDP.

#![allow(clippy::unwrap_used, reason = "of a test")]

#[path = "support/server.rs"]
mod server;
mod support;
#[path = "support/told.rs"]
mod told;

use std::time::Duration;

use alo_pbx::media::{
    Allow, Digits, LegId, LegKind, MediaEvent, MusicId, PromptId, Repeat, Source, Tone, Turn,
};
use server::{Server, check_stream};
use str0m::format::Codec;
use str0m::media::Direction;
use support::browser::{Browser, Setup};

const AN: LegId = LegId(1);
const BINH: LegId = LegId(2);

// Between the notes of the hold music.
const AN_TONE: f64 = 453.0;
const BINH_TONE: f64 = 640.5;

/// Two browsers that talk.
fn talking() -> (Server, Browser, Browser) {
    let server = Server::start();
    let an = Browser::with_tone(AN_TONE);
    let binh = Browser::with_tone(BINH_TONE);
    server.called_by(AN, &an);
    server.call(BINH, &binh);
    server.join(AN, BINH);
    an.wait_until("An hears Bình", |heard| heard.hears(BINH_TONE));
    binh.wait_until("Bình hears An", |heard| heard.hears(AN_TONE));
    (server, an, binh)
}

#[test]
fn two_legs_hear_each_other() {
    let (mut server, an, binh) = talking();
    assert!(!an.heard().hears(AN_TONE), "nobody hears himself");
    assert!(!binh.heard().hears(BINH_TONE));
    server
        .told
        .wait_for("An's connection", |e| *e == MediaEvent::Connected(AN));
    server
        .told
        .wait_for("Bình's connection", |e| *e == MediaEvent::Connected(BINH));
}

#[test]
fn hold_is_music_and_resume_is_the_talk() {
    let (server, an, binh) = talking();
    // An holds: her browser offers sendonly, the server plays music to Bình.
    let answer = server.answer(AN, an.offer_direction(Direction::SendOnly), Allow::BOTH);
    assert!(answer.contains("a=recvonly"), "{answer}");
    an.take_answer(answer);
    server
        .media
        .hear(BINH, Source::Music(MusicId("sales".into())), Turn(0));
    binh.wait_until("Bình hears music", |heard| {
        heard.hears_sound() && !heard.hears(AN_TONE)
    });
    an.forget();
    std::thread::sleep(Duration::from_millis(300));
    assert!(an.heard().packets.is_empty(), "An hears nothing");
    assert!(!binh.heard().hears(AN_TONE), "Bình does not hear An");
    // And back.
    an.take_answer(server.answer(AN, an.offer_direction(Direction::SendRecv), Allow::BOTH));
    server.join(AN, BINH);
    an.wait_until("An hears Bình", |heard| heard.hears(BINH_TONE));
    binh.wait_until("Bình hears An", |heard| heard.hears(AN_TONE));
}

#[test]
fn a_hold_by_the_server_is_not_undone_by_a_re_offer() {
    let (server, an, binh) = talking();
    let hold = Allow {
        send: true,
        recv: false,
    };
    let offer = server.offer(BINH, hold);
    assert!(offer.contains("a=sendonly"), "{offer}");
    server.take_answer(BINH, binh.answer(offer));
    let answer = server.answer(BINH, binh.offer_restart(), hold);
    assert!(answer.contains("a=sendonly"), "{answer}");
    binh.take_answer(answer);
    binh.wait_until("Bình still hears An", |heard| heard.hears(AN_TONE));
    an.wait_until("An does not hear Bình", |heard| !heard.hears(BINH_TONE));
    // Released by an offer of the server.
    server.take_answer(BINH, binh.answer(server.offer(BINH, Allow::BOTH)));
    an.wait_until("An hears Bình again", |heard| heard.hears(BINH_TONE));
}

#[test]
fn an_offer_that_changes_nothing_and_one_that_is_taken_back() {
    let (server, an, binh) = talking();
    server.take_answer(BINH, binh.answer(server.offer(BINH, Allow::BOTH)));
    let hold = Allow {
        send: true,
        recv: false,
    };
    let refused = server.offer(BINH, hold);
    assert!(refused.contains("a=sendonly"));
    let second = server
        .runtime
        .block_on(server.media.create_offer(BINH, LegKind::WebRtc, hold));
    assert!(second.is_err(), "one at a time");
    server.media.cancel_offer(BINH);
    an.forget();
    binh.forget();
    an.wait_until("An hears Bình", |heard| heard.hears(BINH_TONE));
    binh.wait_until("Bình hears An", |heard| heard.hears(AN_TONE));
    // Glare: the browser's offer wins, the answer to the own one is an error.
    let offer = server.offer(BINH, Allow::BOTH);
    binh.take_answer(server.answer(BINH, binh.offer_direction(Direction::RecvOnly), Allow::BOTH));
    let late = server
        .runtime
        .block_on(server.media.set_answer(BINH, offer));
    assert!(late.is_err());
    binh.wait_until("Bình hears An", |heard| heard.hears(AN_TONE));
}

#[test]
fn echo_is_heard_by_who_speaks() {
    let server = Server::start();
    let an = Browser::with_tone(AN_TONE);
    server.called_by(AN, &an);
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(an.heard().peak(), 0, "silence at first, and true silence");
    assert!(!an.heard().packets.is_empty(), "of packets");
    server.media.hear(AN, Source::Echo, Turn(0));
    an.wait_until("An hears herself", |heard| heard.hears(AN_TONE));
}

#[test]
fn tones_prompts_and_their_end_are_heard() {
    let mut server = Server::start();
    let an = Browser::new(Setup::default());
    // The tone is there from the first packet.
    server.media.hear(AN, Source::Silence, Turn(0));
    server.called_by(AN, &an);
    server.media.hear(AN, Source::Tone(Tone::Busy), Turn(0));
    an.wait_until("busy", |heard| heard.hears(425.0));
    an.wait_until("the pause", |heard| heard.peak() == 0);
    an.wait_until("busy again", |heard| heard.hears(425.0));
    let prompt = PromptId("hello".into());
    server
        .media
        .hear(AN, Source::Prompt(prompt, Repeat::Once), Turn(0));
    an.wait_until("speech", |heard| heard.hears_sound() && !heard.hears(425.0));
    let missing = PromptId("no-such-prompt".into());
    server
        .media
        .hear(AN, Source::Prompt(missing, Repeat::Once), Turn(0));
    server
        .told
        .wait_for("its end", |e| *e == MediaEvent::PromptEnded(AN, Turn(0)));
    an.wait_until("silence", |heard| heard.peak() == 0);
}

#[test]
fn digits_come_in_once_each_and_are_no_loss_to_the_listener() {
    let (mut server, an, binh) = talking();
    binh.forget();
    an.press("1#9");
    assert_eq!(server.told.digits(AN, 3), "1#9");
    std::thread::sleep(Duration::from_millis(300));
    while let Some(event) = server.told.next() {
        assert!(!matches!(event, MediaEvent::Digit { .. }), "once each");
    }
    let heard = binh.heard();
    assert_eq!(heard.dialled(), "", "they are not relayed as they are");
    let first = heard.packets[0].seq;
    let last = heard.packets.last().unwrap().seq;
    assert_eq!(
        (last - first + 1) as usize,
        heard.packets.len(),
        "no gap in sequence numbers"
    );
}

/// Length of a packet of digital silence.
const SILENCE: usize = 3;

#[test]
fn digits_go_out_at_their_pace_and_audio_waits() {
    let (mut server, _an, binh) = talking();
    binh.forget();
    let digits = Digits::parse("42D").unwrap();
    server.media.send_digits(BINH, digits, 120);
    server.told.wait_for("the end of them", |e| {
        matches!(e, MediaEvent::DigitsSent { leg: BINH, .. })
    });
    binh.wait_until("they are there", |heard| heard.digits.len() == 3);
    std::thread::sleep(Duration::from_millis(200));
    let heard = binh.heard();
    assert_eq!(heard.dialled(), "42D");
    assert!(
        heard.digits.iter().all(|(_, ms)| *ms == 120),
        "{:?}",
        heard.digits
    );
    let events: Vec<_> = heard.packets.iter().filter(|p| p.event).collect();
    assert_eq!(events.len(), 3 * (6 + 2), "6 packets each, the end 3 times");
    assert_eq!(events.iter().filter(|p| p.marker).count(), 3);
    assert!(events.iter().all(|p| p.clock == 48_000));
    let (first, last) = (events[0].at, events[events.len() - 1].at);
    assert!(
        heard
            .packets
            .iter()
            .all(|p| p.event || p.at <= first || p.at >= last || p.bytes == SILENCE),
        "only silence in between"
    );
    check_stream(&heard.packets);
}

#[test]
fn a_leg_without_telephone_event_refuses_digits() {
    let mut server = Server::start();
    let an = Browser::new(Setup {
        event_clocks: vec![],
        ..Setup::default()
    });
    server.called_by(AN, &an);
    server
        .media
        .send_digits(AN, Digits::parse("1").unwrap(), 100);
    server
        .told
        .wait_for("the refusal", |e| *e == MediaEvent::DigitsRefused(AN));
}

#[test]
fn a_leg_with_the_telephone_event_of_telephones_only_sends_and_takes_digits() {
    let mut server = Server::start();
    let an = Browser::new(Setup {
        codecs: vec![Codec::PCMU],
        event_clocks: vec![8_000],
        ..Setup::default()
    });
    server.called_by(AN, &an);
    an.press("5");
    assert_eq!(server.told.digits(AN, 1), "5");
    server
        .media
        .send_digits(AN, Digits::parse("6").unwrap(), 100);
    an.wait_until("it is there", |heard| heard.dialled() == "6");
    assert_eq!(an.heard().digits[0].1, 100);
}

#[test]
fn legs_with_different_codecs_are_transcoded() {
    for codec in [Codec::PCMU, Codec::PCMA] {
        let server = Server::start();
        let an = Browser::with_tone(AN_TONE);
        let binh = Browser::new(Setup {
            codecs: vec![codec],
            tone: Some(BINH_TONE),
            ..Setup::default()
        });
        server.called_by(AN, &an);
        server.called_by(BINH, &binh);
        server.join(AN, BINH);
        an.wait_until("An hears Bình", |heard| heard.hears(BINH_TONE));
        binh.wait_until("Bình hears An", |heard| heard.hears(AN_TONE));
        an.forget();
        binh.forget();
        std::thread::sleep(Duration::from_millis(600));
        for (heard, tone) in [(an.heard(), BINH_TONE), (binh.heard(), AN_TONE)] {
            // The browser speaks at -12 dBFS, which is 0.24.
            let level = heard.level(tone);
            assert!((0.15..0.32).contains(&level), "{codec:?}: {level}");
            check_stream(&heard.packets);
        }
        server
            .media
            .hear(BINH, Source::Music(MusicId("default".into())), Turn(0));
        binh.wait_until("music in G.711", |heard| {
            heard.hears_sound() && !heard.hears(AN_TONE)
        });
    }
}

#[test]
fn g711_of_both_laws_talk() {
    let server = Server::start();
    let setup = |codec, tone| Setup {
        codecs: vec![codec],
        tone: Some(tone),
        ..Setup::default()
    };
    let an = Browser::new(setup(Codec::PCMU, AN_TONE));
    let binh = Browser::new(setup(Codec::PCMA, BINH_TONE));
    server.called_by(AN, &an);
    server.called_by(BINH, &binh);
    server.join(AN, BINH);
    an.wait_until("An hears Bình", |heard| heard.hears(BINH_TONE));
    binh.wait_until("Bình hears An", |heard| heard.hears(AN_TONE));
}

#[test]
fn ice_restarts_and_the_talk_goes_on() {
    let ufrag = |sdp: &str| {
        let line = sdp.lines().find(|line| line.starts_with("a=ice-ufrag:"));
        line.unwrap().to_owned()
    };
    let server = Server::start();
    let (an, binh) = (Browser::with_tone(AN_TONE), Browser::with_tone(BINH_TONE));
    let first = server.answer(AN, an.offer(), Allow::BOTH);
    an.take_answer(first.clone());
    server.call(BINH, &binh);
    server.join(AN, BINH);
    an.wait_until("An hears Bình", |heard| heard.hears(BINH_TONE));
    for _ in 0..2 {
        let answer = server.answer(AN, an.offer_restart(), Allow::BOTH);
        assert_ne!(ufrag(&answer), ufrag(&first), "new credentials");
        assert!(answer.contains("a=candidate"), "{answer}");
        an.take_answer(answer);
        // What was under way with the old ones is over.
        std::thread::sleep(Duration::from_millis(500));
        an.forget();
        binh.forget();
        an.wait_until("An hears Bình", |heard| heard.hears(BINH_TONE));
        binh.wait_until("Bình hears An", |heard| heard.hears(AN_TONE));
    }
}

#[test]
fn switches_of_sources_leave_one_stream() {
    let (server, _an, binh) = talking();
    binh.forget();
    let pause = || std::thread::sleep(Duration::from_millis(170));
    for _ in 0..3 {
        server
            .media
            .hear(BINH, Source::Music(MusicId("vip".into())), Turn(0));
        pause();
        server.media.hear(BINH, Source::Leg(AN), Turn(0));
        pause();
        server.media.hear(BINH, Source::Silence, Turn(0));
        pause();
        server
            .media
            .hear(BINH, Source::Tone(Tone::Ringback), Turn(0));
        pause();
        server.media.hear(BINH, Source::Echo, Turn(0));
        pause();
    }
    let heard = binh.heard();
    check_stream(&heard.packets);
    let duration = heard.packets.last().unwrap().at - heard.packets[0].at;
    let wanted = duration.as_millis() as usize / 20;
    assert!(
        heard.packets.len() * 10 > wanted * 8,
        "{} packets in {duration:?}",
        heard.packets.len()
    );
}

#[test]
fn a_leg_that_is_closed_is_silent_to_who_heard_it() {
    let (server, an, binh) = talking();
    server.media.close(AN);
    binh.wait_until("silence", |heard| heard.peak() == 0);
    an.forget();
    std::thread::sleep(Duration::from_millis(200));
    assert!(an.heard().packets.is_empty());
    // Its number may not be used again, but would be a new leg.
    let error = server
        .runtime
        .block_on(server.media.set_answer(AN, "v=0".into()));
    assert!(error.is_err());
}

#[test]
fn a_source_that_pauses_is_silence_and_then_goes_on() {
    let (_server, an, binh) = talking();
    an.blackout(true);
    binh.wait_until("silence", |heard| heard.peak() == 0);
    binh.forget();
    an.blackout(false);
    binh.wait_until("Bình hears An again", |heard| heard.hears(AN_TONE));
    check_stream(&binh.heard().packets);
}

#[test]
fn garbage_does_no_harm() {
    let (server, an, binh) = talking();
    let garbage = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let to = server.media.local_addr();
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for n in 0..20_000u64 {
        let length = random() as usize % 1500;
        let mut bytes: Vec<u8> = (0..length).map(|_| random() as u8).collect();
        // Now and then what looks like STUN, DTLS, RTP.
        if let Some(first) = bytes.first_mut() {
            *first = match n % 4 {
                0 => *first,
                1 => 0,
                2 => 22,
                _ => 0x80,
            };
        }
        if n % 4 == 1 && length > 20 {
            bytes[4..8].copy_from_slice(&0x2112_a442_u32.to_be_bytes());
            bytes[1] = 1;
            let rest = ((length - 20) & !3) as u16;
            bytes[2..4].copy_from_slice(&rest.to_be_bytes());
            bytes.truncate(20 + usize::from(rest));
        }
        garbage.send_to(&bytes, to).unwrap();
        if n % 256 == 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
    an.forget();
    binh.forget();
    an.wait_until("An hears Bình", |heard| heard.hears(BINH_TONE));
    binh.wait_until("Bình hears An", |heard| heard.hears(AN_TONE));
}

#[test]
fn descriptions_that_are_not_usable_are_refused() {
    let server = Server::start();
    let ask = |sdp: String| {
        server.runtime.block_on(
            server
                .media
                .accept_offer(AN, LegKind::WebRtc, sdp, Allow::BOTH),
        )
    };
    assert!(ask(String::new()).is_err());
    assert!(ask("v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\n".into()).is_err());
    assert!(ask("m=audio\r\na=mid:0\r\n".repeat(10_000)).is_err());
    let an = Browser::with_tone(AN_TONE);
    let good = an.offer();
    assert!(ask(good.replace("a=fingerprint", "a=nothing")).is_err());
    let no_codec = good
        .replace(" opus/", " what/")
        .replace(" PCMU/", " what/")
        .replace(" PCMA/", " what/");
    let error = ask(no_codec);
    assert!(error.is_err(), "{error:?}");
    // After all this the leg is as new.
    an.take_answer(ask(good).unwrap());
    an.wait_until("it is connected", |heard| heard.connected);
}
