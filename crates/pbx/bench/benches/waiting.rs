//! What those cost who wait: CPU time of the media thread and memory while 500 callers of the
//! telephone network hear hold music, and say something themselves, as telephones do. Linux only,
//! since it reads /proc. Each caller has two sockets: `ulimit -n` of 2000 at least.

mod cpu;

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use alo_pbx::media::{
    Allow, AudioCodec, LegId, LegKind, Media, MediaConfig, MusicId, RtpConfig, Source, Turn,
};

const CALLERS: u64 = 500;
const LISTEN: Duration = Duration::from_secs(5);

/// Codec, its payload type, and whether the callers talk.
const CASES: [(AudioCodec, u8, bool); 3] = [
    (AudioCodec::Opus, 107, false),
    (AudioCodec::Pcma, 8, false),
    (AudioCodec::Pcma, 8, true),
];

/// Each case in a process of its own, so that none uses the memory of the one before.
fn main() {
    let case = std::env::args().last().and_then(|case| case.parse().ok());
    let case = case.and_then(|case: usize| CASES.get(case));
    if let Some((codec, pt, talk)) = case {
        return run(*codec, *pt, *talk);
    }
    let own = std::env::current_exe().expect("this program");
    for case in 0..CASES.len() {
        let done = std::process::Command::new(&own)
            .arg(case.to_string())
            .status();
        assert!(done.is_ok_and(|done| done.success()), "case {case}");
    }
}

fn run(codec: AudioCodec, pt: u8, talk: bool) {
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
    let phones = Phones::new();
    let offer = phones.describe(pt);
    let before = cpu::memory();
    let mut ports = Vec::new();
    for n in 0..CALLERS {
        let answer = media.accept_offer(LegId(n), LegKind::Rtp, offer.clone(), Allow::BOTH);
        let answer = runtime.block_on(answer).expect("an answer");
        ports.push(port(&answer));
        media.hear(
            LegId(n),
            Source::Music(MusicId(["sales", "support"][n as usize % 2].into())),
            Turn(0),
        );
    }
    let talking = talk.then(|| phones.talk(ports, pt));
    std::thread::sleep(Duration::from_secs(2));
    let memory = cpu::memory() - before;
    phones.heard.store(0, Ordering::Relaxed);
    let (used, start) = (cpu::of_thread("media"), Instant::now());
    std::thread::sleep(LISTEN);
    let (used, passed) = (cpu::of_thread("media") - used, start.elapsed());
    let packets = phones.heard.load(Ordering::Relaxed);
    println!(
        "{CALLERS} callers hear music in {codec:?}{}: {:.1} % of a core, {:.0} of {:.0} packets a \
         second, {:.1} us each; {:.1} kB a caller",
        if talk { " and talk" } else { "" },
        100.0 * used / passed.as_secs_f64(),
        packets as f64 / passed.as_secs_f64(),
        CALLERS as f64 * 50.0,
        1e6 * used / packets as f64,
        memory as f64 / CALLERS as f64 / 1e3,
    );
    drop(talking);
}

/// The port of an answer.
fn port(answer: &str) -> u16 {
    let line = answer.lines().find(|line| line.starts_with("m=audio "));
    let word = line.and_then(|line| line.split(' ').nth(1));
    word.and_then(|port| port.parse().ok()).expect("a port")
}

/// All callers' telephones, at one port.
struct Phones {
    socket: Arc<UdpSocket>,
    heard: Arc<AtomicUsize>,
    over: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Phones {
    fn new() -> Self {
        let socket = Arc::new(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a socket"));
        let wait = Some(Duration::from_millis(50));
        socket.set_read_timeout(wait).expect("a time-out");
        let (heard, over) = (
            Arc::new(AtomicUsize::new(0)),
            Arc::new(AtomicBool::new(false)),
        );
        let ear = (Arc::clone(&socket), Arc::clone(&heard), Arc::clone(&over));
        let thread = std::thread::spawn(move || {
            let (socket, heard, over) = ear;
            let mut buffer = [0; 2000];
            while !over.load(Ordering::Relaxed) {
                if socket.recv(&mut buffer).is_ok() {
                    heard.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
        Self {
            socket,
            heard,
            over,
            threads: vec![thread],
        }
    }

    fn describe(&self, pt: u8) -> String {
        let port = self.socket.local_addr().map_or(0, |address| address.port());
        format!(
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
             m=audio {port} RTP/AVP {pt}\r\na=rtpmap:107 opus/48000/2\r\n"
        )
    }

    /// All talk, until what this gives is dropped.
    fn talk(&self, ports: Vec<u16>, pt: u8) -> Talking {
        let (socket, over) = (Arc::clone(&self.socket), Arc::new(AtomicBool::new(false)));
        let stop = Arc::clone(&over);
        let thread = std::thread::spawn(move || {
            let mut packet = [0xd5; 172];
            packet[..2].copy_from_slice(&[0x80, pt]);
            let (mut next, mut n) = (Instant::now(), 0u16);
            while !stop.load(Ordering::Relaxed) {
                packet[2..4].copy_from_slice(&n.to_be_bytes());
                packet[4..8].copy_from_slice(&(u32::from(n) * 160).to_be_bytes());
                for port in &ports {
                    let to = SocketAddr::from((Ipv4Addr::LOCALHOST, *port));
                    let _ = socket.send_to(&packet, to);
                }
                n = n.wrapping_add(1);
                next += Duration::from_millis(20);
                std::thread::sleep(next.saturating_duration_since(Instant::now()));
            }
        });
        Talking(over, Some(thread))
    }
}

impl Drop for Phones {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

/// Who talks.
struct Talking(Arc<AtomicBool>, Option<JoinHandle<()>>);

impl Drop for Talking {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
        if let Some(thread) = self.1.take() {
            let _ = thread.join();
        }
    }
}
