//! What it costs to let many talk together: CPU time of the media thread while this many legs of Opus by
//! RTP hear each other, of whom three speak. Beside it, in the same run: the same packets where all hear
//! silence, and libopus alone with the same streams. Linux only, since it reads /proc.

mod cpu;
#[path = "telephones.rs"]
mod telephones;

use std::time::{Duration, Instant};

use alo_pbx::media::{AudioCodec, LegId, Source, Turn};
use telephones::{Hall, voice};

const LEGS: [u64; 6] = [2, 3, 5, 10, 25, 50];
const SPEAK: u64 = 3;
const LISTEN: Duration = Duration::from_secs(5);

/// An Opus packet of nothing.
const SILENCE: [u8; 3] = [0xf8, 0xff, 0xfe];

fn main() {
    let voices: Vec<_> = (0..SPEAK).map(|n| voice(n, 250)).collect();
    let packets: Vec<_> = voices.iter().map(|voice| encode(voice)).collect();
    println!("of {SPEAK} who speak, % of a core:");
    println!("legs   mix: thread   silence: thread   difference   libopus alone");
    for legs in LEGS {
        run(legs, &voices, &packets);
    }
}

fn run(legs: u64, voices: &[Vec<i16>], packets: &[Vec<Vec<u8>>]) {
    let silent = vec![SILENCE.to_vec()];
    let says: Vec<_> = (0..legs as usize)
        .map(|n| packets.get(n).unwrap_or(&silent).clone())
        .collect();
    let hall = Hall::new(AudioCodec::Opus, says);
    let silence = measure(&hall);
    for leg in 0..legs {
        let others = (0..legs).filter(|other| *other != leg);
        let others = others.map(|other| Source::Leg(LegId(other)));
        hall.media
            .hear(LegId(leg), Source::Mix(others.collect()), Turn(0));
    }
    let mix = measure(&hall);
    // Of two each hears the other as he is.
    let speak = SPEAK.min(legs) as usize;
    let encodings = match legs {
        2 => 0,
        legs => speak + usize::from(legs > SPEAK),
    };
    let alone = if encodings == 0 {
        0.0
    } else {
        codec(voices, &packets[..speak], encodings)
    };
    println!(
        "{legs:4}   {mix:11.2}   {silence:15.2}   {:10.2}   {alone:13.2}",
        mix - silence
    );
}

/// Share of a core that the thread takes.
fn measure(hall: &Hall) -> f64 {
    std::thread::sleep(Duration::from_secs(1));
    hall.forget();
    let (used, start) = (cpu::of_thread("media"), Instant::now());
    std::thread::sleep(LISTEN);
    let (used, passed) = (cpu::of_thread("media") - used, start.elapsed());
    let wanted = passed.as_secs_f64() * 50.0 * hall.legs() as f64;
    let share = hall.heard().len() as f64 / wanted;
    assert!(share > 0.95, "{:.0} % of the packets", 100.0 * share);
    100.0 * used / passed.as_secs_f64()
}

/// What libopus takes for these decodings and so many encodings, as a share of a core.
fn codec(voices: &[Vec<i16>], packets: &[Vec<Vec<u8>>], encodings: usize) -> f64 {
    let mono = opus::Channels::Mono;
    let decoder = || opus::Decoder::new(48_000, mono).expect("a decoder");
    let mut decoders: Vec<_> = packets.iter().map(|_| decoder()).collect();
    let mut encoders: Vec<_> = (0..encodings).map(|_| encoder()).collect();
    // What is encoded are sums of these, made before the clock runs.
    let sums: Vec<Vec<f32>> = (0..encodings)
        .map(|n| {
            let sum = |m: usize| {
                let all = voices.iter().enumerate().filter(|(v, _)| *v != n);
                all.map(|(_, voice)| f32::from(voice[m]) / 65_536.0).sum()
            };
            (0..voices[0].len()).map(sum).collect()
        })
        .collect();
    let (mut room, mut packet) = ([0f32; 960], [0u8; 400]);
    let frames = packets[0].len();
    let start = cpu::of_this_thread();
    for n in 0..frames {
        for (decoder, packets) in decoders.iter_mut().zip(packets) {
            let done = decoder.decode_float(&packets[n], &mut room, false);
            std::hint::black_box(done.is_ok());
        }
        for (encoder, sum) in encoders.iter_mut().zip(&sums) {
            let done = encoder.encode_float(&sum[n * 960..(n + 1) * 960], &mut packet);
            std::hint::black_box(done.is_ok());
        }
    }
    100.0 * (cpu::of_this_thread() - start) / (frames as f64 * 0.02)
}

fn encoder() -> opus::Encoder {
    let application = opus::Application::Voip;
    let mut encoder =
        opus::Encoder::new(48_000, opus::Channels::Mono, application).expect("an encoder");
    let set = encoder
        .set_bitrate(opus::Bitrate::Bits(32_000))
        .and_then(|()| encoder.set_complexity(5));
    assert!(set.is_ok());
    encoder
}

fn encode(voice: &[i16]) -> Vec<Vec<u8>> {
    let mut encoder = encoder();
    let frames = voice.chunks_exact(960);
    let packets = frames.map(|frame| encoder.encode_vec(frame, 400).expect("a packet"));
    packets.collect()
}
