//! The audio codecs that are spoken here, and from one to the other.
//!
//! Everything is mono. Opus is decoded to and encoded from 8 kHz where the other side is G.711: the
//! codec resamples by itself, and better than a stage of its own would.

use std::sync::Arc;

use audio_codec_algorithms::{
    convert_alaw_to_ulaw, convert_ulaw_to_alaw, decode_alaw, decode_ulaw, encode_alaw, encode_ulaw,
};

use super::rtp::{Arrival, rescale};

/// Payload of one RTP packet.
pub(super) type Payload = Arc<[u8]>;

/// Longest Opus packet, 120 ms (RFC 6716 section 3.2.5), at 8 kHz.
const LONGEST_8K: usize = 960;

/// Frames of 20 ms at 8 kHz.
const FRAME_8K: usize = 160;

/// At most so many lost packets in a row are concealed here; the listener's own concealment does
/// the rest.
const CONCEAL: u64 = 3;

/// Bit rate of speech that is encoded here, narrow-band.
const BIT_RATE: i32 = 24_000;

/// An audio codec.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AudioCodec {
    /// RFC 6716, RFC 7587.
    Opus,
    /// G.711 mu-law (RFC 3551 section 4.5.14).
    Pcmu,
    /// G.711 A-law.
    Pcma,
}

impl AudioCodec {
    /// Clock of its RTP timestamps, in Hz.
    #[must_use]
    pub fn clock(self) -> u32 {
        match self {
            Self::Opus => 48_000,
            Self::Pcmu | Self::Pcma => 8_000,
        }
    }

    /// 20 ms of digital silence: for Opus a CELT frame with the silence flag (RFC 6716 section
    /// 4.3), which decodes to zeros and not to a comfort noise.
    #[must_use]
    pub(super) fn silence(self) -> Payload {
        match self {
            Self::Opus => Arc::from([0xf8, 0xff, 0xfe]),
            Self::Pcmu => Arc::from([0xff; FRAME_8K]),
            Self::Pcma => Arc::from([0xd5; FRAME_8K]),
        }
    }

    /// Length of a packet in units of the codec's clock; `None` where it is no legal packet.
    #[must_use]
    pub(super) fn samples(self, payload: &[u8]) -> Option<u32> {
        match self {
            Self::Opus => opus::packet::get_nb_samples(payload, 48_000)
                .ok()
                .and_then(|samples| u32::try_from(samples).ok()),
            Self::Pcmu | Self::Pcma => u32::try_from(payload.len())
                .ok()
                .filter(|samples| (1..=LONGEST_8K as u32).contains(samples)),
        }
    }
}

/// A packet as it came from a leg.
#[derive(Debug, Clone)]
pub(super) struct AudioPacket {
    pub(super) codec: AudioCodec,
    pub(super) ssrc: u32,
    pub(super) seq: u64,
    pub(super) timestamp: u32,
    /// How loud it is, in dB of full scale, where the far end says so (RFC 6464).
    pub(super) level: Option<i8>,
    pub(super) payload: Payload,
}

/// Why a packet could not be decoded or encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CodecFailed;

impl From<opus::Error> for CodecFailed {
    fn from(_: opus::Error) -> Self {
        Self
    }
}

/// G.711 samples from Opus packets.
struct Narrow {
    decoder: opus::Decoder,
    pcm: Box<[i16; LONGEST_8K]>,
    bytes: Box<[u8; LONGEST_8K]>,
}

impl Narrow {
    fn new() -> Result<Self, CodecFailed> {
        Ok(Self {
            decoder: opus::Decoder::new(8_000, opus::Channels::Mono)?,
            pcm: Box::new([0; LONGEST_8K]),
            bytes: Box::new([0; LONGEST_8K]),
        })
    }

    /// Decodes `packet`; `fec` takes from it what it says about the packet before it, `samples`
    /// long (RFC 6716 section 2.1.7); an empty packet is concealment.
    fn decode(
        &mut self,
        packet: &[u8],
        fec: Option<usize>,
        law: AudioCodec,
    ) -> Result<Payload, CodecFailed> {
        let room = fec.unwrap_or(LONGEST_8K).min(LONGEST_8K);
        let samples = self
            .decoder
            .decode(packet, &mut self.pcm[..room], fec.is_some())?;
        for (byte, sample) in self.bytes.iter_mut().zip(&self.pcm[..samples]) {
            *byte = compress(law, *sample);
        }
        Ok(Arc::from(&self.bytes[..samples]))
    }
}

