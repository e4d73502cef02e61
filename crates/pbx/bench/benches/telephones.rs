//! Telephones by RTP, at one port all of them: what they say is given, and what they hear is kept.

#![allow(dead_code, reason = "not every benchmark uses all of it")]

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use alo_pbx::media::{Allow, AudioCodec, LegId, LegKind, Media, MediaConfig, RtpConfig};

/// One packet that a telephone heard.
pub struct Heard {
    pub at: Instant,
    pub ssrc: u32,
    pub timestamp: u32,
    pub payload: Vec<u8>,
}

/// The server, and telephones that say something over and over.
pub struct Hall {
    pub media: Media,
    legs: usize,
    heard: Arc<Mutex<Vec<Heard>>>,
    over: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Hall {
    /// One telephone for each list of packets, which it says again and again.
    pub fn new(codec: AudioCodec, says: Vec<Vec<Vec<u8>>>) -> Self {
        let local = Ipv4Addr::LOCALHOST;
        let (sender, _events) = tokio::sync::mpsc::unbounded_channel();
        let config = MediaConfig {
            bind: (local, 0).into(),
            rtp: Some(RtpConfig {
                address: local.into(),
                advertise: local.into(),
                ports: 40_000..=45_999,
                codecs: vec![codec],
                ..RtpConfig::default()
            }),
            ..MediaConfig::default()
        };
        let media = Media::start(config, sender).expect("the media server starts");
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .expect("a runtime");
        let socket = UdpSocket::bind((local, 0)).expect("a socket");
        let wait = Some(Duration::from_millis(50));
        socket.set_read_timeout(wait).expect("a time-out");
        let (pt, step) = match codec {
            AudioCodec::Opus => (107, 960),
            AudioCodec::Pcmu => (0, 160),
            AudioCodec::Pcma => (8, 160),
        };
        let port = socket.local_addr().map_or(0, |address| address.port());
        let offer = format!(
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
             m=audio {port} RTP/AVP {pt}\r\na=rtpmap:107 opus/48000/2\r\n"
        );
        let ports = (0..says.len() as u64).map(|n| {
            let answer = media.accept_offer(LegId(n), LegKind::Rtp, offer.clone(), Allow::BOTH);
            port_of(&runtime.block_on(answer).expect("an answer"))
        });
        let lines: Vec<_> = ports.zip(says).collect();
        let mut hall = Self {
            media,
            legs: lines.len(),
            heard: Arc::default(),
            over: Arc::default(),
            threads: Vec::new(),
        };
        hall.start(&Arc::new(socket), lines, pt, step);
        hall
    }

    fn start(
        &mut self,
        socket: &Arc<UdpSocket>,
        lines: Vec<(u16, Vec<Vec<u8>>)>,
        pt: u8,
        step: u32,
    ) {
        let (ear, heard) = (Arc::clone(socket), Arc::clone(&self.heard));
        let over = Arc::clone(&self.over);
        self.threads.push(std::thread::spawn(move || {
            let mut buffer = [0; 2000];
            while !over.load(Ordering::Relaxed) {
                let Ok(length @ 12..) = ear.recv(&mut buffer) else {
                    continue;
                };
                let word = |at: usize| {
                    u32::from_be_bytes([buffer[at], buffer[at + 1], buffer[at + 2], buffer[at + 3]])
                };
                let packet = Heard {
                    at: Instant::now(),
                    timestamp: word(4),
                    ssrc: word(8),
                    payload: buffer[12..length].to_vec(),
                };
                let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
                heard.push(packet);
            }
        }));
        let (mouth, over) = (Arc::clone(socket), Arc::clone(&self.over));
        self.threads.push(std::thread::spawn(move || {
            let (start, mut n) = (Instant::now(), 0u32);
            let count = lines.len() as u32;
            while !over.load(Ordering::Relaxed) {
                for (index, (port, says)) in lines.iter().enumerate() {
                    // Each at its own time within the 20 ms.
                    let at = Duration::from_micros(20_000) * n
                        + Duration::from_micros(20_000) * index as u32 / count;
                    std::thread::sleep((start + at).saturating_duration_since(Instant::now()));
                    let mut packet = vec![0x80, pt];
                    packet.extend((n as u16).to_be_bytes());
                    packet.extend(n.wrapping_mul(step).to_be_bytes());
                    packet.extend((index as u32 + 1).to_be_bytes());
                    packet.extend(&says[n as usize % says.len()]);
                    let to = SocketAddr::from((Ipv4Addr::LOCALHOST, *port));
                    let _ = mouth.send_to(&packet, to);
                }
                n = n.wrapping_add(1);
            }
        }));
    }

    pub fn legs(&self) -> usize {
        self.legs
    }

    pub fn heard(&self) -> MutexGuard<'_, Vec<Heard>> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn forget(&self) {
        self.heard().clear();
    }
}

impl Drop for Hall {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

/// The port of an answer.
fn port_of(answer: &str) -> u16 {
    let line = answer.lines().find(|line| line.starts_with("m=audio "));
    let word = line.and_then(|line| line.split(' ').nth(1));
    word.and_then(|port| port.parse().ok()).expect("a port")
}

/// Something like a voice, so many frames at 48 kHz: a buzz with a wandering pitch and level.
pub fn voice(who: u64, frames: usize) -> Vec<i16> {
    let mut phase = 0.0f64;
    let pitch = 110.0 + 45.0 * who as f64;
    (0..frames * 960)
        .map(|n| {
            let t = n as f64 / 48_000.0;
            phase += (pitch + 30.0 * (t * 2.1).sin()) / 48_000.0;
            let buzz: f64 = (1..20)
                .map(|k| (std::f64::consts::TAU * phase * f64::from(k)).sin() / f64::from(k))
                .sum();
            (buzz * 4000.0 * (0.6 + 0.4 * (t * 9.0).sin())) as i16
        })
        .collect()
}
