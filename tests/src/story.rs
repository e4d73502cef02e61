//! One test: people, their pages, and the server between them.

use std::env;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::json;

use crate::baresip::Baresip;
use crate::chromium::{Autoplay, Chromium, Handle};
use crate::control::Control;
use crate::detour::Detour;
use crate::devtools::lock;
use crate::hearing::{Beside, Ears, Hears, TONES};
use crate::page::{Microphone, Page, PageOptions};
use crate::scene::{Beyond, Scene};
use crate::server::Server;
use crate::until::{PATIENCE, until};

/// Who takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// 101 An Nguyễn.
    An,
    /// 102 Bình Trần.
    Binh,
    /// 103 Chi Lê.
    Chi,
    /// 104 Dũng Phạm.
    Dung,
    /// Somebody without an account.
    Customer,
    /// Somebody with a mobile phone, behind the trunk.
    Mobile,
}

impl Who {
    /// Name in the directory.
    pub fn name(self) -> &'static str {
        match self {
            Who::An => "An Nguyễn",
            Who::Binh => "Bình Trần",
            Who::Chi => "Chi Lê",
            Who::Dung => "Dũng Phạm",
            Who::Customer => "Customer",
            Who::Mobile => "Mobile",
        }
    }

    /// Extension; the number of the mobile phone; empty for the customer.
    pub fn extension(self) -> &'static str {
        match self {
            Who::An => "101",
            Who::Binh => "102",
            Who::Chi => "103",
            Who::Dung => "104",
            Who::Customer => "",
            Who::Mobile => "+84912345678",
        }
    }

    /// What their microphone plays.
    pub fn tone(self) -> f64 {
        TONES[self as usize]
    }

    /// The row of the hearing matrix: who is heard at a page or a telephone.
    pub fn hears<'a>(ears: impl Into<Ears<'a>>, people: &[Who]) -> Hears<'a> {
        Hears {
            ears: ears.into(),
            people: people.iter().map(|who| who.tone()).collect(),
            beside: Beside::Silence,
        }
    }

    /// The row of the hearing matrix: music or a voice that is nobody's of the test, and nobody.
    pub fn hears_sound<'a>(ears: impl Into<Ears<'a>>) -> Hears<'a> {
        Hears {
            ears: ears.into(),
            people: Vec::new(),
            beside: Beside::Sound,
        }
    }
}

/// The browser that all tests share; started by the first test that needs it.
#[derive(Default)]
pub struct Stage {
    chromium: tokio::sync::Mutex<Cast>,
}

#[derive(Default)]
struct Cast {
    chromium: Option<Chromium>,
    deaths: u32,
}

impl Stage {
    /// The browser, for a test that needs no server. One that died is replaced, but only once: the
    /// test in which it died has failed, and the others are not to fail with it.
    ///
    /// # Errors
    /// When it does not start, or died a second time.
    pub async fn browser(&self) -> Result<Handle> {
        let mut cast = self.chromium.lock().await;
        if let Some(dead) = cast.chromium.take_if(|chromium| !chromium.is_alive()) {
            dead.close().await;
            cast.deaths += 1;
            ensure!(cast.deaths < 2, "Chromium died twice");
            eprintln!("Chromium died; the next test has a new one");
        }
        if cast.chromium.is_none() {
            cast.chromium = Some(Chromium::start(Autoplay::Allowed).await?);
        }
        let chromium = cast.chromium.as_ref();
        Ok(chromium.context("it was started above")?.handle())
    }

    /// Tells one story and then looks around: no page may have logged an error, the server must
    /// still be there. A story that failed leaves pictures and the server's log.
    ///
    /// # Errors
    /// When the story fails, or what comes after.
    pub async fn tell<F>(
        &self,
        name: &str,
        scene: Scene,
        story: impl FnOnce(Story) -> F,
    ) -> Result<()>
    where
        F: Future<Output = Result<()>>,
    {
        let browser = self.browser().await?;
        let beyond = Beyond::start(&scene).await?;
        let server = Server::start(scene.config(&beyond)?.as_deref()).await?;
        let set = Set {
            port: server.port(),
            server: server.into(),
            beyond,
        };
        let teller = Story::begin(name, browser, Arc::new(set));
        let mut result = story(teller.clone()).await;
        if result.is_ok() {
            result = teller.nobody_complained();
        }
        let mut server = teller.inner.set.server.lock().await;
        if result.is_err() {
            teller.leave_pictures(&server.log()).await;
        }
        for page in teller.pages() {
            // A page that is gone already is closed.
            let _ = page.close().await;
        }
        result.and(server.kill().await)
    }

