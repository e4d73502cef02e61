//! The whole call centre, started and stopped.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::center::{Center, Seeds};
use crate::config::{self, Config};
use crate::control::{self, Control};
use crate::http::{self, Connections};
use crate::media::{AudioCodec, Media, MediaConfig, MediaStartError, RtpConfig};
use crate::records::{RecordsError, Writer};
use crate::trunk::edge;

/// How long open connections are given at the end.
const FAREWELL: Duration = Duration::from_secs(2);

/// After so long without a packet of the phone network media counts as gone: telephones that send nothing
/// while nobody speaks are silent for many seconds.
const QUIET: Duration = Duration::from_secs(30);

/// Why the call centre did not start.
#[derive(Debug)]
pub enum StartError {
    /// The port for browsers cannot be opened.
    Listen(SocketAddr, io::Error),
    /// Certificate or key cannot be used.
    Tls(PathBuf, io::Error),
    /// The UDP port for the phone network cannot be opened.
    Trunk(SocketAddr, io::Error),
    /// Media.
    Media(MediaStartError),
    /// Call records.
    Records(RecordsError),
    /// The operating system gives no random numbers.
    Randomness(getrandom::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listen(at, error) => {
                write!(
                    f,
                    "port {} on {} cannot be opened: {error}",
                    at.port(),
                    at.ip()
                )?;
                if error.kind() == io::ErrorKind::AddrInUse {
                    f.write_str(" (another program has it; try --port 0)")?;
                }
                Ok(())
            }
            Self::Tls(path, error) => {
                write!(
                    f,
                    "certificate {} and its key cannot be used: {error}",
                    path.display()
                )
            }
            Self::Trunk(at, error) => write!(f, "UDP {at} for the trunk cannot be opened: {error}"),
            Self::Media(error) => error.fmt(f),
            Self::Records(error) => error.fmt(f),
            Self::Randomness(error) => write!(f, "no random numbers: {error}"),
        }
    }
}

impl std::error::Error for StartError {}

/// A running call centre.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    https: bool,
    handle: Handle<SocketAddr>,
    web: JoinHandle<io::Result<()>>,
    control: Control,
    calls: JoinHandle<control::Ended>,
    trunk: Option<Trunk>,
    connections: Arc<Connections>,
}

/// The task of the way to the phone network, and its socket's address.
#[derive(Debug)]
struct Trunk {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Server {
    /// Starts everything; returns when the port is open.
    ///
    /// # Errors
    /// As [`StartError`] says.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        let (listener, address) = listen(&config)?;
        let tls = match &config.http.tls {
            Some(tls) => Some(
                RustlsConfig::from_pem_file(&tls.certificate, &tls.key)
                    .await
                    .map_err(|error| StartError::Tls(tls.certificate.clone(), error))?,
            ),
            None => None,
        };
        let (media_events, from_media) = mpsc::unbounded_channel();
        let media_config = media_config(&config).await;
        let media = Media::start(media_config, media_events).map_err(StartError::Media)?;
        tracing::info!(udp = %media.local_addr(), "media is ready");

        let records = Writer::start(&config.records).map_err(StartError::Records)?;
        let trunk_socket = trunk_socket(&config).await?;
        let config = Arc::new(config);
        let center = Center::new(Arc::clone(&config), &seeds()?);
        let (control, inputs) = Control::channel();
        let calls = tokio::spawn(control::run(center, inputs, media, from_media, records));

        let trunk = trunk_socket.map(|(address, socket, settings)| Trunk {
            address,
            task: tokio::spawn(edge::run(socket, settings, control.clone())),
        });

