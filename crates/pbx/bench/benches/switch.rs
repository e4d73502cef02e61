//! The gap that a listener hears when what he hears changes: from one leg to another, as when a transfer
//! is completed, and from a leg to a mix and back. Telephones of G.711 by RTP say a constant, so that each
//! sample of the listener's stream tells whether somebody is heard.

#[path = "telephones.rs"]
mod telephones;

use std::time::Duration;

use alo_pbx::media::{AudioCodec, LegId, Source, Turn};
use audio_codec_algorithms::{decode_alaw, encode_alaw};
use telephones::{Hall, Heard};

/// So many speak, each at another time within the 20 ms.
const SPEAK: u64 = 7;
const LISTENER: LegId = LegId(SPEAK);

const TIMES: u64 = 100;

fn main() {
    let constant = |level: i16| vec![vec![encode_alaw(level); 160]];
    let silence = constant(0);
    let mut says = vec![constant(8000); SPEAK as usize];
    says.push(silence);
    let hall = Hall::new(AudioCodec::Pcma, says);
    let leg = |n: u64| Source::Leg(LegId(n % SPEAK));
    let mix = |legs: &[u64]| Source::Mix(legs.iter().map(|n| leg(*n)).collect());
    let case = |what, from: &dyn Fn(u64) -> Source, to: &dyn Fn(u64) -> Source| {
        let gaps = (0..TIMES).map(|n| gap(&hall, n, from(n), to(n)));
        tell(what, gaps.collect());
    };
    case("leg to leg", &|_| leg(0), &|n| leg(1 + n % (SPEAK - 1)));
    case("leg to mix", &leg, &|n| mix(&[n, n + 1]));
    case("mix to leg", &|n| mix(&[n, n + 1]), &leg);
    case("mix to mix", &|n| mix(&[n, n + 1]), &|n| mix(&[n, n + 2]));
}

/// Changes what is heard once; the longest time of the stream, in ms, in which nobody is heard.
fn gap(hall: &Hall, n: u64, from: Source, to: Source) -> f64 {
    hall.media.hear(LISTENER, from, Turn(0));
    // At another place within a frame each time.
    let somewhere = Duration::from_micros(n * 7919 % 20_000);
    std::thread::sleep(Duration::from_millis(200) + somewhere);
    hall.forget();
    std::thread::sleep(Duration::from_millis(60));
    hall.media.hear(LISTENER, to, Turn(0));
    std::thread::sleep(Duration::from_millis(200));
    longest(&hall.heard())
}

/// The longest time without a sound in the stream of the listener, which is the one that has any.
fn longest(heard: &[Heard]) -> f64 {
    let is_loud = |byte: &u8| decode_alaw(*byte).unsigned_abs() > 4000;
    let loud = heard
        .iter()
        .find(|packet| packet.payload.iter().any(is_loud));
    let Some(ssrc) = loud.map(|packet| packet.ssrc) else {
        return f64::INFINITY;
    };
    let (mut longest, mut quiet, mut next) = (0, 0, None);
    for packet in heard.iter().filter(|packet| packet.ssrc == ssrc) {
        quiet += next.map_or(0, |next| packet.timestamp.wrapping_sub(next));
        longest = longest.max(quiet);
        for byte in &packet.payload {
            quiet = if is_loud(byte) { 0 } else { quiet + 1 };
            longest = longest.max(quiet);
        }
        next = Some(packet.timestamp.wrapping_add(packet.payload.len() as u32));
    }
    f64::from(longest) / 8.0
}

fn tell(what: &str, mut gaps: Vec<f64>) {
    gaps.sort_by(f64::total_cmp);
    let at = |part: f64| gaps[((gaps.len() - 1) as f64 * part) as usize];
    println!(
        "{what}: {:.1} ms without a sound in the middle, {:.1} at 95 %, {:.1} at most, of {TIMES}",
        at(0.5),
        at(0.95),
        at(1.0)
    );
}
