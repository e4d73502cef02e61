//! What is heard in recorded samples, measured as `ear.js` measures it in a page: the same window,
//! the same scale, so that the same limits hold.

use std::f64::consts::TAU;

/// How far back it listens: 16,384 samples at 48 kHz, as the analyser in a page.
pub const SPAN_S: f64 = 16_384.0 / 48_000.0;

/// What one pair of ears hears now.
#[derive(Debug, Clone, PartialEq)]
pub struct Sound {
    /// For each tone that was asked for.
    pub tones: Vec<Tone>,
    /// The level of everything that is none of them, in dB.
    pub other: f64,
}

/// One tone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tone {
    /// In dB; a sine at full scale has -14.
    pub level: f64,
    /// By how many dB it stands out from its surroundings.
    pub contrast: f64,
}

/// What is heard in the last [`SPAN_S`] of these samples (between -1 and 1), `rate` a second.
pub fn hear(samples: &[f64], rate: f64, tones: &[f64]) -> Sound {
    let length = (SPAN_S * rate) as usize;
    let samples = &samples[samples.len().saturating_sub(length)..];
    let spectrum = Spectrum::of(samples, length, rate);
    let person = |tone: f64| spectrum.strongest(tone - 5.0, tone + 5.0);
    let around = |tone: f64| {
        let below = spectrum.strongest(tone - 60.0, tone - 20.0);
        below.max(spectrum.strongest(tone + 20.0, tone + 60.0))
    };
    let others = spectrum.bins(150.0, 3800.0).filter(|(hertz, _)| {
        let apart = |tone: &f64| (hertz - tone).abs() > 30.0;
        tones.iter().all(apart)
    });
    Sound {
        tones: tones
            .iter()
            .map(|tone| Tone {
                level: decibel(person(*tone)),
                contrast: decibel(person(*tone)) - decibel(around(*tone)),
            })
            .collect(),
        other: decibel(others.map(|(_, power)| power).sum()),
    }
}

fn decibel(power: f64) -> f64 {
    10.0 * (power + 1e-12).log10()
}

/// The power in each bin below 4 kHz.
struct Spectrum {
    width: f64,
    powers: Vec<f64>,
}

impl Spectrum {
    /// Of at most `length` samples; what is missing is silence.
    fn of(samples: &[f64], length: usize, rate: f64) -> Self {
        let count = length as f64;
        let windowed: Vec<f64> = samples
            .iter()
            .enumerate()
            .map(|(n, sample)| sample * blackman(n as f64 / count))
            .collect();
        let width = rate / count;
        let bins = (4000.0 / width) as usize;
        let power = |bin| goertzel(&windowed, bin as f64 / count) / (count * count);
        Self {
            width,
            powers: (0..bins).map(power).collect(),
        }
    }

    fn bins(&self, low: f64, high: f64) -> impl Iterator<Item = (f64, f64)> {
        let hertz = |bin| bin as f64 * self.width;
        let all = self.powers.iter().enumerate();
        all.map(move |(bin, power)| (hertz(bin), *power))
            .filter(move |(hertz, _)| (low..=high).contains(hertz))
    }

    fn strongest(&self, low: f64, high: f64) -> f64 {
        self.bins(low, high)
            .map(|(_, power)| power)
            .fold(0.0, f64::max)
    }
}

/// At this part of the window.
fn blackman(at: f64) -> f64 {
    0.42 - 0.5 * (TAU * at).cos() + 0.08 * (2.0 * TAU * at).cos()
}

/// The squared magnitude of one frequency, in turns a sample, by Goertzel's algorithm.
fn goertzel(samples: &[f64], frequency: f64) -> f64 {
    let turn = 2.0 * (TAU * frequency).cos();
    let (mut a, mut b) = (0.0, 0.0);
    for sample in samples {
        (a, b) = (sample + turn * a - b, a);
    }
    a * a + b * b - turn * a * b
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One second of these sines, each at -14 dBFS.
    fn sines(rate: f64, tones: &[f64]) -> Vec<f64> {
        let at = |n: u32| {
            let tone = |tone: &f64| 0.2 * (TAU * tone * f64::from(n) / rate).sin();
            tones.iter().map(tone).sum()
        };
        (0..rate as u32).map(at).collect()
    }

    #[test]
    fn a_tone_is_as_loud_as_in_a_page_at_any_rate() {
        for rate in [8000.0, 48_000.0] {
            let heard = hear(&sines(rate, &[640.0, 3000.0]), rate, &[640.0, 2033.0]);
            let [there, not_there] = heard.tones[..] else {
                panic!("two were asked for")
            };
            assert!((there.level + 28.0).abs() < 1.0, "{rate}: {there:?}");
            assert!(there.contrast > 50.0, "{rate}: {there:?}");
            assert!(not_there.level < -80.0, "{rate}: {not_there:?}");
            assert!(heard.other > -30.0, "{rate}: {heard:?}");
        }
    }

    #[test]
    fn nothing_is_silence() {
        let heard = hear(&[], 8000.0, &[640.0]);
        assert!(heard.other < -100.0 && heard.tones[0].level < -100.0);
    }
}
