//! A browser's end of a call, as far as a media server can tell: full ICE, DTLS-SRTP, Opus or G.711,
//! RFC 4733 events; its microphone is a tone, and it can tell which tones it hears.
//!
//! ```ignore
//! let an = Browser::new(Setup { tone: Some(440.0), ..Setup::default() });
//! let answer = server.call(an.offer());
//! an.take_answer(answer);
//! an.wait_until("An hears Bình", |heard| heard.hears(620.0));
//! ```

#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "of a test; not every one uses all of it"
)]

use std::collections::VecDeque;
use std::f64::consts::TAU;
use std::net::{SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex, MutexGuard, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use audio_codec_algorithms::{decode_alaw, decode_ulaw, encode_alaw, encode_ulaw};
use str0m::change::{SdpAnswer, SdpOffer, SdpPendingOffer};
use str0m::format::{Codec, FormatParams};
use str0m::media::{Direction, Frequency, MediaKind, Mid, Pt};
use str0m::net::{DatagramRecv, Protocol, Receive};
use str0m::rtp::{ExtensionValues, RtpPacket, RtpWrite};
use str0m::{Candidate, Event, IceConnectionState, Input, Output, Rtc};

/// Samples of the last second and a half, at 8 kHz, are kept.
const EAR: usize = 12_000;

/// Over so many samples it is told which tones are heard: 300 ms.
const LISTEN: usize = 2400;

/// What a browser can do.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Audio codecs, the preferred one first.
    pub codecs: Vec<Codec>,
    /// Clocks of telephone-event; Chromium has 48000 and 8000.
    pub event_clocks: Vec<u32>,
    /// The tone that its microphone hears, in Hz; `None` is silence.
    pub tone: Option<f64>,
    /// How loud it says its packets are, in dB of full scale (RFC 6464).
    pub level: Option<i8>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            codecs: vec![Codec::Opus, Codec::PCMU, Codec::PCMA],
            event_clocks: vec![48_000, 8_000],
            tone: None,
            level: None,
        }
    }
}

/// Numbers of a packet that came.
#[derive(Debug, Clone, Copy)]
pub struct Got {
    pub at: Instant,
    pub seq: u64,
    pub timestamp: u32,
    pub ssrc: u32,
    pub marker: bool,
    pub event: bool,
    pub clock: u32,
    pub samples: u32,
    pub bytes: usize,
}

/// What it heard so far.
#[derive(Debug, Default)]
pub struct Heard {
    /// Whether media flows.
    pub connected: bool,
    /// How often that began.
    pub connections: u32,
    /// Every packet since the last [`Browser::forget`].
    pub packets: Vec<Got>,
    /// RFC 4733 events that ended: character and milliseconds.
    pub digits: Vec<(char, u32)>,
    samples: VecDeque<i16>,
    /// Timestamp of the event that was noted last.
    last_event: Option<u32>,
    total_samples: u64,
}

impl Heard {
    /// Level of a tone in the last 300 ms, as a part of full scale (Goertzel).
    pub fn level(&self, frequency: f64) -> f64 {
        let from = self.samples.len().saturating_sub(LISTEN);
        level(self.samples.iter().skip(from).copied(), frequency)
    }

    /// Whether a tone is heard.
    pub fn hears(&self, frequency: f64) -> bool {
        self.level(frequency) > 0.02
    }

    /// Whether there is sound, whatever it is.
    pub fn hears_sound(&self) -> bool {
        self.peak() > 200
    }

    /// Highest sample of the last 300 ms.
    pub fn peak(&self) -> u16 {
        let from = self.samples.len().saturating_sub(LISTEN);
        self.samples
            .iter()
            .skip(from)
            .map(|s| s.unsigned_abs())
            .max()
            .unwrap_or(0)
    }

    /// Digits that came, as text.
    pub fn dialled(&self) -> String {
        self.digits.iter().map(|(digit, _)| digit).collect()
    }

    fn put(&mut self, pcm: impl Iterator<Item = i16>) {
        for sample in pcm {
            if self.samples.len() == EAR {
                self.samples.pop_front();
            }
            self.samples.push_back(sample);
            self.total_samples += 1;
        }
    }
}

