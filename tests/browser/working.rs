//! Working states: who may be offered calls, and after-call work.

use alo_browser_tests::control::Control;
use alo_browser_tests::desk::{
    after_call_work, answer, be, choose_state, customer_calls, end_work, is_in_state, working_state,
};
use alo_browser_tests::hearing::hears;
use alo_browser_tests::page::Page;
use alo_browser_tests::scene::Scene;
use alo_browser_tests::story::{
    Story, Visit, Who, all_released, dial, incoming, ready, sign_in, status,
};
use alo_browser_tests::until::{PATIENCE, until};
use anyhow::{Context as _, Result, ensure};

use crate::Teller;
use crate::trouble::Behind;

/// After-call work that no story outlasts.
const LONG_WORK: &str = r#"
    [[queue]]
    id = "sales"
    wrap_up_seconds = 300
"#;

const SHORT_WORK: &str = r#"
    [[queue]]
    id = "sales"
    wrap_up_seconds = 4
"#;

pub(crate) fn add(teller: &mut Teller) {
    teller.add("who_is_at_lunch_is_offered_no_call", at_lunch);
    teller.add("a_state_chosen_in_a_call_follows_it", follows_the_call);
    let long = || Scene::default().with(LONG_WORK);
    teller.add_in(
        long(),
        "after_call_work_is_extended_and_ended_early",
        after_call_work_by_hand,
    );
    teller.add_in(
        Scene::default().with(SHORT_WORK),
        "after_call_work_ends_by_itself",
        after_call_work_ends,
    );
    teller.add_in(
        long(),
        "after_call_work_survives_a_lost_connection",
        survives_reconnect,
    );
    teller.add("two_tabs_of_one_agent_are_in_one_state", two_tabs_agree);
    teller.add("a_state_survives_a_restarted_phone", survives_reload);
}

async fn at_lunch(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    is_in_state(&an, "Available").await?;
    let binh = story.agent(Who::Binh).await?;
    be(&an, "Lunch break").await?;
    // An would be the first.
    let customer = customer_calls(&story, "Sales").await?;
    answer(&binh).await?;
    hears(&[Who::hears(&customer, &[Who::Binh])]).await?;
    ensure!(!incoming(&an).is_there().await?, "it rang at lunch");
    be(&an, "Available").await?;
    let other = customer_calls(&story, "Sales").await?;
    answer(&an).await?;
    hears(&[Who::hears(&other, &[Who::An])]).await
}

async fn follows_the_call(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    dial(&an, "*43").await?;
    hears(&[Who::hears(&an, &[Who::An])]).await?;
    choose_state(&an, "Lunch break").await?;
    working_state(&an)
        .wait_text("After the call: Lunch break")
        .await?;
    an.button("Hang up").click().await?;
    all_released(&an).await?;
    is_in_state(&an, "Lunch break").await
}

async fn after_call_work_by_hand(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    work_begins(&story, &an).await?;
    let waiting = customer_calls(&story, "Sales").await?;
    hears(&[Who::hears_sound(&waiting)]).await?;
    counts_down(&an).await?;
    let before = seconds_left(&an).await?;
    an.button("Extend after-call work").click().await?;
    until("more time", PATIENCE, async || {
        let now = seconds_left(&an).await?;
        ensure!(now > before, "{before} s before, {now} s now");
        Ok(())
    })
    .await?;
    ensure!(!incoming(&an).is_there().await?, "it rang during the work");
    end_work(&an).click().await?;
    answer(&an).await?;
    hears(&[Who::hears(&waiting, &[Who::An])]).await
}

async fn after_call_work_ends(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    work_begins(&story, &an).await?;
    after_call_work(&an).wait_gone().await?;
    is_in_state(&an, "Available").await
}

async fn survives_reconnect(story: Story) -> Result<()> {
    let an = Behind::wire(&story, Who::An).await?;
    sign_in(&an.page, Who::An).await?;
    work_begins(&story, &an.page).await?;
    an.cut();
    status(&an.page).wait_text("Reconnecting").await?;
    an.mend().await?;
    is_in_state(&an.page, "After-call work").await?;
    counts_down(&an.page).await?;
    end_work(&an.page).click().await?;
    is_in_state(&an.page, "Available").await?;
    after_call_work(&an.page).wait_gone().await
}

async fn two_tabs_agree(story: Story) -> Result<()> {
    let one = story.agent(Who::An).await?;
    let other = story.open_beside(&one, Who::An, Visit::default()).await?;
    sign_in(&other, Who::An).await?;
    be(&one, "Lunch break").await?;
    is_in_state(&other, "Lunch break").await?;
    be(&other, "Short break").await?;
    is_in_state(&one, "Short break").await
}

async fn survives_reload(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    be(&an, "Lunch break").await?;
    an.reload().await?;
    ready(&an).await?;
    is_in_state(&an, "Lunch break").await
}

/// A customer calls Sales, An answers, and the customer hangs up.
async fn work_begins(story: &Story, an: &Page) -> Result<()> {
    let customer = customer_calls(story, "Sales").await?;
    answer(an).await?;
    hears(&[Who::hears(&customer, &[Who::An])]).await?;
    customer.button("Hang up").click().await?;
    all_released(an).await?;
    after_call_work(an).wait().await?;
    is_in_state(an, "After-call work").await
}

async fn counts_down(an: &Page) -> Result<()> {
    let first = seconds_left(an).await?;
    until("two seconds to pass", PATIENCE, async || {
        let left = seconds_left(an).await?;
        ensure!(left + 2 <= first, "{first} s at first, {left} s now");
        Ok(())
    })
    .await
}

/// The `timer` in the card: `4:58`.
async fn seconds_left(an: &Page) -> Result<u32> {
    let card: Control = after_call_work(an);
    card.wait().await?;
    let timer = an.any("timer").within(&card);
    timer.wait().await?;
    let text = timer.text().await?;
    let (minutes, seconds) = text.split_once(':').with_context(|| text.clone())?;
    Ok(60 * minutes.parse::<u32>()? + seconds.parse::<u32>()?)
}