/// One sample in G.711.
pub(super) fn compress(law: AudioCodec, sample: i16) -> u8 {
    if law == AudioCodec::Pcma {
        encode_alaw(sample)
    } else {
        encode_ulaw(sample)
    }
}

/// One sample from G.711.
pub(super) fn expand(law: AudioCodec, byte: u8) -> i16 {
    if law == AudioCodec::Pcma {
        decode_alaw(byte)
    } else {
        decode_ulaw(byte)
    }
}

/// Decodes Opus packets that follow each other without a gap, for G.711 legs.
pub(super) struct OpusToLaw {
    narrow: Narrow,
    law: AudioCodec,
}

impl OpusToLaw {
    pub(super) fn new(law: AudioCodec) -> Result<Self, CodecFailed> {
        Ok(Self {
            narrow: Narrow::new()?,
            law,
        })
    }

    pub(super) fn decode(&mut self, packet: &[u8]) -> Result<Payload, CodecFailed> {
        self.narrow.decode(packet, None, self.law)
    }

    /// What comes next does not follow what came before.
    pub(super) fn begin_anew(&mut self) {
        // It fails for no decoder that was made; were it to, the joint would be heard.
        let _ = self.narrow.decoder.reset_state();
    }
}

/// From the codec of one leg to that of another.
pub(super) struct Transcoder {
    from: AudioCodec,
    to: AudioCodec,
    work: Work,
}

enum Work {
    Decode {
        narrow: Narrow,
        highest: Option<u64>,
    },
    Encode(Box<Widen>),
    Convert,
}

/// Opus packets from G.711 samples.
struct Widen {
    encoder: opus::Encoder,
    /// Samples that do not fill a frame yet, and where they begin.
    pending: Vec<i16>,
    timestamp: u32,
    /// Sequence number that the next frame has, and the one that the next packet should have.
    frame: u64,
    expected: Option<u64>,
    packet: [u8; 400],
}

impl Transcoder {
    /// A transcoder between two different codecs.
    pub(super) fn new(from: AudioCodec, to: AudioCodec) -> Result<Self, CodecFailed> {
        let work = match (from, to) {
            (AudioCodec::Opus, _) => Work::Decode {
                narrow: Narrow::new()?,
                highest: None,
            },
            (_, AudioCodec::Opus) => Work::Encode(Box::new(Widen::new()?)),
            _ => Work::Convert,
        };
        Ok(Self { from, to, work })
    }

    /// Which codecs it stands between.
    pub(super) fn fits(&self, from: AudioCodec, to: AudioCodec) -> bool {
        self.from == from && self.to == to
    }

    /// Hands the packets that come out of this one to `out`, with the numbers that they have on
    /// the way to the relay.
    pub(super) fn transcode(
        &mut self,
        packet: &AudioPacket,
        mut out: impl FnMut(Arrival, Payload),
    ) -> Result<(), CodecFailed> {
        let timestamp = rescale_timestamp(packet.timestamp, self.from, self.to);
        match &mut self.work {
            Work::Decode { narrow, highest } => {
                decode(narrow, highest, self.to, packet, timestamp, &mut out)
            }
            Work::Encode(widen) => widen.encode(self.from, packet, timestamp, &mut out),
            Work::Convert => {
                let convert = if self.from == AudioCodec::Pcmu {
                    convert_ulaw_to_alaw
                } else {
                    convert_alaw_to_ulaw
                };
                let payload: Payload = packet.payload.iter().map(|byte| convert(*byte)).collect();
                let samples = payload.len() as u32;
                out(
                    Arrival {
                        seq: packet.seq,
                        timestamp,
                        samples,
                    },
                    payload,
                );
                Ok(())
            }
        }
    }
}

/// The timestamp on the other codec's clock.
fn rescale_timestamp(timestamp: u32, from: AudioCodec, to: AudioCodec) -> u32 {
    match (from.clock(), to.clock()) {
        (a, b) if a == b => timestamp,
        // Upwards it wraps as RTP timestamps do.
        (a, b) if a < b => timestamp.wrapping_mul(b / a),
        (a, b) => rescale(timestamp, a, b),
    }
}

