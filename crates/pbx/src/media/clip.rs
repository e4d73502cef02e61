//! A piece of recorded or generated audio, ready to be sent: the packets of an Ogg Opus file
//! (RFC 7845), or of a tone encoded here.

use std::io::Cursor;
use std::sync::Arc;
use std::time::Duration;

use ogg::PacketReader;

use super::codec::{AudioCodec, Payload};

/// Longest clip that is taken, so that a wrong file cannot fill memory: 30 minutes of packets of
/// 20 ms.
const MOST_PACKETS: usize = 90_000;

/// Packets in the order in which they are sent.
#[derive(Debug)]
pub(super) struct Clip {
    packets: Vec<(Payload, u32)>,
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
        Ok(Self { packets })
    }

    /// The packet at this place and its length at 48 kHz; `None` behind the end.
    pub(super) fn packet(&self, index: usize) -> Option<(&Payload, u32)> {
        let (payload, samples) = self.packets.get(index)?;
        Some((payload, *samples))
    }

    /// How long it is.
    pub(super) fn duration(&self) -> Duration {
        let samples: u64 = self.packets.iter().map(|(_, s)| u64::from(*s)).sum();
        Duration::from_micros(samples * 1000 / 48)
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
