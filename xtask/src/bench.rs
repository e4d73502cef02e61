//! `cargo xtask bench`: what only a browser can time, beside JsSIP in the same run.
//!
//! The app is the release build and the server is optimised, as an operator runs them.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;
use lexopt::prelude::*;

use crate::install::Purpose;
use crate::places::Places;
use crate::{build, demo, install, shell};

/// Builds everything and runs the measurements.
pub(crate) fn run(places: &Places, mut arguments: lexopt::Parser) -> Result<()> {
    let mut runs = "15".to_owned();
    let mut calls = "200".to_owned();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("runs") => runs = arguments.value()?.string()?,
            Long("calls") => calls = arguments.value()?.string()?,
            other => return Err(other.unexpected().into()),
        }
    }
    let purposes = [Purpose::App, Purpose::Server, Purpose::Test, Purpose::Bench];
    install::run(places, &purposes)?;
    build::app(places, &places.dist())?;
    let server = demo::server(places, true)?;
    let made = places.target().join("bench-site");
    fs::create_dir_all(&made)?;
    jssip(
        places,
        "./jssip/lib/JsSIP.js",
        &made.join("bench-jssip-library.js"),
    )?;
    let parser = places.root.join("tests/bench/parse-jssip.js");
    jssip(places, &parser, &made.join("bench-parse-jssip.js"))?;
    parser_of_alo(places, &made)?;
    let mut command = Command::new("cargo");
    command
        .args([
            "run",
            "--package",
            "alo-browser-tests",
            "--bin",
            "bench",
            "--",
            &runs,
            &calls,
        ])
        .env("ALO_PBX", server)
        .env("ALO_APP", places.dist())
        .env("ALO_TOOLS", places.tools())
        .env("ALO_BENCH", made)
        .current_dir(&places.root);
    if let Some(chromium) = install::chromium() {
        command.env("ALO_CHROMIUM", chromium);
    }
    shell::run(&mut command)
}

/// Bundles a script of npm's or of ours together with what it requires of JsSIP.
fn jssip(places: &Places, entry: impl AsRef<Path>, out: &Path) -> Result<()> {
    let modules = places.tools_npm().join("node_modules");
    shell::run(
        Command::new(modules.join(".bin/esbuild"))
            .arg(entry.as_ref())
            .args([
                "--bundle",
                "--minify",
                "--format=iife",
                "--global-name=JsSIP",
            ])
            .arg(format!("--outfile={}", out.display()))
            .env("NODE_PATH", &modules)
            .current_dir(&modules),
    )
}

/// The parser alone, as WebAssembly.
fn parser_of_alo(places: &Places, out: &Path) -> Result<()> {
    let target = places.target().join("bench-browser");
    shell::run(
        Command::new("cargo")
            .args(["build", "--release", "--target", "wasm32-unknown-unknown"])
            .arg("--manifest-path")
            .arg(places.root.join("crates/sip/bench-browser/Cargo.toml"))
            .arg("--target-dir")
            .arg(&target),
    )?;
    shell::run(
        Command::new("wasm-bindgen")
            .args(["--target", "no-modules", "--no-typescript"])
            .args(["--out-name", "bench-parse-alo", "--out-dir"])
            .arg(out)
            .arg(target.join("wasm32-unknown-unknown/release/alo_sip_bench_browser.wasm"))
            .env("PATH", places.path()?),
    )
}
