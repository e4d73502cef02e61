//! What one leg says.

use std::time::{Duration, Instant};

use super::buffer::{Buffer, Next, time};
use super::ear::{Ear, STEP};
use super::frame::{FRAME, Frame, Presence, cut, fade_in, fade_out};
use super::resample::stretch;
use crate::media::codec::{AudioCodec, AudioPacket, Payload, expand};

/// Length of a frame.
const FRAME_TIME: Duration = Duration::from_millis(20);

/// The first packet waits for one frame more than it must, so that those after it may be late.
const LEAD: u32 = 1;

/// So many frames without a packet are concealed, 100 ms.
const MOST_DRY: u32 = 5;

/// More than this of what was not heard yet, 140 ms, came after a stall: it is cut to as much as this.
const MOST: usize = 6_720;
const KEPT: usize = 1_920;

/// Decoded before that and not heard, for the decoder to find its way.
const RUN_UP: usize = 1_920;

/// Levels up to this are nothing (RFC 6464): 60 dB under full scale.
const NOTHING: i8 = -60;

/// As a sample of 16 bits.
const NOTHING_SAMPLE: u16 = 33;

/// Whether it is awake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Silent: nothing is decoded.
    Asleep,
    /// It begins after so many frames.
    Begins(u32),
    /// It is decoded.
    Awake,
}

/// What one leg says.
pub(super) struct Voice {
    /// Which stream it is: SSRC and codec.
    stream: Option<(u32, AudioCodec)>,
    /// None is needed before there is something to hear.
    ear: Option<Ear>,
    buffer: Buffer,
    state: State,
    /// Decoded and not heard yet.
    pcm: Vec<f32>,
    /// The last sample that was heard.
    before: f32,
    /// How much was concealed since the last packet, which may come yet.
    ahead: usize,
    /// Frames without a packet.
    dry: u32,
    presence: Presence,
    /// The last packet, and whether it is known without decoding that nothing is to be heard.
    last: Option<Payload>,
    silent: bool,
}

impl Voice {
    /// Nothing came yet.
    pub(super) fn new() -> Self {
        Self {
            stream: None,
            ear: None,
            buffer: Buffer::new(0),
            state: State::Asleep,
            pcm: Vec::new(),
            before: 0.0,
            ahead: 0,
            dry: 0,
            presence: Presence::new(),
            last: None,
            silent: true,
        }
    }

    /// A packet came; the next frame is taken at `tick`.
    pub(super) fn packet(&mut self, now: Instant, tick: Instant, packet: &AudioPacket) {
        let Some(samples) = packet.codec.samples(&packet.payload) else {
            return;
        };
        let stream = Some((packet.ssrc, packet.codec));
        if self.stream != stream || self.buffer.is_strange(packet.seq) {
            self.stream = stream;
            self.ear = None;
            self.buffer = Buffer::new(packet.seq);
            self.state = State::Asleep;
        }
        if self.buffer.is_late(packet.seq) {
            return;
        }
        // The same again and again, where nothing is heard, is silence in whatever way it is encoded.
        let is_same = self.last.as_ref() == Some(&packet.payload);
        self.silent = is_silent(packet) || is_same && !self.presence.is_heard();
        self.last = Some(packet.payload.clone());
        let wait = match self.state {
            State::Asleep if self.silent => return self.buffer.pass(packet.seq),
            State::Asleep => {
                if self.ear.is_none() {
                    self.ear = Ear::new(packet.codec).ok();
                }
                self.buffer = Buffer::new(packet.seq);
                self.pcm.clear();
                (self.before, self.ahead, self.dry) = (0.0, 0, 0);
                self.state = State::Begins(LEAD);
                LEAD
            }
            State::Begins(wait) => wait,
            State::Awake => 0,
        };
        let play = tick + FRAME_TIME * wait + time(self.pcm.len());
        let samples = samples as usize * (48_000 / packet.codec.clock()) as usize;
        let payload = packet.payload.clone();
        self.buffer.put(now, play, packet.seq, samples, payload);
    }

    /// A packet of its stream in which there is nothing to be heard: a digit, or comfort noise.
    pub(super) fn skip(&mut self, ssrc: u32, seq: u64) {
        if self.stream.is_some_and(|(known, _)| known == ssrc) {
            self.buffer.skip(seq);
            self.silent = true;
        }
    }

    /// The next 20 ms; `false` where there is nothing to be heard.
    pub(super) fn take(&mut self, frame: &mut Frame) -> bool {
        let begins = match self.state {
            State::Asleep => return false,
            State::Begins(0) => true,
            State::Begins(wait) => {
                self.state = State::Begins(wait - 1);
                return false;
            }
            State::Awake => false,
        };
        self.state = State::Awake;
        self.catch_up();
        let wanted = FRAME.saturating_add_signed(self.buffer.adjust());
        let goes_on = self.fill(wanted);
        self.pcm.resize(self.pcm.len().max(wanted), 0.0);
        if wanted == FRAME {
            frame.copy_from_slice(&self.pcm[..FRAME]);
        } else {
            stretch(self.before, &self.pcm[..wanted], frame);
        }
        self.before = self.pcm[wanted - 1];
        self.pcm.drain(..wanted);
        if begins {
            fade_in(frame);
        }
        let heard = self.presence.hear(frame);
        if !goes_on {
            fade_out(frame);
        }
        if !goes_on || (!heard && self.silent) {
            self.state = State::Asleep;
        }
        heard
    }

