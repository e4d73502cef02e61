//! What a leg hears: one outgoing stream, fed by whatever its [`Source`](super::Source) is.
//!
//! # Silence
//!
//! A leg that hears nothing is sent digital silence, 3 bytes every 20 ms, and not nothing: where
//! packets stop, a browser conceals the loss for some 100 ms, then counts a loss of every sample
//! and its jitter buffer starts from scratch when packets come again. With silent packets it stays
//! as it is, the meters in the browser read true zero (an Opus DTX gap would be comfort noise), and
//! statistics of the call tell the truth. The same fills the time while another leg sends nothing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::api::{LegId, Repeat};
use super::clip::Clip;
use super::codec::{AudioCodec, AudioPacket, Payload, Transcoder};
use super::digits::Digits;
use super::dtmf_out::{DigitSender, EventPacket};
use super::player::{Played, Player};
use super::rtp::{Arrival, EventStart, LATE, Numbering, Relay, Stamp, rescale};

/// Length of a silent packet.
const FRAME: Duration = Duration::from_millis(20);

/// A source that sends nothing for so long is filled up with silence. Longer than the 400 ms
/// between packets of an Opus sender with DTX (RFC 7587 section 3.1.3).
const FILL_AFTER: Duration = Duration::from_millis(600);

/// What the stream is fed from; the names of [`Source`](super::Source) resolved.
pub(super) enum Feed {
    /// Silence.
    Silence,
    /// Packets of this leg (which may be the listener itself).
    Leg(LegId),
    /// What the [`Mixer`](super::mix::Mixer) makes for the listener.
    Mix,
    /// A clip over and over, from this place on.
    Music(Arc<Clip>, Duration),
    /// Clips one after the other; never none.
    Clips(Vec<Arc<Clip>>, Repeat),
}

impl Feed {
    /// These clips; `None` where there are none.
    pub(super) fn clips(clips: Vec<Arc<Clip>>, repeat: Repeat) -> Option<Self> {
        (!clips.is_empty()).then_some(Self::Clips(clips, repeat))
    }
}

/// The state of what it is fed from.
enum Sounding {
    Silence,
    Leg(LegId),
    Mix,
    Clips(Player),
}

/// One packet to be sent.
#[derive(PartialEq, Eq)]
pub(super) struct Outgoing {
    pub(super) stamp: Stamp,
    pub(super) payload: Payload,
    /// Whether it is an RFC 4733 event and not audio.
    pub(super) event: bool,
}

/// What happened besides packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Happened {
    /// The prompt came to its end.
    ClipEnded,
    /// All digits are out, which were so many.
    DigitsSent(usize),
}

/// The outgoing stream of a leg.
pub(super) struct Outlet {
    codec: AudioCodec,
    event_clock: Option<u32>,
    numbering: Numbering,
    sounding: Sounding,
    relay: Relay,
    /// Which stream the relay is joined to.
    joined: Option<(LegId, u32, AudioCodec)>,
    transcoder: Option<Transcoder>,
    silence: Payload,
    /// When the next silent packet is due; `None` while something else is heard.
    silent: Option<Instant>,
    digits: DigitSender,
    /// Digits that were not told yet to be out.
    sending: usize,
    /// Where the event that is being sent began.
    event: Option<EventStart>,
    /// Whether the next packet is the first of another source.
    fresh: bool,
}

impl Outlet {
    /// A stream that begins with these numbers and is silent.
    pub(super) fn new(codec: AudioCodec, seq: u16, timestamp: u32) -> Self {
        Self {
            codec,
            event_clock: None,
            numbering: Numbering::new(codec.clock(), seq, timestamp),
            sounding: Sounding::Silence,
            relay: Relay::new(),
            joined: None,
            transcoder: None,
            silence: codec.silence(),
            silent: None,
            digits: DigitSender::new(codec.clock()),
            sending: 0,
            event: None,
            fresh: true,
        }
    }

    /// What was negotiated: the codec, and the clock of telephone-event where there is one.
    pub(super) fn negotiated(&mut self, codec: AudioCodec, event_clock: Option<u32>) {
        if codec != self.codec {
            self.codec = codec;
            self.silence = codec.silence();
            self.numbering.set_clock(codec.clock());
            self.cut();
        }
        self.event_clock = event_clock;
        if let Some(clock) = event_clock {
            self.digits.set_clock(clock);
        }
    }

