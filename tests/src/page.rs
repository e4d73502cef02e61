//! One page: navigation, scripts, keyboard and mouse, console.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::{Value, json};

use crate::devtools::{Devtools, lock};
use crate::until::{PATIENCE, until};

/// The script that runs before the page's own.
const EAR: &str = include_str!("ear.js");

/// What a page starts with.
#[derive(Debug, Clone)]
pub struct PageOptions {
    /// Who sits there, for messages.
    pub who: String,
    /// The tone of the microphone in Hz.
    pub tone: f64,
    /// What the microphone does at first.
    pub microphone: Microphone,
    /// Width and height of the window.
    pub size: (u32, u32),
    /// `navigator.language`.
    pub language: &'static str,
}

/// What `getUserMedia` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Microphone {
    /// Gives the tone.
    Tone,
    /// Fails as if the person denied it.
    Denied,
    /// Fails as if there were none.
    Missing,
}

impl Microphone {
    fn word(self) -> &'static str {
        match self {
            Microphone::Tone => "tone",
            Microphone::Denied => "denied",
            Microphone::Missing => "missing",
        }
    }
}

/// One page.
#[derive(Clone)]
pub struct Page {
    devtools: Devtools,
    session: Arc<str>,
    context: Arc<str>,
    who: Arc<str>,
    console: Arc<Mutex<Console>>,
}

#[derive(Default)]
struct Console {
    /// Those that nobody expected when they came.
    errors: Vec<String>,
    expected: Vec<&'static str>,
    /// The page crashed.
    is_dead: bool,
}

impl Console {
    fn take(&mut self, error: String) {
        if !self.expected.iter().any(|part| error.contains(part)) {
            self.errors.push(error);
        }
    }
}

impl Page {
    /// Opens an empty page; see [`crate::chromium::Handle::open`].
    pub(crate) async fn open(devtools: Devtools, options: PageOptions) -> Result<Self> {
        let answer = devtools
            .call("", "Target.createBrowserContext", json!({}))
            .await?;
        let context = text(&answer, "browserContextId")?.into();
        Self::open_in(devtools, context, options).await
    }

    /// See [`crate::chromium::Handle::open_beside`].
    pub(crate) async fn open_beside(
        devtools: Devtools,
        other: &Page,
        options: PageOptions,
    ) -> Result<Self> {
        Self::open_in(devtools, Arc::clone(&other.context), options).await
    }

    async fn open_in(devtools: Devtools, context: Arc<str>, options: PageOptions) -> Result<Self> {
        let (width, height) = options.size;
        let answer = devtools
            .call(
                "",
                "Target.createTarget",
                json!({ "url": "about:blank", "browserContextId": &*context, "newWindow": true,
                        "width": width, "height": height }),
            )
            .await?;
        let target = text(&answer, "targetId")?;
        let answer = devtools
            .call(
                "",
                "Target.attachToTarget",
                json!({ "targetId": target, "flatten": true }),
            )
            .await?;
        let page = Self {
            session: text(&answer, "sessionId")?.into(),
            devtools,
            context,
            who: options.who.as_str().into(),
            console: Arc::default(),
        };
        page.prepare(&options).await?;
        Ok(page)
    }

