//! The measurements.

use std::time::Duration;

use alo_browser_tests::chromium::Chromium;
use alo_browser_tests::hearing::TONES;
use alo_browser_tests::page::{Microphone, Page, PageOptions};
use alo_browser_tests::server::Server;
use alo_browser_tests::story::{self, Who, all_released};
use alo_browser_tests::until::until;
use anyhow::{Context, Result, ensure};
use serde_json::json;

use crate::transfers;

const PROBE: &str = include_str!("probe.js");
/// Reserved for documentation (RFC 5737): nobody answers there.
const DEAD_STUN: &str = "stun:192.0.2.1:3478";

/// Who is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Peer {
    Alo,
    Jssip,
    Bare,
}

const PEERS: [Peer; 3] = [Peer::Bare, Peer::Jssip, Peer::Alo];

impl Peer {
    fn path(self) -> &'static str {
        match self {
            Peer::Alo => "/?lang=en",
            Peer::Jssip => "/bench-jssip.html",
            Peer::Bare => "/bench-bare.html",
        }
    }
}

/// Takes and prints all of them.
pub(crate) async fn all(
    chromium: &Chromium,
    server: &Server,
    runs: usize,
    calls: usize,
) -> Result<()> {
    let bench = Bench {
        chromium,
        origin: format!("http://localhost:{}", server.port()),
    };
    bench.parse(runs).await?;
    bench.navigation_to_register(runs).await?;
    bench.click_to_invite(runs, false).await?;
    bench.click_to_invite(runs.min(5), true).await?;
    bench.answer_to_sound(runs).await?;
    transfers::all(&bench, runs).await?;
    bench.many_calls(calls).await
}

pub(crate) struct Bench<'a> {
    chromium: &'a Chromium,
    origin: String,
}

