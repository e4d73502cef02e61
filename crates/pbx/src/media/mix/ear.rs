//! Packets of one codec become PCM at 48 kHz, also those that were lost.

use super::resample::Up;
use crate::media::codec::{AudioCodec, CodecFailed, expand};

/// Longest Opus packet, 120 ms (RFC 6716 section 3.2.5), at 48 kHz.
const LONGEST: usize = 5_760;

/// Opus conceals in steps of 2.5 ms, at 48 kHz.
pub(super) const STEP: usize = 120;

/// What is remembered of G.711, to conceal with: 40 ms at 8 kHz.
const MEMORY: usize = 320;

/// Periods of a voice, 66 Hz to 266 Hz, in samples at 8 kHz.
const PERIODS: std::ops::RangeInclusive<usize> = 30..=120;

/// A concealment of G.711 is as loud as what was before for 10 ms, and over after 60 ms.
const LOUD: usize = 80;
const OVER: usize = 480;

/// What came after a loss takes over within 4 ms.
const JOINT: usize = 32;

/// Decodes one stream.
pub(super) enum Ear {
    /// Opus.
    Opus(opus::Decoder, Box<[f32; LONGEST]>),
    /// G.711.
    Law(Box<Law>),
}

impl Ear {
    /// One that heard nothing yet.
    pub(super) fn new(codec: AudioCodec) -> Result<Self, CodecFailed> {
        Ok(match codec {
            AudioCodec::Opus => Self::Opus(
                opus::Decoder::new(48_000, opus::Channels::Mono)?,
                Box::new([0.0; LONGEST]),
            ),
            AudioCodec::Pcmu | AudioCodec::Pcma => Self::Law(Box::new(Law::new(codec))),
        })
    }

    /// What a packet says.
    pub(super) fn decode(&mut self, packet: &[u8], out: &mut Vec<f32>) -> Result<(), CodecFailed> {
        match self {
            // Empty would be a concealment.
            Self::Opus(..) if packet.is_empty() => return Err(CodecFailed),
            Self::Opus(decoder, room) => {
                let count = decoder.decode_float(packet, &mut room[..], false)?;
                out.extend(room[..count].iter().map(legal));
            }
            Self::Law(law) => law.decode(packet, out),
        }
        Ok(())
    }

    /// What the packet before this one said, which was so long (RFC 6716 section 2.1.7).
    pub(super) fn recover(&mut self, packet: &[u8], samples: usize, out: &mut Vec<f32>) {
        let done = match self {
            Self::Opus(decoder, room) if !packet.is_empty() => {
                let room = &mut room[..samples.min(LONGEST)];
                decoder.decode_float(packet, room, true).map(|count| {
                    out.extend(room[..count].iter().map(legal));
                })
            }
            _ => return self.conceal(samples, out),
        };
        if done.is_err() {
            out.resize(out.len() + samples, 0.0);
        }
    }

    /// Goes on for so long, in steps of 2.5 ms, without a packet.
    pub(super) fn conceal(&mut self, samples: usize, out: &mut Vec<f32>) {
        let wanted = out.len() + samples;
        match self {
            Self::Opus(decoder, room) => {
                let room = &mut room[..samples.min(LONGEST)];
                if let Ok(count) = decoder.decode_float(&[], room, false) {
                    out.extend(room[..count].iter().map(legal));
                }
            }
            Self::Law(law) => law.conceal(samples, out),
        }
        out.resize(wanted, 0.0);
    }
}

/// A decoder may go beyond full scale, and a broken packet may make it say anything.
fn legal(sample: &f32) -> f32 {
    if sample.is_nan() {
        return 0.0;
    }
    sample.clamp(-1.0, 1.0)
}

/// Decodes G.711. A loss is filled with the last period of the voice, again and again and softer, as
/// G.711 Appendix I does.
pub(super) struct Law {
    codec: AudioCodec,
    up: Up,
    /// The last samples at 8 kHz, oldest first.
    memory: Vec<f32>,
    /// The loss that is being concealed.
    loss: Option<Loss>,
    room: Vec<f32>,
}

struct Loss {
    period: usize,
    /// Samples concealed so far.
    length: usize,
}

impl Law {
    fn new(codec: AudioCodec) -> Self {
        Self {
            codec,
            up: Up::new(),
            memory: vec![0.0; MEMORY],
            loss: None,
            room: Vec::new(),
        }
    }

    fn decode(&mut self, packet: &[u8], out: &mut Vec<f32>) {
        let mut joint = Vec::new();
        if self.loss.is_some() {
            joint = self.invent(JOINT);
            self.loss = None;
        }
        let law = self.codec;
        let samples = packet
            .iter()
            .map(|byte| f32::from(expand(law, *byte)) / 32_768.0);
        self.room.clear();
        self.room.extend(samples);
        for (n, (new, old)) in self.room.iter_mut().zip(joint).enumerate() {
            let part = n as f32 / JOINT as f32;
            *new = *new * part + old * (1.0 - part);
        }
        self.give(out);
    }