    /// Ends the browser.
    pub async fn close(self) {
        if let Some(chromium) = self.chromium.into_inner().chromium {
            chromium.close().await;
        }
    }
}

/// What a test tells its story with. Clones share everything.
#[derive(Clone)]
pub struct Story {
    inner: Arc<Inner>,
}

/// What a story plays in, whichever browser it plays in.
struct Set {
    port: u16,
    server: tokio::sync::Mutex<Server>,
    beyond: Beyond,
}

struct Inner {
    name: String,
    browser: Handle,
    set: Arc<Set>,
    pages: Mutex<Vec<Page>>,
    /// Kept until the pages are closed: a wire that ends before is one more trouble for them.
    detours: Mutex<Vec<Detour>>,
}

/// How a page is opened, where it is not as usual.
#[derive(Debug, Clone)]
pub struct Visit {
    /// Path and query.
    pub path: String,
    /// What the microphone does.
    pub microphone: Microphone,
    /// Window.
    pub size: (u32, u32),
    /// `navigator.language`.
    pub language: &'static str,
    /// Port, where it is not the server's own.
    pub port: Option<u16>,
}

impl Default for Visit {
    fn default() -> Self {
        Self {
            path: "/?lang=en".into(),
            microphone: Microphone::Tone,
            size: (1100, 760),
            language: "en-GB",
            port: None,
        }
    }
}

impl Story {
    fn begin(name: &str, browser: Handle, set: Arc<Set>) -> Self {
        Self {
            inner: Arc::new(Inner {
                name: name.to_owned(),
                browser,
                set,
                pages: Mutex::default(),
                detours: Mutex::default(),
            }),
        }
    }

    /// The telephone behind the trunk.
    ///
    /// # Errors
    /// When the scene has none.
    pub fn telephone(&self) -> Result<&Baresip> {
        let telephone = self.inner.set.beyond.telephone();
        telephone.context("the scene has no telephone")
    }

    /// The port of somebody else's SIP server on 127.0.0.1.
    ///
    /// # Errors
    /// When the scene has none.
    pub fn proxy(&self) -> Result<u16> {
        let proxy = self.inner.set.beyond.proxy();
        Ok(proxy.context("the scene has no proxy")?.port())
    }

    /// Somebody calls a number of the call centre with that telephone.
    ///
    /// # Errors
    /// When there is none.
    pub async fn telephone_dials(&self, number: &str) -> Result<()> {
        let trunk = self.inner.set.beyond.trunk();
        self.telephone()?.dial(number, trunk).await
    }

    /// A wire to the server that can be cut; pages are opened at its port.
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn detour(&self) -> Result<Detour> {
        let detour = Detour::to(self.inner.set.port).await?;
        lock(&self.inner.detours).push(detour.clone());
        Ok(detour)
    }

    /// The server dies without a word to anybody.
    ///
    /// # Errors
    /// When it is gone already.
    pub async fn server_dies(&self) -> Result<()> {
        self.inner.set.server.lock().await.kill().await
    }

