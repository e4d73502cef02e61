//! Sounds made here: a few sine waves as a WAV file in memory, so that no file has to be loaded.

use js_sys::{Array, Math, Uint8Array};
use web_sys::{Blob, BlobPropertyBag, Url};

/// Samples a second. Enough for tones below 4 kHz.
const RATE: u32 = 16_000;

/// Length of the slope at either end of a sound that would else click, in samples.
const SLOPE: u32 = RATE / 200;

/// A piece of a sound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Piece {
    /// Frequencies in hertz that sound together; none is silence.
    pub(crate) hertz: &'static [f64],
    /// How long, in milliseconds.
    pub(crate) ms: u32,
    /// Loudness, 0 to 1.
    pub(crate) volume: f64,
    /// Whether it dies away like a bell.
    pub(crate) bell: bool,
}

/// A sound in memory; released when dropped.
pub(crate) struct Wave {
    url: String,
}

impl Wave {
    /// These pieces, one after the other.
    pub(crate) fn new(pieces: &[Piece]) -> Self {
        let file = file(pieces);
        let parts = Array::of1(&Uint8Array::from(file.as_slice()).into());
        let kind = BlobPropertyBag::new();
        kind.set_type("audio/wav");
        let url = Blob::new_with_u8_array_sequence_and_options(&parts, &kind)
            .and_then(|blob| Url::create_object_url_with_blob(&blob))
            .unwrap_or_default();
        Self { url }
    }

    /// A moment in which nothing is heard.
    pub(crate) fn silence() -> Self {
        Self::new(&[Piece {
            hertz: &[],
            ms: 50,
            volume: 0.0,
            bell: false,
        }])
    }

    /// Where an audio element finds it.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Wave {
    fn drop(&mut self) {
        let _ = Url::revoke_object_url(&self.url);
    }
}

/// A WAV file: 16 bit, mono.
fn file(pieces: &[Piece]) -> Vec<u8> {
    let samples: u32 = pieces.iter().map(length).sum();
    let bytes = samples * 2;
    let mut file = Vec::with_capacity(44 + bytes as usize);
    file.extend(b"RIFF");
    file.extend((36 + bytes).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16_u32.to_le_bytes());
    // PCM, one channel.
    file.extend([1, 0, 1, 0]);
    file.extend(RATE.to_le_bytes());
    file.extend((RATE * 2).to_le_bytes());
    // Bytes a frame, bits a sample.
    file.extend([2, 0, 16, 0]);
    file.extend(b"data");
    file.extend(bytes.to_le_bytes());
    for piece in pieces {
        write_piece(&mut file, piece);
    }
    file
}

fn length(piece: &Piece) -> u32 {
    piece.ms * RATE / 1000
}

fn write_piece(file: &mut Vec<u8>, piece: &Piece) {
    let length = length(piece);
    let mut waves: Vec<Sine> = piece.hertz.iter().map(|hertz| Sine::new(*hertz)).collect();
    let voices = f64::from(waves.len().max(1) as u32);
    // A bell is 60 dB down at its end.
    let fade = if piece.bell {
        Math::pow(0.001, 1.0 / f64::from(length.max(1)))
    } else {
        1.0
    };
    let mut loudness = piece.volume / voices;
    for at in 0..length {
        let slope = f64::from(at.min(length - at).min(SLOPE)) / f64::from(SLOPE);
        let sample: f64 = waves.iter_mut().map(Sine::step).sum();
        let sample = (sample * loudness * slope * f64::from(i16::MAX)) as i16;
        file.extend(sample.to_le_bytes());
        loudness *= fade;
    }
}

/// A sine wave by its recurrence, sin(n+1) = 2 cos(w) sin(n) - sin(n-1): one cosine a tone.
struct Sine {
    factor: f64,
    now: f64,
    before: f64,
}

impl Sine {
    fn new(hertz: f64) -> Self {
        let step = std::f64::consts::TAU * hertz / f64::from(RATE);
        Self {
            factor: 2.0 * Math::cos(step),
            now: 0.0,
            before: -Math::sin(step),
        }
    }

    fn step(&mut self) -> f64 {
        let sample = self.now;
        let next = self.factor * self.now - self.before;
        self.before = std::mem::replace(&mut self.now, next);
        sample
    }
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::{Piece, RATE, file};

    fn tone(hertz: &'static [f64], bell: bool) -> Vec<i16> {
        let file = file(&[Piece {
            hertz,
            ms: 1000,
            volume: 1.0,
            bell,
        }]);
        file[44..]
            .chunks(2)
            .map(|pair| i16::from_le_bytes([pair[0], pair[1]]))
            .collect()
    }

    #[test]
    fn a_tone_has_its_frequency() {
        let samples = tone(&[425.0], false);
        assert_eq!(samples.len(), RATE as usize);
        let rising = samples.windows(2).filter(|w| w[0] < 0 && w[1] >= 0).count();
        assert!((423..=427).contains(&rising), "{rising}");
        assert!(samples.iter().all(|sample| *sample > i16::MIN));
    }

    #[test]
    fn a_bell_dies_away() {
        let samples = tone(&[800.0], true);
        let loudest = |range: std::ops::Range<usize>| {
            samples[range]
                .iter()
                .map(|s| s.unsigned_abs())
                .max()
                .unwrap()
        };
        assert!(loudest(0..2000) > 50 * loudest(14_000..16_000));
    }
}