    fn conceal(&mut self, samples: usize, out: &mut Vec<f32>) {
        self.room = self.invent(samples / 6);
        self.give(out);
    }

    /// Hands out what is in the room, and remembers it.
    fn give(&mut self, out: &mut Vec<f32>) {
        self.up.resample(self.room.iter().copied(), out);
        self.memory.extend_from_slice(&self.room);
        self.memory.drain(..self.memory.len() - MEMORY);
    }

    /// So many samples of what might have come.
    fn invent(&mut self, count: usize) -> Vec<f32> {
        let loss = self.loss.get_or_insert_with(|| Loss {
            period: period(&self.memory),
            length: 0,
        });
        let mut made = Vec::with_capacity(count);
        for n in 0..count {
            // The memory has what was made before, softer as it is.
            let sample = match n.checked_sub(loss.period) {
                Some(n) => made[n],
                None => self.memory[MEMORY + n - loss.period],
            };
            let at = loss.length + n;
            let gain = |at: usize| OVER.saturating_sub(at.max(LOUD)) as f32;
            let before = gain(at.saturating_sub(loss.period)).max(1.0);
            made.push(sample * gain(at) / before);
        }
        loss.length += count;
        made
    }
}

/// The period of a voice: where it is most like itself before.
fn period(memory: &[f32]) -> usize {
    let recent = &memory[MEMORY - 160..];
    let likeness = |period: usize| {
        let before = &memory[MEMORY - 160 - period..MEMORY - period];
        let product: f32 = recent.iter().zip(before).map(|(a, b)| a * b).sum();
        let power: f32 = before.iter().map(|b| b * b).sum();
        product / (power + 1e-6).sqrt()
    };
    let best = PERIODS.map(|period| (period, likeness(period)));
    let best = best.max_by(|a, b| a.1.total_cmp(&b.1));
    best.map_or(*PERIODS.end(), |(period, _)| period)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::codec::compress;
    use crate::media::mix::frame::level;

    fn tone(n: usize) -> f32 {
        0.25 * (std::f32::consts::TAU * 150.0 * n as f32 / 8_000.0).sin()
    }

    fn packet(n: usize) -> Vec<u8> {
        let sample = |m| (tone(n * 160 + m) * 32_768.0) as i16;
        (0..160)
            .map(|m| compress(AudioCodec::Pcma, sample(m)))
            .collect()
    }

    #[test]
    fn a_lost_packet_of_a_telephone_is_hardly_noticed() {
        let mut ear = Ear::new(AudioCodec::Pcma).unwrap();
        let mut whole = Ear::new(AudioCodec::Pcma).unwrap();
        let (mut heard, mut wanted) = (Vec::new(), Vec::new());
        for n in 0..20 {
            whole.decode(&packet(n), &mut wanted).unwrap();
            if n == 10 {
                ear.conceal(960, &mut heard);
            } else {
                ear.decode(&packet(n), &mut heard).unwrap();
            }
        }
        assert_eq!(heard.len(), wanted.len());
        let apart: Vec<_> = heard.iter().zip(&wanted).map(|(a, b)| a - b).collect();
        assert!(level(&apart[..9600]) < 0.001);
        let lost = &apart[9600..10_560];
        assert!(level(lost) < 0.08, "{} of 0.18", level(lost));
        assert!(level(&apart[11_520..]) < 0.001, "it is over");
    }

    #[test]
    fn a_long_loss_ends_in_silence() {
        for codec in [AudioCodec::Opus, AudioCodec::Pcmu] {
            let mut ear = Ear::new(codec).unwrap();
            let mut heard = Vec::new();
            let voice = match codec {
                AudioCodec::Opus => codec.silence().to_vec(),
                _ => packet(0),
            };
            ear.decode(&voice, &mut heard).unwrap();
            for _ in 0..10 {
                ear.conceal(960, &mut heard);
            }
            assert_eq!(heard.len(), 11 * 960);
            assert!(level(&heard[8 * 960..]) < 0.001);
        }
    }

    #[test]
    fn what_is_no_packet_is_none() {
        let mut ear = Ear::new(AudioCodec::Opus).unwrap();
        let mut heard = Vec::new();
        assert!(ear.decode(&[], &mut heard).is_err());
        assert!(ear.decode(&[0xff, 0xff], &mut heard).is_err());
        ear.recover(&[0xff, 0xff], 960, &mut heard);
        assert_eq!(heard.len(), 960);
    }
}
