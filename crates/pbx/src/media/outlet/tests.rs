//! Streams in virtual time.

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
            let (at, sent, happened) = (self.now - self.start, &mut self.sent, &mut self.happened);
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
            level: None,
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
                level: None,
                payload: Arc::from(payload.clone()),
            };
            bench.outlet.packet(bench.now, AN, &packet, &mut |_| {});
            bench.pass(ms(2000));
            bench.check();
        }
    }
}