    async fn prepare(&self, options: &PageOptions) -> Result<()> {
        let console = Arc::clone(&self.console);
        self.devtools.listen(&self.session, move |method, event| {
            if method == "Inspector.targetCrashed" {
                lock(&console).is_dead = true;
            }
            if let Some(error) = console_error(method, event) {
                lock(&console).take(error);
            }
        });
        for domain in [
            "Page",
            "Runtime",
            "Log",
            "DOM",
            "Accessibility",
            "Inspector",
        ] {
            self.call(&format!("{domain}.enable"), json!({})).await?;
        }
        let (width, height) = options.size;
        self.call(
            "Emulation.setDeviceMetricsOverride",
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false }),
        )
        .await?;
        self.call(
            "Emulation.setFocusEmulationEnabled",
            json!({ "enabled": true }),
        )
        .await?;
        let agent = self.evaluate("navigator.userAgent").await?;
        self.call(
            "Emulation.setUserAgentOverride",
            json!({ "userAgent": agent, "acceptLanguage": options.language }),
        )
        .await?;
        let settings = json!({
            "tone": options.tone,
            "microphone": options.microphone.word(),
            "language": options.language,
        });
        let source = EAR.replace("/*SETTINGS*/{}", &settings.to_string());
        self.call(
            "Page.addScriptToEvaluateOnNewDocument",
            json!({ "source": source }),
        )
        .await?;
        Ok(())
    }

    /// Sends a DevTools command to this page.
    ///
    /// # Errors
    /// When the browser refuses it.
    pub async fn call(&self, method: &str, parameters: Value) -> Result<Value> {
        self.devtools.call(&self.session, method, parameters).await
    }

    /// Who sits at this page.
    pub fn who(&self) -> &str {
        &self.who
    }

    /// Goes to an address and waits until the document is there.
    ///
    /// # Errors
    /// When it cannot be loaded.
    pub async fn go(&self, url: &str) -> Result<()> {
        let answer = self.call("Page.navigate", json!({ "url": url })).await?;
        if let Some(error) = answer["errorText"].as_str() {
            bail!("{url}: {error}");
        }
        until(url, PATIENCE, async || {
            let ready = self.evaluate("document.readyState").await?;
            ensure!(ready == "complete", "the document is {ready}");
            Ok(())
        })
        .await
    }

    /// Allows what a person would be asked for.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn allow(&self, origin: &str, permissions: &[&str]) -> Result<()> {
        let parameters = json!({ "origin": origin, "permissions": permissions,
                                 "browserContextId": &*self.context });
        self.devtools
            .call("", "Browser.grantPermissions", parameters)
            .await?;
        Ok(())
    }

    /// The value of a JavaScript expression (promises are awaited).
    ///
    /// # Errors
    /// When it throws.
    pub async fn evaluate(&self, expression: &str) -> Result<Value> {
        let mut answer = self
            .call(
                "Runtime.evaluate",
                json!({ "expression": expression, "awaitPromise": true, "returnByValue": true }),
            )
            .await?;
        if let Some(exception) = answer.get("exceptionDetails") {
            bail!("{expression:.60} threw {exception}");
        }
        Ok(answer["result"]["value"].take())
    }

    /// Changes what the microphone does from now on.
    ///
    /// # Errors
    /// When the page is gone.
    pub async fn set_microphone(&self, microphone: Microphone) -> Result<()> {
        let word = microphone.word();
        self.evaluate(&format!("void (__ear.microphone = '{word}')"))
            .await?;
        Ok(())
    }

    /// Plugs a microphone in where there was none.
    ///
    /// # Errors
    /// When the page is gone.
    pub async fn plug_in_microphone(&self) -> Result<()> {
        self.evaluate("__ear.plugIn()").await?;
        Ok(())
    }

    /// Pulls the microphone out while it is in use; another one, which plays `tone`, is there.
    ///
    /// # Errors
    /// When the page is gone.
    pub async fn change_microphone(&self, tone: f64) -> Result<()> {
        self.evaluate(&format!("__ear.pullOut({tone})")).await?;
        Ok(())
    }

    /// Presses and releases keys by name: `Tab`, `Enter`, `Space`, `Escape`, or one character.
    ///
    /// # Errors
    /// When the page is gone.
    pub async fn press(&self, key: &str) -> Result<()> {
        let (key, code, number, text) = named_key(key);
        for kind in ["keyDown", "keyUp"] {
            let mut event = json!({ "type": kind, "key": key, "code": code,
                                    "windowsVirtualKeyCode": number });
            if kind == "keyDown" && !text.is_empty() {
                event["text"] = text.as_str().into();
            }
            self.call("Input.dispatchKeyEvent", event).await?;
        }
        Ok(())
    }

    /// Presses one key after the other.
    ///
    /// # Errors
    /// When the page is gone.
    pub async fn type_keys(&self, text: &str) -> Result<()> {
        for character in text.chars() {
            self.press(&character.to_string()).await?;
        }
        Ok(())
    }

    /// Clicks with the left button.
    pub(crate) async fn click_at(&self, x: f64, y: f64) -> Result<()> {
        for (kind, buttons) in [("mouseMoved", 0), ("mousePressed", 1), ("mouseReleased", 0)] {
            let button = if kind == "mouseMoved" { "none" } else { "left" };
            let event = json!({ "type": kind, "x": x, "y": y, "button": button,
                                "buttons": buttons, "clickCount": 1 });
            self.call("Input.dispatchMouseEvent", event).await?;
        }
        Ok(())
    }

    /// Waits for a button that says this, and presses it as a script does: to the browser the person
    /// has done nothing. It works in a page that nobody sees, too, for which Chromium makes no
    /// accessibility tree to find a control in.
    ///
    /// # Errors
    /// When it does not come.
    pub async fn press_by_script(&self, part: &str) -> Result<()> {
        let press = format!(
            "(() => {{
                const name = (button) => button.ariaLabel ?? button.textContent;
                const all = [...document.querySelectorAll('button:enabled')];
                const button = all.find((button) => name(button).includes({}));
                button?.click();
                return button !== undefined;
            }})()",
            json!(part)
        );
        self.wait_for(&format!("a button “{part}”"), &press).await
    }

    /// Waits until a JavaScript expression is true.
    ///
    /// # Errors
    /// When it does not become so.
    pub async fn wait_for(&self, what: &str, expression: &str) -> Result<()> {
        let what = format!("{}: {what}", self.who);
        until(&what, PATIENCE, async || {
            let value = self.evaluate(expression).await?;
            ensure!(value == true, "{expression} is {value}");
            Ok(())
        })
        .await
    }

    /// Opens another tab over this one, as a person does who works in the CRM.
    ///
    /// # Errors
    /// When the page does not become hidden by it.
    pub async fn hide(&self) -> Result<()> {
        let emulation = json!({ "enabled": false });
        self.call("Emulation.setFocusEmulationEnabled", emulation)
            .await?;
        let other = json!({ "url": "about:blank", "browserContextId": &*self.context });
        self.devtools.call("", "Target.createTarget", other).await?;
        self.wait_for(
            "the page to be hidden",
            "document.visibilityState === 'hidden'",
        )
        .await
    }

    /// Waits until this page has heard exactly these DTMF digits from the far end since it was
    /// loaded.
    ///
    /// A stall within a digit makes two of it to whoever listens, so neighbours that are the same
    /// count once, and `digits` has none.
    ///
    /// # Errors
    /// With the digits that it heard.
    pub async fn hears_digits(&self, digits: &str) -> Result<()> {
        ensure!(
            without_repetition(digits) == digits,
            "{digits} has the same digit twice in a row: that cannot be told"
        );
        let what = format!("{} to hear the digits {digits}", self.who);
        until(&what, PATIENCE, async || {
            let heard = self.evaluate("__ear.digits").await?;
            let heard = heard.as_str().context("no text")?;
            ensure!(without_repetition(heard) == digits, "heard {heard}");
            Ok(())
        })
        .await
    }

    /// Whether it crashed.
    pub(crate) fn is_dead(&self) -> bool {
        lock(&self.console).is_dead
    }

    /// From now on, console errors that contain one of these are part of the story, and no others.
    pub fn expect_console(&self, parts: &[&'static str]) {
        lock(&self.console).expected = parts.to_vec();
    }

    /// Console errors, uncaught exceptions and failed requests so far that nobody expected.
    pub fn console_errors(&self) -> Vec<String> {
        lock(&self.console).errors.clone()
    }

    /// From now on, what the page offers to save is saved in a folder, without any question.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn save_downloads_in(&self, folder: &Path) -> Result<()> {
        let parameters = json!({ "behavior": "allow", "downloadPath": folder,
                                 "browserContextId": &*self.context });
        self.devtools
            .call("", "Browser.setDownloadBehavior", parameters)
            .await?;
        Ok(())
    }

    /// Saves a picture of the page below `folder` and says where.
    ///
    /// # Errors
    /// When the page is gone or the file cannot be written.
    pub async fn screenshot(&self, folder: &Path, name: &str) -> Result<PathBuf> {
        let answer = self
            .call("Page.captureScreenshot", json!({ "format": "png" }))
            .await?;
        let png = BASE64_STANDARD.decode(text(&answer, "data")?)?;
        std::fs::create_dir_all(folder)?;
        let file = folder.join(format!("{name}.png"));
        std::fs::write(&file, png)?;
        Ok(file)
    }

    /// Closes the page with its browser context.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn close(&self) -> Result<()> {
        self.devtools.forget(&self.session);
        let parameters = json!({ "browserContextId": &*self.context });
        let closing = self
            .devtools
            .call("", "Target.disposeBrowserContext", parameters);
        tokio::time::timeout(Duration::from_secs(5), closing).await??;
        Ok(())
    }
}

