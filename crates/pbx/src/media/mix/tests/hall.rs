//! A hall of people who talk, and what each of them hears, in virtual time.

use std::collections::{BTreeMap, HashMap};
use std::f64::consts::TAU;
use std::time::{Duration, Instant};

use crate::media::api::LegId;
use crate::media::codec::{AudioCodec, AudioPacket, Payload, compress, expand};
use crate::media::mix::frame::{self, SILENT};
use crate::media::mix::{Mixed, Mixer, Part};

pub(super) const AN: LegId = LegId(1);
pub(super) const BINH: LegId = LegId(2);
pub(super) const CHI: LegId = LegId(3);

pub(super) const AN_TONE: f64 = 440.0;
pub(super) const BINH_TONE: f64 = 700.0;
pub(super) const CHI_TONE: f64 = 1130.0;

pub(super) fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// Level of a tone as a part of full scale (Goertzel), at 48 kHz.
pub(super) fn level(pcm: &[f32], frequency: f64) -> f64 {
    let coefficient = 2.0 * (TAU * frequency / 48_000.0).cos();
    let (mut a, mut b) = (0.0, 0.0);
    for sample in pcm {
        let next = f64::from(*sample) + coefficient * a - b;
        (b, a) = (a, next);
    }
    let power = a * a + b * b - coefficient * a * b;
    2.0 * power.max(0.0).sqrt() / pcm.len() as f64
}

/// Whether a sample is nothing.
pub(super) fn is_nothing(sample: &f32) -> bool {
    sample.abs() < 1e-6
}

/// Somebody with a tone for a voice.
pub(super) struct Person {
    pub(super) codec: AudioCodec,
    pub(super) encoder: opus::Encoder,
    /// What its encoder makes of nothing.
    pub(super) nothing: Payload,
    pub(super) tone: f64,
    pub(super) loudness: f64,
    /// How fast its clock is.
    pub(super) rate: f64,
    /// Whether its packets tell how loud it is.
    pub(super) tells: bool,
    /// Frames so far.
    pub(super) n: u64,
    pub(super) phase: Duration,
    pub(super) phase_of_tone: f64,
    /// How much later than its time the packet of this number comes; `None` where it is lost.
    pub(super) network: Box<dyn Fn(u64) -> Option<Duration>>,
}

impl Person {
    pub(super) fn new(codec: AudioCodec, tone: f64) -> Self {
        let mono = opus::Channels::Mono;
        let mut encoder = opus::Encoder::new(48_000, mono, opus::Application::Audio).unwrap();
        encoder.set_complexity(2).unwrap();
        encoder.set_bitrate(opus::Bitrate::Bits(64_000)).unwrap();
        Self {
            codec,
            nothing: encoder.encode_vec_float(&SILENT, 400).unwrap().into(),
            encoder,
            tone,
            loudness: 0.2,
            rate: 1.0,
            tells: false,
            n: 0,
            phase: ms(7),
            phase_of_tone: 0.0,
            network: Box::new(|_| Some(Duration::ZERO)),
        }
    }

    pub(super) fn next_at(&self) -> Duration {
        self.phase + Duration::from_secs_f64(self.n as f64 * 0.02 / self.rate)
    }

    pub(super) fn packet(&mut self) -> AudioPacket {
        let (rate, samples) = match self.codec {
            AudioCodec::Opus => (48_000.0, 960),
            _ => (8_000.0, 160),
        };
        let pcm: Vec<f32> = (0..samples)
            .map(|_| {
                self.phase_of_tone = (self.phase_of_tone + TAU * self.tone / rate) % TAU;
                (self.loudness * self.phase_of_tone.sin()) as f32
            })
            .collect();
        let payload: Payload = match self.codec {
            AudioCodec::Opus if self.loudness == 0.0 => self.nothing.clone(),
            AudioCodec::Opus => self.encoder.encode_vec_float(&pcm, 400).unwrap().into(),
            law => pcm
                .iter()
                .map(|s| compress(law, (s * 32_767.0) as i16))
                .collect(),
        };
        self.n += 1;
        let decibel = 20.0 * (self.loudness + 1e-9).log10();
        AudioPacket {
            codec: self.codec,
            ssrc: 5,
            seq: 1000 + self.n - 1,
            timestamp: (self.n - 1) as u32 * samples as u32,
            level: self.tells.then_some(decibel.max(-127.0) as i8),
            payload,
        }
    }
}

/// What came to a listener.
pub(super) struct Heard {
    pub(super) codec: AudioCodec,
    pub(super) decoder: opus::Decoder,
    pub(super) pcm: Vec<f32>,
    pub(super) packets: Vec<Payload>,
}

impl Heard {
    pub(super) fn take(&mut self, payload: Payload) {
        match self.codec {
            AudioCodec::Opus => {
                let mut room = [0.0; 960];
                let count = self.decoder.decode_float(&payload, &mut room, false);
                assert_eq!(count.unwrap(), 960);
                self.pcm.extend(room);
            }
            law => {
                assert_eq!(payload.len(), 160);
                let samples = payload
                    .iter()
                    .map(|b| f32::from(expand(law, *b)) / 32_768.0);
                self.pcm.extend(samples.flat_map(|sample| [sample; 6]));
            }
        }
        self.packets.push(payload);
    }
}