/// Opus to G.711, with concealment of what was lost, since G.711 receivers conceal badly.
fn decode(
    narrow: &mut Narrow,
    highest: &mut Option<u64>,
    law: AudioCodec,
    packet: &AudioPacket,
    timestamp: u32,
    out: &mut impl FnMut(Arrival, Payload),
) -> Result<(), CodecFailed> {
    let lost = match *highest {
        // Too late: it was concealed.
        Some(highest) if packet.seq <= highest && highest - packet.seq < 1000 => return Ok(()),
        Some(highest) if packet.seq > highest => packet.seq - highest - 1,
        _ => 0,
    };
    *highest = Some(packet.seq);
    if (1..=CONCEAL).contains(&lost) {
        let samples = opus::packet::get_nb_samples(&packet.payload, 8_000)?;
        for back in (1..=lost).rev() {
            // What the last of the lost ones said is, with luck, in this packet.
            let (data, fec): (&[u8], _) = if back == 1 {
                (&packet.payload, Some(samples))
            } else {
                (&[], Some(samples))
            };
            let payload = narrow.decode(data, fec, law)?;
            let arrival = Arrival {
                seq: packet.seq - back,
                timestamp: timestamp.wrapping_sub(samples as u32 * back as u32),
                samples: payload.len() as u32,
            };
            out(arrival, payload);
        }
    }
    let payload = narrow.decode(&packet.payload, None, law)?;
    let arrival = Arrival {
        seq: packet.seq,
        timestamp,
        samples: payload.len() as u32,
    };
    out(arrival, payload);
    Ok(())
}

impl Widen {
    fn new() -> Result<Self, CodecFailed> {
        let mut encoder = opus::Encoder::new(8_000, opus::Channels::Mono, opus::Application::Voip)?;
        encoder.set_bitrate(opus::Bitrate::Bits(BIT_RATE))?;
        encoder.set_complexity(5)?;
        Ok(Self {
            encoder,
            pending: Vec::with_capacity(FRAME_8K + LONGEST_8K),
            timestamp: 0,
            frame: 0,
            expected: None,
            packet: [0; 400],
        })
    }

