//! What only a browser can time, beside JsSIP and a page with hand-written strings, all against
//! the same server in the same run: `cargo xtask bench`.
//!
//! Every figure is a median. The runs of the peers take turns, so that a slow moment of the
//! machine meets all of them.

mod figures;
mod site;
mod transfers;

use alo_browser_tests::chromium::{Autoplay, Chromium};
use alo_browser_tests::config;
use alo_browser_tests::server::Server;
use anyhow::Result;

/// An takes all calls of Sales, and does not rest between two of them.
const AN_ALONE: &str = "[[queue]]\nid = \"sales\"\nagents = [\"101\"]\nwrap_up_seconds = 0";

fn main() -> Result<()> {
    let mut counts = std::env::args().skip(1).map(|count| count.parse());
    let runs = counts.next().transpose()?.unwrap_or(15);
    let calls = counts.next().transpose()?.unwrap_or(200);
    tokio::runtime::Runtime::new()?.block_on(bench(runs, calls))
}

async fn bench(runs: usize, calls: usize) -> Result<()> {
    let site = site::assemble()?;
    let config = config::demo_with(&[AN_ALONE])?;
    let mut server = Server::start_with_both(site.path(), &config).await?;
    let chromium = Chromium::start(Autoplay::Allowed).await?;
    let result = figures::all(&chromium, &server, runs, calls).await;
    if result.is_err() {
        eprintln!("{}", server.log());
    }
    chromium.close().await;
    server.kill().await?;
    result
}