    /// It is back where it was, and knows nobody.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn server_returns(&self) -> Result<()> {
        self.inner.set.server.lock().await.start_again().await
    }

    /// Opens a page for somebody, in a browser context of its own.
    ///
    /// # Errors
    /// When it does not load.
    pub async fn open(&self, who: Who, visit: Visit) -> Result<Page> {
        let page = self.inner.browser.open(options(who, &visit)).await?;
        self.visit(page, &visit).await
    }

    /// Opens a page for somebody in the same browser context as another one: a second tab.
    ///
    /// # Errors
    /// When it does not load.
    pub async fn open_beside(&self, other: &Page, who: Who, visit: Visit) -> Result<Page> {
        let options = options(who, &visit);
        let page = self.inner.browser.open_beside(other, options).await?;
        self.visit(page, &visit).await
    }

    async fn visit(&self, page: Page, visit: &Visit) -> Result<Page> {
        lock(&self.inner.pages).push(page.clone());
        let origin = format!(
            "http://localhost:{}",
            visit.port.unwrap_or(self.inner.set.port)
        );
        page.allow(&origin, &["audioCapture", "videoCapture", "notifications"])
            .await?;
        page.go(&format!("{origin}{}", visit.path)).await?;
        Ok(page)
    }

    /// Opens the desk, in English and not signed in.
    ///
    /// # Errors
    /// When it does not load.
    pub async fn desk(&self, who: Who) -> Result<Page> {
        self.open(who, Visit::default()).await
    }

    /// Opens the desk and signs in with one click.
    ///
    /// # Errors
    /// When it does not become ready.
    pub async fn agent(&self, who: Who) -> Result<Page> {
        let page = self.desk(who).await?;
        sign_in(&page, who).await?;
        Ok(page)
    }

    /// Opens the customer's call button.
    ///
    /// # Errors
    /// When it does not load.
    pub async fn customer(&self) -> Result<Page> {
        let visit = Visit {
            path: "/call?lang=en".into(),
            size: (420, 760),
            ..Visit::default()
        };
        self.open(Who::Customer, visit).await
    }

    /// Saves a picture of a page beside the build.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn picture(&self, page: &Page, state: &str) -> Result<PathBuf> {
        page.screenshot(&pictures()?, &format!("{}-{state}", self.inner.name))
            .await
    }

    /// Goes on with the same server in another browser; its pages are looked after as here.
    ///
    /// # Errors
    /// When what is told there fails, or a page there logged an error.
    pub async fn elsewhere<F>(
        &self,
        chromium: &Chromium,
        story: impl FnOnce(Story) -> F,
    ) -> Result<()>
    where
        F: Future<Output = Result<()>>,
    {
        let there = Story::begin(
            &self.inner.name,
            chromium.handle(),
            Arc::clone(&self.inner.set),
        );
        let mut result = story(there.clone()).await;
        if result.is_ok() {
            result = there.nobody_complained();
        }
        if result.is_err() {
            there.leave_pictures("(see below)").await;
        }
        result
    }

    fn pages(&self) -> Vec<Page> {
        lock(&self.inner.pages).clone()
    }

    fn nobody_complained(&self) -> Result<()> {
        let errors: Vec<String> = self
            .pages()
            .iter()
            .flat_map(|page| {
                let who = page.who().to_owned();
                let errors = page.console_errors().into_iter();
                errors.map(move |error| format!("{who}: {error}"))
            })
            .collect();
        ensure!(
            errors.is_empty(),
            "errors in the console:\n{}",
            errors.join("\n")
        );
        Ok(())
    }

    async fn leave_pictures(&self, log: &str) {
        for page in self.pages() {
            let place = self.picture(&page, page.who()).await;
            match place {
                Ok(file) => eprintln!("picture: {}", file.display()),
                Err(error) => eprintln!("no picture of {}: {error:#}", page.who()),
            }
            for error in page.console_errors() {
                eprintln!("console of {}: {error}", page.who());
            }
        }
        let lines: Vec<&str> = log.lines().collect();
        let last = lines.len().saturating_sub(60);
        eprintln!("the server's last lines:\n{}", lines[last..].join("\n"));
        if let Some(telephone) = self.inner.set.beyond.telephone() {
            eprintln!("baresip's log:\n{}", telephone.log());
        }
        if let Some(proxy) = self.inner.set.beyond.proxy() {
            eprintln!("Kamailio's log:\n{}", proxy.log());
        }
    }
}

fn options(who: Who, visit: &Visit) -> PageOptions {
    PageOptions {
        who: who.name().to_owned(),
        tone: who.tone(),
        microphone: visit.microphone,
        size: visit.size,
        language: visit.language,
    }
}

/// The button that signs somebody in with one click, on the demo's sign-in page.
pub fn one_click(page: &Page, who: Who) -> Control {
    page.control_like("button", who.name())
}

/// Signs in with one click and waits until the phone can be reached.
///
/// # Errors
/// When it does not become ready.
pub async fn sign_in(page: &Page, who: Who) -> Result<()> {
    one_click(page, who).click().await?;
    ready(page).await
}

/// Waits until the phone can be reached, without doing anything for it.
///
/// # Errors
/// With what it says instead.
pub async fn ready(page: &Page) -> Result<()> {
    status(page).wait_text("Ready").await?;
    Ok(())
}