    fn encode(
        &mut self,
        law: AudioCodec,
        packet: &AudioPacket,
        timestamp: u32,
        out: &mut impl FnMut(Arrival, Payload),
    ) -> Result<(), CodecFailed> {
        match self.expected {
            Some(expected) if packet.seq < expected && expected - packet.seq < 1000 => {
                return Ok(());
            }
            Some(expected) if packet.seq == expected => {}
            _ => {
                // Samples are missing: the frame that they were in is lost.
                self.frame += 1;
                self.pending.clear();
            }
        }
        if self.pending.is_empty() {
            self.timestamp = timestamp;
        }
        self.expected = Some(packet.seq + 1);
        let samples = packet.payload.iter().map(|byte| expand(law, *byte));
        self.pending.extend(samples.take(LONGEST_8K));
        while self.pending.len() >= FRAME_8K {
            let length = self
                .encoder
                .encode(&self.pending[..FRAME_8K], &mut self.packet)?;
            self.pending.drain(..FRAME_8K);
            let arrival = Arrival {
                seq: self.frame,
                timestamp: self.timestamp,
                samples: 960,
            };
            self.frame += 1;
            self.timestamp = self.timestamp.wrapping_add(960);
            out(arrival, Arc::from(&self.packet[..length]));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    fn sine(rate: f64, n: usize) -> i16 {
        (8000.0 * (TAU * 300.0 * n as f64 / rate).sin()) as i16
    }

    /// Opus packets of a tone.
    fn opus_packets(count: usize) -> Vec<AudioPacket> {
        let mut encoder =
            opus::Encoder::new(48_000, opus::Channels::Mono, opus::Application::Voip).unwrap();
        (0..count)
            .map(|n| {
                let pcm: Vec<_> = (n * 960..(n + 1) * 960)
                    .map(|n| sine(48_000.0, n))
                    .collect();
                AudioPacket {
                    codec: AudioCodec::Opus,
                    ssrc: 1,
                    seq: 1000 + n as u64,
                    timestamp: (n as u32).wrapping_mul(960),
                    level: None,
                    payload: encoder.encode_vec(&pcm, 400).unwrap().into(),
                }
            })
            .collect()
    }

    /// G.711 packets of a tone, `size` samples each.
    fn law_packets(law: AudioCodec, count: usize, size: usize) -> Vec<AudioPacket> {
        (0..count)
            .map(|n| AudioPacket {
                codec: law,
                ssrc: 1,
                seq: 1000 + n as u64,
                timestamp: (n * size) as u32,
                level: None,
                payload: (n * size..(n + 1) * size)
                    .map(|n| compress(law, sine(8_000.0, n)))
                    .collect(),
            })
            .collect()
    }

    fn transcode(transcoder: &mut Transcoder, packets: &[AudioPacket]) -> Vec<(Arrival, Payload)> {
        let mut out = Vec::new();
        for packet in packets {
            transcoder
                .transcode(packet, |arrival, payload| out.push((arrival, payload)))
                .unwrap();
        }
        out
    }

    #[test]
    fn lost_opus_packets_are_concealed_for_a_telephone() {
        let mut transcoder = Transcoder::new(AudioCodec::Opus, AudioCodec::Pcma).unwrap();
        let mut packets = opus_packets(50);
        packets.remove(30);
        packets.remove(20);
        packets.remove(20);
        let out = transcode(&mut transcoder, &packets);
        assert_eq!(out.len(), 50);
        for (n, (arrival, payload)) in out.iter().enumerate() {
            let wanted = Arrival {
                seq: 1000 + n as u64,
                timestamp: n as u32 * 160,
                samples: 160,
            };
            assert_eq!((*arrival, payload.len()), (wanted, 160));
        }
        let loudest = out[30]
            .1
            .iter()
            .map(|b| decode_alaw(*b).unsigned_abs())
            .max();
        assert!(loudest > Some(3000), "what was lost is heard: {loudest:?}");
    }

    #[test]
    fn a_long_loss_is_left_to_the_listener_and_late_packets_are_left_out() {
        let mut transcoder = Transcoder::new(AudioCodec::Opus, AudioCodec::Pcmu).unwrap();
        let packets = opus_packets(40);
        let mut some: Vec<_> = packets[..10]
            .iter()
            .chain(&packets[30..])
            .cloned()
            .collect();
        some.push(packets[20].clone());
        assert_eq!(transcode(&mut transcoder, &some).len(), 20);
    }

    #[test]
    fn telephone_packets_of_any_length_become_frames_of_20_ms() {
        for size in [80, 160, 240, 480] {
            let mut transcoder = Transcoder::new(AudioCodec::Pcmu, AudioCodec::Opus).unwrap();
            let packets = law_packets(AudioCodec::Pcmu, 24, size);
            let out = transcode(&mut transcoder, &packets);
            assert_eq!(out.len(), 24 * size / 160);
            let first = out[0].0;
            for (n, (arrival, payload)) in out.iter().enumerate() {
                assert_eq!(arrival.seq, first.seq + n as u64);
                assert_eq!(arrival.timestamp, n as u32 * 960);
                assert_eq!(AudioCodec::Opus.samples(payload), Some(960));
            }
        }
    }

    #[test]
    fn a_lost_telephone_packet_is_a_gap() {
        let mut transcoder = Transcoder::new(AudioCodec::Pcma, AudioCodec::Opus).unwrap();
        let mut packets = law_packets(AudioCodec::Pcma, 10, 160);
        packets.remove(5);
        let out = transcode(&mut transcoder, &packets);
        assert_eq!(out.len(), 9);
        assert_eq!(out[5].0.seq, out[4].0.seq + 2);
        assert_eq!(out[5].0.timestamp, out[4].0.timestamp + 1920);
    }

    #[test]
    fn one_law_becomes_the_other() {
        let mut transcoder = Transcoder::new(AudioCodec::Pcmu, AudioCodec::Pcma).unwrap();
        let packets = law_packets(AudioCodec::Pcmu, 1, 160);
        let (_, payload) = &transcode(&mut transcoder, &packets)[0];
        for (n, byte) in payload.iter().enumerate() {
            assert!((decode_alaw(*byte) - sine(8_000.0, n)).abs() < 600);
        }
    }
}
