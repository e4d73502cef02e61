//! Kamailio as somebody's own SIP server: a registrar and proxy for phones on WebSockets (RFC 7118),
//! and nothing more. It has no media, no accounts, no queue and no music, and it answers no REFER:
//! whatever happens in a call is between the two phones.

use std::fs;
use std::net::Ipv4Addr;
use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};
use tokio::net::{TcpStream, UdpSocket};
use tokio::process::{Child, Command};

use crate::ports;
use crate::scratch::Scratch;
use crate::until::{PATIENCE, until};

/// A running Kamailio with one worker, a registrar and proxy.
pub struct Kamailio(Daemon);

impl Kamailio {
    /// Starts one on a free port.
    ///
    /// # Errors
    /// When it is not installed or does not start; the error has its log.
    pub async fn start() -> Result<Self> {
        let daemon = Daemon::start(["-m", "32", "-M", "4"], config)?;
        Ok(Self(daemon.until_it_listens(Listens::Tcp).await?))
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.0.port
    }

    /// Where the phones of browsers find it.
    pub fn url(&self) -> String {
        format!("ws://127.0.0.1:{}", self.port())
    }

    /// What it wrote about itself.
    pub fn log(&self) -> String {
        self.0.log()
    }
}

/// The process of a Kamailio, whatever it is told to do. It ends with this.
pub struct Daemon {
    port: u16,
    process: Child,
    folder: Scratch,
}

/// By what one sees that a Kamailio is there.
#[derive(Debug, Clone, Copy)]
pub enum Listens {
    /// It accepts connections.
    Tcp,
    /// Its port is taken.
    Udp,
}

impl Daemon {
    /// Starts one on a free port of 127.0.0.1, with so much memory, and with the configuration for that
    /// port.
    ///
    /// # Errors
    /// When it is not installed.
    pub fn start(memory: [&str; 4], config: impl FnOnce(u16) -> String) -> Result<Self> {
        let port = ports::free()?;
        let folder = Scratch::new("kamailio");
        fs::create_dir_all(folder.path())?;
        let file = folder.path().join("kamailio.cfg");
        fs::write(&file, config(port))?;
        let log = fs::File::create(folder.path().join("log"))?;
        let process = Command::new(program())
            .arg("-f")
            .arg(&file)
            .arg("-P")
            .arg(folder.path().join("pid"))
            .arg("-Y")
            .arg(folder.path())
            .arg("-w")
            .arg(folder.path())
            .args(memory)
            .args(["-DD", "-E"])
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("starting kamailio: `apt-get install kamailio kamailio-websocket-modules`")?;
        Ok(Self {
            port,
            process,
            folder,
        })
    }

    /// Waits until it can be talked to.
    ///
    /// # Errors
    /// When it ends, or does not listen in time; the error has its log.
    pub async fn until_it_listens(mut self, listens: Listens) -> Result<Self> {
        until("Kamailio to listen", PATIENCE, async || {
            let ended = self.process.try_wait()?;
            ensure!(ended.is_none(), "it ended: {}", self.log());
            let address = (Ipv4Addr::LOCALHOST, self.port);
            let is_there = match listens {
                Listens::Tcp => TcpStream::connect(address).await.is_ok(),
                Listens::Udp => UdpSocket::bind(address).await.is_err(),
            };
            ensure!(is_there, "it does not listen: {}", self.log());
            Ok(())
        })
        .await?;
        Ok(self)
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The parent of its workers.
    pub fn process(&self) -> Option<u32> {
        self.process.id()
    }

    fn log(&self) -> String {
        let log = fs::read(self.folder.path().join("log")).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Asked to end, it ends its workers; killed, it leaves them behind.
        if let Some(id) = self.process.id() {
            let _ = std::process::Command::new("kill")
                .arg(id.to_string())
                .status();
        }
    }
}

/// Not everybody's PATH has the daemons.
fn program() -> &'static str {
    let daemon = "/usr/sbin/kamailio";
    if std::path::Path::new(daemon).is_file() {
        daemon
    } else {
        "kamailio"
    }
}

/// As the handbook of its websocket module has it: a browser has no address of its own, so its
/// contact gets the connection as an alias, and requests in a dialog find it by that.
fn config(port: u16) -> String {
    format!(
        r#"#!KAMAILIO
debug=1
log_stderror=yes
children=1
tcp_children=2
auto_aliases=no
alias="alo.local"
tcp_accept_no_cl=yes
tcp_connection_lifetime=3605
listen=tcp:127.0.0.1:{port}
listen=udp:127.0.0.1:{port}
loadmodule "kex.so"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "nathelper.so"
loadmodule "xhttp.so"
loadmodule "websocket.so"
modparam("usrloc", "db_mode", 0)
modparam("nathelper|registrar", "received_avp", "$avp(RECEIVED)")
request_route {{
    if (!mf_process_maxfwd_header("10")) {{
        sl_send_reply("483", "Too Many Hops");
        exit;
    }}
    if (nat_uac_test(64)) {{
        force_rport();
        if (is_method("REGISTER")) fix_nated_register();
        else add_contact_alias();
    }}
    if (has_totag()) {{
        if (loose_route()) {{
            handle_ruri_alias();
            t_on_reply("PHONE");
            t_relay();
        }} else if (!is_method("ACK") || t_check_trans()) {{
            if (is_method("ACK")) t_relay();
            else sl_send_reply("404", "Not Here");
        }}
        exit;
    }}
    if (is_method("CANCEL")) {{
        if (t_check_trans()) t_relay();
        exit;
    }}
    t_check_trans();
    if (is_method("REGISTER")) {{
        if (!save("location")) sl_reply_error();
        exit;
    }}
    if (!is_method("INVITE|OPTIONS")) {{
        sl_send_reply("405", "Method Not Allowed");
        exit;
    }}
    record_route();
    if (!lookup("location")) {{
        sl_send_reply("404", "Not Found");
        exit;
    }}
    t_on_reply("PHONE");
    t_relay();
}}
onreply_route[PHONE] {{
    if (nat_uac_test(64)) add_contact_alias();
}}
event_route[xhttp:request] {{
    set_reply_close();
    set_reply_no_connect();
    if (ws_handle_handshake()) exit;
    xhttp_reply("404", "Not Found", "", "");
}}
"#
    )
}
