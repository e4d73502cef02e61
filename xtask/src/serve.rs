//! `cargo xtask serve`: the edit loop.
//!
//! Trunk rebuilds the app at every change and serves it; for `config.json` and `directory.json` it
//! asks the call centre. The SIP WebSocket does not pass through it, because its proxy leaves out
//! the subprotocol that RFC 7118 wants: the call centre is told to name its own address to the app.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, ExitCode, Stdio};

use anyhow::{Context as _, Result, ensure};

use crate::install::Purpose;
use crate::places::Places;
use crate::{build, demo, install};

/// Where `Trunk.toml` expects the call centre.
const PORT: &str = "8080";
const SIP_URL: &str = "ws://localhost:8080/sip";

/// Runs both until the person stops it.
pub(crate) fn run(places: &Places) -> Result<ExitCode> {
    install::run(places, &[Purpose::App, Purpose::Server])?;
    let program = demo::server(places, false)?;
    let server = Command::new(program)
        .args(["--port", PORT, "--sip-url", SIP_URL, "--app"])
        .arg(places.dist())
        .current_dir(&places.root)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("the call centre could not be started")?;
    let mut server = Running(server);
    let announced = server.0.stdout.take().map(BufReader::new);
    let mut line = String::new();
    announced
        .context("its standard output is piped")?
        .read_line(&mut line)?;
    ensure!(!line.is_empty(), "the call centre did not start");
    let status = build::trunk(places, "serve")?.status();
    Ok(if status.context("trunk could not be started")?.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Ends with the command.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Gone already is as good.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
