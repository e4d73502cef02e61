//! How a page is left: loaded anew, closed, or dead.

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use crate::page::Page;
use crate::until::{PATIENCE, until};

impl Page {
    /// Loads the page anew, as F5 does, and waits until the document is there.
    ///
    /// # Errors
    /// When it does not come.
    pub async fn reload(&self) -> Result<()> {
        self.evaluate("void (window.before = true)").await?;
        self.call("Page.reload", json!({})).await?;
        self.wait_for_new_document().await
    }

    /// The same where the browser asks first whether the page may go, and the person says yes.
    ///
    /// # Errors
    /// When the browser does not ask, or the document does not come.
    pub async fn reload_all_the_same(&self) -> Result<()> {
        self.evaluate("void (window.before = true)").await?;
        let asked = until("the browser to ask", PATIENCE, async || {
            let yes = json!({ "accept": true });
            self.call("Page.handleJavaScriptDialog", yes).await
        });
        // The page may not answer while the question stands.
        let (reloaded, asked) = tokio::join!(self.call("Page.reload", json!({})), asked);
        asked.with_context(|| format!("{} reloads during a call", self.who()))?;
        reloaded?;
        self.wait_for_new_document().await
    }

    /// Closes the tab, as a person does who says yes when the browser asks whether the page may go: the
    /// page still says good-bye. Its context stays, and nothing is in it.
    ///
    /// # Errors
    /// When the page stays.
    pub async fn leave(&self) -> Result<()> {
        let going = self.call("Page.navigate", json!({ "url": "about:blank" }));
        let asked = until("the browser to ask", PATIENCE, async || {
            let yes = json!({ "accept": true });
            self.call("Page.handleJavaScriptDialog", yes).await
        });
        tokio::pin!(going);
        // Where no call is left, nobody is asked.
        tokio::select! {
            gone = &mut going => { gone?; }
            asked = asked => {
                asked.with_context(|| format!("{} leaves during a call", self.who()))?;
                going.await?;
            }
        }
        self.wait_for("nothing", "location.href === 'about:blank'")
            .await
    }

    /// The page dies in the middle of whatever it does, and says no good-bye.
    ///
    /// # Errors
    /// When it lives on.
    pub async fn crash(&self) -> Result<()> {
        let what = format!("{} to be dead", self.who());
        let dead = until(&what, PATIENCE, async || {
            ensure!(self.is_dead(), "the page lives");
            Ok(())
        });
        // What is dead does not answer.
        tokio::select! {
            Err(error) = self.call("Page.crash", json!({})) => Err(error),
            dead = dead => dead,
        }
    }

    async fn wait_for_new_document(&self) -> Result<()> {
        self.wait_for(
            "the new document",
            "window.before === undefined && document.readyState === 'complete'",
        )
        .await
    }
}
