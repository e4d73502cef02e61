//! `cargo xtask build`: the release build of the app, ready for any web server.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::places::Places;
use crate::shell;

/// Kinds of file that get compressed siblings; the others are compressed already or tiny.
const COMPRESSED: [&str; 7] = ["html", "css", "js", "wasm", "json", "svg", "webmanifest"];

/// Builds the app into `dist`, with `.br` and `.gz` beside every file that gains from it.
pub(crate) fn app(places: &Places, dist: &Path) -> Result<()> {
    shell::run(
        trunk(places, "build")?
            .arg("--release")
            .arg("--dist")
            .arg(dist),
    )?;
    for file in files(dist)? {
        let kind = file.extension().and_then(|extension| extension.to_str());
        if kind.is_some_and(|kind| COMPRESSED.contains(&kind)) {
            compress(&file)?;
        }
    }
    println!("built {}", dist.display());
    Ok(())
}

/// A command of Trunk, which finds the installed tools and asks no network for others.
pub(crate) fn trunk(places: &Places, command: &str) -> Result<Command> {
    let own = places.tools_bin().join("trunk");
    let program = if own.is_file() { own } else { "trunk".into() };
    let mut trunk = Command::new(program);
    trunk
        .args([command, "--offline", "true", "--skip-version-check"])
        .env("PATH", places.path()?)
        // Trunk takes NO_COLOR for a flag of its own and wants true or false in it.
        .env_remove("NO_COLOR")
        .current_dir(&places.root);
    Ok(trunk)
}

/// All files below a folder, sorted.
pub(crate) fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries =
            fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn compress(file: &Path) -> Result<()> {
    let bytes = fs::read(file)?;
    for (suffix, smaller) in [("br", brotli(&bytes)?), ("gz", gzip(&bytes)?)] {
        let mut name = file.as_os_str().to_owned();
        name.push(".");
        name.push(suffix);
        fs::write(&name, smaller)?;
    }
    Ok(())
}

/// The bytes as `Content-Encoding: br`, as small as brotli makes them.
pub(crate) fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut smaller = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: 22,
        size_hint: bytes.len(),
        ..Default::default()
    };
    brotli::BrotliCompress(&mut &bytes[..], &mut smaller, &parameters)?;
    Ok(smaller)
}

/// The bytes as `Content-Encoding: gzip`.
pub(crate) fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn what_is_compressed_is_smaller_and_comes_back() {
        let bytes = b"Alo, alo, alo? ".repeat(500);
        let (brotli, gzip) = (brotli(&bytes).unwrap(), gzip(&bytes).unwrap());
        assert!(brotli.len() < 200 && gzip.len() < 200);
        let mut back = Vec::new();
        flate2::read::GzDecoder::new(&gzip[..])
            .read_to_end(&mut back)
            .unwrap();
        assert_eq!(back, bytes);
        back.clear();
        brotli::BrotliDecompress(&mut &brotli[..], &mut back).unwrap();
        assert_eq!(back, bytes);
    }
}
