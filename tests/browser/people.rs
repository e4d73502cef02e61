//! Colleagues, and what they are doing.

use alo_browser_tests::desk::{answer, be, section};
use alo_browser_tests::page::Page;
use alo_browser_tests::scene::Scene;
use alo_browser_tests::story::{Story, Who, call_with, dial, incoming, ready};
use alo_browser_tests::until::{PATIENCE, until};
use anyhow::{Result, ensure};

use crate::Teller;

pub(crate) fn add(teller: &mut Teller) {
    teller.add("people_shows_what_colleagues_are_doing", colleagues);
    teller.add("a_colleague_is_called_with_one_click", one_click_call);
    teller.add_in(
        Scene::default().with(many()),
        "two_thousand_people_scroll_in_few_rows",
        two_thousand,
    );
}

async fn colleagues(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    section(&an, "People").await?;
    does(&an, "102", "Offline").await?;
    let binh = story.agent(Who::Binh).await?;
    does(&an, "102", "Available").await?;
    be(&binh, "Lunch break").await?;
    does(&an, "102", "Lunch break").await?;
    be(&binh, "Available").await?;
    let chi = story.agent(Who::Chi).await?;
    does(&an, "103", "Available").await?;
    dial(&chi, "102").await?;
    incoming(&binh).wait().await?;
    does(&an, "102", "Ringing").await?;
    answer(&binh).await?;
    does(&an, "102", "In a call").await?;
    does(&an, "103", "In a call").await?;
    binh.button("Hang up").click().await?;
    does(&an, "102", "Available").await?;
    chi.close().await?;
    does(&an, "103", "Offline").await
}

/// Waits for the row of an extension that says so.
async fn does(page: &Page, extension: &str, what: &str) -> Result<()> {
    let rows = page.any("listitem");
    rows.wait_texts(&[extension, what]).await
}

async fn one_click_call(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    let binh = story.agent(Who::Binh).await?;
    section(&an, "People").await?;
    an.control("searchbox", "Search people")
        .fill("tran")
        .await?;
    an.button("Call Bình Trần").click().await?;
    answer(&binh).await?;
    call_with(&an, Who::Binh.name()).wait().await
}

/// As many colleagues as a large call centre has.
fn many() -> String {
    let agent = |number: u32| {
        format!(
            "[[agent]]\nextension = \"{number}\"\nname = \"Agent {number}\"\npassword = \"secret\"\n"
        )
    };
    let agents: String = (1001..=3000).map(agent).collect();
    format!("[http]\noffer_accounts = false\n{agents}")
}

async fn two_thousand(story: Story) -> Result<()> {
    let an = story.desk(Who::An).await?;
    an.textbox("Extension").fill("101").await?;
    an.textbox("Password").fill("alo-101").await?;
    an.button("Sign in").click().await?;
    ready(&an).await?;
    section(&an, "People").await?;
    does(&an, "1001", "Agent 1001").await?;
    few_rows(&an).await?;
    // To the end, in steps as a wheel makes them, and there is always something to see.
    let scroll = "(() => {
        const list = document.querySelector('[role=list][aria-label=People]').parentElement;
        list.scrollTop += 20 * list.clientHeight;
        return list.scrollTop + list.clientHeight >= list.scrollHeight - 1;
    })()";
    until("the end of the list", PATIENCE, async || {
        let is_end = an.evaluate(scroll).await?;
        ensure!(is_end == true, "not yet");
        Ok(())
    })
    .await?;
    does(&an, "3000", "Agent 3000").await?;
    few_rows(&an).await?;
    an.control("searchbox", "Search people")
        .fill("2345")
        .await?;
    does(&an, "2345", "Agent 2345").await?;
    an.control("searchbox", "Search people").fill("101").await?;
    does(&an, "101", "An Nguyễn").await
}

async fn few_rows(page: &Page) -> Result<()> {
    let rows = page.any("listitem").within(&page.control("list", "People"));
    let rows = rows.count().await?;
    ensure!((5..=60).contains(&rows), "{rows} rows are in the page");
    Ok(())
}
