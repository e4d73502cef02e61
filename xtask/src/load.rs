//! `cargo xtask load`: what one core of the call centre carries, beside Kamailio in the same run.

use std::process::Command;

use anyhow::Result;
use lexopt::prelude::*;

use crate::install::Purpose;
use crate::places::Places;
use crate::{demo, install, shell};

/// Builds the optimised server and runs the measurements.
pub(crate) fn run(places: &Places, mut arguments: lexopt::Parser) -> Result<()> {
    let mut rate = "40".to_owned();
    let mut calls = "600".to_owned();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("rate") => rate = arguments.value()?.string()?,
            Long("calls") => calls = arguments.value()?.string()?,
            other => return Err(other.unexpected().into()),
        }
    }
    install::run(places, &[Purpose::Server, Purpose::Load])?;
    let server = demo::server(places, true)?;
    shell::run(
        Command::new("cargo")
            .args(["run", "--package", "alo-browser-tests", "--bin", "load"])
            .args(["--", &rate, &calls])
            .env("ALO_PBX", server)
            .current_dir(&places.root),
    )
}
