//! Kamailio as a plain relay: the same signalling, to the same agent, and no audio.

use alo_browser_tests::kamailio::{Daemon, Listens};
use anyhow::{Context as _, Result};

/// A running Kamailio with one worker.
pub(crate) struct Kamailio(Daemon);

impl Kamailio {
    /// Relays everything to a port of 127.0.0.1.
    pub(crate) async fn start(to: u16) -> Result<Self> {
        let daemon = Daemon::start(["-m", "64", "-M", "8"], |port| config(port, to))?;
        Ok(Self(daemon.until_it_listens(Listens::Udp).await?))
    }

    pub(crate) fn port(&self) -> u16 {
        self.0.port()
    }

    /// The parent of its workers.
    pub(crate) fn process(&self) -> Result<u32> {
        self.0.process().context("Kamailio is gone")
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
