//! Several who talk together, heard: real WebRTC clients over loopback UDP.

#![allow(clippy::unwrap_used, reason = "of a test")]

#[path = "support/server.rs"]
mod server;
mod support;
#[path = "support/told.rs"]
mod told;

use std::time::Duration;

use alo_pbx::media::{Allow, Digits, LegId, MediaEvent, MusicId, PromptId, Repeat, Source, Turn};
use server::{Server, check_stream};
use str0m::format::Codec;
use str0m::media::Direction;
use support::browser::{Browser, Setup};

const AN: LegId = LegId(1);
const BINH: LegId = LegId(2);
const CHI: LegId = LegId(3);

// Between the notes of the hold music.
const AN_TONE: f64 = 453.0;
const BINH_TONE: f64 = 640.5;
const CHI_TONE: f64 = 1010.0;

/// What somebody hears of these.
fn mix(legs: &[LegId]) -> Source {
    Source::Mix(legs.iter().map(|leg| Source::Leg(*leg)).collect())
}

fn hear(server: &Server, leg: LegId, source: Source) {
    server.media.hear(leg, source, Turn(0));
}

/// Each hears all the others.
fn talk_together(server: &Server, legs: &[LegId]) {
    for leg in legs {
        let others: Vec<_> = legs.iter().filter(|l| *l != leg).copied().collect();
        hear(server, *leg, mix(&others));
    }
}

/// Waits until somebody hears these tones and no others.
#[track_caller]
fn wait_for_tones(what: &str, browser: &Browser, tones: &[f64]) {
    browser.wait_until(what, |heard| {
        let all = [AN_TONE, BINH_TONE, CHI_TONE];
        all.iter().all(|t| heard.hears(*t) == tones.contains(t))
    });
}

#[track_caller]
fn wait_for_three(an: &Browser, binh: &Browser, chi: &Browser) {
    wait_for_tones("An hears Bình and Chi", an, &[BINH_TONE, CHI_TONE]);
    wait_for_tones("Bình hears An and Chi", binh, &[AN_TONE, CHI_TONE]);
    wait_for_tones("Chi hears An and Bình", chi, &[AN_TONE, BINH_TONE]);
}

/// An and Bình talk, and Chi, whose browser has this codec, is asked to join.
fn three(codec: Codec) -> (Server, Browser, Browser, Browser) {
    let server = Server::start();
    let chi = Browser::new(Setup {
        codecs: vec![codec],
        tone: Some(CHI_TONE),
        ..Setup::default()
    });
    let (an, binh) = (Browser::with_tone(AN_TONE), Browser::with_tone(BINH_TONE));
    server.called_by(AN, &an);
    server.call(BINH, &binh);
    server.called_by(CHI, &chi);
    server.join(AN, BINH);
    wait_for_tones("An hears Bình", &an, &[BINH_TONE]);
    an.forget();
    binh.forget();
    talk_together(&server, &[AN, BINH, CHI]);
    wait_for_three(&an, &binh, &chi);
    (server, an, binh, chi)
}

#[test]
fn three_talk_one_leaves_and_two_talk_on() {
    let (server, an, binh, chi) = three(Codec::Opus);
    server.media.close(CHI);
    server.join(AN, BINH);
    wait_for_tones("An hears Bình", &an, &[BINH_TONE]);
    wait_for_tones("Bình hears An", &binh, &[AN_TONE]);
    std::thread::sleep(Duration::from_millis(300));
    // From two to three and back it was one stream.
    check_stream(&an.heard().packets);
    check_stream(&binh.heard().packets);
    drop(chi);
}

#[test]
fn all_are_as_loud_as_they_are() {
    let (_server, an, binh, chi) = three(Codec::Opus);
    std::thread::sleep(Duration::from_millis(700));
    for (browser, tones) in [
        (&an, [BINH_TONE, CHI_TONE]),
        (&binh, [AN_TONE, CHI_TONE]),
        (&chi, [AN_TONE, BINH_TONE]),
    ] {
        for tone in tones {
            // A browser speaks at -12 dBFS, which is 0.24.
            let level = browser.heard().level(tone);
            assert!((0.15..0.32).contains(&level), "{tone} Hz: {level}");
        }
    }
}

#[test]
fn a_telephone_talks_with_two_browsers() {
    for codec in [Codec::PCMU, Codec::PCMA] {
        let (_server, an, _binh, chi) = three(codec);
        an.forget();
        chi.forget();
        std::thread::sleep(Duration::from_millis(600));
        assert!(an.heard().level(CHI_TONE) > 0.15, "{codec:?}");
        assert!(chi.heard().level(AN_TONE) > 0.15, "{codec:?}");
        check_stream(&an.heard().packets);
        check_stream(&chi.heard().packets);
    }
}

