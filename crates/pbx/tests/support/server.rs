//! A media server, and browsers that call it or are called.

#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "of a test; not every one uses all of it"
)]

use alo_pbx::media::{Allow, LegId, LegKind, Media, MediaConfig, Source, Turn};
use tokio::runtime::Runtime;
use tokio::sync::mpsc::unbounded_channel;

use crate::support::browser::{Browser, Got};
use crate::told::Told;

/// The server, and what it told.
pub struct Server {
    pub media: Media,
    pub told: Told,
    pub runtime: Runtime,
}

impl Server {
    pub fn start() -> Self {
        let (sender, events) = unbounded_channel();
        let config = MediaConfig {
            bind: "127.0.0.1:0".parse().unwrap(),
            ..MediaConfig::default()
        };
        Self {
            media: Media::start(config, sender).unwrap(),
            told: Told::new(events),
            runtime: tokio::runtime::Builder::new_current_thread()
                .build()
                .unwrap(),
        }
    }

    /// The browser calls: it offers, the server answers.
    pub fn answer(&self, leg: LegId, offer: String, allow: Allow) -> String {
        self.runtime
            .block_on(self.media.accept_offer(leg, LegKind::WebRtc, offer, allow))
            .unwrap()
    }

    pub fn called_by(&self, leg: LegId, browser: &Browser) {
        browser.take_answer(self.answer(leg, browser.offer(), Allow::BOTH));
        browser.wait_until("it is connected", |heard| heard.connected);
    }

    /// The server calls the browser: it offers, the browser answers.
    pub fn call(&self, leg: LegId, browser: &Browser) {
        let offer = self.offer(leg, Allow::BOTH);
        self.take_answer(leg, browser.answer(offer));
        browser.wait_until("it is connected", |heard| heard.connected);
    }

    pub fn offer(&self, leg: LegId, allow: Allow) -> String {
        self.runtime
            .block_on(self.media.create_offer(leg, LegKind::WebRtc, allow))
            .unwrap()
    }

    pub fn take_answer(&self, leg: LegId, answer: String) {
        self.runtime
            .block_on(self.media.set_answer(leg, answer))
            .unwrap();
    }

    pub fn join(&self, a: LegId, b: LegId) {
        self.media.hear(a, Source::Leg(b), Turn(0));
        self.media.hear(b, Source::Leg(a), Turn(0));
    }
}

/// A stream as a jitter buffer wants it: one SSRC, no gap and no step back in sequence numbers,
/// timestamps that never go back and that keep up with time.
#[track_caller]
pub fn check_stream(packets: &[Got]) {
    let clock = packets.iter().find(|p| !p.event).unwrap();
    // Samples of a packet are in its codec's clock.
    let clock = if clock.samples >= 480 { 48.0 } else { 8.0 };
    let start = packets[0];
    for (index, pair) in packets.windows(2).enumerate() {
        let [a, b] = pair else { unreachable!() };
        assert_eq!(a.ssrc, b.ssrc);
        assert_eq!(b.seq, a.seq + 1, "packet {index}");
        let step = b.timestamp.wrapping_sub(a.timestamp) as i32;
        assert!(step >= 0, "packet {index}: back by {step}");
        if !(a.event || b.event) {
            assert!(step >= a.samples as i32, "packet {index}: {step} overlaps");
        }
        let time = (b.at - start.at).as_secs_f64() * 1000.0;
        let media = f64::from(b.timestamp.wrapping_sub(start.timestamp)) / clock;
        let event = if b.event { 200.0 } else { 0.0 };
        assert!(
            (media - time).abs() < 400.0 + event,
            "packet {index}: {media:.0} ms of media in {time:.0} ms"
        );
    }
}
