//! Starting and ending Chromium.

use std::env;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::devtools::Devtools;
use crate::page::{Page, PageOptions};
use crate::scratch::Scratch;
use crate::until::until;

/// Which rule for sound without a click the browser follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Autoplay {
    /// Sound may always play.
    Allowed,
    /// As a person's browser has it: a page may play after the first click in it.
    AfterGesture,
}

/// A running Chromium.
pub struct Chromium {
    process: Child,
    devtools: Devtools,
    profile: Scratch,
}

/// Opens pages in a [`Chromium`].
#[derive(Clone)]
pub struct Handle {
    devtools: Devtools,
}

impl Handle {
    /// Opens an empty page in a browser context of its own: own storage, own window.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn open(&self, options: PageOptions) -> Result<Page> {
        Page::open(self.devtools.clone(), options).await
    }

    /// Opens an empty page that shares everything with another one except its window, as a second
    /// tab of the same person does.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn open_beside(&self, other: &Page, options: PageOptions) -> Result<Page> {
        Page::open_beside(self.devtools.clone(), other, options).await
    }
}

/// Switches of every run: a fake camera, no questions, nothing that talks to the outside, and
/// pages that are not slowed down because another window is in front.
const SWITCHES: [&str; 17] = [
    "--headless=new",
    "--no-sandbox",
    "--remote-debugging-port=0",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-renderer-backgrounding",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--mute-audio",
];

/// Media finds its way on a machine without a network too.
const LOOPBACK: &str = "--allow-loopback-in-peer-connection";

impl Chromium {
    /// Starts a Chromium with a profile of its own.
    ///
    /// # Errors
    /// When there is none, or it does not start.
    pub async fn start(autoplay: Autoplay) -> Result<Self> {
        Self::start_with(autoplay, &[LOOPBACK]).await
    }

    /// The same where media goes by the network only, for a far end that knows no loopback addresses.
    ///
    /// # Errors
    /// As [`Chromium::start`].
    pub async fn start_without_loopback() -> Result<Self> {
        Self::start_with(Autoplay::Allowed, &[]).await
    }

    async fn start_with(autoplay: Autoplay, switches: &[&str]) -> Result<Self> {
        let profile = Scratch::new("chromium");
        let program = env::var_os("ALO_CHROMIUM").unwrap_or_else(|| "chromium".into());
        let mut command = Command::new(&program);
        command
            .args(SWITCHES)
            .args(switches)
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        if autoplay == Autoplay::Allowed {
            command.arg("--autoplay-policy=no-user-gesture-required");
        }
        let mut process = command
            .spawn()
            .with_context(|| format!("starting {}", program.display()))?;
        let errors = process.stderr.take().context("stderr is piped")?;
        let address = timeout(Duration::from_secs(30), devtools_address(errors))
            .await
            .context("Chromium did not say where its DevTools are")??;
        let devtools = Devtools::connect(&address).await?;
        Ok(Self {
            process,
            devtools,
            profile,
        })
    }

    /// What opens pages; it may outlive the browser and then fails.
    pub fn handle(&self) -> Handle {
        Handle {
            devtools: self.devtools.clone(),
        }
    }

    /// Whether it still runs and can be talked to.
    pub fn is_alive(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(None)) && !self.devtools.is_gone()
    }

    /// Ends the browser and removes its profile.
    pub async fn close(mut self) {
        let closing = self.devtools.call("", "Browser.close", json!({}));
        let closed = timeout(Duration::from_secs(5), closing).await.is_ok()
            && timeout(Duration::from_secs(5), self.process.wait())
                .await
                .is_ok();
        if !closed {
            // Gone already is as good.
            let _ = self.process.kill().await;
        }
        // Its helper processes end a moment later, and write until then.
        let profile = &self.profile;
        let removed = until("the profile to go", Duration::from_secs(3), async || {
            Ok(profile.remove()?)
        });
        if let Err(error) = removed.await {
            eprintln!("{}: {error:#}", profile.path().display());
        }
    }
}

async fn devtools_address(errors: tokio::process::ChildStderr) -> Result<String> {
    let mut lines = BufReader::new(errors).lines();
    let mut said = String::new();
    while let Some(line) = lines.next_line().await? {
        if let Some(address) = line.strip_prefix("DevTools listening on ") {
            let address = address.to_owned();
            // What it says later is of no interest, but the pipe must not fill up.
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Ok(address);
        }
        said.push_str(&line);
        said.push('\n');
    }
    bail!("Chromium ended at once:\n{said}")
}
