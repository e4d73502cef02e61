//! Call progress tones, made here and encoded once.
//!
//! 425 Hz with the cadences of the Vietnamese network (ITU-T E.180 supplement 2).

use std::f64::consts::TAU;

use super::api::Tone;
use super::clip::Clip;
use super::codec::CodecFailed;

/// Frequency in Hz. A whole number of periods fits into every cadence.
const FREQUENCY: f64 = 425.0;

/// Peak, about -19 dBFS: clear, and no louder than speech.
const PEAK: f64 = 3600.0;

const RATE: usize = 48_000;
const FRAME: usize = RATE / 50;

/// 5 ms to fade in and out, so that nothing clicks.
const RAMP: usize = RATE / 200;

/// Milliseconds on and off.
fn cadence(tone: Tone) -> (usize, usize) {
    match tone {
        Tone::Ringback => (1000, 4000),
        Tone::Busy => (500, 500),
        Tone::Congestion => (250, 250),
    }
}

/// Samples of one cadence.
fn samples(tone: Tone) -> Vec<i16> {
    let (on, off) = cadence(tone);
    let (on, off) = (on * RATE / 1000, off * RATE / 1000);
    let tone = (0..on).map(|n| {
        let edge = n.min(on - 1 - n).min(RAMP) as f64 / RAMP as f64;
        let phase = TAU * FREQUENCY * n as f64 / RATE as f64;
        (PEAK * edge * phase.sin()) as i16
    });
    tone.chain(std::iter::repeat_n(0, off)).collect()
}

/// One cadence as a clip, to be played over and over. Each packet can be decoded without the one
/// before, so the end joins the beginning.
pub(super) fn clip(tone: Tone) -> Result<Clip, CodecFailed> {
    let mut encoder = opus::Encoder::new(
        RATE as u32,
        opus::Channels::Mono,
        opus::Application::LowDelay,
    )?;
    encoder.set_bitrate(opus::Bitrate::Bits(32_000))?;
    encoder.set_complexity(5)?;
    encoder.set_prediction_disabled(true)?;
    // Congestion is 500 ms, which is 25 frames: every cadence is whole frames.
    let packets = samples(tone)
        .chunks_exact(FRAME)
        .map(|frame| encoder.encode_vec(frame, 400))
        .collect::<Result<Vec<_>, _>>()?;
    Clip::from_packets(packets).map_err(|_| CodecFailed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::codec::AudioCodec;

    /// Loudness of each 50 ms: whether it is heard.
    fn heard(clip: &Clip) -> Vec<bool> {
        let mut decoder = opus::Decoder::new(8_000, opus::Channels::Mono).unwrap();
        let mut pcm = Vec::new();
        let mut index = 0;
        while let Some((packet, _)) = clip.packet(index, AudioCodec::Opus) {
            let mut frame = [0i16; 160];
            let n = decoder.decode(&packet, &mut frame, false).unwrap();
            pcm.extend_from_slice(&frame[..n]);
            index += 1;
        }
        pcm.chunks(400)
            .map(|part| part.iter().any(|s| s.unsigned_abs() > 500))
            .collect()
    }

    #[test]
    fn cadences_are_those_of_the_network() {
        for (tone, on, all) in [
            (Tone::Ringback, 20, 100),
            (Tone::Busy, 10, 20),
            (Tone::Congestion, 5, 10),
        ] {
            let clip = clip(tone).unwrap();
            assert_eq!(clip.duration().as_millis(), all as u128 * 50);
            let heard = heard(&clip);
            let count = heard.iter().filter(|on| **on).count();
            assert!(
                (on..=on + 1).contains(&count),
                "{tone:?} is on for {count} of {all}"
            );
            assert!(heard[0] && !heard[all - 1], "{tone:?} begins with the tone");
        }
    }
}
