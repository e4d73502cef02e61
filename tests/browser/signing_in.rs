//! Signing in and out.

use alo_browser_tests::control::Control;
use alo_browser_tests::hearing::hears;
use alo_browser_tests::page::Page;
use alo_browser_tests::story::{
    Story, Visit, Who, alerts, all_released, connect, dial, incoming, ready, sign_in,
};
use alo_browser_tests::until::{PATIENCE, until};
use anyhow::{Context as _, Result, ensure};

use crate::Teller;

pub(crate) fn add(teller: &mut Teller) {
    teller.add("one_click_signs_an_agent_in", one_click_signs_an_agent_in);
    teller.add(
        "a_wrong_password_is_an_alert_and_the_right_one_works",
        wrong_password,
    );
    teller.add("each_tab_is_its_own_phone", each_tab_is_its_own_phone);
    teller.add(
        "the_first_load_is_few_requests",
        the_first_load_is_few_requests,
    );
    teller.add(
        "a_reload_keeps_the_person_signed_in",
        a_reload_stays_signed_in,
    );
    teller.add("signing_out_gives_the_phone_back", signing_out);
}

async fn one_click_signs_an_agent_in(story: Story) -> Result<()> {
    let an = story.desk(Who::An).await?;
    an.textbox("Extension").wait().await?;
    an.button("Sign in").wait().await?;
    sign_in(&an, Who::An).await?;
    an.textbox("Extension").wait_gone().await?;
    an.button("Call").wait().await
}

async fn wrong_password(story: Story) -> Result<()> {
    let an = story.desk(Who::An).await?;
    an.textbox("Extension").fill("101").await?;
    an.textbox("Password").fill("not-it").await?;
    an.button("Sign in").click().await?;
    alerts(&an, "password is not right").await?;
    an.textbox("Password").fill("alo-101").await?;
    an.button("Sign in").click().await?;
    ready(&an).await?;
    an.any("alert").wait_gone().await
}

/// Two tabs of one person's browser, which share whatever tabs share.
async fn each_tab_is_its_own_phone(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    let beside = Visit::default();
    let binh = story.open_beside(&an, Who::Binh, beside).await?;
    sign_in(&binh, Who::Binh).await?;
    connect((&an, Who::An), (&binh, Who::Binh)).await?;
    hears(&[Who::hears(&an, &[Who::Binh]), Who::hears(&binh, &[Who::An])]).await?;
    an.button("Hang up").click().await?;
    all_released(&an).await?;
    all_released(&binh).await?;
    binh.reload().await?;
    for (page, who) in [(&an, Who::An), (&binh, Who::Binh)] {
        ready(page).await?;
        account_of(page, who).wait().await?;
    }
    connect((&binh, Who::Binh), (&an, Who::An)).await?;
    hears(&[Who::hears(&an, &[Who::Binh]), Who::hears(&binh, &[Who::An])]).await
}

/// `/` with everything that it asks for before somebody can sign in.
async fn the_first_load_is_few_requests(story: Story) -> Result<()> {
    let an = story.open(Who::An, Visit::default()).await?;
    an.button("Sign in").wait().await?;
    // What came out of the browser's own cache went over no wire. The page itself is no resource
    // of its own.
    let loaded = "(() => {
        const all = performance.getEntriesByType('resource').filter(e => e.transferSize > 0);
        const last = Math.max(...all.map(e => e.responseEnd));
        const kind = e => new URL(e.name).pathname.split('.').pop();
        return [all.map(kind).sort().join(' '), performance.now() - last > 1000];
    })()";
    until("the first load", PATIENCE, async || {
        let answer = an.evaluate(loaded).await?;
        let kinds = answer[0].as_str().context("no list")?;
        ensure!(answer[1] == true, "there may be more than {kinds}");
        ensure!(kinds == "css js json wasm", "the page asked for {kinds}");
        Ok(())
    })
    .await
}

async fn a_reload_stays_signed_in(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    an.reload().await?;
    ready(&an).await?;
    let binh = story.agent(Who::Binh).await?;
    dial(&binh, "101").await?;
    incoming(&an).wait().await
}

async fn signing_out(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    account_of(&an, Who::An).click().await?;
    let by_role = an.control("menuitem", "Sign out");
    let sign_out = if by_role.is_there().await? {
        by_role
    } else {
        an.button("Sign out")
    };
    sign_out.click().await?;
    an.button("Sign in").wait().await
}

/// The menu button that says who is signed in.
fn account_of(page: &Page, who: Who) -> Control {
    page.button(&format!("Account of {}", who.name()))
}
