//! The built app with the pages of the peers beside it, served by one server.

use std::fs;
use std::path::Path;

use alo_browser_tests::scratch::Scratch;
use alo_browser_tests::server;
use anyhow::{Context, Result};

const PAGES: [(&str, &str); 6] = [
    ("bench-bare.html", include_str!("bare.html")),
    ("bench-bare.js", include_str!("bare.js")),
    ("bench-jssip.html", include_str!("jssip.html")),
    ("bench-jssip.js", include_str!("jssip.js")),
    ("bench-parse.html", include_str!("parse.html")),
    ("bench-parse.js", include_str!("parse.js")),
];
/// What `cargo xtask bench` makes and names in `ALO_BENCH`.
const MADE: [&str; 4] = [
    "bench-jssip-library.js",
    "bench-parse-jssip.js",
    "bench-parse-alo.js",
    "bench-parse-alo_bg.wasm",
];

/// Copies the app into a folder of its own and adds the peers.
pub(crate) fn assemble() -> Result<Scratch> {
    let site = Scratch::new("bench-site");
    let folder = site.path();
    copy(&server::app()?, folder)?;
    for (name, text) in PAGES {
        fs::write(folder.join(name), text)?;
    }
    let made = std::env::var_os("ALO_BENCH")
        .context("ALO_BENCH names the folder that `cargo xtask bench` fills")?;
    for name in MADE {
        let file = Path::new(&made).join(name);
        fs::copy(&file, folder.join(name)).with_context(|| file.display().to_string())?;
    }
    Ok(site)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
