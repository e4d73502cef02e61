//! Signing in and out.

use alo_browser_tests::story::{Story, Visit, Who, dial, incoming, sign_in, status};
use anyhow::{Result, ensure};

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
    an.any("alert").wait_text("password is not right").await?;
    an.textbox("Password").fill("alo-101").await?;
    an.button("Sign in").click().await?;
    status(&an).wait_text("Ready").await?;
    an.any("alert").wait_gone().await
}

async fn each_tab_is_its_own_phone(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    let binh = story.agent(Who::Binh).await?;
    status(&an).wait_text("Ready").await?;
    ensure!(an.control_like("button", "Bình Trần").count().await? <= 1);
    status(&binh).wait_text("Ready").await?;
    Ok(())
}

/// `/` with everything that it asks for before somebody can sign in.
async fn the_first_load_is_few_requests(story: Story) -> Result<()> {
    let an = story.open(Who::An, Visit::default()).await?;
    an.button("Sign in").wait().await?;
    // What came out of the browser's own cache went over no wire.
    let requests = an
        .evaluate(
            "performance.getEntriesByType('resource').filter(entry => entry.transferSize > 0)\
             .map(entry => entry.name)",
        )
        .await?;
    // The page itself is not among its resources.
    let count = requests.as_array().map_or(0, Vec::len) + 1;
    ensure!(
        (4..=6).contains(&count),
        "{count} requests: the page and {requests}"
    );
    Ok(())
}

async fn a_reload_stays_signed_in(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    an.evaluate("void (window.before = true)").await?;
    an.call("Page.reload", serde_json::json!({})).await?;
    an.wait_for(
        "the new document",
        "window.before === undefined && document.readyState === 'complete'",
    )
    .await?;
    status(&an).wait_text("Ready").await?;
    let binh = story.agent(Who::Binh).await?;
    dial(&binh, "101").await?;
    incoming(&an).wait().await
}

async fn signing_out(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    an.control_like("button", "Account of").click().await?;
    let by_role = an.control("menuitem", "Sign out");
    let sign_out = if by_role.is_there().await? {
        by_role
    } else {
        an.button("Sign out")
    };
    sign_out.click().await?;
    an.button("Sign in").wait().await
}
