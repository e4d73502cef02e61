//! Calls that wait, and who is offered them.

use alo_browser_tests::desk::{
    answer, be, choose_state, customer_calls, is_in_state, named_customer, section,
};
use alo_browser_tests::hearing::hears;
use alo_browser_tests::music::{Music, hears_music};
use alo_browser_tests::page::Page;
use alo_browser_tests::scene::Scene;
use alo_browser_tests::story::{Story, Who, all_released, incoming, number_box};
use alo_browser_tests::until::{PATIENCE, until};
use anyhow::{Result, bail, ensure};

use crate::Teller;

/// The Support hotline leads straight to its queue, where all who are free ring.
pub(crate) const SUPPORT_RINGS_ALL: &str = r#"
    [[hotline]]
    number = "+842473002002"
    remove = ["ivr"]
    queue = "support"
"#;

/// An takes the calls of Sales and nobody else does, Bình those of Support.
pub(crate) const ONE_EACH: &str = r#"
    [[queue]]
    id = "sales"
    agents = ["101"]
    [[queue]]
    id = "support"
    agents = ["102"]
"#;

/// Who does not answer in time is put to Not available at once.
const IMPATIENT: &str = r#"
    [[queue]]
    id = "sales"
    ring_seconds = 8
    misses = 1
"#;

/// Nobody waits for long, and whoever has is told so.
const OVERFLOWING: &str = r#"
    [[queue]]
    id = "sales"
    remove = ["overflow"]
    max_wait_seconds = 3
    overflow = { apology = ["apology-en"] }
"#;

pub(crate) fn add(teller: &mut Teller) {
    let one_each = || Scene::default().with(SUPPORT_RINGS_ALL).with(ONE_EACH);
    teller.add_in(
        one_each(),
        "a_customer_hears_the_music_of_the_queue_until_somebody_is_there",
        waiting_with_music,
    );
    teller.add("the_popup_says_what_is_known_of_the_queue", popup_facts);
    teller.add_in(
        Scene::default().with(IMPATIENT),
        "a_call_that_is_not_answered_goes_to_the_next",
        not_answered,
    );
    teller.add(
        "a_caller_who_hangs_up_frees_the_agent",
        hangs_up_while_ringing,
    );
    teller.add_in(
        Scene::default().with(SUPPORT_RINGS_ALL),
        "two_who_answer_at_once_get_one_call",
        two_answer_at_once,
    );
    teller.add_in(
        Scene::default().with(OVERFLOWING),
        "who_waits_too_long_hears_an_apology",
        waits_too_long,
    );
}

async fn waiting_with_music(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    be(&an, "Lunch break").await?;
    let buyer = customer_calls(&story, "Sales").await?;
    let owner = customer_calls(&story, "Support").await?;
    hears(&[Who::hears_sound(&buyer), Who::hears_sound(&owner)]).await?;
    hears_music(&buyer, Music::Sales).await?;
    hears_music(&owner, Music::Support).await?;
    ensure!(!incoming(&an).is_there().await?, "it rang at lunch");
    choose_state(&an, "Available").await?;
    answer(&an).await?;
    hears(&[
        Who::hears(&an, &[Who::Customer]),
        Who::hears(&buyer, &[Who::An]),
        Who::hears_sound(&owner),
    ])
    .await?;
    // Nobody of Support has been here yet.
    let binh = story.agent(Who::Binh).await?;
    answer(&binh).await?;
    hears(&[
        Who::hears(&an, &[Who::Customer]),
        Who::hears(&binh, &[Who::Customer]),
        Who::hears(&owner, &[Who::Binh]),
    ])
    .await
}

