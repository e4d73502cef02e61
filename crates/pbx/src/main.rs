//! `alo-pbx`: the embedded call centre as a program.

use std::io::{self, Write};
use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use alo_pbx::config::{Config, ConfigError, Http, Tls};
use alo_pbx::logging;
use alo_pbx::server::Server;
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

/// The embedded call centre of Alo: web server, SIP over WebSocket, media.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Configuration file; without it the demo call centre runs.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Address to listen on.
    #[arg(long, value_name = "ADDRESS")]
    bind: Option<IpAddr>,
    /// Port to listen on; 0 takes any free one.
    #[arg(long, value_name = "NUMBER")]
    port: Option<u16>,
    /// Certificate chain (PEM): HTTPS instead of HTTP.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Private key (PEM) of the certificate.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Folder of the built app.
    #[arg(long, value_name = "FOLDER")]
    app: Option<PathBuf>,
    /// SIP WebSocket that the app is told, where it is not this server's own.
    #[arg(long, value_name = "URL", value_parser = sip_url)]
    sip_url: Option<String>,
    /// Only say whether the configuration is good.
    #[arg(long)]
    check: bool,
}

impl Arguments {
    /// The configuration, with what stands on the command line above it.
    fn config(&self) -> Result<Config, ConfigError> {
        let mut config = match &self.config {
            Some(path) => Config::load(path)?,
            None => Config::demo()?,
        };
        if let Some(bind) = self.bind {
            config.http.bind = bind;
        }
        if let Some(port) = self.port {
            config.http.port = port;
        }
        if let Some(app) = &self.app {
            config.http.app.clone_from(app);
        }
        if let Some(url) = &self.sip_url {
            config.http.sip_url.clone_from(url);
        }
        if let (Some(certificate), Some(key)) = (&self.tls_cert, &self.tls_key) {
            config.http.tls = Some(Tls {
                certificate: certificate.clone(),
                key: key.clone(),
            });
        }
        Ok(config)
    }
}

fn sip_url(text: &str) -> Result<String, String> {
    let expected = || "expected a URL such as wss://pbx.example.com/sip".to_owned();
    let url = Some(text).filter(|text| Http::is_sip_url(text));
    url.map(str::to_owned).ok_or_else(expected)
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let config = match arguments.config() {
        Ok(config) => config,
        Err(error) => return fail(&error),
    };
    if arguments.check {
        println!(
            "The configuration is good: {} agents, {} hotlines, {} queues.",
            config.agents.len(),
            config.hotlines.len(),
            config.queues.len()
        );
        return ExitCode::SUCCESS;
    }
    if let Err(error) = logging::start(&config.log) {
        return fail(&error);
    }
    if config.http.offer_accounts && !config.http.offers_accounts() {
        tracing::warn!(
            bind = %config.http.bind,
            "the sign-in page does not offer the accounts: others can reach it, and would have their \
             passwords"
        );
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => runtime.block_on(serve(config)),
        Err(error) => fail(&error),
    }
}

async fn serve(config: Config) -> ExitCode {
    // Before anybody can know that it runs, so that nobody can ask too early.
    let asked_to_end = match asked_to_end() {
        Ok(asked) => asked,
        Err(error) => return fail(&error),
    };
    let mut server = match Server::start(config).await {
        Ok(server) => server,
        Err(error) => return fail(&error),
    };
    if let Err(error) = announce(&server.url()) {
        return fail(&error);
    }
    tokio::select! {
        result = server.run() => {
            // Whoever is connected is told, and whoever watches over this process starts it anew.
            server.stop().await;
            match result {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => fail(&error),
            }
        }
        () = asked_to_end => {
            tracing::info!("asked to end");
            server.stop().await;
            ExitCode::SUCCESS
        }
    }
}

/// The one line on standard output, which scripts read.
fn announce(url: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "Alo is at {url}")?;
    out.flush()
}

/// Listens for Ctrl-C and SIGTERM from now on; done when one of them came.
fn asked_to_end() -> io::Result<impl Future<Output = ()>> {
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
    })
}

fn fail(error: &dyn std::fmt::Display) -> ExitCode {
    eprintln!("alo-pbx: {error}");
    ExitCode::FAILURE
}
