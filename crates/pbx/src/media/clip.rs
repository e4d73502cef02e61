//! A piece of recorded or generated audio, ready to be sent: the packets of an Ogg Opus file
//! (RFC 7845), or of a tone encoded here.
//!
//! For legs of G.711 it is decoded once, packet by packet as somebody hears it for the first time, and
//! then kept: 500 who wait hear the same music, and decoding it for each would cost a core.

use std::io::Cursor;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ogg::PacketReader;

use super::codec::{AudioCodec, OpusToLaw, Payload};

/// Longest clip that is taken, so that a wrong file cannot fill memory: 30 minutes of packets of
/// 20 ms.
const MOST_PACKETS: usize = 90_000;

/// A decoder that begins in the middle hears so many packets before, 80 ms (RFC 7845 section 4.6).
const PRE_ROLL: usize = 4;

/// Packets in the order in which they are sent.
pub(super) struct Clip {
    packets: Vec<(Payload, u32)>,
    pcmu: Mutex<Option<InLaw>>,
    pcma: Mutex<Option<InLaw>>,
}

impl std::fmt::Debug for Clip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let packets = self.packets.len();
        f.debug_struct("Clip").field("packets", &packets).finish()
    }
}

/// A clip in G.711, as far as it was heard.
struct InLaw {
    law: AudioCodec,
    packets: Vec<Option<Payload>>,
    decoder: OpusToLaw,
    /// The packet that follows what the decoder decoded last.
    next: usize,
}

/// Why a file is no clip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ClipError {
    /// It is no Ogg file, or a broken one.
    Ogg,
    /// Its first packet is not that of an Opus stream.
    NotOpus,
    /// It has more than two channels.
    Channels,
    /// A packet is no legal Opus packet.
    Packet,
    /// There is no audio in it.
    Empty,
    /// It is longer than half an hour.
    TooLong,
}

impl std::fmt::Display for ClipError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Ogg => "not an Ogg file, or a damaged one",
            Self::NotOpus => "an Ogg file, but not of Opus audio",
            Self::Channels => "more than two channels",
            Self::Packet => "a damaged Opus packet",
            Self::Empty => "there is no audio in it",
            Self::TooLong => "longer than half an hour",
        })
    }
}

impl std::error::Error for ClipError {}

impl Clip {
    /// Reads an Ogg Opus file.
    pub(super) fn from_ogg(bytes: &[u8]) -> Result<Self, ClipError> {
        let mut reader = PacketReader::new(Cursor::new(bytes));
        let head = next(&mut reader)?.ok_or(ClipError::Empty)?;
        // RFC 7845 section 5.1: magic, version, channel count.
        if !head.starts_with(b"OpusHead") || head.len() < 19 {
            return Err(ClipError::NotOpus);
        }
        if !(1..=2).contains(&head[9]) {
            return Err(ClipError::Channels);
        }
        // RFC 7845 section 5.2: the comment header is of no interest.
        next(&mut reader)?.ok_or(ClipError::Empty)?;
        let mut packets = Vec::new();
        while let Some(packet) = next(&mut reader)? {
            if packets.len() == MOST_PACKETS {
                return Err(ClipError::TooLong);
            }
            packets.push(packet);
        }
        Self::from_packets(packets)
    }

    /// Takes Opus packets as they are.
    pub(super) fn from_packets(packets: Vec<Vec<u8>>) -> Result<Self, ClipError> {
        let packets: Vec<_> = packets
            .into_iter()
            .map(|packet| {
                let samples = AudioCodec::Opus.samples(&packet);
                Ok((Arc::from(packet), samples.ok_or(ClipError::Packet)?))
            })
            .collect::<Result<_, _>>()?;
        if packets.is_empty() {
            return Err(ClipError::Empty);
        }
        Ok(Self {
            packets,
            pcmu: Mutex::default(),
            pcma: Mutex::default(),
        })
    }

    /// The packet at this place in this codec, and its length at 48 kHz; `None` behind the end.
    pub(super) fn packet(&self, index: usize, codec: AudioCodec) -> Option<(Payload, u32)> {
        let (payload, ticks) = self.packets.get(index)?;
        let in_law = match codec {
            AudioCodec::Opus => return Some((payload.clone(), *ticks)),
            AudioCodec::Pcmu => &self.pcmu,
            AudioCodec::Pcma => &self.pcma,
        };
        // It is left in order whatever breaks: at worst a packet is decoded once more.
        let mut in_law = in_law.lock().unwrap_or_else(PoisonError::into_inner);
        if in_law.is_none() {
            *in_law = InLaw::new(codec, self.packets.len());
        }
        let payload = match in_law.as_mut() {
            Some(in_law) => in_law.packet(&self.packets, index),
            None => codec.silence(),
        };
        Some((payload, *ticks))
    }

