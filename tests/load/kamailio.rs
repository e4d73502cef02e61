//! Kamailio as a plain relay: the same signalling, to the same agent, and no audio.

use std::fs;
use std::process::Stdio;

use alo_browser_tests::ports;
use alo_browser_tests::scratch::Scratch;
use alo_browser_tests::until::{PATIENCE, until};
use anyhow::{Context as _, Result, ensure};
use tokio::net::UdpSocket;
use tokio::process::{Child, Command};

/// A running Kamailio with one worker.
pub(crate) struct Kamailio {
    port: u16,
    process: Child,
    _folder: Scratch,
}

impl Kamailio {
    /// Relays everything to a port of 127.0.0.1.
    pub(crate) async fn start(to: u16) -> Result<Self> {
        let port = ports::free()?;
        let folder = Scratch::new("kamailio");
        fs::create_dir_all(folder.path())?;
        let file = folder.path().join("kamailio.cfg");
        fs::write(&file, config(port, to))?;
        let log = folder.path().join("log");
        let written = fs::File::create(&log)?;
        let mut process = Command::new("kamailio")
            .arg("-f")
            .arg(&file)
            .arg("-P")
            .arg(folder.path().join("pid"))
            .arg("-Y")
            .arg(folder.path())
            .arg("-w")
            .arg(folder.path())
            .args(["-m", "64", "-M", "8", "-DD", "-E"])
            .stdin(Stdio::null())
            .stdout(written.try_clone()?)
            .stderr(written)
            .spawn()
            .context("starting kamailio")?;
        until("Kamailio to take calls", PATIENCE, async || {
            let said = || fs::read_to_string(&log).unwrap_or_default();
            ensure!(process.try_wait()?.is_none(), "it ended: {}", said());
            let is_taken = UdpSocket::bind(("127.0.0.1", port)).await.is_err();
            ensure!(is_taken, "it does not listen: {}", said());
            Ok(())
        })
        .await?;
        Ok(Self {
            port,
            process,
            _folder: folder,
        })
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The parent of its workers.
    pub(crate) fn process(&self) -> Result<u32> {
        self.process.id().context("Kamailio is gone")
    }
}

impl Drop for Kamailio {
    fn drop(&mut self) {
        // Asked to end, it ends its workers; killed, it leaves them behind.
        if let Some(id) = self.process.id() {
            let _ = std::process::Command::new("kill")
                .arg(id.to_string())
                .status();
        }
    }
}

fn config(port: u16, to: u16) -> String {
    format!(
        r#"#!KAMAILIO
debug=0
log_stderror=yes
children=1
disable_tcp=yes
auto_aliases=no
listen=udp:127.0.0.1:{port}
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
request_route {{
    if (!mf_process_maxfwd_header("10")) {{
        sl_send_reply("483", "Too Many Hops");
        exit;
    }}
    if (has_totag()) {{
        if (loose_route()) t_relay();
        exit;
    }}
    if (is_method("INVITE")) record_route();
    $du = "sip:127.0.0.1:{to}";
    t_relay();
}}
"#
    )
}
