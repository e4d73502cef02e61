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
        self.sounding = match feed {
            Feed::Silence => Sounding::Silence,
            Feed::Leg(leg) => Sounding::Leg(leg),
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
            Sounding::Leg(_) => self
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
            Sounding::Leg(_) => {
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
mod tests {
    use super::*;

    const AN: LegId = LegId(1);
    const BINH: LegId = LegId(2);

    /// A stream in virtual time, and all that it sent.
    struct Bench {
        outlet: Outlet,
        start: Instant,
        now: Instant,
        sent: Vec<(Duration, Outgoing)>,
        happened: Vec<Happened>,
    }

    impl Bench {
        fn new(codec: AudioCodec) -> Self {
            let start = Instant::now();
            let mut outlet = Outlet::new(codec, 1000, 90_000);
            outlet.negotiated(codec, Some(48_000));
            Self {
                outlet,
                start,
                now: start,
                sent: Vec::new(),
                happened: Vec::new(),
            }
        }

        /// Lets time pass as the server does: polls at every deadline.
        fn pass(&mut self, time: Duration) {
            let end = self.now + time;
            loop {
                let deadline = self.outlet.deadline(self.now).max(self.now);
                if deadline >= end {
                    self.now = end;
                    return;
                }
                self.now = deadline;
                let (at, sent, happened) =
                    (self.now - self.start, &mut self.sent, &mut self.happened);
                self.outlet.poll(
                    self.now,
                    &mut |packet| sent.push((at, packet)),
                    &mut |what| happened.push(what),
                );
            }
        }

        /// A packet from a leg, now.
        fn packet(&mut self, from: LegId, n: u64, codec: AudioCodec) {
            let packet = AudioPacket {
                codec,
                ssrc: 77 + from.0 as u32,
                seq: 500 + n,
                timestamp: n as u32 * codec.clock() / 50,
                payload: codec.silence(),
            };
            let (at, sent) = (self.now - self.start, &mut self.sent);
            self.outlet.packet(self.now, from, &packet, &mut |packet| {
                sent.push((at, packet));
            });
        }

        /// Numbers without a gap, timestamps that keep up with time.
        fn check(&self) {
            let clock = i64::from(self.outlet.codec.clock());
            let first = &self.sent[0];
            for pair in self.sent.windows(2) {
                let [(_, a), (at, b)] = pair else { continue };
                assert_eq!(b.stamp.seq, a.stamp.seq + 1);
                assert!(b.stamp.timestamp >= a.stamp.timestamp);
                if !b.event {
                    let media = i64::from(b.stamp.timestamp - first.1.stamp.timestamp);
                    let time = (*at - first.0).as_millis() as i64;
                    let apart = media * 1000 / clock - time;
                    assert!(apart.abs() <= 45, "{apart} ms apart at {time} ms");
                }
            }
        }
    }

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    fn clip(packets: u8) -> Arc<Clip> {
        Arc::new(Clip::from_packets((0..packets).map(|n| vec![0xf8, n, n]).collect()).unwrap())
    }

    #[test]
    fn silence_is_silent_packets_at_their_pace() {
        let mut bench = Bench::new(AudioCodec::Opus);
        bench.pass(ms(1000));
        assert_eq!(bench.sent.len(), 50);
        assert!(
            bench
                .sent
                .iter()
                .all(|(_, p)| p.payload[..] == [0xf8, 0xff, 0xfe])
        );
        bench.check();
    }

    #[test]
    fn silence_decodes_to_zeros_in_every_codec() {
        let mut decoder = opus::Decoder::new(48_000, opus::Channels::Mono).unwrap();
        let mut pcm = [1i16; 960];
        let n = decoder
            .decode(&AudioCodec::Opus.silence(), &mut pcm, false)
            .unwrap();
        assert_eq!((n, pcm.iter().any(|s| *s != 0)), (960, false));
        let ulaw = AudioCodec::Pcmu.silence();
        assert!(
            ulaw.iter()
                .all(|b| audio_codec_algorithms::decode_ulaw(*b) == 0)
        );
        let alaw = AudioCodec::Pcma.silence();
        assert!(
            alaw.iter()
                .all(|b| audio_codec_algorithms::decode_alaw(*b).abs() <= 8)
        );
    }

    #[test]
    fn a_relayed_leg_that_pauses_is_filled_up_and_goes_on() {
        let mut bench = Bench::new(AudioCodec::Opus);
        bench.outlet.hear(Feed::Leg(AN));
        bench.pass(ms(10));
        for n in 0..50 {
            bench.packet(AN, n, AudioCodec::Opus);
            bench.packet(BINH, n, AudioCodec::Opus);
            bench.pass(ms(20));
        }
        // The silent one at the start, and those of An that were not too early after it.
        let relayed = bench.sent.len();
        assert!((49..=51).contains(&relayed), "{relayed}");
        bench.pass(ms(3000));
        let filled = bench.sent.len() - relayed;
        assert!((110..=120).contains(&filled), "{filled} silent packets");
        for n in 50..100 {
            bench.packet(AN, n, AudioCodec::Opus);
            bench.pass(ms(20));
        }
        assert!(bench.sent.len() >= relayed + filled + 49);
        bench.check();
    }

    #[test]
    fn whatever_is_heard_it_is_one_stream() {
        for codec in [AudioCodec::Opus, AudioCodec::Pcmu, AudioCodec::Pcma] {
            let mut bench = Bench::new(codec);
            for round in 0..20u64 {
                bench
                    .outlet
                    .hear(Feed::Clips(vec![clip(7)], Repeat::Forever));
                bench.pass(ms(100 + round));
                bench.outlet.hear(Feed::Leg(AN));
                for n in 0..10 {
                    bench.packet(AN, round * 400 + n, AudioCodec::Opus);
                    bench.pass(ms(20));
                }
                bench.outlet.hear(Feed::Leg(BINH));
                for n in 0..10 {
                    bench.packet(BINH, n, AudioCodec::Pcmu);
                    bench.pass(ms(20));
                }
                bench.outlet.hear(Feed::Silence);
                bench.pass(ms(33));
            }
            bench.check();
            let share = bench.sent.len() as u128 * 20_000 / (bench.now - bench.start).as_millis();
            assert!(
                (850..=1050).contains(&share),
                "{share} of 1000 for {codec:?}"
            );
        }
    }

    #[test]
    fn a_prompt_ends_once_and_silence_follows() {
        let mut bench = Bench::new(AudioCodec::Opus);
        bench.outlet.hear(Feed::Clips(vec![clip(5)], Repeat::Once));
        bench.pass(ms(500));
        assert_eq!(bench.happened, [Happened::ClipEnded]);
        let prompt = bench.sent.iter().filter(|(_, p)| p.payload[1] < 5).count();
        assert_eq!(prompt, 5);
        assert_eq!(bench.sent.len(), 25);
        bench.check();
    }

    #[test]
    fn prompts_follow_each_other_without_a_gap() {
        for codec in [AudioCodec::Opus, AudioCodec::Pcma] {
            let mut bench = Bench::new(codec);
            let prompts = vec![clip(5), clip(3), clip(4)];
            bench.outlet.hear(Feed::Clips(prompts, Repeat::Once));
            bench.pass(ms(239));
            assert_eq!(bench.sent.len(), 12);
            assert_eq!(bench.happened, []);
            bench.pass(ms(500));
            assert_eq!(bench.happened, [Happened::ClipEnded]);
            bench.check();
        }
    }

    #[test]
    fn a_prompt_that_is_replaced_stops_at_once_and_does_not_end() {
        let mut bench = Bench::new(AudioCodec::Opus);
        bench
            .outlet
            .hear(Feed::Clips(vec![clip(50), clip(50)], Repeat::Once));
        bench.pass(ms(100));
        let before = bench.sent.len();
        bench.outlet.hear(Feed::Silence);
        bench.pass(ms(3000));
        let silence = AudioCodec::Opus.silence();
        assert!(
            bench.sent[before..]
                .iter()
                .all(|(_, p)| p.payload == silence)
        );
        assert_eq!(bench.happened, []);
        bench.check();
    }

    #[test]
    fn digits_hold_audio_back_and_come_in_their_stream() {
        let mut bench = Bench::new(AudioCodec::Opus);
        bench.outlet.hear(Feed::Leg(AN));
        bench.pass(ms(1));
        for n in 0..60 {
            if n == 10 {
                // One after the other, as keys are pressed.
                for digit in ["1", "2"] {
                    let digits = Digits::parse(digit).unwrap();
                    assert!(bench.outlet.send_digits(&digits, 100));
                }
            }
            bench.packet(AN, n, AudioCodec::Opus);
            bench.pass(ms(20));
        }
        assert_eq!(bench.happened, [Happened::DigitsSent(2)]);
        let events: Vec<_> = bench.sent.iter().filter(|(_, p)| p.event).collect();
        assert_eq!(events.len(), 14);
        let (first, last) = (events[0].0, events[13].0);
        let between: Vec<_> = bench
            .sent
            .iter()
            .filter(|(at, p)| !p.event && (first..last).contains(at) && *at != first)
            .collect();
        assert!(
            (3..=5).contains(&between.len()),
            "{} between",
            between.len()
        );
        let silence = AudioCodec::Opus.silence();
        assert!(between.iter().all(|(_, p)| p.payload == silence));
        bench.check();
    }

    #[test]
    fn a_leg_without_telephone_event_refuses_digits() {
        let mut bench = Bench::new(AudioCodec::Opus);
        bench.outlet.negotiated(AudioCodec::Opus, None);
        assert!(!bench.outlet.send_digits(&Digits::parse("1").unwrap(), 100));
    }

    #[test]
    fn packets_that_are_none_are_left_out() {
        for (codec, payload) in [
            (AudioCodec::Opus, vec![]),
            (AudioCodec::Opus, vec![0xff, 0xff]),
            (AudioCodec::Pcmu, vec![]),
            (AudioCodec::Pcmu, vec![0; 1400]),
        ] {
            for listener in [AudioCodec::Opus, AudioCodec::Pcma] {
                let mut bench = Bench::new(listener);
                bench.outlet.hear(Feed::Leg(AN));
                bench.pass(ms(30));
                let packet = AudioPacket {
                    codec,
                    ssrc: 1,
                    seq: 1,
                    timestamp: 1,
                    payload: Arc::from(payload.clone()),
                };
                bench.outlet.packet(bench.now, AN, &packet, &mut |_| {});
                bench.pass(ms(2000));
                bench.check();
            }
        }
    }
}