    /// Whether it is decoded.
    #[cfg(test)]
    pub(super) fn is_awake(&self) -> bool {
        self.state != State::Asleep
    }

    /// How long it takes until what comes now is heard, beyond the next frame.
    #[cfg(test)]
    pub(super) fn delay(&self) -> Duration {
        time(self.pcm.len() + self.buffer.samples())
    }

    /// Cuts what waits after a stall of the network. Only a little of it is decoded, whatever came: all
    /// others are mixed by the same thread.
    fn catch_up(&mut self) {
        let waits = self.pcm.len() + self.buffer.samples();
        if waits > MOST + self.buffer.length() {
            self.buffer.shed(RUN_UP + KEPT + FRAME);
            self.fill(self.pcm.len() + self.buffer.samples());
            let count = self.pcm.len().saturating_sub(KEPT + FRAME);
            cut(&mut self.pcm, count);
        }
    }

    /// Decodes until so many samples are there; `false` where it cannot go on.
    fn fill(&mut self, wanted: usize) -> bool {
        let Some(ear) = &mut self.ear else {
            return false;
        };
        while self.pcm.len() < wanted {
            match self.buffer.take() {
                Next::Packet(payload) => {
                    if ear.decode(&payload, &mut self.pcm).is_err() {
                        ear.conceal(self.buffer.length(), &mut self.pcm);
                    }
                    (self.ahead, self.dry) = (0, 0);
                }
                Next::Lost(samples, after) => {
                    let missing = samples.saturating_sub(self.ahead);
                    self.ahead = self.ahead.saturating_sub(samples);
                    match after {
                        Some(after) if missing == samples => {
                            ear.recover(&after, samples, &mut self.pcm);
                        }
                        _ => ear.conceal(missing.next_multiple_of(STEP), &mut self.pcm),
                    }
                }
                Next::Dry if self.silent || self.dry == MOST_DRY => return false,
                Next::Dry => {
                    self.dry += 1;
                    let missing = (wanted - self.pcm.len()).next_multiple_of(STEP);
                    ear.conceal(missing, &mut self.pcm);
                    self.ahead += missing;
                }
            }
        }
        true
    }
}

impl std::fmt::Debug for Voice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Voice").field("state", &self.state).finish()
    }
}

/// Whether a packet says itself, without being decoded, that nothing is to be heard in it.
fn is_silent(packet: &AudioPacket) -> bool {
    if let Some(level) = packet.level {
        return level <= NOTHING;
    }
    match packet.codec {
        // No more than a table of contents is DTX (RFC 6716 section 3.1); or digital silence.
        AudioCodec::Opus => packet.payload.len() <= 2 || packet.payload[..] == [0xf8, 0xff, 0xfe],
        law => {
            let loud = |byte: &u8| expand(law, *byte).unsigned_abs() > NOTHING_SAMPLE;
            !packet.payload.iter().any(loud)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::codec::compress;
    use crate::media::mix::frame::{SILENT, level};

    /// A packet of so many samples of a telephone.
    fn packet(n: u64, size: usize) -> AudioPacket {
        let sample = |m: usize| {
            let t = (n as usize * size + m) as f32 / 8_000.0;
            (8_000.0 * (std::f32::consts::TAU * 300.0 * t).sin()) as i16
        };
        AudioPacket {
            codec: AudioCodec::Pcma,
            ssrc: 1,
            seq: n,
            timestamp: 0,
            level: None,
            payload: (0..size)
                .map(|m| compress(AudioCodec::Pcma, sample(m)))
                .collect(),
        }
    }

    #[test]
    fn packets_of_any_length_become_frames_of_20_ms() {
        let start = Instant::now();
        for size in [80, 160, 240, 480] {
            let (mut voice, mut n) = (Voice::new(), 0);
            let mut frame = SILENT;
            for tick in 1..200 {
                let at = FRAME_TIME * tick;
                // A packet is there when its last sample was said.
                let mut came = Duration::from_micros((n + 1) * size as u64 * 125);
                while came <= at {
                    voice.packet(start + came, start + at, &packet(n, size));
                    n += 1;
                    came = Duration::from_micros((n + 1) * size as u64 * 125);
                }
                let heard = voice.take(&mut frame);
                let is_on = heard && level(&frame) > 0.16;
                assert!(tick < 10 || is_on, "frame {tick} of packets of {size}");
            }
            let most = time(size * 6) + Duration::from_millis(40);
            assert!(voice.delay() <= most, "{size}: {:?}", voice.delay());
        }
    }

    #[test]
    fn digital_silence_and_dtx_do_not_wake_it() {
        let silence = AudioCodec::Opus.silence();
        for payload in [silence, [0xf8].into(), [0xf8, 0xff].into()] {
            let mut voice = Voice::new();
            let now = Instant::now();
            for n in 0..5 {
                let packet = AudioPacket {
                    codec: AudioCodec::Opus,
                    payload: payload.clone(),
                    ..packet(n, 160)
                };
                voice.packet(now, now, &packet);
                assert!(!voice.is_awake() && !voice.take(&mut SILENT.clone()));
            }
        }
    }
}
