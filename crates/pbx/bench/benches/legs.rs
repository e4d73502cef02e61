//! What a leg costs: CPU time of the media thread while this many legs, real WebRTC clients over
//! loopback UDP, hear each other in pairs. Linux only, since it reads /proc.

#[path = "../../tests/support/browser.rs"]
mod browser;

use std::time::{Duration, Instant};

use alo_pbx::media::{Allow, LegId, Media, MediaConfig, Source};
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
            let answer = media.accept_offer(LegId(n), browser.offer(), Allow::BOTH);
            browser.take_answer(runtime.block_on(answer).expect("an answer"));
            browser.wait_until("it is connected", |heard| heard.connected);
            browser
        })
        .collect();
    for n in 0..legs {
        media.hear(LegId(n), Source::Leg(LegId(n ^ 1)));
    }
    std::thread::sleep(Duration::from_secs(1));
    browsers.iter().for_each(Browser::forget);
    let (before, start) = (media_cpu(), Instant::now());
    std::thread::sleep(LISTEN);
    let (used, passed) = (media_cpu() - before, start.elapsed());
    let packets: usize = browsers.iter().map(|b| b.heard().packets.len()).sum();
    println!(
        "{what}: {legs} legs, {packets} packets in {passed:.1?}: {:.1} % of a core, {:.1} us a packet",
        100.0 * used / passed.as_secs_f64(),
        1e6 * used / packets as f64,
    );
}

/// CPU seconds of the threads called `media`.
fn media_cpu() -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").expect("/proc");
    tasks
        .filter_map(|task| {
            let path = task.ok()?.path();
            let name = std::fs::read_to_string(path.join("comm")).ok()?;
            if name.trim() != "media" {
                return None;
            }
            // Nanoseconds that it ran come first.
            let run = std::fs::read_to_string(path.join("schedstat")).ok()?;
            let nanos: f64 = run.split(' ').next()?.parse().ok()?;
            Some(nanos / 1e9)
        })
        .sum()
}
