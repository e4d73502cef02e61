//! One leg in virtual time; packets go over real sockets of this machine, where they arrive at once.

use std::net::UdpSocket;
use std::sync::atomic::{AtomicU16, Ordering};

use mio::{Poll, Token};

use super::*;
use crate::media::api::RtpConfig;
use crate::media::codec::AudioCodec;
use crate::media::net::Net;
use crate::media::rtp::Stamp;
use crate::media::{MediaConfig, MediaStartError};

const LEG: LegId = LegId(1);
const QUIET: Duration = Duration::from_secs(20);

/// A range of this many pairs that nothing else has, and no other test of this process.
fn range(pairs: u16) -> std::ops::RangeInclusive<u16> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Below what the system hands out by itself; elsewhere in each process.
    let first = 10_000 + (std::process::id() % 8_000) as u16;
    loop {
        let start = first + NEXT.fetch_add(2 * pairs, Ordering::Relaxed);
        let start = start.next_multiple_of(2);
        let range = start..=start + 2 * pairs - 1;
        let is_free = |port| UdpSocket::bind(("127.0.0.1", port)).is_ok();
        if range.clone().all(is_free) {
            return range;
        }
    }
}

fn config(ports: std::ops::RangeInclusive<u16>) -> RtpConfig {
    let address = std::net::Ipv4Addr::LOCALHOST.into();
    RtpConfig {
        address,
        advertise: address,
        ports,
        codecs: vec![AudioCodec::Pcma, AudioCodec::Pcmu],
        quiet: QUIET,
    }
}

fn ports(config: RtpConfig) -> Result<Ports, MediaStartError> {
    let registry = Poll::new().unwrap().registry().try_clone().unwrap();
    Ports::new(config, registry, 77)
}

/// A leg, and a telephone that it talks to.
struct Call {
    plain: Plain,
    phone: UdpSocket,
    inbox: Inbox,
    start: Instant,
    now: Instant,
    seq: u16,
}

impl Call {
    /// The telephone offers, in a description that says where it is.
    fn new() -> Self {
        let net = Net::open(MediaConfig {
            bind: "127.0.0.1:0".parse().unwrap(),
            ..MediaConfig::default()
        });
        let plain = Plain::open(LEG, &mut ports(config(range(8))).unwrap(), [7; 12]);
        let phone = UdpSocket::bind("127.0.0.1:0").unwrap();
        phone.set_nonblocking(true).unwrap();
        let now = Instant::now();
        let mut call = Self {
            plain: plain.unwrap(),
            phone,
            inbox: Inbox::new(&net.unwrap()),
            start: now,
            now,
            seq: 500,
        };
        call.offer("sendrecv", Allow::BOTH);
        call
    }

    fn offer(&mut self, direction: &str, allow: Allow) -> String {
        let port = self.phone.local_addr().unwrap().port();
        let offer = format!(
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
             m=audio {port} RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\na={direction}\r\n"
        );
        self.plain.accept_offer(self.now, &offer, allow).unwrap()
    }

    fn packet(&mut self, pt: u8, ssrc: u32) -> Vec<u8> {
        self.seq += 1;
        let header = Header {
            pt,
            marker: false,
            seq: self.seq,
            timestamp: 160 * u32::from(self.seq),
            ssrc,
        };
        let mut bytes = Vec::new();
        header.write(&[0xd5; 160], &mut bytes);
        bytes
    }

    fn send(&self, from: &UdpSocket, bytes: &[u8]) {
        let to = SocketAddr::from(([127, 0, 0, 1], self.plain.port()));
        from.send_to(bytes, to).unwrap();
    }

    /// The telephone says a packet.
    fn speak(&mut self, pt: u8) {
        let bytes = self.packet(pt, 9);
        self.send(&self.phone, &bytes);
    }

    /// What came, a letter each, after this time since the start.
    fn after(&mut self, seconds: u64) -> String {
        self.now = self.start + Duration::from_secs(seconds);
        while self.plain.read(self.now, false, &mut self.inbox) {}
        if self.plain.wake(self.now) <= self.now {
            self.plain.handle_timeout(self.now);
        }
        let mut told = String::new();
        self.plain.drain(|came| {
            told.push(match came {
                Came::Audio(_) => 'a',
                Came::Event(_) => 'e',
                Came::Skip { .. } => 's',
                Came::Up => '+',
                Came::Down => '-',
            });
        });
        told
    }

    /// Sends a packet to the telephone; whether it is there.
    fn is_heard(&mut self) -> bool {
        if !self.plain.sends() {
            return false;
        }
        self.plain.write(&Outgoing {
            stamp: Stamp {
                seq: 0x1_0005,
                timestamp: 160,
                marker: true,
            },
            payload: Arc::from([0xd5; 160]),
            event: false,
        });
        let mut buffer = [0; 400];
        let Ok((length, _)) = self.phone.recv_from(&mut buffer) else {
            return false;
        };
        let packet = Packet::parse(&buffer[..length]).unwrap();
        (packet.pt, packet.seq, packet.payload.len()) == (8, 5, 160)
    }
}

