//! What one packet costs: relayed as it is, and decoded and encoded, which is what one more
//! voice in a conference costs.

use std::hint::black_box;
use std::time::{Duration, Instant};

use alo_pbx::media::rtp::{Arrival, Numbering, Relay};
use criterion::{Criterion, criterion_group, criterion_main};

fn relay(c: &mut Criterion) {
    let start = Instant::now();
    let mut out = Numbering::new(48_000, 1, 0);
    let mut relay = Relay::new();
    let mut n = 0u64;
    c.bench_function("relay: numbers of one packet", |b| {
        b.iter(|| {
            n += 1;
            let packet = Arrival {
                seq: n,
                timestamp: (n as u32).wrapping_mul(960),
                samples: 960,
            };
            let now = start + Duration::from_millis(20 * n);
            black_box(relay.forward(&mut out, now, black_box(packet)))
        });
    });
}

/// Something like a voice: a buzz with a wandering pitch and level.
fn voice(samples: usize) -> Vec<i16> {
    let mut phase = 0.0f64;
    (0..samples)
        .map(|n| {
            let t = n as f64 / 48_000.0;
            phase += (140.0 + 30.0 * (t * 2.1).sin()) / 48_000.0;
            let buzz: f64 = (1..20)
                .map(|k| (std::f64::consts::TAU * phase * f64::from(k)).sin() / f64::from(k))
                .sum();
            (buzz * 4000.0 * (0.6 + 0.4 * (t * 9.0).sin())) as i16
        })
        .collect()
}

fn codec(c: &mut Criterion) {
    let mono = opus::Channels::Mono;
    let (Ok(mut encoder), Ok(mut decoder)) = (
        opus::Encoder::new(48_000, mono, opus::Application::Voip),
        opus::Decoder::new(48_000, mono),
    ) else {
        return;
    };
    let set = encoder
        .set_bitrate(opus::Bitrate::Bits(32_000))
        .and_then(|()| encoder.set_complexity(5));
    assert!(set.is_ok());
    let pcm = voice(48_000 * 2);
    let frames: Vec<_> = pcm.chunks_exact(960).collect();
    let packets: Vec<_> = frames
        .iter()
        .filter_map(|frame| encoder.encode_vec(frame, 400).ok())
        .collect();
    let mut room = [0i16; 960];
    let mut n = 0;
    c.bench_function("opus: decode 20 ms at 48 kHz", |b| {
        b.iter(|| {
            n = (n + 1) % packets.len();
            black_box(decoder.decode(&packets[n], &mut room, false).is_ok())
        });
    });
    let mut packet = [0u8; 400];
    c.bench_function("opus: encode 20 ms at 48 kHz", |b| {
        b.iter(|| {
            n = (n + 1) % frames.len();
            black_box(encoder.encode(frames[n], &mut packet).is_ok())
        });
    });
}

criterion_group!(benches, relay, codec);
criterion_main!(benches);