    /// Which leg is heard, if one is.
    pub(super) fn hears(&self) -> Option<LegId> {
        match self.sounding {
            Sounding::Leg(leg) => Some(leg),
            _ => None,
        }
    }

    /// Another source from now on.
    pub(super) fn hear(&mut self, feed: Feed) {
        if matches!((&feed, &self.sounding), (Feed::Mix, Sounding::Mix)) {
            // What is in it changes, the stream goes on.
            return;
        }
        self.sounding = match feed {
            Feed::Silence => Sounding::Silence,
            Feed::Leg(leg) => Sounding::Leg(leg),
            Feed::Mix => Sounding::Mix,
            Feed::Music(clip, at) => Sounding::Clips(Player::from(clip, at)),
            Feed::Clips(clips, repeat) => Sounding::Clips(Player::new(clips, repeat)),
        };
        self.silent = None;
        self.fresh = true;
        self.cut();
    }

    /// Digits to be sent; `false` where the far end takes none.
    pub(super) fn send_digits(&mut self, digits: &Digits, duration_ms: u16) -> bool {
        if self.event_clock.is_none() {
            return false;
        }
        self.digits.push(digits, duration_ms);
        self.sending += digits.count();
        true
    }

    /// When to poll again.
    pub(super) fn deadline(&self, now: Instant) -> Instant {
        let audio = match &self.sounding {
            Sounding::Clips(player) => player.deadline(),
            Sounding::Silence => self.silent,
            Sounding::Leg(_) | Sounding::Mix => self
                .silent
                .or_else(|| self.numbering.due().map(|due| due + FILL_AFTER)),
        };
        let audio = audio.or_else(|| self.numbering.due()).unwrap_or(now);
        // While digits are sent nothing else is due before they are, but the silence between them.
        match self.digits.deadline(now) {
            Some(digits) if self.digits.is_between() => {
                let silence = self.silent.or(self.numbering.due()).unwrap_or(now);
                digits.min(silence)
            }
            Some(digits) if self.digits.holds_audio_back() => digits,
            Some(digits) => digits.min(audio),
            None => audio,
        }
    }

    /// Sends what is due.
    pub(super) fn poll(
        &mut self,
        now: Instant,
        send: &mut impl FnMut(Outgoing),
        happened: &mut impl FnMut(Happened),
    ) {
        while let Some(packet) = self.digits.poll(now) {
            send(self.event(now, packet));
        }
        if self.sending > 0 && self.digits.is_idle() {
            happened(Happened::DigitsSent(std::mem::take(&mut self.sending)));
        }
        if self.digits.holds_audio_back() {
            // Without packets a receiver fills the pause with more of the digit, and two alike are
            // heard as one.
            if self.digits.is_between() {
                self.poll_silence(now, send);
            }
            return;
        }
        match &self.sounding {
            Sounding::Clips(_) => self.poll_clip(now, send, happened),
            Sounding::Silence => self.poll_silence(now, send),
            Sounding::Leg(_) | Sounding::Mix => {
                let quiet = self
                    .numbering
                    .due()
                    .is_none_or(|due| now >= due + FILL_AFTER);
                if quiet || self.silent.is_some() {
                    self.poll_silence(now, send);
                }
            }
        }
    }

    /// Sends the packet of the clip that is due.
    fn poll_clip(
        &mut self,
        now: Instant,
        send: &mut impl FnMut(Outgoing),
        happened: &mut impl FnMut(Happened),
    ) {
        let Sounding::Clips(player) = &mut self.sounding else {
            return;
        };
        player.begin(self.numbering.due().map_or(now, |due| due.max(now)));
        match player.poll(now, self.codec) {
            Played::Packet(payload, samples) => {
                let fresh = std::mem::take(&mut self.fresh);
                send(audio(self.numbering.next(now, samples, fresh), payload));
            }
            Played::Wait => {}
            Played::Ended => {
                self.hear(Feed::Silence);
                happened(Happened::ClipEnded);
                self.poll_silence(now, send);
            }
        }
    }

