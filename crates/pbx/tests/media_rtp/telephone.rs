//! A telephone at the end of the network: plain RTP, G.711 or Opus, RFC 4733 events of 8 kHz. Its
//! microphone is a tone, and it can tell which tones it hears.

#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "of a test and a benchmark; not each uses all of it"
)]

use std::collections::VecDeque;
use std::f64::consts::TAU;
use std::net::{SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex, MutexGuard, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use alo_sip::sdp::Sdp;
use audio_codec_algorithms::{decode_alaw, decode_ulaw, encode_alaw, encode_ulaw};

use super::browser::level;

/// Over so many samples it is told which tones are heard: 300 ms at 8 kHz.
const LISTEN: usize = 2400;

/// Its payload type of telephone-event.
const EVENT: u8 = 101;

/// What it speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaks {
    Pcmu,
    Pcma,
    Opus,
}

impl Speaks {
    fn pt(self) -> u8 {
        match self {
            Self::Pcmu => 0,
            Self::Pcma => 8,
            Self::Opus => 107,
        }
    }
}

/// Numbers of a packet that came.
#[derive(Debug, Clone, Copy)]
pub struct Got {
    pub at: Instant,
    pub pt: u8,
    pub marker: bool,
    pub seq: u16,
    pub timestamp: u32,
    pub ssrc: u32,
    pub bytes: usize,
}

/// What it heard so far.
#[derive(Debug, Default)]
pub struct Heard {
    pub packets: Vec<Got>,
    pub digits: String,
    samples: VecDeque<i16>,
    last_event: Option<u32>,
}

impl Heard {
    pub fn hears(&self, frequency: f64) -> bool {
        self.level(frequency) > 0.02
    }

    pub fn level(&self, frequency: f64) -> f64 {
        level(self.samples.iter().copied(), frequency)
    }

    pub fn peak(&self) -> u16 {
        let samples = self.samples.iter();
        samples.map(|s| s.unsigned_abs()).max().unwrap_or(0)
    }

    fn put(&mut self, pcm: impl Iterator<Item = i16>) {
        self.samples.extend(pcm);
        let from = self.samples.len().saturating_sub(LISTEN);
        self.samples.drain(..from);
    }
}

enum Do {
    Speak(Speaks),
    To(Option<SocketAddr>),
    Tone(Option<f64>),
    Press(u8),
    Mute(bool),
    Move(UdpSocket),
}

/// One telephone. Runs on a thread of its own until it is dropped.
pub struct Telephone {
    commands: Option<mpsc::Sender<(Do, mpsc::Sender<()>)>>,
    heard: Arc<Mutex<Heard>>,
    local: Mutex<SocketAddr>,
    thread: Option<JoinHandle<()>>,
}

