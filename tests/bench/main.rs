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
    let runs = match std::env::args().nth(1) {
        Some(runs) => runs.parse()?,
        None => 15,
    };
    tokio::runtime::Runtime::new()?.block_on(bench(runs))
}

async fn bench(runs: usize) -> Result<()> {
    let site = site::assemble()?;
    let server = Server::start_with_app(&site).await?;
    let chromium = Chromium::start(Autoplay::Allowed).await?;
    let result = figures::all(&chromium, &server, runs).await;
    if result.is_err() {
        eprintln!("{}", server.log());
    }
    chromium.close().await;
    server.stop().await?;
    result
}
