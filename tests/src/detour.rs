//! A TCP proxy before the server, to cut the wire.
//!
//! Pages that are opened through it have their WebSocket cut with it, while the audio, which runs
//! over UDP straight to the server, goes on.

use std::net::Ipv4Addr;
use std::sync::Arc;

use anyhow::Result;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A way to the server that can be cut and mended. Clones are the same one; it ends with the last.
#[derive(Clone)]
pub struct Detour {
    wire: Arc<Wire>,
}

struct Wire {
    port: u16,
    open: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Detour {
    /// Listens on a free port and passes connections on to `target` on this machine.
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn to(target: u16) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let (open, is_open) = watch::channel(true);
        let task = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(pass(near, target, is_open.clone()));
            }
        });
        Ok(Self {
            wire: Arc::new(Wire { port, open, task }),
        })
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.wire.port
    }

    /// Closes all connections, and every new one at once.
    pub fn cut(&self) {
        self.wire.open.send_replace(false);
    }

    /// Passes connections on again.
    pub fn mend(&self) {
        self.wire.open.send_replace(true);
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.open.send_replace(false);
        self.task.abort();
    }
}

async fn pass(mut near: TcpStream, target: u16, mut is_open: watch::Receiver<bool>) {
    if !*is_open.borrow() {
        return;
    }
    let Ok(mut far) = TcpStream::connect((Ipv4Addr::LOCALHOST, target)).await else {
        return;
    };
    // Either way both connections are dropped, which is all there is to say to the two ends.
    tokio::select! {
        _ = copy_bidirectional(&mut near, &mut far) => {}
        _ = is_open.wait_for(|open| !open) => {}
    }
}
