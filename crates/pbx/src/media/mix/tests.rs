//! People who talk together, in virtual time.

mod hall;

use std::time::Duration;

use super::*;
use crate::media::api::{LegId, Repeat, Source, Tone};
use crate::media::codec::{AudioCodec, AudioPacket};
use crate::media::tone;
use hall::{AN, AN_TONE, BINH, BINH_TONE, CHI, CHI_TONE, Hall, Person, is_nothing, level, ms};

#[test]
fn three_hear_the_two_others_and_not_themselves() {
    for codec in [AudioCodec::Opus, AudioCodec::Pcma, AudioCodec::Pcmu] {
        let mut hall = Hall::of_three(codec);
        hall.pass(ms(2500));
        hall.check_three(0.2);
        assert_eq!(hall.mixer.work(), (3, 3));
    }
}

#[test]
fn telephones_and_browsers_talk_together() {
    let mut hall = Hall::new();
    hall.enters(AN, Person::new(AudioCodec::Opus, AN_TONE));
    hall.enters(BINH, Person::new(AudioCodec::Pcma, BINH_TONE));
    hall.enters(CHI, Person::new(AudioCodec::Pcmu, CHI_TONE));
    hall.all_hear_each_other();
    hall.pass(ms(2500));
    hall.check_three(0.2);
}

#[test]
fn three_loud_voices_become_softer_and_are_not_clipped() {
    let mut hall = Hall::of_three(AudioCodec::Opus);
    // Somebody who listens to all three.
    let listener = LegId(4);
    hall.enters(listener, Person::new(AudioCodec::Opus, 300.0));
    for person in hall.people.values_mut() {
        person.loudness = 0.7;
    }
    hall.people.get_mut(&listener).unwrap().loudness = 0.0;
    let parts = [AN, BINH, CHI].map(Part::Leg).into();
    hall.mixer.hear(hall.now, listener, parts);
    hall.pass(ms(2500));
    let heard = hall.last_second(listener);
    let levels = [AN_TONE, BINH_TONE, CHI_TONE].map(|tone| level(heard, tone));
    let softest = levels.into_iter().fold(1.0, f64::min);
    let loudest = levels.into_iter().fold(0.0, f64::max);
    assert!(softest > 0.25 && loudest < softest * 1.1, "{levels:?}");
    // What clipping adds: sums and differences of the tones.
    for noise in [2.0 * AN_TONE - BINH_TONE, 2.0 * BINH_TONE - AN_TONE, 1320.0] {
        assert!(level(heard, noise) < softest / 20.0, "{noise} Hz");
    }
}

#[test]
fn somebody_who_comes_late_pauses_or_is_gone_leaves_the_others_as_they_are() {
    let mut hall = Hall::new();
    for (leg, tone) in [(AN, AN_TONE), (BINH, BINH_TONE)] {
        hall.enters(leg, Person::new(AudioCodec::Opus, tone));
    }
    let three = [AN, BINH, CHI].map(Part::Leg).into();
    let listener = LegId(4);
    hall.enters(listener, Person::new(AudioCodec::Opus, 300.0));
    hall.people.get_mut(&listener).unwrap().loudness = 0.0;
    hall.mixer.hear(hall.now, listener, three);
    hall.pass(ms(2000));
    hall.check(listener, &[AN_TONE, BINH_TONE], 0.2);
    hall.enters(CHI, Person::new(AudioCodec::Opus, CHI_TONE));
    hall.pass(ms(2000));
    hall.check(listener, &[AN_TONE, BINH_TONE, CHI_TONE], 0.2);
    hall.people.remove(&CHI);
    hall.pass(ms(2000));
    hall.check(listener, &[AN_TONE, BINH_TONE], 0.2);
    assert_eq!(hall.holes(listener, 1), 0);
    // Every frame came, at its pace.
    assert!((298..=300).contains(&hall.heard[&listener].packets.len()));
}

#[test]
fn who_joins_and_leaves_in_silence_changes_no_byte_for_the_rest() {
    let run = |joins: bool| {
        let mut hall = Hall::of_three(AudioCodec::Opus);
        hall.pass(ms(500));
        if joins {
            let mut silent = Person::new(AudioCodec::Opus, 300.0);
            silent.loudness = 0.0;
            hall.enters(LegId(4), silent);
            hall.all_hear_each_other();
        }
        hall.pass(ms(500));
        if joins {
            hall.people.remove(&LegId(4));
            hall.mixer.leave(LegId(4));
            hall.all_hear_each_other();
        }
        hall.pass(ms(500));
        let of = |leg: LegId| hall.heard[&leg].packets.clone();
        [AN, BINH, CHI].map(of)
    };
    assert!(run(true) == run(false));
}

