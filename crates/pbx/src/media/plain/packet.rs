//! RTP packets as they are on the wire (RFC 3550 section 5.1), without encryption.

/// Length of a header without contributing sources and extension.
const HEADER: usize = 12;

/// A packet that came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Packet<'a> {
    pub(super) pt: u8,
    pub(super) seq: u16,
    pub(super) timestamp: u32,
    pub(super) ssrc: u32,
    pub(super) payload: &'a [u8],
}

/// What stands in the header of a packet that goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) pt: u8,
    pub(super) marker: bool,
    pub(super) seq: u16,
    pub(super) timestamp: u32,
    pub(super) ssrc: u32,
}

impl<'a> Packet<'a> {
    /// Reads a datagram; `None` where it is no RTP packet (RFC 3550 section A.1). RTCP on the same
    /// port reads as payload types 64 to 95, which no RTP packet has (RFC 5761 section 4).
    pub(super) fn parse(datagram: &'a [u8]) -> Option<Self> {
        let (header, mut rest) = datagram.split_first_chunk::<HEADER>()?;
        let [flags, kind, s0, s1, t0, t1, t2, t3, c0, c1, c2, c3] = *header;
        if flags >> 6 != 2 {
            return None;
        }
        rest = rest.get(usize::from(flags & 0x0f) * 4..)?;
        if flags & 0x10 != 0 {
            // A word that says which extension, and its length in words.
            let (head, after) = rest.split_first_chunk::<4>()?;
            let words = usize::from(u16::from_be_bytes([head[2], head[3]]));
            rest = after.get(words * 4..)?;
        }
        if flags & 0x20 != 0 {
            let padding = usize::from(*rest.last()?);
            let length = rest.len().checked_sub(padding)?;
            rest = rest.get(..length).filter(|_| padding > 0)?;
        }
        Some(Self {
            pt: kind & 0x7f,
            seq: u16::from_be_bytes([s0, s1]),
            timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
            ssrc: u32::from_be_bytes([c0, c1, c2, c3]),
            payload: rest,
        })
    }
}

impl Header {
    /// Writes a packet over what is in the buffer.
    pub(super) fn write(self, payload: &[u8], buffer: &mut Vec<u8>) {
        buffer.clear();
        let marker = if self.marker { 0x80 } else { 0 };
        buffer.extend_from_slice(&[0x80, marker | self.pt & 0x7f]);
        buffer.extend_from_slice(&self.seq.to_be_bytes());
        buffer.extend_from_slice(&self.timestamp.to_be_bytes());
        buffer.extend_from_slice(&self.ssrc.to_be_bytes());
        buffer.extend_from_slice(payload);
    }
}

/// Counts sequence numbers on beyond 65535, and knows which of them came (RFC 3550 section A.1).
#[derive(Debug, Clone, Copy)]
pub(super) struct Sequence {
    ssrc: u32,
    highest: u64,
    /// Bit n: the one n before the highest came.
    came: u64,
}

/// A step that is no loss any more, but another beginning (`MAX_DROPOUT` is 3000 in RFC 3550).
const JUMP: i16 = 3000;

impl Sequence {
    /// A stream that begins with this packet. It begins beyond 65535, so that there is room for
    /// packets before it.
    pub(super) fn begin(packet: &Packet<'_>) -> Self {
        Self {
            ssrc: packet.ssrc,
            highest: u64::from(packet.seq) + 0x1_0000,
            came: 1,
        }
    }

    /// The highest number so far.
    pub(super) fn highest(&self) -> u64 {
        self.highest
    }

    /// The number of this packet; `None` where it came before, or is too old to be told.
    pub(super) fn next(&mut self, packet: &Packet<'_>) -> Option<u64> {
        if packet.ssrc != self.ssrc {
            *self = Self::begin(packet);
            return Some(self.highest);
        }
        let step = packet.seq.wrapping_sub(self.highest as u16) as i16;
        match step {
            1..=JUMP => {
                self.highest += step as u64;
                self.came = self.came.checked_shl(step as u32).unwrap_or(0) | 1;
                Some(self.highest)
            }
            -63..=0 => {
                let bit = 1 << -step;
                let is_new = self.came & bit == 0;
                self.came |= bit;
                is_new.then(|| self.highest - step.unsigned_abs() as u64)
            }
            // The sender began anew; where the numbers go on upwards they are told from old ones.
            _ if !(-JUMP..=JUMP).contains(&step) => {
                self.highest = (self.highest | 0xffff) + 1 + u64::from(packet.seq);
                self.came = 1;
                Some(self.highest)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(seq: u16, ssrc: u32) -> Packet<'static> {
        Packet {
            pt: 0,
            seq,
            timestamp: 0,
            ssrc,
            payload: &[],
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let header = Header {
            pt: 101,
            marker: true,
            seq: 65_535,
            timestamp: 0xdead_beef,
            ssrc: 7,
        };
        let mut buffer = vec![1, 2, 3];
        header.write(&[9, 8], &mut buffer);
        assert_eq!(buffer[1], 0x80 | 101);
        let read = Packet::parse(&buffer).unwrap();
        assert_eq!((read.pt, read.seq, read.ssrc), (101, 65_535, 7));
        assert_eq!((read.timestamp, read.payload), (0xdead_beef, &[9, 8][..]));
    }

    #[test]
    fn sources_extensions_and_padding_are_no_payload() {
        let mut bytes = vec![0x80 | 0x20 | 0x10 | 2, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1];
        bytes.extend([0; 8]);
        bytes.extend([0xbe, 0xde, 0, 1, 1, 2, 3, 4]);
        bytes.extend([55, 56, 0, 0, 3]);
        assert_eq!(Packet::parse(&bytes).unwrap().payload, [55, 56]);
    }

    #[test]
    fn what_is_no_rtp_is_refused_and_nothing_panics() {
        assert_eq!(Packet::parse(&[]), None);
        assert_eq!(Packet::parse(&[0x40; 40]), None, "version 1");
        assert_eq!(Packet::parse(&[0x8f; 12]), None, "sources are missing");
        let padded = [0xa0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 200];
        assert_eq!(Packet::parse(&padded), None, "more padding than packet");
        let mut state = 1u32;
        for length in 0..2000usize {
            let bytes: Vec<u8> = (0..length % 60)
                .map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (state >> 24) as u8 | 0x80
                })
                .collect();
            let _ = Packet::parse(&bytes);
        }
    }

    #[test]
    fn numbers_go_on_over_the_end_and_duplicates_are_left_out() {
        let mut sequence = Sequence::begin(&packet(65_534, 1));
        let mut next = |seq| sequence.next(&packet(seq, 1));
        let first = 65_534 + 65_536;
        assert_eq!(next(65_534), None, "it is there");
        assert_eq!(next(65_535), Some(first + 1));
        assert_eq!(next(1), Some(first + 3));
        assert_eq!(next(0), Some(first + 2), "late");
        assert_eq!(next(0), None, "twice");
        assert_eq!(next(65_533), Some(first - 1), "before the first");
        assert_eq!(next(65_400), None, "too old to be told");
    }

    #[test]
    fn a_sender_that_begins_anew_goes_on_upwards() {
        let mut sequence = Sequence::begin(&packet(30_000, 1));
        let before = sequence.highest;
        let after = sequence.next(&packet(5, 1)).unwrap();
        assert!(after > before);
        assert_eq!(sequence.next(&packet(6, 1)), Some(after + 1));
        assert_eq!(sequence.next(&packet(900, 2)), Some(65_536 + 900));
    }
}