impl Bench<'_> {
    /// An empty page of somebody, with the probe.
    async fn page(&self, who: Who) -> Result<Page> {
        let options = PageOptions {
            who: who.name().into(),
            tone: TONES[who as usize],
            microphone: Microphone::Tone,
            size: (1100, 760),
            language: "en-GB",
        };
        let page = self.chromium.handle().open(options).await?;
        page.allow(&self.origin, &["audioCapture", "notifications"])
            .await?;
        let script = json!({ "source": PROBE });
        page.call("Page.addScriptToEvaluateOnNewDocument", script)
            .await?;
        // The server's policy is for the app; the peers' pages were not made for it.
        page.call("Page.setBypassCSP", json!({ "enabled": true }))
            .await?;
        page.call("Network.enable", json!({})).await?;
        page.call("Network.setCacheDisabled", json!({ "cacheDisabled": true }))
            .await?;
        Ok(page)
    }

    /// A page of the app on which an agent is signed in.
    pub(crate) async fn agent(&self, who: Who) -> Result<Page> {
        self.signed_in(Peer::Alo, who).await
    }

    /// The customer's page.
    pub(crate) async fn customer(&self) -> Result<Page> {
        let page = self.page(Who::Customer).await?;
        page.go(&format!("{}/call?lang=en", self.origin)).await?;
        Ok(page)
    }

    /// A page of each peer on which somebody is signed in.
    async fn signed_in(&self, peer: Peer, who: Who) -> Result<Page> {
        let page = self.page(who).await?;
        page.go(&format!("{}{}", self.origin, peer.path())).await?;
        match peer {
            Peer::Alo => story::sign_in(&page, who).await?,
            Peer::Jssip => {
                page.wait_for("JsSIP to register", "document.title === 'registered'")
                    .await?;
            }
            Peer::Bare => {
                sent(&page, "REGISTER").await?;
            }
        }
        Ok(page)
    }

    /// Messages that a second of the page's one thread reads.
    async fn parse(&self, runs: usize) -> Result<()> {
        let page = self.page(Who::Chi).await?;
        page.go(&format!("{}/bench-parse.html", self.origin))
            .await?;
        page.evaluate("ready").await?;
        let peers = ["Jssip", "Alo"];
        let mut speeds = [Vec::new(), Vec::new()];
        for _ in 0..runs {
            for (peer, speeds) in peers.into_iter().zip(&mut speeds) {
                speeds.push(number(&page, &format!("perSecond('{peer}', 200)")).await?);
            }
        }
        print!("parse and read typed:");
        let slowest = median(&mut speeds[0]);
        for (peer, speeds) in peers.into_iter().zip(&mut speeds) {
            let speed = median(speeds);
            let read = number(&page, &format!("howMany('{peer}')")).await?;
            print!(
                "  {peer} {speed:.0}/s ({:.1}; reads {read} of 30)",
                speed / slowest
            );
        }
        println!();
        page.close().await
    }

    /// Without any cache, from the beginning of the navigation to the first REGISTER.
    async fn navigation_to_register(&self, runs: usize) -> Result<()> {
        let mut pages = Vec::new();
        for peer in PEERS {
            pages.push(self.signed_in(peer, Who::Chi).await?);
        }
        let mut times = [Vec::new(), Vec::new(), Vec::new()];
        for _ in 0..runs {
            for (page, times) in pages.iter().zip(&mut times) {
                page.call("Page.reload", json!({ "ignoreCache": true }))
                    .await?;
                times.push(sent(page, "REGISTER").await?);
            }
        }
        report("navigation to REGISTER", &mut times);
        close(pages).await
    }

    /// From the click on Call to the INVITE.
    async fn click_to_invite(&self, runs: usize, dead_stun: bool) -> Result<()> {
        let callee = self.signed_in(Peer::Alo, Who::Binh).await?;
        let mut times = [Vec::new(), Vec::new(), Vec::new()];
        for _ in 0..runs {
            for (peer, times) in PEERS.into_iter().zip(&mut times) {
                let page = self.signed_in(peer, Who::Chi).await?;
                if dead_stun {
                    let servers = json!([{ "urls": DEAD_STUN }]);
                    page.evaluate(&format!("__probe.stun.push(...{servers})"))
                        .await?;
                }
                if peer == Peer::Alo {
                    story::number_box(&page).fill("102").await?;
                }
                page.button("Call").click().await?;
                let invite = sent(&page, "INVITE").await?;
                times.push(invite - number(&page, "__probe.clicked").await?);
                page.close().await?;
            }
        }
        let title = if dead_stun {
            "click to INVITE with a dead STUN server"
        } else {
            "click to INVITE"
        };
        report(title, &mut times);
        callee.close().await
    }

    /// From the click on Answer to the first sound that the caller hears.
    async fn answer_to_sound(&self, runs: usize) -> Result<()> {
        let an = self.signed_in(Peer::Alo, Who::An).await?;
        let binh = self.signed_in(Peer::Alo, Who::Binh).await?;
        let mut times = Vec::new();
        for _ in 0..runs {
            story::dial(&an, "102").await?;
            story::incoming(&binh).wait().await?;
            let heard = tokio::spawn({
                let an = an.clone();
                async move { number(&an, "__probe.firstSound()").await }
            });
            binh.button("Answer").click().await?;
            let heard = heard.await??;
            let clicked = number(&binh, "performance.timeOrigin + __probe.clicked").await?;
            times.push(heard - clicked);
            an.button("Hang up").click().await?;
            all_released(&an).await?;
            all_released(&binh).await?;
        }
        println!("answer to first sound: {:.0} ms", median(&mut times));
        close(vec![an, binh]).await
    }

    /// What a shift leaves behind in a page.
    async fn many_calls(&self, calls: usize) -> Result<()> {
        let page = self.signed_in(Peer::Alo, Who::An).await?;
        for _ in 0..5 {
            story::echo_call(&page).await?;
        }
        let before = story::footprint(&page).await?;
        for _ in 0..calls {
            story::echo_call(&page).await?;
        }
        let after = story::footprint(&page).await?;
        println!("{calls} calls in one page, before and after (garbage collected):");
        for ((name, before), (_, after)) in before.iter().zip(&after) {
            println!(
                "  {name:<22} {before:>10.0} {after:>10.0}  {:+.1} a call",
                (after - before) / calls as f64
            );
        }
        page.close().await
    }
}

async fn sent(page: &Page, method: &str) -> Result<f64> {
    until(method, Duration::from_secs(45), async || {
        let time = number(page, &format!("window.__probe?.sent.{method} ?? 0")).await?;
        ensure!(time > 0.0, "not sent yet; {:?}", page.console_errors());
        Ok(time)
    })
    .await
}

pub(crate) async fn number(page: &Page, expression: &str) -> Result<f64> {
    let value = page.evaluate(expression).await?;
    value
        .as_f64()
        .with_context(|| format!("{expression} is {value}"))
}

pub(crate) fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}

fn report(title: &str, times: &mut [Vec<f64>; 3]) {
    let medians = times.each_mut().map(|times| median(times));
    print!("{title}:");
    for (peer, time) in PEERS.into_iter().zip(medians) {
        print!("  {peer:?} {time:.0} ms ({:.1})", time / medians[0]);
    }
    println!();
}

pub(crate) async fn close(pages: Vec<Page>) -> Result<()> {
    for page in pages {
        page.close().await?;
    }
    Ok(())
}
