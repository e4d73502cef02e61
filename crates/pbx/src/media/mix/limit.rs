//! Keeps a sum below full scale.
//!
//! Where several speak at once the sum is made softer, as much as it takes and only while it takes it;
//! what is too loud before that has happened is rounded off instead of clipped.

use super::frame::Frame;

/// Highest sample that is left as it is.
const CEILING: f32 = 0.9;

/// The level is looked at in steps of 5 ms.
const STEP: usize = 240;

/// It goes down within 1 ms.
const ATTACK: usize = 48;

/// It comes back by 0.05 dB in each step: 10 dB in a second.
const RELEASE: f32 = 1.006;

/// How much softer the sum is made at the moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limiter {
    gain: f32,
}

impl Limiter {
    /// One that leaves everything as it is.
    pub(super) fn new() -> Self {
        Self { gain: 1.0 }
    }

    /// Limits the next frame.
    pub(super) fn limit(&mut self, frame: &mut Frame) {
        let mut wanted = [1.0f32; 5];
        for (wanted, step) in wanted.iter_mut().zip(frame.chunks(STEP)) {
            let peak = step.iter().fold(0.0f32, |peak, s| peak.max(s.abs()));
            *wanted = (CEILING / peak).min(1.0);
        }
        if self.gain >= 1.0 && wanted.iter().all(|wanted| *wanted >= 1.0) {
            return;
        }
        for (n, step) in frame.chunks_mut(STEP).enumerate() {
            // What comes next is known, but after the last step.
            let least = wanted[n].min(wanted[n + 1]);
            let next = least.min(self.gain * RELEASE);
            let ramp = if next < self.gain { ATTACK } else { STEP };
            for (m, sample) in step.iter_mut().enumerate() {
                let part = ((m + 1) as f32 / ramp as f32).min(1.0);
                *sample = round_off(*sample * (self.gain + (next - self.gain) * part));
            }
            self.gain = next;
        }
    }
}

/// Never more than full scale.
fn round_off(sample: f32) -> f32 {
    let over = sample.abs() - CEILING;
    if over <= 0.0 {
        return sample;
    }
    let room = 1.0 - CEILING;
    (CEILING + room * (over / room).tanh()).copysign(sample)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::mix::frame::{FRAME, level};

    fn tone(n: usize, level: f32) -> Frame {
        std::array::from_fn(|m| {
            let t = (n * FRAME + m) as f32 / 48_000.0;
            level * (std::f32::consts::TAU * 437.0 * t).sin()
        })
    }

    #[test]
    fn what_is_not_too_loud_is_left_as_it_is() {
        let mut limiter = Limiter::new();
        for n in 0..50 {
            let mut frame = tone(n, 0.9);
            limiter.limit(&mut frame);
            assert_eq!(frame, tone(n, 0.9));
        }
    }

    #[test]
    fn what_is_too_loud_becomes_softer_and_keeps_its_shape() {
        let mut limiter = Limiter::new();
        for n in 0..50 {
            let mut frame = tone(n, 2.4);
            limiter.limit(&mut frame);
            assert!(frame.iter().all(|s| s.abs() <= 1.0), "frame {n}");
            if n > 1 {
                let soft = tone(n, 0.9);
                let apart: Vec<_> = frame.iter().zip(soft).map(|(a, b)| a - b).collect();
                let noise = level(&apart) / level(&frame);
                assert!(noise < 0.02, "frame {n}: {noise} of it is noise");
            }
        }
        // And it comes back: 8.5 dB in a second.
        let softer = limiter.gain;
        for n in 50..150 {
            limiter.limit(&mut tone(n, 0.3));
        }
        assert!(softer < 0.4 && limiter.gain == 1.0, "{}", limiter.gain);
    }
}
