//! Controls, found by role and accessible name as a screen reader finds them.

use std::fmt;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use crate::page::Page;
use crate::until::{PATIENCE, until};

/// How a control's accessible name is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Name {
    Is(String),
    Contains(String),
    Any,
}

/// A description of a control; it is looked for whenever something is asked of it.
#[derive(Clone)]
pub struct Control {
    page: Page,
    role: &'static str,
    name: Name,
    within: Option<Box<Control>>,
}

/// What was found.
#[derive(Debug, Clone)]
struct Found {
    backend: i64,
    properties: Value,
}

impl Page {
    /// The control of this role and exactly this accessible name.
    pub fn control(&self, role: &'static str, name: &str) -> Control {
        self.described(role, Name::Is(name.to_owned()))
    }

    /// The first control of this role whose accessible name contains a text.
    pub fn control_like(&self, role: &'static str, part: &str) -> Control {
        self.described(role, Name::Contains(part.to_owned()))
    }

    /// The first control of this role, whatever its name.
    pub fn any(&self, role: &'static str) -> Control {
        self.described(role, Name::Any)
    }

    /// `control("button", name)`.
    pub fn button(&self, name: &str) -> Control {
        self.control("button", name)
    }

    /// `control("textbox", name)`.
    pub fn textbox(&self, name: &str) -> Control {
        self.control("textbox", name)
    }

    fn described(&self, role: &'static str, name: Name) -> Control {
        Control {
            page: self.clone(),
            role,
            name,
            within: None,
        }
    }
}

impl Control {
    /// The same control, but only inside of another one.
    #[must_use]
    pub fn within(mut self, outer: &Control) -> Self {
        self.within = Some(Box::new(outer.clone()));
        self
    }

    /// Waits until it is there.
    ///
    /// # Errors
    /// When it does not come.
    pub async fn wait(&self) -> Result<()> {
        self.patiently("to be there", async || self.find().await.map(|_| ()))
            .await
    }

    /// Waits until it is gone.
    ///
    /// # Errors
    /// When it stays.
    pub async fn wait_gone(&self) -> Result<()> {
        self.patiently("to be gone", async || {
            ensure!(self.find_all().await?.is_empty(), "it is there");
            Ok(())
        })
        .await
    }

    /// Whether it is there now.
    ///
    /// # Errors
    /// When the page is gone.
    pub async fn is_there(&self) -> Result<bool> {
        Ok(!self.find_all().await?.is_empty())
    }

    /// How many there are now.
    ///
    /// # Errors
    /// When the page is gone.
    pub async fn count(&self) -> Result<usize> {
        Ok(self.find_all().await?.len())
    }

    /// The text inside of it, as it is shown.
    ///
    /// # Errors
    /// When it is not there.
    pub async fn text(&self) -> Result<String> {
        self.text_of(&self.find().await?).await
    }

    /// Waits until its text contains `part`, and gives the text. Where several fit the
    /// description, one of them has to say it.
    ///
    /// # Errors
    /// With what it says, or they say, instead.
    pub async fn wait_text(&self, part: &str) -> Result<String> {
        self.patiently(&format!("to say “{part}”"), async || {
            let mut said = Vec::new();
            for found in self.find_all().await? {
                let text = self.text_of(&found).await?;
                if text.contains(part) {
                    return Ok(text);
                }
                said.push(text);
            }
            ensure!(!said.is_empty(), "it is not there");
            bail!("it says “{}”", said.join("”, “"))
        })
        .await
    }

    /// Waits until one of those that fit the description says all of these.
    ///
    /// # Errors
    /// With what they say instead.
    pub async fn wait_texts(&self, parts: &[&str]) -> Result<()> {
        self.patiently(
            &format!("to say “{}”", parts.join("” and “")),
            async || {
                let mut said = Vec::new();
                for found in self.find_all().await? {
                    let text = self.text_of(&found).await?;
                    if parts.iter().all(|part| text.contains(part)) {
                        return Ok(());
                    }
                    said.push(text);
                }
                bail!("they say “{}”", said.join("”, “"))
            },
        )
        .await
    }

    /// Waits until it can be used.
    ///
    /// # Errors
    /// When it stays disabled.
    pub async fn wait_enabled(&self) -> Result<()> {
        self.patiently("to be enabled", async || {
            ensure!(!self.property("disabled").await?, "it is disabled");
            Ok(())
        })
        .await
    }

