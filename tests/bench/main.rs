//! What only a browser can time, beside JsSIP and a page with hand-written strings, all against
//! the same server in the same run: `cargo xtask bench`.
//!
//! Every figure is a median. The runs of the peers take turns, so that a slow moment of the
//! machine meets all of them.

mod figures;
mod site;

use alo_browser_tests::chromium::{Autoplay, Chromium};
use alo_browser_tests::server::Server;
use anyhow::Result;

fn main() -> Result<()> {
    let mut counts = std::env::args().skip(1).map(|count| count.parse());
    let runs = counts.next().transpose()?.unwrap_or(15);
    let calls = counts.next().transpose()?.unwrap_or(200);
    tokio::runtime::Runtime::new()?.block_on(bench(runs, calls))
}

async fn bench(runs: usize, calls: usize) -> Result<()> {
    let site = site::assemble()?;
    let mut server = Server::start_with_app(site.path()).await?;
    let chromium = Chromium::start(Autoplay::Allowed).await?;
    let result = figures::all(&chromium, &server, runs, calls).await;
    if result.is_err() {
        eprintln!("{}", server.log());
    }
    chromium.close().await;
    server.kill().await?;
    result
}