#[test]
fn it_is_up_with_the_first_packet_and_down_after_silence() {
    let mut call = Call::new();
    assert_eq!(call.after(100), "", "up to nobody");
    call.speak(8);
    call.speak(101);
    call.speak(13);
    call.speak(0);
    call.speak(8);
    assert_eq!(call.after(101), "+aesa", "mu-law was not agreed upon");
    assert_eq!(call.after(120), "");
    assert_eq!(call.after(121), "-");
    assert_eq!(call.after(500), "");
    call.speak(8);
    assert_eq!(call.after(501), "+a", "it comes again");
}

#[test]
fn who_is_not_to_send_is_not_missed() {
    let mut call = Call::new();
    call.speak(8);
    assert_eq!(call.after(1), "+a");
    let answer = call.offer("recvonly", Allow::BOTH);
    assert!(answer.contains("a=sendonly"));
    call.speak(8);
    assert_eq!(call.after(2), "", "and not heard");
    assert!(call.is_heard(), "while it hears us");
    assert_eq!(call.after(300), "");
    call.offer("sendrecv", Allow::BOTH);
    assert_eq!(call.after(319), "");
    assert_eq!(call.after(321), "-");
}

#[test]
fn a_held_far_end_is_sent_nothing() {
    let mut call = Call::new();
    assert!(call.is_heard(), "before it said anything");
    call.offer("sendonly", Allow::BOTH);
    assert!(!call.is_heard());
    call.offer("inactive", Allow::BOTH);
    assert!(!call.is_heard());
    call.offer("sendrecv", Allow::BOTH);
    assert!(call.is_heard());
    let hold = Allow {
        send: false,
        recv: false,
    };
    call.offer("sendrecv", hold);
    assert!(!call.is_heard());
}

#[test]
fn packets_of_strangers_and_noise_are_nothing() {
    let mut call = Call::new();
    let stranger = UdpSocket::bind("127.0.0.1:0").unwrap();
    let odd = call.packet(8, 66);
    call.send(&stranger, &odd);
    assert_eq!(call.after(1), "", "one packet is no voice");
    call.speak(8);
    assert_eq!(call.after(2), "+a");
    for _ in 0..50 {
        let bytes = call.packet(8, 66);
        call.send(&stranger, &bytes);
    }
    assert_eq!(call.after(3), "");
    assert!(call.is_heard(), "still the same one");
    for length in 0..100 {
        call.send(&call.phone, &vec![0x80 | length; length.into()]);
    }
    call.speak(8);
    assert_eq!(call.after(4), "a");
}

#[test]
fn packets_that_come_twice_are_one() {
    let mut call = Call::new();
    let bytes = call.packet(8, 9);
    call.send(&call.phone, &bytes);
    call.send(&call.phone, &bytes);
    assert_eq!(call.after(1), "+a");
}

#[test]
fn rtcp_is_read_and_thrown_away() {
    let mut call = Call::new();
    let to = SocketAddr::from(([127, 0, 0, 1], call.plain.port() + 1));
    for _ in 0..40 {
        call.phone.send_to(&[0x80, 201, 0, 1], to).unwrap();
    }
    while call.plain.read(call.now, true, &mut call.inbox) {}
    assert!(call.plain.sockets.rtcp.receive(&mut call.inbox).is_none());
    // With rtcp-mux it comes among the audio.
    call.send(&call.phone, &[0x80, 201, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(call.after(1), "");
}

#[test]
fn ports_are_pairs_that_come_back_and_have_an_end() {
    let range = range(3);
    let odd = range.start() + 1..=*range.end();
    let mut ports = ports(config(odd)).unwrap();
    let (first, _a) = ports.open(LegId(1)).unwrap();
    let (second, b) = ports.open(LegId(2)).unwrap();
    assert_ne!(first, second);
    assert!(first % 2 == 0 && second % 2 == 0);
    let token = Token(16 + usize::from(second) + 1);
    assert_eq!(ports.owner(token), Some((LegId(2), true)));
    let third = ports.open(LegId(3)).map(|_| ());
    assert_eq!(third, Err(MediaError::NoPort(LegId(3))));
    drop(b);
    ports.close(second);
    assert_eq!(ports.owner(token), None);
    assert_eq!(ports.open(LegId(4)).unwrap().0, second);
}

#[test]
fn a_port_that_something_else_has_is_passed_over() {
    let range = range(2);
    let other = UdpSocket::bind(("127.0.0.1", range.start() + 1)).unwrap();
    let mut ports = ports(config(range.clone())).unwrap();
    assert_eq!(ports.open(LegId(1)).unwrap().0, range.start() + 2);
    drop(other);
}

#[test]
fn ports_that_cannot_be_had_are_told_at_the_start() {
    let fault = |config| ports(config).err().unwrap().to_string();
    assert!(fault(config(30_001..=30_002)).contains("30001 to 30002"));
    let no_codec = RtpConfig {
        codecs: Vec::new(),
        ..config(30_000..=30_003)
    };
    assert!(fault(no_codec).contains("no codec"));
    let elsewhere = RtpConfig {
        address: [192, 0, 2, 1].into(),
        ..config(30_000..=30_003)
    };
    assert!(fault(elsewhere).contains("192.0.2.1"));
    let six = RtpConfig {
        advertise: std::net::Ipv6Addr::LOCALHOST.into(),
        ..config(30_000..=30_003)
    };
    assert!(fault(six).contains("::1"));
}
