//! The built app with the pages of the peers beside it, served by one server.

use std::fs;
use std::path::{Path, PathBuf};

use alo_browser_tests::server;
use anyhow::{Context, Result};

const PAGES: [(&str, &str); 4] = [
    ("bench-bare.html", include_str!("bare.html")),
    ("bench-bare.js", include_str!("bare.js")),
    ("bench-jssip.html", include_str!("jssip.html")),
    ("bench-jssip.js", include_str!("jssip.js")),
];

/// Copies the app into a folder of its own and adds the peers.
pub(crate) fn assemble() -> Result<PathBuf> {
    let folder = std::env::temp_dir().join(format!("alo-bench-{}", std::process::id()));
    copy(&server::app()?, &folder)?;
    for (name, text) in PAGES {
        fs::write(folder.join(name), text)?;
    }
    let library = std::env::var_os("ALO_JSSIP")
        .context("ALO_JSSIP names JsSIP in one file: `cargo xtask bench` makes it")?;
    fs::copy(library, folder.join("bench-jssip-library.js"))?;
    Ok(folder)
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
