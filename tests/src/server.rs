//! The real call centre, one for each test.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::config::checkout;
use crate::devtools::lock;
use crate::scratch::Scratch;

/// A running `alo-pbx` with the demo call centre.
pub struct Server {
    setup: Setup,
    process: Child,
    port: u16,
    log: Log,
}

/// What it is started with, the first time and again.
struct Setup {
    app: PathBuf,
    /// Beside the demo's built-in one.
    config: Option<Scratch>,
}

impl Setup {
    fn new(app: &Path, config: Option<&str>) -> Result<Self> {
        let config = config.map(|text| {
            let file = Scratch::new("config.toml");
            fs::write(file.path(), text).map(|()| file)
        });
        Ok(Self {
            app: app.to_owned(),
            config: config.transpose()?,
        })
    }
}

type Log = Arc<Mutex<String>>;

impl Server {
    /// Starts it on a free port, with the demo's configuration or this text of another one, and
    /// waits until it says its address.
    ///
    /// # Errors
    /// When it is not built or does not start; the error has its log.
    pub async fn start(config: Option<&str>) -> Result<Self> {
        let setup = Setup::new(&app()?, config)?;
        Self::start_with(setup).await
    }

    /// The same with another folder of static files.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub async fn start_with_app(app: &Path) -> Result<Self> {
        Self::start_with(Setup::new(app, None)?).await
    }

    /// The same with another configuration too.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub async fn start_with_both(app: &Path, config: &str) -> Result<Self> {
        Self::start_with(Setup::new(app, Some(config))?).await
    }

    async fn start_with(setup: Setup) -> Result<Self> {
        let log = Log::default();
        let (process, port) = launch(&setup, 0, &log).await?;
        Ok(Self {
            setup,
            process,
            port,
            log,
        })
    }

    /// Its HTTP port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its process, for those who measure it.
    pub fn process(&self) -> Option<u32> {
        self.process.id()
    }

    /// Everything it logged so far.
    pub fn log(&self) -> String {
        lock(&self.log).clone()
    }

    /// Ends it as a power cut does: it says good-bye to nobody.
    ///
    /// # Errors
    /// When it is gone already.
    pub async fn kill(&mut self) -> Result<()> {
        let ended = self.process.try_wait()?;
        ensure!(
            ended.is_none(),
            "the server ended by itself ({ended:?}):\n{}",
            self.log()
        );
        Ok(self.process.kill().await?)
    }

    /// Starts it again, on the port that it had. It has forgotten everything.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub async fn start_again(&mut self) -> Result<()> {
        let (process, _) = launch(&self.setup, self.port, &self.log).await?;
        self.process = process;
        Ok(())
    }
}

/// The process, and the port that it says it has.
async fn launch(setup: &Setup, port: u16, log: &Log) -> Result<(Child, u16)> {
    let program = program()?;
    let mut command = Command::new(&program);
    command
        .args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--app"])
        .arg(&setup.app)
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    if let Some(config) = &setup.config {
        command.arg("--config").arg(config.path());
    }
    let mut process = command
        .spawn()
        .with_context(|| format!("starting {}", program.display()))?;
    let (lines, mut received) = mpsc::unbounded_channel();
    if let Some(stdout) = process.stdout.take() {
        keep(stdout, Arc::clone(log), Some(lines));
    }
    if let Some(stderr) = process.stderr.take() {
        keep(stderr, Arc::clone(log), None);
    }
    let address = timeout(Duration::from_secs(20), async {
        while let Some(line) = received.recv().await {
            if let Some(address) = line.trim().strip_prefix("Alo is at ") {
                return Ok(address.to_owned());
            }
        }
        bail!("it ended")
    });
    let Ok(Ok(address)) = address.await else {
        bail!("the server did not start:\n{}", lock(log));
    };
    let port = address
        .trim_end_matches('/')
        .rsplit_once(':')
        .and_then(|(_, port)| port.parse().ok())
        .with_context(|| format!("no port in {address}"))?;
    Ok((process, port))
}

/// `ALO_PBX`, or what `cargo build -p alo-pbx` made beside this test.
fn program() -> Result<PathBuf> {
    if let Some(program) = env::var_os("ALO_PBX") {
        return Ok(program.into());
    }
    let own = env::current_exe()?;
    let profile = own
        .ancestors()
        .nth(2)
        .context("a test stands in target/debug/deps")?;
    let program = profile.join("alo-pbx");
    ensure!(
        program.is_file(),
        "{} is not there: run `cargo build -p alo-pbx`, or name it in ALO_PBX",
        program.display()
    );
    Ok(program)
}

/// The folder of the built app: `ALO_APP`, or `dist` in the repository.
///
/// # Errors
/// When there is none.
pub fn app() -> Result<PathBuf> {
    let app = match env::var_os("ALO_APP") {
        Some(app) => app.into(),
        None => checkout().join("dist"),
    };
    ensure!(
        app.join("index.html").is_file(),
        "{} holds no built app: run `cargo xtask build`",
        app.display()
    );
    Ok(app)
}

fn keep(
    from: impl AsyncRead + Unpin + Send + 'static,
    log: Log,
    lines: Option<mpsc::UnboundedSender<String>>,
) {
    tokio::spawn(async move {
        let mut from = BufReader::new(from).lines();
        while let Ok(Some(line)) = from.next_line().await {
            {
                let mut log = lock(&log);
                log.push_str(&line);
                log.push('\n');
            }
            if let Some(lines) = &lines {
                // Only the first lines are waited for.
                let _ = lines.send(line);
            }
        }
    });
}
