//! `cargo xtask size`: what the first load of `/` weighs.
//!
//! Counted are `index.html`, everything that it names and that lies beside it, and `config.json`,
//! which the app asks its server for. Files that are loaded later are not part of a first load.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::build;

/// Prints a table of raw, gzip and brotli bytes with the number of requests.
pub(crate) fn run(dist: &Path) -> Result<()> {
    let index = dist.join("index.html");
    let html = fs::read_to_string(&index)
        .with_context(|| format!("{}: run `cargo xtask build` first", index.display()))?;
    let mut names = vec!["index.html".to_owned()];
    for file in build::files(dist)? {
        let name = file
            .strip_prefix(dist)
            .unwrap_or(&file)
            .to_string_lossy()
            .into_owned();
        let compressed = name.ends_with(".br") || name.ends_with(".gz");
        if !compressed && name != "index.html" && html.contains(&format!("/{name}")) {
            names.push(name);
        }
    }
    println!("{:<44} {:>9} {:>9} {:>9}", "file", "raw", "gzip", "brotli");
    let mut total = [0; 3];
    for name in &names {
        let bytes = fs::read(dist.join(name))?;
        let sizes = [
            bytes.len(),
            build::gzip(&bytes)?.len(),
            build::brotli(&bytes)?.len(),
        ];
        println!("{name:<44} {:>9} {:>9} {:>9}", sizes[0], sizes[1], sizes[2]);
        for (sum, size) in total.iter_mut().zip(sizes) {
            *sum += size;
        }
    }
    println!(
        "{:<44} {:>9} {:>9} {:>9}",
        "all", total[0], total[1], total[2]
    );
    println!("{} requests, with config.json", names.len() + 1);
    Ok(())
}
