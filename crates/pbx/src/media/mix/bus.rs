//! A sum, and its encodings for all who hear it.

use super::frame::{FRAME, Fade, Frame, SILENT, add};
use super::limit::Limiter;
use super::resample::Down;
use crate::media::codec::{AudioCodec, CodecFailed, Payload, compress};

/// Bit rate of a sum: speech, full-band.
const BIT_RATE: i32 = 32_000;

/// Longest packet of 20 ms that comes of it.
const LONGEST: usize = 400;

/// After so many frames of nothing even the encoders have nothing left to say.
const FLUSHED: u32 = 2;

/// A sum that goes on from frame to frame.
pub(super) struct Bus {
    limiter: Limiter,
    /// This frame, and the one before.
    sum: Box<Frame>,
    before: Box<Frame>,
    /// Frames of nothing up to this one.
    silent: u32,
    opus: Encoding<opus::Encoder>,
    narrow: Encoding<Down>,
    /// This frame at 8 kHz, once somebody asked for it.
    samples: Vec<i16>,
    /// What this frame became, for each codec.
    packets: [Option<Payload>; 3],
}

/// An encoder, while somebody hears it.
struct Encoding<T> {
    encoder: Option<T>,
    is_used: bool,
}

impl<T> Encoding<T> {
    const NONE: Self = Self {
        encoder: None,
        is_used: false,
    };

    /// A frame begins: what nobody used for the last one does not know of it.
    fn begin(&mut self) {
        if !std::mem::take(&mut self.is_used) {
            self.encoder = None;
        }
    }
}

impl Bus {
    /// Nothing was heard before.
    pub(super) fn new() -> Self {
        Self {
            limiter: Limiter::new(),
            sum: Box::new(SILENT),
            before: Box::new(SILENT),
            silent: FLUSHED,
            opus: Encoding::NONE,
            narrow: Encoding::NONE,
            samples: Vec::new(),
            packets: [const { None }; 3],
        }
    }

    /// One that goes on from what was heard of another.
    pub(super) fn after(other: &Self) -> Self {
        Self {
            limiter: other.limiter,
            sum: other.sum.clone(),
            silent: other.silent,
            ..Self::new()
        }
    }

    /// The next frame is the sum of these.
    pub(super) fn add_up<'a>(&mut self, frames: impl Iterator<Item = (&'a Frame, Fade)>) {
        std::mem::swap(&mut self.sum, &mut self.before);
        *self.sum = SILENT;
        self.silent = self.silent.saturating_add(1);
        for (frame, fade) in frames {
            self.silent = 0;
            add(&mut self.sum, frame, fade);
        }
        self.limiter.limit(&mut self.sum);
        if self.silent < FLUSHED {
            self.opus.begin();
            self.narrow.begin();
        }
        self.samples.clear();
        self.packets = [const { None }; 3];
    }

    /// This frame in a codec; encoded once.
    pub(super) fn packet(&mut self, codec: AudioCodec) -> Payload {
        let place = match codec {
            AudioCodec::Opus => 0,
            AudioCodec::Pcmu => 1,
            AudioCodec::Pcma => 2,
        };
        if let Some(packet) = &self.packets[place] {
            return packet.clone();
        }
        let packet = match codec {
            _ if self.silent >= FLUSHED => codec.silence(),
            AudioCodec::Opus => self.opus().unwrap_or_else(|_| codec.silence()),
            law => self.law(law),
        };
        self.packets[place] = Some(packet.clone());
        packet
    }

    /// How many codecs this frame was encoded in.
    #[cfg(test)]
    pub(super) fn encodings(&self) -> usize {
        let encoded = self.silent < FLUSHED;
        self.packets.iter().flatten().filter(|_| encoded).count()
    }

    fn opus(&mut self) -> Result<Payload, CodecFailed> {
        let mut room = [0; LONGEST];
        if self.opus.encoder.is_none() {
            let mut encoder = encoder()?;
            // It goes on as if it had encoded all along, so that the joint is not heard.
            encoder.encode_float(&self.before[..], &mut room)?;
            self.opus.encoder = Some(encoder);
        }
        self.opus.is_used = true;
        let encoder = self.opus.encoder.as_mut().ok_or(CodecFailed)?;
        let length = encoder.encode_float(&self.sum[..], &mut room)?;
        Ok(Payload::from(&room[..length]))
    }

    fn law(&mut self, law: AudioCodec) -> Payload {
        if self.samples.is_empty() {
            let down = self.narrow.encoder.get_or_insert_with(|| {
                let mut down = Down::new();
                down.resample(&self.before[FRAME / 2..]).for_each(drop);
                down
            });
            self.narrow.is_used = true;
            let samples = down.resample(&self.sum[..]);
            self.samples
                .extend(samples.map(|sample| (sample * 32_767.0) as i16));
        }
        let bytes = self.samples.iter().map(|sample| compress(law, *sample));
        bytes.collect()
    }
}

fn encoder() -> Result<opus::Encoder, CodecFailed> {
    let mut encoder = opus::Encoder::new(48_000, opus::Channels::Mono, opus::Application::Voip)?;
    encoder.set_bitrate(opus::Bitrate::Bits(BIT_RATE))?;
    encoder.set_complexity(5)?;
    Ok(encoder)
}
