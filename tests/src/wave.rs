//! WAV files, as far as they are needed: PCM of 16 bits, also while somebody still writes them.

use anyhow::{Context as _, Result, ensure};

/// What was recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct Wave {
    /// Samples a second.
    pub rate: f64,
    /// Between -1 and 1; channels are mixed into one.
    pub samples: Vec<f64>,
}

/// Reads a file from its bytes. The sizes in its head are not believed: they are written last.
///
/// # Errors
/// When it is no such file.
pub fn read(bytes: &[u8]) -> Result<Wave> {
    ensure!(
        bytes.get(..4) == Some(b"RIFF") && bytes.get(8..12) == Some(b"WAVE"),
        "this is no WAV file"
    );
    let mut at = 12;
    let mut format = None;
    loop {
        let head = bytes.get(at..at + 8).context("the file ends early")?;
        let size = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        let body = &bytes[at + 8..];
        match &head[..4] {
            b"fmt " => format = Some(Format::read(body)?),
            b"data" => return Ok(format.context("no format before the data")?.wave(body)),
            _ => {}
        }
        at += 8 + size + size % 2;
    }
}

struct Format {
    channels: usize,
    rate: f64,
}

impl Format {
    fn read(body: &[u8]) -> Result<Self> {
        let field = |at: usize| {
            let two = body.get(at..at + 2).context("the format is too short")?;
            Ok::<_, anyhow::Error>(u16::from_le_bytes([two[0], two[1]]))
        };
        let (kind, bits) = (field(0)?, field(14)?);
        ensure!((kind, bits) == (1, 16), "format {kind} of {bits} bits");
        let channels = usize::from(field(2)?);
        ensure!(channels > 0, "no channel");
        let rate = f64::from(field(4)?) + 65_536.0 * f64::from(field(6)?);
        Ok(Self { channels, rate })
    }

    fn wave(&self, body: &[u8]) -> Wave {
        let full = f64::from(i16::MAX) * self.channels as f64;
        let frames = body.chunks_exact(2 * self.channels).map(|frame| {
            let values = frame.chunks_exact(2);
            let sum: f64 = values
                .map(|two| f64::from(i16::from_le_bytes([two[0], two[1]])))
                .sum();
            sum / full
        });
        Wave {
            rate: self.rate,
            samples: frames.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With sizes of 0, as libsndfile leaves them until it closes the file.
    fn file(channels: u8, samples: &[i16]) -> Vec<u8> {
        let mut bytes = b"RIFF\0\0\0\0WAVEfmt ".to_vec();
        bytes.extend([16, 0, 0, 0, 1, 0, channels, 0, 0x40, 0x1f, 0, 0]);
        bytes.extend([0, 0, 0, 0, 2 * channels, 0, 16, 0]);
        bytes.extend(b"data\0\0\0\0");
        bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
        bytes
    }

    #[test]
    fn a_file_that_is_still_written_is_read_as_far_as_it_goes() {
        let mut bytes = file(1, &[0, i16::MAX, -i16::MAX]);
        bytes.push(7);
        let wave = read(&bytes).unwrap();
        assert_eq!(wave.rate, 8000.0);
        assert_eq!(wave.samples, [0.0, 1.0, -1.0]);
    }

    #[test]
    fn channels_are_mixed() {
        let wave = read(&file(2, &[i16::MAX, 0, i16::MAX, i16::MAX])).unwrap();
        assert_eq!(wave.samples, [0.5, 1.0]);
    }

    #[test]
    fn what_is_no_sound_is_refused() {
        for bytes in [&b""[..], b"RIFF....WAVE", b"RIFF....WAVEdata....1234"] {
            assert!(read(bytes).is_err());
        }
    }
}
