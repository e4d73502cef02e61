//! From 8 kHz to 48 kHz and back, and a little faster or slower.
//!
//! An Opus decoder and an encoder at 8 kHz would resample too, as they do where one leg is transcoded
//! for another, but at the cost and the delay of a codec; this is some microseconds, and 1.5 ms.

use std::f32::consts::{PI, TAU};
use std::sync::LazyLock;

/// 48 kHz by 8 kHz.
const TIMES: usize = 6;

/// Samples at 8 kHz that one at 48 kHz is made of.
const TAPS: usize = 24;

const LENGTH: usize = TIMES * TAPS;

/// Half of the level is left at this frequency, in Hz.
const EDGE: f32 = 3_700.0;

/// The low-pass at 48 kHz: a sinc, and a Hann window.
static FILTER: LazyLock<[f32; LENGTH]> = LazyLock::new(|| {
    let mut filter: [f32; LENGTH] = std::array::from_fn(|n| {
        let t = n as f32 - (LENGTH - 1) as f32 / 2.0;
        let x = TAU * EDGE / 48_000.0 * t;
        // Never 0: the middle is between two samples.
        let window = 0.5 - 0.5 * (TAU * (n as f32 + 0.5) / LENGTH as f32).cos();
        x.sin() / (PI * t) * window
    });
    let sum: f32 = filter.iter().sum();
    for tap in &mut filter {
        *tap /= sum;
    }
    filter
});

/// 8 kHz to 48 kHz.
#[derive(Debug, Clone)]
pub(super) struct Up {
    /// The last samples, oldest first.
    before: [f32; TAPS],
}

impl Up {
    pub(super) fn new() -> Self {
        Self {
            before: [0.0; TAPS],
        }
    }

    /// Six samples for each.
    pub(super) fn resample(&mut self, narrow: impl Iterator<Item = f32>, out: &mut Vec<f32>) {
        for sample in narrow {
            self.before.rotate_left(1);
            self.before[TAPS - 1] = sample;
            for phase in 0..TIMES {
                let taps = FILTER.iter().skip(phase).step_by(TIMES);
                let sum: f32 = self.before.iter().rev().zip(taps).map(|(s, t)| s * t).sum();
                out.push(sum * TIMES as f32);
            }
        }
    }
}

/// 48 kHz to 8 kHz.
#[derive(Debug, Clone)]
pub(super) struct Down {
    /// The last samples, oldest first, and those that come in.
    samples: Vec<f32>,
}

impl Down {
    pub(super) fn new() -> Self {
        Self {
            samples: vec![0.0; LENGTH - TIMES],
        }
    }

    /// One sample for six, which come in sixes.
    pub(super) fn resample(&mut self, wide: &[f32]) -> impl Iterator<Item = f32> + '_ {
        let known = self.samples.len().saturating_sub(LENGTH - TIMES);
        self.samples.drain(..known);
        self.samples.extend_from_slice(wide);
        // The filter is its own mirror image.
        let windows = self.samples.windows(LENGTH).step_by(TIMES);
        windows.map(|window| window.iter().zip(FILTER.iter()).map(|(s, t)| s * t).sum())
    }
}

/// Makes more or fewer samples of these: `out` takes the same time a little faster or slower. `before`
/// is the sample before the first.
pub(super) fn stretch(before: f32, from: &[f32], out: &mut [f32]) {
    let at = |n: isize| match usize::try_from(n) {
        Ok(n) => from[n.min(from.len() - 1)],
        Err(_) => before,
    };
    let step = from.len() as f32 / out.len() as f32;
    for (n, sample) in out.iter_mut().enumerate() {
        let place = n as f32 * step;
        let (first, t) = (place as isize, place.fract());
        // Catmull-Rom: a cubic through four.
        let [a, b, c, d] = [-1, 0, 1, 2].map(|k| at(first + k));
        let slope = c - a + t * (2.0 * a - 5.0 * b + 4.0 * c - d + t * (3.0 * (b - c) + d - a));
        *sample = b + 0.5 * t * slope;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::mix::frame::{FRAME, level};

    fn sine(frequency: f32, rate: f32, n: usize) -> f32 {
        (TAU * frequency * n as f32 / rate).sin()
    }

    /// Level of what is left of a tone at 8 kHz, both ways.
    fn both_ways(frequency: f32) -> (f32, f32) {
        let narrow = (0..1600).map(|n| sine(frequency, 8_000.0, n));
        let mut wide = Vec::new();
        Up::new().resample(narrow, &mut wide);
        let mut down = Down::new();
        let mut back = Vec::new();
        for frame in wide.chunks(FRAME) {
            back.extend(down.resample(frame));
        }
        assert_eq!((wide.len(), back.len()), (9600, 1600));
        (level(&wide[960..]), level(&back[160..]))
    }

    #[test]
    fn what_a_telephone_carries_comes_through_in_both_directions() {
        let full = 0.5f32.sqrt();
        for frequency in [300.0, 1000.0, 2000.0, 3000.0] {
            let (wide, back) = both_ways(frequency);
            assert!((wide / full - 1.0).abs() < 0.02, "{frequency} Hz: {wide}");
            assert!((back / full - 1.0).abs() < 0.02, "{frequency} Hz: {back}");
        }
    }

    #[test]
    fn there_is_nothing_above_and_nothing_folds_back() {
        for frequency in [4_600.0, 6_000.0, 10_000.0] {
            let wide: Vec<_> = (0..9600).map(|n| sine(frequency, 48_000.0, n)).collect();
            let mut down = Down::new();
            let back: Vec<_> = down.resample(&wide).collect();
            assert!(level(&back[160..]) < 0.01, "{frequency} Hz folds back");
        }
    }

    #[test]
    fn a_little_faster_is_the_same_tone_without_a_seam() {
        for length in [940usize, 960, 966, 980] {
            let wide: Vec<_> = (0..50 * length).map(|n| sine(997.0, 48_000.0, n)).collect();
            let mut out = Vec::new();
            let mut before = 0.0;
            for part in wide.chunks(length) {
                let mut frame = [0.0; FRAME];
                stretch(before, part, &mut frame);
                before = part[length - 1];
                out.extend(frame);
            }
            let scale = length as f32 / FRAME as f32;
            let wanted = (0..out.len()).map(|n| sine(997.0 * scale, 48_000.0, n));
            let apart: Vec<_> = out.iter().zip(wanted).map(|(a, b)| a - b).collect();
            assert!(level(&apart) < 0.02, "{length}: {}", level(&apart));
        }
    }
}