/// Level of a tone as a part of full scale, at 8 kHz.
pub fn level(samples: impl Iterator<Item = i16>, frequency: f64) -> f64 {
    let coefficient = 2.0 * (TAU * frequency / 8000.0).cos();
    let (mut a, mut b, mut count) = (0.0, 0.0, 0usize);
    for sample in samples {
        let next = f64::from(sample) / 32768.0 + coefficient * a - b;
        b = a;
        a = next;
        count += 1;
    }
    if count == 0 {
        return 0.0;
    }
    let power = a * a + b * b - coefficient * a * b;
    2.0 * power.max(0.0).sqrt() / count as f64
}

enum Do {
    Offer(Option<Direction>, bool, mpsc::Sender<String>),
    Answer(String, mpsc::Sender<String>),
    TakeAnswer(String, mpsc::Sender<()>),
    Tone(Option<f64>),
    Press(Vec<u8>),
    Blackout(bool),
}

/// One browser. Runs on a thread of its own until it is dropped.
pub struct Browser {
    commands: Option<mpsc::Sender<Do>>,
    heard: Arc<Mutex<Heard>>,
    local: SocketAddr,
    thread: Option<JoinHandle<()>>,
}

impl Browser {
    pub fn new(setup: Setup) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let local = socket.local_addr().unwrap();
        let (commands, receiver) = mpsc::channel();
        let heard = Arc::new(Mutex::new(Heard::default()));
        let ear = Arc::clone(&heard);
        let thread = std::thread::spawn(move || Run::new(&setup, socket, ear).run(&receiver));
        Self {
            commands: Some(commands),
            heard,
            local,
            thread: Some(thread),
        }
    }

    /// A browser that hears this tone in its microphone.
    pub fn with_tone(tone: f64) -> Self {
        Self::new(Setup {
            tone: Some(tone),
            ..Setup::default()
        })
    }

    pub fn local(&self) -> SocketAddr {
        self.local
    }

    /// An offer: the first one, or again with the direction as it is.
    pub fn offer(&self) -> String {
        self.ask(|reply| Do::Offer(None, false, reply))
    }

    /// An offer with this direction.
    pub fn offer_direction(&self, direction: Direction) -> String {
        self.ask(|reply| Do::Offer(Some(direction), false, reply))
    }

    /// An offer that restarts ICE.
    pub fn offer_restart(&self) -> String {
        self.ask(|reply| Do::Offer(None, true, reply))
    }

    /// The answer to an offer.
    pub fn answer(&self, offer: String) -> String {
        self.ask(|reply| Do::Answer(offer, reply))
    }

    /// Takes the answer to its own offer.
    pub fn take_answer(&self, answer: String) {
        self.ask(|reply| Do::TakeAnswer(answer, reply));
    }

    /// Another tone in its microphone.
    pub fn set_tone(&self, tone: Option<f64>) {
        self.tell(Do::Tone(tone));
    }

    /// Presses keys, 100 ms each.
    pub fn press(&self, digits: &str) {
        let events = digits
            .bytes()
            .map(|c| b"0123456789*#ABCD".iter().position(|k| *k == c).unwrap() as u8)
            .collect();
        self.tell(Do::Press(events));
    }

    /// Cuts its network, or puts it back.
    pub fn blackout(&self, on: bool) {
        self.tell(Do::Blackout(on));
    }

    /// What it heard.
    pub fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap()
    }

    /// Forgets packets, digits and sound.
    pub fn forget(&self) {
        let mut heard = self.heard();
        heard.packets.clear();
        heard.digits.clear();
        heard.samples.clear();
    }

    /// Waits until it is so.
    pub fn wait_until(&self, what: &str, is_so: impl Fn(&Heard) -> bool) {
        let end = Instant::now() + Duration::from_secs(10);
        while !is_so(&self.heard()) {
            assert!(Instant::now() < end, "waited in vain until {what}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn ask<T>(&self, command: impl FnOnce(mpsc::Sender<T>) -> Do) -> T {
        let (reply, answer) = mpsc::channel();
        self.tell(command(reply));
        answer.recv().unwrap()
    }

    fn tell(&self, command: Do) {
        self.commands.as_ref().unwrap().send(command).unwrap();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.commands = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
            && !std::thread::panicking()
        {
            panic!("the browser's thread panicked");
        }
    }
}

/// The thread.
struct Run {
    rtc: Rtc,
    socket: UdpSocket,
    heard: Arc<Mutex<Heard>>,
    mid: Option<Mid>,
    pending: Option<(SdpPendingOffer, Mid)>,
    tone: Option<f64>,
    level: Option<i8>,
    phase: f64,
    encoder: opus::Encoder,
    decoder: opus::Decoder,
    seq: u64,
    timestamp: u32,
    next_frame: Instant,
    pressing: VecDeque<u8>,
    press_packet: u32,
    press_gap: u32,
    blackout: bool,
    started: bool,
}

impl Run {
    fn new(setup: &Setup, socket: UdpSocket, heard: Arc<Mutex<Heard>>) -> Self {
        let mut config = Rtc::builder().set_rtp_mode(true).clear_codecs();
        for codec in &setup.codecs {
            config = match codec {
                Codec::Opus => config.enable_opus(true, false),
                Codec::PCMU => config.enable_pcmu(true, false),
                Codec::PCMA => config.enable_pcma(true, false),
                _ => panic!("no audio codec"),
            };
        }
        for (pt, clock) in [110, 126].into_iter().zip(&setup.event_clocks) {
            config.codec_config().add_config(
                Pt::new_with_value(pt),
                None,
                Codec::Tele,
                Frequency::new(*clock).unwrap(),
                None,
                FormatParams {
                    telephone_event_max: Some(16),
                    ..FormatParams::default()
                },
            );
        }
        let mut rtc = config.build(Instant::now());
        let local = socket.local_addr().unwrap();
        rtc.add_local_candidate(Candidate::host(local, Protocol::Udp).unwrap());
        Self {
            rtc,
            socket,
            heard,
            mid: None,
            pending: None,
            tone: setup.tone,
            level: setup.level,
            phase: 0.0,
            encoder: opus::Encoder::new(48_000, opus::Channels::Mono, opus::Application::Voip)
                .unwrap(),
            decoder: opus::Decoder::new(8_000, opus::Channels::Mono).unwrap(),
            seq: 7,
            timestamp: 0xffff_0000,
            next_frame: Instant::now(),
            pressing: VecDeque::new(),
            press_packet: 0,
            press_gap: 0,
            blackout: false,
            started: false,
        }
    }

    fn run(mut self, commands: &mpsc::Receiver<Do>) {
        let mut buffer = vec![0; 2000];
        loop {
            loop {
                match commands.try_recv() {
                    Ok(command) => self.obey(command),
                    Err(mpsc::TryRecvError::Empty) => break,
                    Err(mpsc::TryRecvError::Disconnected) => return,
                }
            }
            let wake = self.drain();
            let now = Instant::now();
            let until = wake
                .min(self.next_frame)
                .min(now + Duration::from_millis(5));
            let wait = until
                .saturating_duration_since(now)
                .max(Duration::from_micros(200));
            self.socket.set_read_timeout(Some(wait)).unwrap();
            let received = self.socket.recv_from(&mut buffer);
            let now = Instant::now();
            match received {
                Ok((length, source)) if !self.blackout => {
                    let Ok(contents) = DatagramRecv::try_from(&buffer[..length]) else {
                        continue;
                    };
                    let input = Input::Receive(
                        now,
                        Receive {
                            proto: Protocol::Udp,
                            source,
                            destination: self.socket.local_addr().unwrap(),
                            contents,
                        },
                    );
                    self.rtc.handle_input(input).unwrap();
                }
                _ => self.rtc.handle_input(Input::Timeout(now)).unwrap(),
            }
            self.drain();
            if now >= self.next_frame {
                self.next_frame += Duration::from_millis(20);
                if now > self.next_frame + Duration::from_millis(200) {
                    self.next_frame = now;
                }
                self.speak(now);
            }
        }
    }

    fn obey(&mut self, command: Do) {
        match command {
            Do::Offer(direction, restart, reply) => {
                let mut changes = self.rtc.sdp_api();
                let mid = match self.mid {
                    None => changes.add_media(
                        MediaKind::Audio,
                        direction.unwrap_or(Direction::SendRecv),
                        None,
                        None,
                        None,
                    ),
                    Some(mid) => {
                        if let Some(direction) = direction {
                            // An offer that met glare has set it already; this makes it a change.
                            changes.set_direction(mid, Direction::Inactive);
                            changes.set_direction(mid, direction);
                        }
                        mid
                    }
                };
                if restart {
                    changes.ice_restart(true);
                }
                let (offer, pending) = changes.apply().expect("something to offer");
                self.pending = Some((pending, mid));
                reply.send(offer.to_sdp_string()).unwrap();
            }
            Do::Answer(offer, reply) => {
                let mid = mid_of(&offer);
                let offer = SdpOffer::from_sdp_string(&offer).unwrap();
                let answer = self.rtc.sdp_api().accept_offer(offer).unwrap();
                self.mid = Some(mid);
                reply.send(answer.to_sdp_string()).unwrap();
            }
            Do::TakeAnswer(answer, reply) => {
                let (pending, mid) = self.pending.take().unwrap();
                let answer = SdpAnswer::from_sdp_string(&answer).unwrap();
                self.rtc.sdp_api().accept_answer(pending, answer).unwrap();
                self.mid = Some(mid);
                reply.send(()).unwrap();
            }
            Do::Tone(tone) => self.tone = tone,
            Do::Press(events) => self.pressing.extend(events),
            Do::Blackout(on) => self.blackout = on,
        }
        self.drain();
    }

    fn drain(&mut self) -> Instant {
        loop {
            match self.rtc.poll_output().unwrap() {
                Output::Timeout(wake) if wake <= Instant::now() && self.rtc.is_alive() => {
                    self.rtc
                        .handle_input(Input::Timeout(Instant::now()))
                        .unwrap();
                }
                Output::Timeout(wake) => return wake,
                Output::Transmit(transmit) => {
                    if !self.blackout {
                        let _ = self
                            .socket
                            .send_to(&transmit.contents, transmit.destination);
                    }
                }
                Output::Event(event) => self.event(event),
            }
        }
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::Connected => {
                let mut heard = self.heard.lock().unwrap();
                heard.connected = true;
                heard.connections += 1;
            }
            Event::IceConnectionStateChange(state) => {
                let mut heard = self.heard.lock().unwrap();
                if state == IceConnectionState::Disconnected {
                    heard.connected = false;
                } else if state.is_connected() && !heard.connected && heard.connections > 0 {
                    heard.connected = true;
                    heard.connections += 1;
                }
            }
            Event::RtpPacket(packet) => self.hear(&packet),
            _ => {}
        }
    }

    fn hear(&mut self, packet: &RtpPacket) {
        let pt = packet.header.payload_type;
        let spec = self
            .rtc
            .codec_config()
            .params()
            .iter()
            .find(|p| p.pt() == pt)
            .unwrap()
            .spec();
        let mut got = Got {
            at: packet.timestamp,
            seq: *packet.seq_no,
            timestamp: packet.header.timestamp,
            ssrc: *packet.header.ssrc,
            marker: packet.header.marker,
            event: spec.codec == Codec::Tele,
            clock: spec.clock_rate.get(),
            samples: 0,
            bytes: packet.payload.len(),
        };
        let mut heard = self.heard.lock().unwrap();
        match spec.codec {
            Codec::Opus => {
                let mut pcm = [0; 960];
                let n = self
                    .decoder
                    .decode(&packet.payload, &mut pcm, false)
                    .unwrap();
                got.samples = n as u32 * 6;
                heard.put(pcm[..n].iter().copied());
            }
            Codec::PCMU => {
                got.samples = packet.payload.len() as u32;
                heard.put(packet.payload.iter().map(|b| decode_ulaw(*b)));
            }
            Codec::PCMA => {
                got.samples = packet.payload.len() as u32;
                heard.put(packet.payload.iter().map(|b| decode_alaw(*b)));
            }
            Codec::Tele => {
                let [event, flags, high, low] = packet.payload[..] else {
                    panic!("an event packet of {} bytes", packet.payload.len());
                };
                got.samples = u32::from(u16::from_be_bytes([high, low]));
                if flags & 0x80 != 0 && heard.last_event != Some(got.timestamp) {
                    heard.last_event = Some(got.timestamp);
                    let digit = b"0123456789*#ABCD"[usize::from(event)];
                    let ms = got.samples * 1000 / got.clock;
                    heard.digits.push((char::from(digit), ms));
                }
            }
            _ => panic!("a codec that was not negotiated"),
        }
        heard.packets.push(got);
    }

    /// 20 ms of its microphone.
    fn speak(&mut self, now: Instant) {
        let Some(mid) = self.mid else { return };
        let Some(media) = self.rtc.media(mid) else {
            return;
        };
        if !self.rtc.is_connected() || !media.direction().is_sending() {
            return;
        }
        let params = self.rtc.codec_config().params();
        let find = |wanted: &dyn Fn(Codec) -> bool| {
            media.remote_pts().iter().find_map(|pt| {
                let p = params.iter().find(|p| p.pt() == *pt)?;
                wanted(p.spec().codec).then(|| (*pt, p.spec()))
            })
        };
        let Some((pt, spec)) = find(&|codec| codec.is_audio()) else {
            return;
        };
        let event = find(&|codec| codec == Codec::Tele);
        let clock = spec.clock_rate.get();
        if let (Some((event_pt, event_spec)), true) = (event, !self.pressing.is_empty()) {
            self.key(now, mid, event_pt, event_spec.clock_rate.get(), clock);
            return;
        }
        let payload = self.frame(spec.codec);
        self.write(mid, now, pt, self.timestamp, payload);
        self.timestamp = self.timestamp.wrapping_add(clock / 50);
    }

    /// One step of pressing keys: 5 packets of 20 ms, the last one three times; then 100 ms.
    fn key(&mut self, now: Instant, mid: Mid, pt: Pt, event_clock: u32, clock: u32) {
        if self.press_gap > 0 {
            self.press_gap -= 1;
            self.timestamp = self.timestamp.wrapping_add(clock / 50);
            return;
        }
        self.press_packet += 1;
        let event = self.pressing[0];
        let end = self.press_packet == 5;
        let duration = (self.press_packet * event_clock / 50) as u16;
        let [high, low] = duration.to_be_bytes();
        let flags = if end { 0x8a } else { 0x0a };
        for _ in 0..if end { 3 } else { 1 } {
            let payload = vec![event, flags, high, low];
            self.write(mid, now, pt, self.timestamp, payload);
            self.drain();
        }
        if end {
            self.pressing.pop_front();
            self.press_packet = 0;
            self.press_gap = if self.pressing.is_empty() { 0 } else { 5 };
            self.timestamp = self.timestamp.wrapping_add(clock / 10);
        }
    }

    fn write(&mut self, mid: Mid, now: Instant, pt: Pt, timestamp: u32, payload: Vec<u8>) {
        let mut api = self.rtc.direct_api();
        let stream = api.stream_tx_by_mid(mid, None).unwrap();
        let first = !std::mem::replace(&mut self.started, true);
        let extensions = ExtensionValues {
            audio_level: self.level,
            voice_activity: self.level.map(|_| false),
            ..ExtensionValues::default()
        };
        stream.write_rtp(
            RtpWrite::new(pt, self.seq.into(), timestamp, now, payload)
                .marker(first)
                .ext_vals(extensions),
        );
        self.seq += 1;
        self.drain();
    }

    fn frame(&mut self, codec: Codec) -> Vec<u8> {
        let (rate, samples) = match codec {
            Codec::Opus => (48_000.0, 960),
            _ => (8_000.0, 160),
        };
        let pcm: Vec<i16> = (0..samples)
            .map(|_| {
                let Some(tone) = self.tone else { return 0 };
                self.phase = (self.phase + TAU * tone / rate) % TAU;
                (self.phase.sin() * 8000.0) as i16
            })
            .collect();
        match codec {
            Codec::Opus => self.encoder.encode_vec(&pcm, 400).unwrap(),
            Codec::PCMU => pcm.iter().map(|s| encode_ulaw(*s)).collect(),
            _ => pcm.iter().map(|s| encode_alaw(*s)).collect(),
        }
    }
}

fn mid_of(sdp: &str) -> Mid {
    let mid = sdp.lines().find_map(|line| line.strip_prefix("a=mid:"));
    Mid::from(mid.unwrap().trim())
}