    /// Sends a silent packet when it is due.
    fn poll_silence(&mut self, now: Instant, send: &mut impl FnMut(Outgoing)) {
        let due = self.silent.or(self.numbering.due()).unwrap_or(now);
        self.silent = Some(due);
        if now < due {
            return;
        }
        let late = now.saturating_duration_since(due) > LATE;
        self.silent = Some(if late { now } else { due } + FRAME);
        self.cut();
        let fresh = std::mem::take(&mut self.fresh);
        let stamp = self.numbering.next(now, self.codec.clock() / 50, fresh);
        send(audio(stamp, self.silence.clone()));
    }

    /// A packet of a leg that may be the one that is heard.
    pub(super) fn packet(
        &mut self,
        now: Instant,
        from: LegId,
        packet: &AudioPacket,
        send: &mut impl FnMut(Outgoing),
    ) {
        if self.hears() != Some(from) {
            return;
        }
        if self.digits.holds_audio_back() {
            self.relay.cut();
            return;
        }
        self.join(from, packet);
        // Silence that fills up ends, also where this packet is left out because it is early.
        self.silent = None;
        let Self {
            codec,
            numbering,
            relay,
            transcoder,
            ..
        } = self;
        let mut forward = |arrival: Arrival, payload: Payload| {
            if let Some(stamp) = relay.forward(numbering, now, arrival) {
                send(audio(stamp, payload));
            }
        };
        if packet.codec == *codec {
            if let Some(samples) = codec.samples(&packet.payload) {
                let arrival = Arrival {
                    seq: packet.seq,
                    timestamp: packet.timestamp,
                    samples,
                };
                forward(arrival, packet.payload.clone());
            }
        } else if let Some(transcoder) = transcoder {
            // A packet that cannot be decoded is a lost one.
            let _ = transcoder.transcode(packet, &mut forward);
        }
    }

    /// In which codec a mix is heard, if one is.
    pub(super) fn mixes(&self) -> Option<AudioCodec> {
        matches!(self.sounding, Sounding::Mix).then_some(self.codec)
    }

    /// The next 20 ms of the mix.
    pub(super) fn mixed(
        &mut self,
        now: Instant,
        payload: Payload,
        send: &mut impl FnMut(Outgoing),
    ) {
        if self.digits.holds_audio_back() {
            self.fresh = true;
            return;
        }
        let samples = self.codec.clock() / 50;
        self.fresh |= self.silent.take().is_some();
        let stamp = if self.fresh {
            self.numbering.join(now, samples)
        } else {
            Some(self.numbering.next(now, samples, false))
        };
        if let Some(stamp) = stamp {
            self.fresh = false;
            send(audio(stamp, payload));
        }
    }

    /// A packet of the leg that is heard which is not relayed.
    pub(super) fn skip(&mut self, from: LegId, ssrc: u32, seq: u64) {
        if let Some((leg, joined, _)) = self.joined
            && leg == from
            && joined == ssrc
        {
            self.relay.skip(seq);
        }
    }

    /// Makes the relay and the transcoder fit the stream of this packet.
    fn join(&mut self, from: LegId, packet: &AudioPacket) {
        let stream = Some((from, packet.ssrc, packet.codec));
        if self.joined != stream {
            self.cut();
            self.joined = stream;
        }
        if packet.codec == self.codec {
            self.transcoder = None;
        } else if !self
            .transcoder
            .as_ref()
            .is_some_and(|t| t.fits(packet.codec, self.codec))
        {
            self.transcoder = Transcoder::new(packet.codec, self.codec).ok();
        }
    }

    /// Whatever comes next has nothing to do with what came before.
    fn cut(&mut self) {
        self.relay.cut();
        self.joined = None;
        self.transcoder = None;
    }

    /// Numbers and payload of an RFC 4733 event packet.
    fn event(&mut self, now: Instant, packet: EventPacket) -> Outgoing {
        let clock = self.event_clock.unwrap_or(self.codec.clock());
        let start = match self.event {
            Some(start) if !packet.first => start,
            _ => *self.event.insert(self.numbering.start_event(now)),
        };
        // Its duration counts in the clock of telephone-event, the stream in that of its audio.
        let samples = rescale(packet.samples, clock, self.codec.clock());
        Outgoing {
            stamp: self.numbering.next_of_event(start, samples, packet.first),
            payload: Arc::from(packet.payload),
            event: true,
        }
    }
}

fn audio(stamp: Stamp, payload: Payload) -> Outgoing {
    Outgoing {
        stamp,
        payload,
        event: false,
    }
}

#[cfg(test)]
mod tests;
