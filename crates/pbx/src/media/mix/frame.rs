//! 20 ms of PCM at 48 kHz, mono, full scale being 1.

/// Samples of a frame.
pub(super) const FRAME: usize = 960;

/// A frame.
pub(super) type Frame = [f32; FRAME];

/// 20 ms of nothing.
pub(super) const SILENT: Frame = [0.0; FRAME];

/// Below this, 60 dB under full scale, nothing is heard.
const QUIET: f32 = 0.001;

/// So many frames in a row without a sound, 600 ms, and it is silence and no pause between words.
const HANG: u32 = 30;

/// Samples in which a sound that begins or ends within a frame comes up or goes: 5 ms.
const RAMP: usize = 240;

/// Root of the mean square.
pub(super) fn level(pcm: &[f32]) -> f32 {
    let sum: f32 = pcm.iter().map(|sample| sample * sample).sum();
    (sum / pcm.len().max(1) as f32).sqrt()
}

/// How a frame comes into a sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fade {
    /// It was in it before and stays.
    No,
    /// It comes into it.
    In,
    /// It is taken out of it.
    Out,
}

/// Adds a frame to a sum.
pub(super) fn add(sum: &mut Frame, frame: &Frame, fade: Fade) {
    for (n, (sum, sample)) in sum.iter_mut().zip(frame).enumerate() {
        let part = (n as f32 / RAMP as f32).min(1.0);
        *sum += match fade {
            Fade::No => *sample,
            Fade::In => sample * part,
            Fade::Out => sample * (1.0 - part),
        };
    }
}

/// Lets a frame begin softly.
pub(super) fn fade_in(frame: &mut Frame) {
    for (n, sample) in frame.iter_mut().take(RAMP).enumerate() {
        *sample *= n as f32 / RAMP as f32;
    }
}

/// Lets a frame go to nothing.
pub(super) fn fade_out(frame: &mut Frame) {
    for (n, sample) in frame.iter_mut().enumerate() {
        *sample *= 1.0 - n as f32 / FRAME as f32;
    }
}

/// Takes samples out of the front, as many as this, so that no step is heard.
pub(super) fn cut(pcm: &mut Vec<f32>, count: usize) {
    let ramp = RAMP.min(pcm.len().saturating_sub(count)).min(count);
    for n in 0..ramp {
        let part = n as f32 / ramp as f32;
        pcm[count + n] = pcm[n] * (1.0 - part) + pcm[count + n] * part;
    }
    pcm.drain(..count.min(pcm.len()));
}

/// Whether something is heard, as far as its levels tell.
#[derive(Debug, Clone, Copy)]
pub(super) struct Presence {
    quiet: u32,
}

impl Presence {
    /// Nothing was heard yet.
    pub(super) fn new() -> Self {
        Self { quiet: HANG }
    }

    /// Takes note of a frame; says whether there is something to hear.
    pub(super) fn hear(&mut self, frame: &Frame) -> bool {
        self.quiet = if level(frame) < QUIET {
            self.quiet.saturating_add(1)
        } else {
            0
        };
        self.is_heard()
    }

    /// Whether there was something to hear.
    pub(super) fn is_heard(self) -> bool {
        self.quiet < HANG
    }
}