    /// Waits until it cannot be used.
    ///
    /// # Errors
    /// When it stays enabled.
    pub async fn wait_disabled(&self) -> Result<()> {
        self.patiently("to be disabled", async || {
            ensure!(self.property("disabled").await?, "it is enabled");
            Ok(())
        })
        .await
    }

    /// Waits until `aria-pressed` is so.
    ///
    /// # Errors
    /// When it does not become so.
    pub async fn wait_pressed(&self, pressed: bool) -> Result<()> {
        self.patiently(&format!("to be pressed: {pressed}"), async || {
            let is = self.property("pressed").await?;
            ensure!(is == pressed, "pressed is {is}");
            Ok(())
        })
        .await
    }

    /// Whether it has the keyboard now.
    ///
    /// # Errors
    /// When it is not there.
    pub async fn is_focused(&self) -> Result<bool> {
        self.property("focused").await
    }

    /// Waits until it can be clicked, and clicks: with the mouse, in its middle, and only if
    /// nothing lies over it.
    ///
    /// # Errors
    /// When it does not come, stays disabled, keeps moving, or is covered.
    pub async fn click(&self) -> Result<()> {
        self.patiently("to be clicked", async || {
            let found = self.find().await?;
            self.click_on(&found).await
        })
        .await
    }

    /// Clicks if it is there and can be clicked now; whether it did.
    ///
    /// # Errors
    /// When the page is gone.
    pub async fn try_click(&self) -> Result<bool> {
        let Some(found) = self.find_all().await?.into_iter().next() else {
            return Ok(false);
        };
        // It may go, or be moved, between two looks at it.
        Ok(self.click_on(&found).await.is_ok())
    }

    async fn click_on(&self, found: &Found) -> Result<()> {
        ensure!(!is_on(&found.properties, "disabled"), "it is disabled");
        let before = self.middle(found).await?;
        let (x, y) = self.middle(found).await?;
        ensure!(before == (x, y), "it moves");
        self.page.click_at(x, y).await
    }

    /// Replaces what is written in it.
    ///
    /// # Errors
    /// When it is not there.
    pub async fn fill(&self, text: &str) -> Result<()> {
        self.click().await?;
        let found = self.find().await?;
        self.apply(&found, "function() { this.select(); }").await?;
        self.page
            .call("Input.insertText", json!({ "text": text }))
            .await?;
        Ok(())
    }

    /// Chooses an option of a native `select` by a part of its text.
    ///
    /// # Errors
    /// When there is no such option.
    pub async fn choose(&self, part: &str) -> Result<()> {
        self.patiently(&format!("to offer “{part}”"), async || {
            let found = self.find().await?;
            let choose = format!(
                "function() {{ const option = [...this.options].find(o => o.text.includes({}));\
                 if (!option) return false; this.value = option.value;\
                 for (const kind of ['input', 'change'])\
                     this.dispatchEvent(new Event(kind, {{ bubbles: true }}));\
                 return true; }}",
                json!(part)
            );
            ensure!(self.apply(&found, &choose).await? == true, "it does not");
            Ok(())
        })
        .await
    }

    /// Width and height in CSS pixels.
    ///
    /// # Errors
    /// When it is not there.
    pub async fn size(&self) -> Result<(f64, f64)> {
        let found = self.find().await?;
        let measure = "function() { const r = this.getBoundingClientRect(); \
                       return [r.width, r.height]; }";
        let size = self.apply(&found, measure).await?;
        Ok((number(&size[0])?, number(&size[1])?))
    }