/// Waits until the phone can be reached again, and presses **Try now** wherever that is offered:
/// the pauses between two attempts double, and a slow machine may have used up many of them.
///
/// # Errors
/// With what it says instead.
pub async fn ready_again(page: &Page) -> Result<()> {
    let what = format!("{} to be ready again", page.who());
    until(&what, PATIENCE, async || {
        let says = status(page).text().await?;
        if says != "Ready" {
            page.button("Try now").try_click().await?;
        }
        ensure!(says == "Ready", "the status is “{says}”");
        Ok(())
    })
    .await
}

/// Waits for an `alert` that says this.
///
/// # Errors
/// With what the alerts say instead.
pub async fn alerts(page: &Page, what: &str) -> Result<()> {
    page.any("alert").wait_text(what).await?;
    Ok(())
}

/// `status` **Phone status**.
pub fn status(page: &Page) -> Control {
    page.control("status", "Phone status")
}

/// The call on screen with somebody: `region` **Call with NAME-OR-NUMBER**.
pub fn call_with(page: &Page, who: &str) -> Control {
    page.control("region", &format!("Call with {who}"))
}

/// Writes a number into **Number or name** and presses **Call**.
///
/// # Errors
/// When one of them is missing.
pub async fn dial(page: &Page, number: &str) -> Result<()> {
    number_box(page).fill(number).await?;
    page.button("Call").click().await
}

/// The box for numbers; a box with suggestions is a combobox to Chromium.
pub fn number_box(page: &Page) -> Control {
    page.textbox("Number or name")
}

/// `alertdialog` **Incoming call**.
pub fn incoming(page: &Page) -> Control {
    page.control("alertdialog", "Incoming call")
}

/// `from` dials `to`, who answers; both pages show the call.
///
/// # Errors
/// When it does not come about.
pub async fn connect(from: (&Page, Who), to: (&Page, Who)) -> Result<()> {
    dial(from.0, to.1.extension()).await?;
    incoming(to.0).wait().await?;
    to.0.button("Answer").click().await?;
    incoming(to.0).wait_gone().await?;
    call_with(from.0, to.1.name()).wait().await?;
    call_with(to.0, from.1.name()).wait().await
}

/// Waits until nothing of a call is left in a page: no peer connection, no live microphone.
///
/// # Errors
/// With what is left.
pub async fn all_released(page: &Page) -> Result<()> {
    page.wait_for("no open peer connection", "__ear.openConnections() === 0")
        .await?;
    page.wait_for("no live microphone", "__ear.liveMicrophones() === 0")
        .await
}

/// A whole call to the echo test, until nothing of it is left.
///
/// # Errors
/// When it does not come about, or leaves something behind.
pub async fn echo_call(page: &Page) -> Result<()> {
    dial(page, "*43").await?;
    page.button("Hold").wait_enabled().await?;
    page.button("Hang up").click().await?;
    all_released(page).await?;
    // How it ended stays on the screen for some seconds, if nobody closes it.
    page.button("Close").click().await?;
    number_box(page).wait().await
}

/// What a page that is idle holds, after its garbage was collected: figures by their name.
///
/// # Errors
/// When the page is gone.
pub async fn footprint(page: &Page) -> Result<Vec<(&'static str, f64)>> {
    page.call("Performance.enable", json!({})).await?;
    page.call("HeapProfiler.collectGarbage", json!({})).await?;
    let answer = page.call("Performance.getMetrics", json!({})).await?;
    let metrics = answer["metrics"].as_array().context("no metrics")?;
    let mut found = Vec::new();
    for name in ["JSHeapUsedSize", "Nodes", "JSEventListeners"] {
        let metric = metrics.iter().find(|metric| metric["name"] == name);
        let value = metric.and_then(|metric| metric["value"].as_f64());
        found.push((name, value.with_context(|| format!("no {name}"))?));
    }
    for (name, expression) in [
        (
            "elements in the page",
            "document.querySelectorAll('*').length",
        ),
        ("open connections", "__ear.openConnections()"),
        ("live microphones", "__ear.liveMicrophones()"),
    ] {
        let value = page.evaluate(expression).await?;
        found.push((name, value.as_f64().context("no number")?));
    }
    Ok(found)
}

fn pictures() -> Result<PathBuf> {
    let own = env::current_exe()?;
    let Some(target) = own.ancestors().nth(3) else {
        bail!("a test stands in target/debug/deps");
    };
    let folder = Path::new(target).join("browser-tests");
    std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    Ok(folder)
}