        let connections = Connections::new(&config.http);
        let router = http::router(config, control.clone(), Arc::clone(&connections));
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let handle = Handle::new();
        let https = tls.is_some();
        let failed = |error| StartError::Listen(address, error);
        let web = if let Some(tls) = tls {
            let server = axum_server::from_tcp_rustls(listener, tls).map_err(failed)?;
            tokio::spawn(server.handle(handle.clone()).serve(service))
        } else {
            let server = axum_server::from_tcp(listener).map_err(failed)?;
            tokio::spawn(server.handle(handle.clone()).serve(service))
        };
        Ok(Self {
            address,
            https,
            handle,
            web,
            control,
            calls,
            trunk,
            connections,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where the phone network sends to, if there is a trunk.
    #[must_use]
    pub fn trunk_address(&self) -> Option<SocketAddr> {
        self.trunk.as_ref().map(|trunk| trunk.address)
    }

    /// Where a browser on this machine finds it.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.https { "https" } else { "http" };
        let port = self.address.port();
        match self.address.ip() {
            ip if ip.is_loopback() || ip.is_unspecified() => {
                format!("{scheme}://localhost:{port}/")
            }
            IpAddr::V4(ip) => format!("{scheme}://{ip}:{port}/"),
            IpAddr::V6(ip) => format!("{scheme}://[{ip}]:{port}/"),
        }
    }

    /// Runs until it stops by itself, which it does only where it cannot go on.
    ///
    /// # Errors
    /// Why it stopped.
    pub async fn run(&mut self) -> io::Result<()> {
        let died = |task: &str| io::Error::other(format!("the {task} has died"));
        tokio::select! {
            result = &mut self.web => result.unwrap_or_else(|_| Err(died("web server"))),
            ended = &mut self.calls => Err(died(match ended {
                Ok(control::Ended::NoMedia) => "media thread",
                _ => "call control",
            })),
        }
    }

    /// Hangs up all calls, closes all connections and stops.
    pub async fn stop(mut self) {
        // Nobody new comes in.
        self.handle.graceful_shutdown(Some(FAREWELL));
        self.control.stop().await;
        // What ended by itself has been waited for. How the others end does not matter any more.
        if !self.calls.is_finished() && timeout(FAREWELL, &mut self.calls).await.is_err() {
            self.calls.abort();
        }
        // The provider hears the last of it.
        if let Some(trunk) = &mut self.trunk
            && timeout(FAREWELL, &mut trunk.task).await.is_err()
        {
            trunk.task.abort();
        }
        // What is still open after that is somebody who does not read.
        let _ = timeout(FAREWELL, self.connections.all_closed()).await;
        if !self.web.is_finished() {
            let _ = self.web.await;
        }
    }
}

fn listen(config: &Config) -> Result<(TcpListener, SocketAddr), StartError> {
    let wanted = SocketAddr::new(config.http.bind, config.http.port);
    let open = || {
        let listener = TcpListener::bind(wanted)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    };
    open().map_err(|error| StartError::Listen(wanted, error))
}

/// The socket of the trunk, if there is one.
async fn trunk_socket(
    config: &Config,
) -> Result<Option<(SocketAddr, UdpSocket, edge::Settings)>, StartError> {
    let Some(trunk) = &config.trunk else {
        return Ok(None);
    };
    let failed = |error| StartError::Trunk(trunk.bind, error);
    let socket = UdpSocket::bind(trunk.bind).await.map_err(failed)?;
    let address = socket.local_addr().map_err(failed)?;
    tracing::info!(udp = %address, peer = trunk.address.0, "the trunk is ready");
    let settings = edge_settings(trunk);
    Ok(Some((address, socket, settings)))
}

fn edge_settings(trunk: &config::Trunk) -> edge::Settings {
    edge::Settings {
        host: trunk.address.0.clone(),
        port: trunk.address.1,
        peers: trunk.peers.clone(),
        advertise: trunk.advertise,
    }
}

async fn media_config(config: &Config) -> MediaConfig {
    let rtp = match &config.trunk {
        Some(trunk) => Some(rtp_config(trunk).await),
        None => None,
    };
    MediaConfig {
        bind: SocketAddr::new(config.media.bind, config.media.port),
        advertise: config.media.advertise.clone(),
        prompts: config.media.prompts.clone(),
        rtp,
    }
}

/// How media to the phone network travels.
async fn rtp_config(trunk: &config::Trunk) -> RtpConfig {
    let address = trunk.bind.ip();
    RtpConfig {
        address,
        advertise: edge::own_address(&edge_settings(trunk), address).await,
        ports: trunk.rtp_ports.clone(),
        codecs: trunk.codecs.iter().copied().map(audio_codec).collect(),
        quiet: QUIET,
    }
}

fn audio_codec(codec: config::Codec) -> AudioCodec {
    match codec {
        config::Codec::Opus => AudioCodec::Opus,
        config::Codec::Pcma => AudioCodec::Pcma,
        config::Codec::Pcmu => AudioCodec::Pcmu,
    }
}

/// What the sans-IO part cannot draw by itself.
fn seeds() -> Result<Seeds, StartError> {
    let mut user_agent = [0; 32];
    getrandom::fill(&mut user_agent).map_err(StartError::Randomness)?;
    let mut nonce_secret = [0; 32];
    getrandom::fill(&mut nonce_secret).map_err(StartError::Randomness)?;
    Ok(Seeds {
        user_agent,
        nonce_secret,
        first_call: SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs()),
    })
}