    /// Waits until all of it is seen without any scrolling, with nothing over its middle.
    ///
    /// # Errors
    /// With where it is instead.
    pub async fn wait_in_view(&self) -> Result<()> {
        let look = "function() {
            const r = this.getBoundingClientRect();
            const inside = r.left >= 0 && r.top >= 0 && r.right <= innerWidth && r.bottom <= innerHeight;
            const top = document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2);
            return inside && this.contains(top) ? ''
                : `at ${[r.left, r.top, r.right, r.bottom].map(Math.round)} of ${innerWidth}x${innerHeight}, `
                + `in its middle is ${top?.tagName}.${top?.className}`;
        }";
        self.patiently("to be in view", async || {
            let found = self.find().await?;
            let wrong = self.apply(&found, look).await?;
            ensure!(wrong == "", "{wrong}");
            Ok(())
        })
        .await
    }

    async fn text_of(&self, found: &Found) -> Result<String> {
        let text = self
            .apply(found, "function() { return this.innerText; }")
            .await?;
        Ok(text.as_str().unwrap_or_default().trim().to_owned())
    }

    async fn patiently<T>(&self, what: &str, probe: impl AsyncFnMut() -> Result<T>) -> Result<T> {
        until(&format!("{self} {what}"), PATIENCE, probe).await
    }

    async fn property(&self, name: &str) -> Result<bool> {
        Ok(is_on(&self.find().await?.properties, name))
    }

    async fn middle(&self, found: &Found) -> Result<(f64, f64)> {
        let measure = "function() {
            this.scrollIntoView({ block: 'nearest', inline: 'nearest', behavior: 'instant' });
            const r = this.getBoundingClientRect();
            const [x, y] = [r.x + r.width / 2, r.y + r.height / 2];
            const top = document.elementFromPoint(x, y);
            const hit = top && (this.contains(top) || top.contains(this) || top.control === this
                || [...(this.labels ?? [])].some(label => label.contains(top)));
            return [x, y, hit ? '' : `${top?.tagName}.${top?.className} lies over it`];
        }";
        let place = self.apply(found, measure).await?;
        let covered = place[2].as_str().unwrap_or("it has no place");
        ensure!(covered.is_empty(), "{covered}");
        Ok((number(&place[0])?, number(&place[1])?))
    }

    /// Calls a function on the element. DevTools keeps no hold of it afterwards, or it would stay
    /// in memory with everything around it.
    async fn apply(&self, found: &Found, function: &str) -> Result<Value> {
        const GROUP: &str = "control";
        let parameters = json!({ "backendNodeId": found.backend, "objectGroup": GROUP });
        let answer = self.page.call("DOM.resolveNode", parameters).await?;
        let object = answer["object"]["objectId"].clone();
        let parameters = json!({ "objectId": object, "functionDeclaration": function,
                                 "returnByValue": true });
        let answer = self.page.call("Runtime.callFunctionOn", parameters).await;
        let group = json!({ "objectGroup": GROUP });
        self.page.call("Runtime.releaseObjectGroup", group).await?;
        let mut answer = answer?;
        if let Some(exception) = answer.get("exceptionDetails") {
            bail!("{self}: {exception}");
        }
        Ok(answer["result"]["value"].take())
    }

    async fn find(&self) -> Result<Found> {
        let found = self.find_all().await?;
        found.into_iter().next().context("it is not there")
    }

    async fn find_all(&self) -> Result<Vec<Found>> {
        let root = match &self.within {
            Some(outer) => Box::pin(outer.find()).await?.backend,
            None => {
                let document = self
                    .page
                    .call("DOM.getDocument", json!({ "depth": 0 }))
                    .await?;
                let id = document["root"]["backendNodeId"].as_i64();
                id.context("the page has no document")?
            }
        };
        let parameters = json!({ "backendNodeId": root, "role": self.role });
        let mut answer = self
            .page
            .call("Accessibility.queryAXTree", parameters)
            .await?;
        let Value::Array(nodes) = answer["nodes"].take() else {
            bail!("queryAXTree gave no nodes");
        };
        let seen = nodes.into_iter().filter(|node| node["ignored"] != true);
        let named = seen.filter(|node| self.is_named(node["name"]["value"].as_str().unwrap_or("")));
        Ok(named
            .filter_map(|mut node| {
                Some(Found {
                    backend: node["backendDOMNodeId"].as_i64()?,
                    properties: node["properties"].take(),
                })
            })
            .collect())
    }

    fn is_named(&self, name: &str) -> bool {
        match &self.name {
            Name::Is(wanted) => name.trim() == wanted,
            Name::Contains(part) => name.contains(part.as_str()),
            Name::Any => true,
        }
    }
}

impl fmt::Display for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ", self.page.who(), self.role)?;
        match &self.name {
            Name::Is(name) => write!(f, "“{name}”"),
            Name::Contains(part) => write!(f, "“…{part}…”"),
            Name::Any => f.write_str("(any)"),
        }
    }
}

fn is_on(properties: &Value, name: &str) -> bool {
    let value = properties
        .as_array()
        .into_iter()
        .flatten()
        .find(|property| property["name"] == name)
        .map(|property| &property["value"]["value"]);
    // `pressed` is a tristate and comes as text.
    value.is_some_and(|value| value == true || value == "true")
}

fn number(value: &Value) -> Result<f64> {
    value
        .as_f64()
        .with_context(|| format!("{value} is no number"))
}