#[test]
fn one_who_holds_hears_nothing_and_the_others_talk_on() {
    let (server, an, binh, chi) = three(Codec::Opus);
    let hold = binh.offer_direction(Direction::SendOnly);
    binh.take_answer(server.answer(BINH, hold, Allow::BOTH));
    talk_together(&server, &[AN, CHI]);
    wait_for_tones("An hears Chi", &an, &[CHI_TONE]);
    wait_for_tones("Chi hears An", &chi, &[AN_TONE]);
    binh.forget();
    std::thread::sleep(Duration::from_millis(300));
    assert!(binh.heard().packets.is_empty());
    let resume = binh.offer_direction(Direction::SendRecv);
    binh.take_answer(server.answer(BINH, resume, Allow::BOTH));
    talk_together(&server, &[AN, BINH, CHI]);
    wait_for_three(&an, &binh, &chi);
    check_stream(&an.heard().packets);
}

#[test]
fn the_network_of_one_fails_and_the_others_hear_each_other() {
    let (_server, an, binh, chi) = three(Codec::Opus);
    chi.blackout(true);
    wait_for_tones("An hears Bình", &an, &[BINH_TONE]);
    wait_for_tones("Bình hears An", &binh, &[AN_TONE]);
    chi.blackout(false);
    wait_for_three(&an, &binh, &chi);
    check_stream(&an.heard().packets);
    check_stream(&binh.heard().packets);
}

#[test]
fn a_third_comes_and_goes_and_the_stream_of_the_others_goes_on() {
    let (server, an, binh, chi) = three(Codec::Opus);
    for _ in 0..3 {
        server.join(AN, BINH);
        wait_for_tones("An hears Bình", &an, &[BINH_TONE]);
        talk_together(&server, &[AN, BINH, CHI]);
        wait_for_three(&an, &binh, &chi);
        // Two tones of 8000 each, and no bang where one became the other.
        assert!(an.heard().peak() < 20_000, "{}", an.heard().peak());
    }
    check_stream(&an.heard().packets);
    check_stream(&binh.heard().packets);
}

#[test]
fn music_and_prompts_are_heard_with_the_others() {
    let (mut server, an, _binh, _chi) = three(Codec::Opus);
    let says = Source::Prompt(PromptId("number-1-vi".into()), Repeat::Once);
    // In a mix of its own, as a caller may nest them.
    let nested = Source::Mix(vec![says, mix(&[BINH]), Source::Silence]);
    hear(&server, AN, Source::Mix(vec![nested, Source::Leg(BINH)]));
    wait_for_tones("An hears Bình", &an, &[BINH_TONE]);
    server
        .told
        .wait_for("its end", |e| *e == MediaEvent::PromptEnded(AN, Turn(0)));
    an.wait_until("An still hears Bình", |heard| heard.hears(BINH_TONE));
    let music = Source::Music(MusicId("sales".into()));
    hear(&server, AN, Source::Mix(vec![music, Source::Leg(CHI)]));
    wait_for_tones("An hears Chi", &an, &[CHI_TONE]);
    check_stream(&an.heard().packets);
}

#[test]
fn a_mix_of_one_is_that_one_and_of_none_is_silence() {
    let (server, an, _binh, _chi) = three(Codec::Opus);
    hear(&server, AN, mix(&[CHI]));
    wait_for_tones("An hears Chi", &an, &[CHI_TONE]);
    hear(&server, AN, Source::Mix(vec![Source::Echo]));
    wait_for_tones("An hears herself", &an, &[AN_TONE]);
    hear(&server, AN, mix(&[]));
    an.wait_until("An hears nothing", |heard| heard.peak() == 0);
    check_stream(&an.heard().packets);
}

#[test]
fn who_hears_himself_in_a_mix_does_and_nobody_else_does() {
    let (server, an, binh, _chi) = three(Codec::Opus);
    hear(
        &server,
        AN,
        Source::Mix(vec![Source::Echo, Source::Leg(BINH)]),
    );
    wait_for_tones("An hears herself and Bình", &an, &[AN_TONE, BINH_TONE]);
    wait_for_tones("Bình does as before", &binh, &[AN_TONE, CHI_TONE]);
}

#[test]
fn who_says_that_he_is_silent_is_not_heard_and_not_decoded() {
    let server = Server::start();
    let (an, binh) = (Browser::with_tone(AN_TONE), Browser::with_tone(BINH_TONE));
    let chi = Browser::new(Setup {
        tone: Some(CHI_TONE),
        level: Some(-127),
        ..Setup::default()
    });
    server.called_by(AN, &an);
    server.called_by(BINH, &binh);
    server.call(CHI, &chi);
    talk_together(&server, &[AN, BINH, CHI]);
    wait_for_tones("Chi hears both", &chi, &[AN_TONE, BINH_TONE]);
    wait_for_tones("An hears only Bình", &an, &[BINH_TONE]);
}

#[test]
fn digits_are_sent_and_pressed_while_others_talk() {
    let (mut server, an, binh, _chi) = three(Codec::Opus);
    an.forget();
    let digits = Digits::parse("42").unwrap();
    server.media.send_digits(AN, digits, 100);
    an.wait_until("they are there", |heard| heard.digits.len() == 2);
    assert_eq!(an.heard().dialled(), "42");
    binh.press("7");
    assert_eq!(server.told.digits(BINH, 1), "7");
    wait_for_tones("An hears the others", &an, &[BINH_TONE, CHI_TONE]);
    check_stream(&an.heard().packets);
}
