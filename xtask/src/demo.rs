//! `cargo xtask demo`: from a fresh clone to a call centre in the browser.

use std::ffi::OsString;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result};

use crate::install::Purpose;
use crate::places::Places;
use crate::{build, install, shell};

/// What the person asked for.
#[derive(Debug, Default)]
pub(crate) struct Options {
    /// Build the server optimised.
    pub(crate) release: bool,
    /// Arguments of the server.
    pub(crate) passed_on: Vec<OsString>,
}

/// Installs, builds and runs until the person stops it.
pub(crate) fn run(places: &Places, options: &Options) -> Result<ExitCode> {
    step(1, "tools", "up to 15 minutes the first time, then nothing");
    install::run(places, &[Purpose::App, Purpose::Server])?;
    step(2, "the app", "about 3 minutes the first time, then seconds");
    build::app(places, &places.dist())?;
    step(
        3,
        "the call centre",
        "about 2 minutes the first time, then seconds",
    );
    let server = server(places, options.release)?;
    step(4, "running; Ctrl+C ends it", "ready at once");
    let status = Command::new(server)
        .arg("--app")
        .arg(places.dist())
        .args(&options.passed_on)
        .current_dir(&places.root)
        .stdin(Stdio::null())
        .status()
        .context("the call centre could not be started")?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Builds the server and says where it is.
pub(crate) fn server(places: &Places, release: bool) -> Result<std::path::PathBuf> {
    let mut command = Command::new("cargo");
    command
        .args(["build", "--package", "alo-pbx"])
        .current_dir(&places.root);
    if release {
        command.arg("--release");
    }
    shell::run(&mut command)?;
    let profile = if release { "release" } else { "debug" };
    Ok(places.target().join(profile).join("alo-pbx"))
}

fn step(number: u32, what: &str, time: &str) {
    println!("== step {number} of 4: {what} ({time})");
}
