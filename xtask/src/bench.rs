//! `cargo xtask bench`: what only a browser can time, beside JsSIP in the same run.
//!
//! The app is the release build and the server is optimised, as an operator runs them.

use std::process::Command;

use anyhow::Result;
use lexopt::prelude::*;

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
    install::for_build(places)?;
    install::for_server()?;
    install::for_test(places)?;
    install::for_bench(places)?;
    build::app(places, &places.dist())?;
    let server = demo::server(places, true)?;
    let library = places.target().join("jssip.min.js");
    let npm = places.tools_npm();
    shell::run(
        Command::new(npm.join("node_modules/.bin/esbuild"))
            .arg(npm.join("node_modules/jssip/lib/JsSIP.js"))
            .args([
                "--bundle",
                "--minify",
                "--format=iife",
                "--global-name=JsSIP",
            ])
            .arg(format!("--outfile={}", library.display())),
    )?;
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
        .env("ALO_JSSIP", library)
        .current_dir(&places.root);
    if let Some(chromium) = install::chromium() {
        command.env("ALO_CHROMIUM", chromium);
    }
    shell::run(&mut command)
}