    /// Which packet is at this time, counted over all rounds of a loop.
    pub(super) fn place(&self, at: Duration) -> usize {
        let micros = at.as_micros() % self.duration().as_micros().max(1);
        let mut passed = micros * 48 / 1000;
        let is_over = |(_, samples): &(Payload, u32)| {
            let rest = passed.checked_sub(u128::from(*samples));
            passed = rest.unwrap_or(passed);
            rest.is_none()
        };
        self.packets.iter().position(is_over).unwrap_or(0)
    }

    /// How long it is.
    pub(super) fn duration(&self) -> Duration {
        let samples: u64 = self.packets.iter().map(|(_, s)| u64::from(*s)).sum();
        Duration::from_micros(samples * 1000 / 48)
    }
}

impl InLaw {
    fn new(law: AudioCodec, packets: usize) -> Option<Self> {
        Some(Self {
            law,
            packets: vec![None; packets],
            decoder: OpusToLaw::new(law).ok()?,
            next: 0,
        })
    }

    /// The packet at this place, decoded if it was not before; a damaged one is silence.
    fn packet(&mut self, clip: &[(Payload, u32)], index: usize) -> Payload {
        if let Some(Some(payload)) = self.packets.get(index) {
            return payload.clone();
        }
        if self.next != index {
            self.decoder.begin_anew();
            // A clip may be a loop, and what is before its first packet is its last.
            for back in (1..=PRE_ROLL).rev() {
                let before = (index + clip.len() * PRE_ROLL - back) % clip.len();
                let _ = self.decoder.decode(&clip[before].0);
            }
        }
        let (packet, ticks) = &clip[index];
        let payload = self.decoder.decode(packet);
        let payload = payload.unwrap_or_else(|_| {
            let byte = self.law.silence()[0];
            vec![byte; *ticks as usize / 6].into()
        });
        self.packets[index] = Some(payload.clone());
        self.next = index + 1;
        payload
    }
}

fn next(reader: &mut PacketReader<Cursor<&[u8]>>) -> Result<Option<Vec<u8>>, ClipError> {
    reader
        .read_packet()
        .map(|packet| packet.map(|packet| packet.data))
        .map_err(|_| ClipError::Ogg)
}

#[cfg(test)]
mod tests {
    use audio_codec_algorithms::decode_alaw;

    use super::*;

    #[test]
    fn what_is_no_clip_is_refused() {
        assert_eq!(Clip::from_ogg(b"").err(), Some(ClipError::Ogg));
        assert_eq!(Clip::from_ogg(b"RIFF....WAVE").err(), Some(ClipError::Ogg));
        assert_eq!(
            Clip::from_packets(vec![vec![]]).err(),
            Some(ClipError::Packet)
        );
        assert_eq!(Clip::from_packets(vec![]).err(), Some(ClipError::Empty));
    }

    #[test]
    fn g711_sounds_the_same_wherever_it_is_heard_first() {
        let music = include_bytes!("../../prompts/music-sales.opus");
        let whole = Clip::from_ogg(music).unwrap();
        let pieces = Clip::from_ogg(music).unwrap();
        let hear = |clip: &Clip, index| clip.packet(index, AudioCodec::Pcma).unwrap().0;
        let in_order: Vec<_> = (0..200).map(|n| hear(&whole, n)).collect();
        for start in [150, 100, 50, 0] {
            for (n, in_order) in in_order.iter().enumerate().skip(start).take(50) {
                let piece = hear(&pieces, n);
                assert_eq!(piece.len(), 160);
                let apart = piece.iter().zip(in_order.iter()).map(|(a, b)| {
                    let (a, b) = (decode_alaw(*a), decode_alaw(*b));
                    i32::from(a).abs_diff(i32::from(b))
                });
                // The very first has no past here and one there.
                assert!(n == 0 || apart.max() < Some(600), "packet {n}");
            }
        }
        assert!(Arc::ptr_eq(&hear(&pieces, 7), &hear(&pieces, 7)));
        assert!(pieces.packet(1 << 20, AudioCodec::Pcma).is_none());
    }

    #[test]
    fn a_broken_file_never_panics() {
        let good = include_bytes!("../../prompts/prompt-hello.opus");
        assert!(Clip::from_ogg(good).is_ok());
        for cut in (0..good.len()).step_by(97) {
            let _ = Clip::from_ogg(&good[..cut]);
            let mut bent = good.to_vec();
            bent[cut] ^= 0x55;
            let _ = Clip::from_ogg(&bent);
        }
    }
}