#[test]
fn who_is_taken_out_or_in_in_the_middle_of_a_word_makes_no_click() {
    let mut hall = Hall::of_three(AudioCodec::Pcmu);
    hall.pass(ms(1000));
    for round in 0..10 {
        let both = [BINH, CHI].map(Part::Leg).into();
        hall.mixer.hear(hall.now, AN, vec![Part::Leg(BINH)]);
        hall.pass(ms(190 + round));
        hall.mixer.hear(hall.now, AN, both);
        hall.pass(ms(190 + round));
    }
    // At 8 kHz: two tones, and what G.711 adds to them.
    let heard: Vec<_> = hall.heard[&AN].pcm[48_000..]
        .chunks(6)
        .map(|s| s[0])
        .collect();
    let bend = |s: &[f32]| (s[0] - 2.0 * s[1] + s[2]).abs();
    let sharpest = heard.windows(3).map(bend).fold(0.0, f32::max);
    assert!(sharpest < 0.24, "{sharpest}");
    assert_eq!(hall.holes(AN, 1), 0);
}

#[test]
fn lost_packets_are_concealed() {
    for codec in [AudioCodec::Opus, AudioCodec::Pcma] {
        let mut hall = Hall::of_three(codec);
        // Every twentieth, and now and then two in a row.
        let lost = |n: u64| n % 20 == 7 || n % 60 == 8;
        for person in hall.people.values_mut() {
            person.network = Box::new(move |n| (!lost(n)).then_some(Duration::ZERO));
        }
        hall.pass(ms(4000));
        for (leg, tone) in [(AN, BINH_TONE), (BINH, CHI_TONE), (CHI, AN_TONE)] {
            let heard = level(hall.last_second(leg), tone);
            assert!((0.14..0.22).contains(&heard), "{codec:?}: {heard}");
            assert_eq!(hall.holes(leg, 1), 0, "{codec:?}");
        }
    }
}

#[test]
fn packets_that_come_at_all_times_are_played_at_their_own() {
    let mut hall = Hall::of_three(AudioCodec::Opus);
    for person in hall.people.values_mut() {
        // Up to 30 ms late, in no order that means anything.
        person.network = Box::new(|n| Some(ms(n * 2_654_435_761 % 4_294_967_296 % 31)));
    }
    hall.pass(ms(6000));
    for leg in [AN, BINH, CHI] {
        assert_eq!(hall.holes(leg, 2), 0, "{leg}");
        let delay = hall.mixer.delay(leg).unwrap();
        assert!(delay <= ms(60), "{delay:?}");
    }
    hall.check_three(0.2);
}

#[test]
fn clocks_that_differ_make_neither_delay_nor_gaps() {
    for rate in [1.001, 0.999] {
        let mut hall = Hall::new();
        hall.enters(AN, Person::new(AudioCodec::Opus, AN_TONE));
        hall.enters(BINH, Person::new(AudioCodec::Opus, BINH_TONE));
        hall.people.get_mut(&BINH).unwrap().rate = rate;
        hall.people.get_mut(&AN).unwrap().loudness = 0.0;
        hall.all_hear_each_other();
        hall.pass(ms(1000));
        let mut most = Duration::ZERO;
        for _ in 0..60 {
            hall.pass(ms(1000));
            most = most.max(hall.mixer.delay(BINH).unwrap());
        }
        assert!(most <= ms(60), "{most:?} at {rate}");
        assert_eq!(hall.holes(AN, 1), 0, "{rate}");
    }
}

#[test]
fn a_stall_of_the_network_is_made_up_for() {
    let mut hall = Hall::of_three(AudioCodec::Opus);
    // Nothing comes for 400 ms, then all at once.
    let stall = |n: u64| {
        ms(if (100..120).contains(&n) {
            (120 - n) * 20
        } else {
            0
        })
    };
    hall.people.get_mut(&BINH).unwrap().network = Box::new(move |n| Some(stall(n)));
    hall.pass(ms(4500));
    hall.check_three(0.2);
    let delay = hall.mixer.delay(BINH).unwrap();
    assert!(delay <= ms(60), "{delay:?}");
}

