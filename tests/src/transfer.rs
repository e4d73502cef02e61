//! Transferring a call, so that it reads as a sentence:
//! `transfer(&an).with("Paid already.").blind_to(Who::Binh)`.

use anyhow::{Result, ensure};

use crate::control::Control;
use crate::page::Page;
use crate::story::{Who, all_released, ready};
use crate::until::{PATIENCE, until};

/// A transfer that is about to be asked for.
pub struct Transfer<'a> {
    page: &'a Page,
    note: Option<&'a str>,
}

/// Somebody is about to transfer the call on screen.
pub fn transfer(page: &Page) -> Transfer<'_> {
    Transfer { page, note: None }
}

impl<'a> Transfer<'a> {
    /// With a note for whoever takes it.
    #[must_use]
    pub fn with(self, note: &'a str) -> Self {
        let note = Some(note);
        Self { note, ..self }
    }

    /// To a colleague, without asking.
    ///
    /// # Errors
    /// When the dialog does not offer it.
    pub async fn blind_to(self, who: Who) -> Result<()> {
        self.row("Agent", who.name(), "Blind").await
    }

    /// To a colleague who is asked first.
    ///
    /// # Errors
    /// When the dialog does not offer it.
    pub async fn attended_to(self, who: Who) -> Result<()> {
        self.row("Agent", who.name(), "Attended").await
    }

    /// To a telephone number, without asking.
    ///
    /// # Errors
    /// When the dialog does not offer it.
    pub async fn to_number(self, number: &str) -> Result<()> {
        self.number(number, "Transfer to number").await
    }

    /// To a telephone number that is called first.
    ///
    /// # Errors
    /// When the dialog does not offer it.
    pub async fn attended_to_number(self, number: &str) -> Result<()> {
        self.number(number, "Attended").await
    }

    /// To a queue by its name.
    ///
    /// # Errors
    /// When the dialog does not offer it.
    pub async fn to_queue(self, name: &str) -> Result<()> {
        self.row("Queue", name, "Transfer to queue").await
    }

    /// To an IVR tree by its name.
    ///
    /// # Errors
    /// When the dialog does not offer it.
    pub async fn to_ivr(self, name: &str) -> Result<()> {
        self.row("IVR", name, "Transfer to IVR").await
    }

    /// Opens the dialog at a tab, with the note.
    async fn open(&self, tab: &str) -> Result<Control> {
        self.page.button("Transfer").click().await?;
        let dialog = dialog(self.page);
        self.page
            .control("tab", tab)
            .within(&dialog)
            .click()
            .await?;
        if let Some(note) = self.note {
            let field = self.page.textbox("Note for whoever takes it");
            self.page.button("Note").within(&dialog).click().await?;
            field.within(&dialog).fill(note).await?;
        }
        Ok(dialog)
    }

    async fn row(self, tab: &str, name: &str, button: &str) -> Result<()> {
        let dialog = self.open(tab).await?;
        search(self.page).within(&dialog).fill(name).await?;
        let row = self.page.any("listitem").within(&dialog);
        until(&format!("{row} to be {name} alone"), PATIENCE, async || {
            let rows = row.count().await?;
            ensure!(rows == 1, "there are {rows}");
            row.wait_text(name).await?;
            Ok(())
        })
        .await?;
        self.page.button(button).within(&row).click().await?;
        dialog.wait_gone().await
    }

    async fn number(self, number: &str, button: &str) -> Result<()> {
        let dialog = self.open("Phone number").await?;
        let field = self.page.textbox("Phone number to transfer to");
        field.within(&dialog).fill(number).await?;
        self.page.button(button).within(&dialog).click().await?;
        dialog.wait_gone().await
    }
}

/// Waits until the panel says this of a call that was sent elsewhere.
///
/// # Errors
/// With what it says instead.
pub async fn follows(page: &Page, what: &str) -> Result<()> {
    page.any("status").wait_text(what).await?;
    Ok(())
}

/// Waits until nothing of a call is left at somebody who is not asked about anything: free for the next.
///
/// # Errors
/// With what is left.
pub async fn is_free(page: &Page) -> Result<()> {
    all_released(page).await?;
    page.button("Hang up").wait_gone().await?;
    ready(page).await
}

/// Leaves whoever was asked and the customer to each other.
///
/// # Errors
/// When it is not offered.
pub async fn complete(page: &Page) -> Result<()> {
    page.button("Complete transfer").click().await
}

/// `dialog` **Transfer call**.
pub fn dialog(page: &Page) -> Control {
    page.control("dialog", "Transfer call")
}

/// The box that filters the dialog's rows.
pub fn search(page: &Page) -> Control {
    page.control("textbox", "Search")
}