impl Telephone {
    /// A telephone that speaks this and hears this tone in its microphone.
    pub fn new(speaks: Speaks, tone: Option<f64>) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let local = Mutex::new(socket.local_addr().unwrap());
        let (commands, receiver) = mpsc::channel();
        let heard = Arc::new(Mutex::new(Heard::default()));
        let ear = Arc::clone(&heard);
        let thread = std::thread::spawn(move || {
            Run::new(speaks, tone, socket, ear).run(&receiver);
        });
        Self {
            commands: Some(commands),
            heard,
            local,
            thread: Some(thread),
        }
    }

    pub fn local(&self) -> SocketAddr {
        *self.local.lock().unwrap()
    }

    /// Its description, as an offer or an answer, with these attributes.
    pub fn describes(&self, formats: &str, attributes: &str) -> String {
        describe(self.local(), formats, attributes)
    }

    /// Takes a description of the server: sends there from now on.
    pub fn takes(&self, sdp: &str) {
        let sdp = Sdp::parse(sdp).unwrap();
        let audio = sdp.audio().unwrap();
        let address = audio.connection.unwrap().parse().unwrap();
        self.tell(Do::To(Some(SocketAddr::new(address, audio.port))));
    }

    /// Sends nowhere.
    pub fn hangs_up(&self) {
        self.tell(Do::To(None));
    }

    pub fn speak(&self, speaks: Speaks) {
        self.tell(Do::Speak(speaks));
    }

    pub fn set_tone(&self, tone: Option<f64>) {
        self.tell(Do::Tone(tone));
    }

    /// Sends no packets, or does again.
    pub fn mute(&self, on: bool) {
        self.tell(Do::Mute(on));
    }

    /// Presses a key for 100 ms.
    pub fn press(&self, digits: &str) {
        for c in digits.bytes() {
            let event = b"0123456789*#ABCD".iter().position(|k| *k == c).unwrap();
            self.tell(Do::Press(event as u8));
        }
    }

    /// Sends and hears at another port from now on.
    pub fn moves(&self) {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        *self.local.lock().unwrap() = socket.local_addr().unwrap();
        self.tell(Do::Move(socket));
    }

    pub fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap()
    }

    pub fn forget(&self) {
        let mut heard = self.heard();
        heard.packets.clear();
        heard.digits.clear();
        heard.samples.clear();
    }

    pub fn wait_until(&self, what: &str, is_so: impl Fn(&Heard) -> bool) {
        let end = Instant::now() + Duration::from_secs(10);
        while !is_so(&self.heard()) {
            assert!(Instant::now() < end, "waited in vain until {what}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Comes back when it is done.
    fn tell(&self, command: Do) {
        let (done, is_done) = mpsc::channel();
        self.commands
            .as_ref()
            .unwrap()
            .send((command, done))
            .unwrap();
        is_done.recv().unwrap();
    }
}

impl Drop for Telephone {
    fn drop(&mut self) {
        self.commands = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
            && !std::thread::panicking()
        {
            panic!("the telephone's thread panicked");
        }
    }
}

/// A description of who is at this address: `0 8 107` is in `formats` what it can.
pub fn describe(at: SocketAddr, formats: &str, attributes: &str) -> String {
    format!(
        "v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\n\
         m=audio {port} RTP/AVP {formats} {EVENT}\r\na=rtpmap:107 opus/48000/2\r\n\
         a=rtpmap:{EVENT} telephone-event/8000\r\na=fmtp:{EVENT} 0-15\r\n{attributes}",
        ip = at.ip(),
        port = at.port(),
    )
}

/// The thread.
struct Run {
    speaks: Speaks,
    tone: Option<f64>,
    socket: UdpSocket,
    heard: Arc<Mutex<Heard>>,
    to: Option<SocketAddr>,
    muted: bool,
    phase: f64,
    seq: u16,
    timestamp: u32,
    pressing: VecDeque<u8>,
    press_packet: u16,
    encoder: opus::Encoder,
    decoder: opus::Decoder,
}

impl Run {
    fn new(speaks: Speaks, tone: Option<f64>, socket: UdpSocket, heard: Arc<Mutex<Heard>>) -> Self {
        let mono = opus::Channels::Mono;
        Self {
            speaks,
            tone,
            socket,
            heard,
            to: None,
            muted: false,
            phase: 0.0,
            seq: 65_500,
            timestamp: 0xffff_0000,
            pressing: VecDeque::new(),
            press_packet: 0,
            encoder: opus::Encoder::new(48_000, mono, opus::Application::Voip).unwrap(),
            decoder: opus::Decoder::new(8_000, mono).unwrap(),
        }
    }

    fn run(mut self, commands: &mpsc::Receiver<(Do, mpsc::Sender<()>)>) {
        let mut next = Instant::now();
        let mut buffer = [0; 2000];
        loop {
            loop {
                match commands.try_recv() {
                    Ok((command, done)) => {
                        self.obey(command);
                        let _ = done.send(());
                    }
                    Err(mpsc::TryRecvError::Empty) => break,
                    Err(mpsc::TryRecvError::Disconnected) => return,
                }
            }
            let wait = next.saturating_duration_since(Instant::now());
            let wait = wait.clamp(Duration::from_micros(200), Duration::from_millis(5));
            self.socket.set_read_timeout(Some(wait)).unwrap();
            if let Ok((length, _)) = self.socket.recv_from(&mut buffer) {
                self.hear(&buffer[..length]);
            }
            let now = Instant::now();
            if now >= next {
                next = (next + Duration::from_millis(20)).max(now - Duration::from_millis(200));
                self.speak();
            }
        }
    }

    fn obey(&mut self, command: Do) {
        match command {
            Do::Speak(speaks) => self.speaks = speaks,
            Do::To(to) => self.to = to,
            Do::Tone(tone) => self.tone = tone,
            Do::Press(event) => self.pressing.push_back(event),
            Do::Mute(on) => self.muted = on,
            Do::Move(socket) => self.socket = socket,
        }
    }

    fn hear(&mut self, bytes: &[u8]) {
        // Only what the server makes: no extensions, no sources.
        assert!(bytes.len() > 12 && bytes[0] == 0x80, "{bytes:?}");
        let word = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
        let got = Got {
            at: Instant::now(),
            pt: bytes[1] & 0x7f,
            marker: bytes[1] & 0x80 != 0,
            seq: u16::from_be_bytes([bytes[2], bytes[3]]),
            timestamp: word(4),
            ssrc: word(8),
            bytes: bytes.len() - 12,
        };
        let payload = &bytes[12..];
        let mut heard = self.heard.lock().unwrap();
        heard.packets.push(got);
        match got.pt {
            0 => heard.put(payload.iter().map(|b| decode_ulaw(*b))),
            8 => heard.put(payload.iter().map(|b| decode_alaw(*b))),
            EVENT => {
                if payload[1] & 0x80 != 0 && heard.last_event != Some(got.timestamp) {
                    heard.last_event = Some(got.timestamp);
                    let digit = b"0123456789*#ABCD"[usize::from(payload[0])];
                    heard.digits.push(char::from(digit));
                }
            }
            107 | 96 => {
                let mut pcm = [0; 960];
                let n = self.decoder.decode(payload, &mut pcm, false).unwrap();
                heard.put(pcm[..n].iter().copied());
            }
            other => panic!("payload type {other} was not agreed upon"),
        }
    }

    /// 20 ms of its microphone or its keys.
    fn speak(&mut self) {
        let step = if self.speaks == Speaks::Opus {
            960
        } else {
            160
        };
        if let Some(event) = self.pressing.front().copied() {
            self.key(event);
        } else {
            let payload = self.frame();
            self.send(self.speaks.pt(), self.timestamp, &payload);
        }
        self.timestamp = self.timestamp.wrapping_add(step);
    }

    /// One step of pressing a key: 5 packets, the last one three times; then 100 ms without.
    fn key(&mut self, event: u8) {
        self.press_packet += 1;
        let packet = self.press_packet;
        if packet <= 5 {
            let [high, low] = (packet * 160).to_be_bytes();
            let flags = if packet == 5 { 0x8a } else { 0x0a };
            let step = if self.speaks == Speaks::Opus {
                960
            } else {
                160
            };
            let start = self.timestamp.wrapping_sub(u32::from(packet - 1) * step);
            for _ in 0..if packet == 5 { 3 } else { 1 } {
                self.send(EVENT, start, &[event, flags, high, low]);
            }
        } else if packet == 10 {
            self.press_packet = 0;
            self.pressing.pop_front();
        }
    }

    fn send(&mut self, pt: u8, timestamp: u32, payload: &[u8]) {
        let Some(to) = self.to.filter(|_| !self.muted) else {
            return;
        };
        let mut bytes = vec![0x80, pt];
        bytes.extend(self.seq.to_be_bytes());
        bytes.extend(timestamp.to_be_bytes());
        bytes.extend(0x0a0b_0c0d_u32.to_be_bytes());
        bytes.extend(payload);
        self.seq = self.seq.wrapping_add(1);
        // The server's port may be closed by now.
        let _ = self.socket.send_to(&bytes, to);
    }

    fn frame(&mut self) -> Vec<u8> {
        let (rate, samples) = match self.speaks {
            Speaks::Opus => (48_000.0, 960),
            _ => (8_000.0, 160),
        };
        let pcm: Vec<i16> = (0..samples)
            .map(|_| {
                let Some(tone) = self.tone else { return 0 };
                self.phase = (self.phase + TAU * tone / rate) % TAU;
                (self.phase.sin() * 8000.0) as i16
            })
            .collect();
        match self.speaks {
            Speaks::Opus => self.encoder.encode_vec(&pcm, 400).unwrap(),
            Speaks::Pcmu => pcm.iter().map(|s| encode_ulaw(*s)).collect(),
            Speaks::Pcma => pcm.iter().map(|s| encode_alaw(*s)).collect(),
        }
    }
}