async fn popup_facts(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    be(&an, "Short break").await?;
    let first = customer_calls(&story, "Sales").await?;
    hears(&[Who::hears_sound(&first)]).await?;
    let second = customer_calls(&story, "Sales").await?;
    hears(&[Who::hears_sound(&second)]).await?;
    choose_state(&an, "Available").await?;
    let popup = incoming(&an);
    popup.wait_text("left to answer").await?;
    let text = popup.text().await?;
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = words.join(" ");
    for fact in ["Queue Sales", "Others waiting 1", "Waited 0:"] {
        ensure!(text.contains(fact), "no “{fact}” in “{text}”");
    }
    // Twenty of the queue.
    let before = text.split(" s left to answer").next().unwrap_or_default();
    let seconds = before.split_whitespace().next_back().unwrap_or_default();
    let seconds: u32 = seconds.parse()?;
    ensure!((1..=20).contains(&seconds), "{seconds} s are left");
    an.button("Answer").click().await?;
    hears(&[Who::hears(&first, &[Who::An]), Who::hears_sound(&second)]).await
}

/// An has been free for longer, so it rings there first.
async fn not_answered(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    let binh = story.agent(Who::Binh).await?;
    let customer = customer_calls(&story, "Sales").await?;
    incoming(&an).wait().await?;
    ensure!(!incoming(&binh).is_there().await?, "it rings at both");
    incoming(&an).wait_gone().await?;
    answer(&binh).await?;
    is_in_state(&an, "Not available").await?;
    hears(&[
        Who::hears(&an, &[]),
        Who::hears(&binh, &[Who::Customer]),
        Who::hears(&customer, &[Who::Binh]),
    ])
    .await?;
    section(&an, "History").await?;
    an.any("listitem").wait_text("Missed").await?;
    Ok(())
}

async fn hangs_up_while_ringing(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    let lan = named_customer(&story, "Lan").await?;
    incoming(&an).wait_text("Lan").await?;
    let minh = named_customer(&story, "Minh").await?;
    hears(&[Who::hears_sound(&minh)]).await?;
    lan.button("Hang up").click().await?;
    all_released(&lan).await?;
    // The next one rings at once.
    incoming(&an).wait_text("Minh").await?;
    answer(&an).await?;
    hears(&[
        Who::hears(&an, &[Who::Customer]),
        Who::hears(&minh, &[Who::An]),
    ])
    .await?;
    minh.button("Hang up").click().await?;
    all_released(&an).await?;
    section(&an, "History").await?;
    an.any("listitem").wait_text("Missed").await?;
    Ok(())
}

async fn two_answer_at_once(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    let binh = story.agent(Who::Binh).await?;
    let customer = customer_calls(&story, "Support").await?;
    for page in [&an, &binh] {
        page.button("Answer").wait().await?;
    }
    let (one, other) = (an.button("Answer"), binh.button("Answer"));
    let (one, other) = tokio::join!(one.click(), other.click());
    one?;
    other?;
    let (winner, loser) = until("one of them to be told who has it", PATIENCE, async || {
        if says(&an, "Answered by Bình Trần").await? {
            return Ok(((&binh, Who::Binh), &an));
        }
        if says(&binh, "Answered by An Nguyễn").await? {
            return Ok(((&an, Who::An), &binh));
        }
        bail!("neither is")
    })
    .await?;
    hears(&[
        Who::hears(winner.0, &[Who::Customer]),
        Who::hears(&customer, &[winner.1]),
        Who::hears(loser, &[]),
    ])
    .await?;
    ensure!(!says(loser, "Missed").await?, "a missed call");
    all_released(loser).await?;
    loser.button("Close").click().await?;
    number_box(loser).wait().await
}

async fn says(page: &Page, what: &str) -> Result<bool> {
    let all = page.evaluate("document.body.innerText").await?;
    Ok(all.as_str().is_some_and(|all| all.contains(what)))
}

async fn waits_too_long(story: Story) -> Result<()> {
    let customer = customer_calls(&story, "Sales").await?;
    hears(&[Who::hears_sound(&customer)]).await?;
    all_released(&customer).await?;
    customer.button("Call us").wait_enabled().await
}