#[test]
fn fifty_of_whom_three_speak_are_three_decodings_and_four_encodings() {
    let mut hall = Hall::new();
    for n in 1..=50 {
        let mut person = Person::new(AudioCodec::Opus, 300.0 + 37.0 * n as f64);
        person.loudness = if n <= 3 { 0.2 } else { 0.0 };
        hall.enters(LegId(n), person);
    }
    hall.all_hear_each_other();
    hall.pass(ms(1500));
    assert_eq!(hall.mixer.work(), (3, 4));
    let packets = |leg: u64| hall.heard[&LegId(leg)].packets.last().unwrap();
    assert!((4..=50).all(|leg| packets(leg) == packets(50)));
    assert!((1..=3).all(|leg| packets(leg) != packets(50)));
    // When nobody speaks nothing is encoded.
    for person in hall.people.values_mut() {
        person.loudness = 0.0;
    }
    hall.pass(ms(1500));
    assert_eq!(hall.mixer.work(), (0, 0));
    assert!(hall.last_second(AN)[24_000..].iter().all(is_nothing));
}

#[test]
fn who_tells_that_he_is_quiet_is_not_decoded() {
    let mut hall = Hall::of_three(AudioCodec::Opus);
    let chi = hall.people.get_mut(&CHI).unwrap();
    // Noise of a quiet room, 66 dB under full scale.
    (chi.loudness, chi.tells) = (0.0005, true);
    hall.pass(ms(1500));
    assert_eq!(hall.mixer.work(), (2, 3));
    hall.check(AN, &[BINH_TONE], 0.2);
    // And is heard from the first word on.
    hall.people.get_mut(&CHI).unwrap().loudness = 0.2;
    let before = hall.heard[&AN].pcm.len();
    hall.pass(ms(300));
    let heard = &hall.heard[&AN].pcm[before..];
    let first = heard.chunks(480).position(|p| level(p, CHI_TONE) > 0.1);
    assert!(first < Some(8), "after {first:?} pieces of 10 ms");
}

#[test]
fn an_announcement_is_heard_by_all_at_once_and_ends_once() {
    let mut hall = Hall::of_three(AudioCodec::Opus);
    hall.people.clear();
    let clip = std::sync::Arc::new(tone::clip(Tone::Congestion).unwrap());
    let announcement = |n| Part::Clips(Source::Tone(n), vec![clip.clone()], Repeat::Once);
    for leg in [AN, BINH] {
        let parts = vec![Part::Leg(CHI), announcement(Tone::Congestion)];
        hall.mixer.hear(hall.now, leg, parts);
    }
    hall.pass(ms(200));
    assert!(hall.heard[&AN].packets == hall.heard[&BINH].packets);
    assert_eq!(hall.mixer.work(), (0, 1));
    hall.pass(ms(2000));
    assert_eq!(hall.ended, [AN, BINH]);
    assert!(hall.heard[&AN].pcm.iter().any(|s| s.abs() > 0.05));
    assert!(hall.last_second(AN).iter().all(is_nothing));
}

#[test]
fn a_mix_that_nobody_hears_leaves_nothing() {
    let mut hall = Hall::of_three(AudioCodec::Opus);
    hall.pass(ms(300));
    for leg in [AN, BINH, CHI] {
        hall.mixer.leave(leg);
    }
    assert_eq!(hall.mixer.deadline(), None);
    assert!(hall.mixer.is_empty());
}

#[test]
fn whatever_comes_the_rest_is_heard() {
    let mut hall = Hall::of_three(AudioCodec::Opus);
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    hall.people.remove(&CHI);
    let codecs = [AudioCodec::Opus, AudioCodec::Pcmu, AudioCodec::Pcma];
    for n in 0..5000 {
        let length = random() % 200;
        let packet = AudioPacket {
            codec: codecs[if n % 50 < 45 {
                0
            } else {
                random() as usize % 3
            }],
            ssrc: u32::from(n % 1000 > 990),
            seq: 5000 + n + random() % 5 + u64::from(n % 777 == 0) * random() % 100_000,
            timestamp: random() as u32,
            level: (n % 3 == 0).then_some(random() as i8),
            payload: (0..length).map(|_| random() as u8).collect(),
        };
        hall.mixer.packet(hall.now, CHI, &packet);
        if n % 7 == 0 {
            hall.mixer.skip(CHI, 0, 5000 + n + random() % 5);
        }
        hall.pass(ms(random() % 3));
    }
    hall.pass(ms(1500));
    hall.check(BINH, &[AN_TONE], 0.2);
}
