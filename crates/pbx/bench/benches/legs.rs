//! What a leg costs: CPU time of the media thread while this many legs, real WebRTC clients over
//! loopback UDP, hear each other in pairs. Linux only, since it reads /proc.

#[path = "../../tests/support/browser.rs"]
mod browser;
mod cpu;

use std::time::{Duration, Instant};

use alo_pbx::media::{Allow, LegId, LegKind, Media, MediaConfig, Source, Turn};
use browser::{Browser, Setup};
use str0m::format::Codec;

const LISTEN: Duration = Duration::from_secs(5);

fn main() {
    run("Opus to Opus, relayed", [Codec::Opus, Codec::Opus], 20);
    run("Opus to PCMU, transcoded", [Codec::Opus, Codec::PCMU], 20);
}

fn run(what: &str, codecs: [Codec; 2], legs: u64) {
    let (sender, _events) = tokio::sync::mpsc::unbounded_channel();
    let bind = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    let config = MediaConfig {
        bind,
        ..MediaConfig::default()
    };
    let media = Media::start(config, sender).expect("the media server starts");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    let browsers: Vec<_> = (0..legs)
        .map(|n| {
            let browser = Browser::new(Setup {
                codecs: vec![codecs[n as usize % 2]],
                tone: Some(300.0 + 10.0 * n as f64),
                ..Setup::default()
            });
            let answer =
                media.accept_offer(LegId(n), LegKind::WebRtc, browser.offer(), Allow::BOTH);
            browser.take_answer(runtime.block_on(answer).expect("an answer"));
            browser.wait_until("it is connected", |heard| heard.connected);
            browser
        })
        .collect();
    for n in 0..legs {
        media.hear(LegId(n), Source::Leg(LegId(n ^ 1)), Turn(0));
    }
    std::thread::sleep(Duration::from_secs(1));
    browsers.iter().for_each(Browser::forget);
    let (before, start) = (cpu::of_thread("media"), Instant::now());
    std::thread::sleep(LISTEN);
    let (used, passed) = (cpu::of_thread("media") - before, start.elapsed());
    let packets: usize = browsers.iter().map(|b| b.heard().packets.len()).sum();
    println!(
        "{what}: {legs} legs, {packets} packets in {passed:.1?}: {:.1} % of a core, {:.1} us a packet",
        100.0 * used / passed.as_secs_f64(),
        1e6 * used / packets as f64,
    );
}