fn without_repetition(digits: &str) -> String {
    let mut once: Vec<char> = digits.chars().collect();
    once.dedup();
    once.into_iter().collect()
}

fn text(value: &Value, key: &str) -> Result<String> {
    let text = value[key].as_str();
    Ok(text
        .with_context(|| format!("no {key} in {value}"))?
        .to_owned())
}

fn console_error(method: &str, event: &Value) -> Option<String> {
    match method {
        "Runtime.exceptionThrown" => {
            let details = &event["exceptionDetails"];
            let description = details["exception"]["description"].as_str();
            Some(description.map_or_else(|| details.to_string(), str::to_owned))
        }
        "Runtime.consoleAPICalled" if event["type"] == "error" || event["type"] == "assert" => {
            let arguments = event["args"].as_array()?;
            let words = arguments.iter().map(|argument| {
                let said = argument["value"]
                    .as_str()
                    .or(argument["description"].as_str());
                said.map_or_else(|| argument["value"].to_string(), str::to_owned)
            });
            Some(words.collect::<Vec<_>>().join(" "))
        }
        "Log.entryAdded" if event["entry"]["level"] == "error" => {
            let entry = &event["entry"];
            Some(format!("{} {}", entry["text"], entry["url"]))
        }
        _ => None,
    }
}

