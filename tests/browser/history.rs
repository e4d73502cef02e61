//! The history of an account.

use std::path::Path;

use alo_browser_tests::config::SHORT_RINGS;
use alo_browser_tests::desk::{answer, customer_calls, section};
use alo_browser_tests::hearing::hears;
use alo_browser_tests::page::Page;
use alo_browser_tests::scene::Scene;
use alo_browser_tests::scratch::Scratch;
use alo_browser_tests::story::{Story, Who, alerts, all_released, dial, echo_call, ready};
use alo_browser_tests::until::{PATIENCE, until};
use anyhow::{Context as _, Result, ensure};

use crate::Teller;

pub(crate) fn add(teller: &mut Teller) {
    teller.add_in(
        Scene::default().with(SHORT_RINGS),
        "the_history_survives_a_reload_and_is_exported",
        survives_and_is_exported,
    );
    teller.add("a_call_of_the_history_is_made_again", made_again);
}

async fn survives_and_is_exported(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    echo_call(&an).await?;
    dial(&an, "+84900000002").await?;
    alerts(&an, "Busy").await?;
    an.button("Close").click().await?;
    dial(&an, "+84900000003").await?;
    alerts(&an, "No answer").await?;
    an.button("Close").click().await?;
    let customer = customer_calls(&story, "Sales").await?;
    answer(&an).await?;
    hears(&[Who::hears(&customer, &[Who::An])]).await?;
    an.button("Hang up").click().await?;
    all_released(&an).await?;
    for _ in 0..2 {
        section(&an, "History").await?;
        let calls = an.any("listitem");
        for line in ["Answered", "Busy", "No answer", "Sales"] {
            calls.wait_text(line).await?;
        }
        an.reload().await?;
        ready(&an).await?;
    }
    section(&an, "History").await?;
    let table = export(&an).await?;
    let lines: Vec<&str> = table.trim_end().lines().collect();
    ensure!(lines.len() == 5, "{table}");
    for (word, times) in [
        ("Answered", 2),
        ("Busy", 1),
        ("No answer", 1),
        ("+84900000002", 1),
    ] {
        let found = lines.iter().filter(|line| line.contains(word)).count();
        ensure!(found == times, "{found} lines with {word}:\n{table}");
    }
    Ok(())
}

/// Presses **Export as CSV** and reads the file.
async fn export(page: &Page) -> Result<String> {
    let folder = Scratch::new("downloads");
    std::fs::create_dir_all(folder.path())?;
    page.save_downloads_in(folder.path()).await?;
    page.button("Export as CSV").click().await?;
    until("the file", PATIENCE, async || {
        let file = saved(folder.path())?.context("nothing was saved")?;
        Ok(std::fs::read_to_string(file)?)
    })
    .await
}

/// A whole file; while it is written, it has another name.
fn saved(folder: &Path) -> Result<Option<std::path::PathBuf>> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "csv") {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

async fn made_again(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    let binh = story.agent(Who::Binh).await?;
    dial(&an, "102").await?;
    answer(&binh).await?;
    an.button("Hang up").click().await?;
    all_released(&an).await?;
    an.button("Close").click().await?;
    binh.button("Close").click().await?;
    section(&binh, "History").await?;
    let calls = binh.any("list");
    calls.wait().await?;
    binh.button("Call An Nguyễn").click().await?;
    answer(&an).await?;
    hears(&[Who::hears(&an, &[Who::Binh]), Who::hears(&binh, &[Who::An])]).await
}