/// All of them.
pub(super) struct Hall {
    pub(super) mixer: Mixer,
    pub(super) start: Instant,
    pub(super) now: Instant,
    pub(super) people: BTreeMap<LegId, Person>,
    pub(super) on_the_way: Vec<(Instant, LegId, AudioPacket)>,
    pub(super) heard: HashMap<LegId, Heard>,
    pub(super) ended: Vec<LegId>,
}

impl Hall {
    pub(super) fn new() -> Self {
        let start = Instant::now();
        Self {
            mixer: Mixer::default(),
            start,
            now: start,
            people: BTreeMap::new(),
            on_the_way: Vec::new(),
            heard: HashMap::new(),
            ended: Vec::new(),
        }
    }

    /// An, Bình and Chi, each of whom hears the two others.
    pub(super) fn of_three(codec: AudioCodec) -> Self {
        let mut hall = Self::new();
        for (leg, tone) in [(AN, AN_TONE), (BINH, BINH_TONE), (CHI, CHI_TONE)] {
            hall.enters(leg, Person::new(codec, tone));
        }
        hall.all_hear_each_other();
        hall
    }

    pub(super) fn enters(&mut self, leg: LegId, mut person: Person) {
        person.phase += self.now - self.start + ms(leg.0 * 3 % 20);
        let heard = Heard {
            codec: person.codec,
            decoder: opus::Decoder::new(48_000, opus::Channels::Mono).unwrap(),
            pcm: Vec::new(),
            packets: Vec::new(),
        };
        self.heard.insert(leg, heard);
        self.people.insert(leg, person);
    }

    pub(super) fn all_hear_each_other(&mut self) {
        let legs: Vec<_> = self.people.keys().copied().collect();
        for leg in &legs {
            let others = legs.iter().filter(|other| *other != leg);
            let parts = others.map(|other| Part::Leg(*other)).collect();
            self.mixer.hear(self.now, *leg, parts);
        }
    }

    /// Lets time pass.
    pub(super) fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        loop {
            let speaks = self.people.iter().map(|(leg, p)| (p.next_at(), *leg)).min();
            let speaks = speaks.map(|(at, leg)| (self.start + at, leg));
            let arrives = self.on_the_way.iter().map(|(at, ..)| *at).min();
            let times = [self.mixer.deadline(), speaks.map(|s| s.0), arrives];
            let next = times.into_iter().flatten().min();
            let Some(next) = next.filter(|next| *next < end) else {
                self.now = end;
                return;
            };
            self.now = next.max(self.now);
            if let Some((_, leg)) = speaks.filter(|(at, _)| *at <= self.now) {
                self.speak(leg);
            }
            while let Some(i) = self.on_the_way.iter().position(|p| p.0 <= self.now) {
                let (_, leg, packet) = self.on_the_way.remove(i);
                self.mixer.packet(self.now, leg, &packet);
            }
            self.tick();
        }
    }

    pub(super) fn speak(&mut self, leg: LegId) {
        let person = self.people.get_mut(&leg).unwrap();
        let packet = person.packet();
        if let Some(later) = (person.network)(person.n - 1) {
            self.on_the_way.push((self.now + later, leg, packet));
        }
    }

    pub(super) fn tick(&mut self) {
        let mut out = Vec::new();
        let heard = &self.heard;
        let codec = |leg| heard.get(&leg).map(|heard| heard.codec);
        self.mixer.tick(self.now, codec, &mut out);
        for what in out {
            match what {
                Mixed::Packet(leg, payload) => self.heard.get_mut(&leg).unwrap().take(payload),
                Mixed::Ended(leg) => self.ended.push(leg),
            }
        }
    }

    /// What somebody heard in the last second.
    pub(super) fn last_second(&self, leg: LegId) -> &[f32] {
        let pcm = &self.heard[&leg].pcm;
        &pcm[pcm.len() - 48_000..]
    }

    /// Each hears these tones and no others.
    #[track_caller]
    pub(super) fn check(&self, who: LegId, hears: &[f64], at: f64) {
        for tone in [AN_TONE, BINH_TONE, CHI_TONE] {
            let level = level(self.last_second(who), tone);
            let wanted = if hears.contains(&tone) { at } else { 0.0 };
            let near = wanted * 0.85 - 1e-9..=wanted * 1.15 + 0.003;
            assert!(near.contains(&level), "{who} hears {tone} Hz at {level}");
        }
    }

    #[track_caller]
    pub(super) fn check_three(&self, at: f64) {
        self.check(AN, &[BINH_TONE, CHI_TONE], at);
        self.check(BINH, &[AN_TONE, CHI_TONE], at);
        self.check(CHI, &[AN_TONE, BINH_TONE], at);
    }

    /// Pieces of 10 ms in which somebody heard next to nothing, from this second on.
    pub(super) fn holes(&self, leg: LegId, from: usize) -> usize {
        let pieces = self.heard[&leg].pcm[from * 48_000..].chunks(480);
        pieces.filter(|piece| frame::level(piece) < 0.05).count()
    }
}