/// DOM `key`, `code`, virtual key code and the text that the key types.
fn named_key(key: &str) -> (String, String, u32, String) {
    let owned = |key: &str, code: &str, number, text: &str| {
        (key.to_owned(), code.to_owned(), number, text.to_owned())
    };
    match key {
        "Enter" => owned("Enter", "Enter", 13, "\r"),
        "Tab" => owned("Tab", "Tab", 9, ""),
        "Escape" => owned("Escape", "Escape", 27, ""),
        "Space" | " " => owned(" ", "Space", 32, " "),
        "ArrowDown" => owned("ArrowDown", "ArrowDown", 40, ""),
        "ArrowUp" => owned("ArrowUp", "ArrowUp", 38, ""),
        character => {
            let first = character.chars().next().unwrap_or(' ');
            let code = match first {
                '0'..='9' => format!("Digit{first}"),
                _ if first.is_ascii_alphabetic() => format!("Key{}", first.to_ascii_uppercase()),
                _ => String::new(),
            };
            let upper = first.to_ascii_uppercase();
            let number = if upper.is_ascii_alphanumeric() {
                upper as u32
            } else {
                0
            };
            (character.to_owned(), code, number, character.to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_neighbours_are_collapsed() {
        assert_eq!(without_repetition("1151##1"), "151#1");
    }

    #[test]
    fn an_error_is_expected_only_while_it_is() {
        let mut console = Console {
            errors: Vec::new(),
            expected: vec!["WebSocket"],
            is_dead: false,
        };
        console.take("WebSocket connection failed".into());
        console.take("panicked".into());
        console.expected.clear();
        console.take("WebSocket connection failed".into());
        assert_eq!(console.errors, ["panicked", "WebSocket connection failed"]);
    }
}
