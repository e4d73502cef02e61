//! Calls that are sent to somebody who was not asked: whoever sends them is free at once.

use alo_browser_tests::baresip::Answers;
use alo_browser_tests::desk::{answer, customer_calls, named_customer};
use alo_browser_tests::hearing::hears;
use alo_browser_tests::music::{Music, hears_music};
use alo_browser_tests::page::Page;
use alo_browser_tests::scene::{Network, Scene};
use alo_browser_tests::story::{Story, Who, all_released, incoming};
use alo_browser_tests::transfer::{complete, follows, is_free, transfer};
use anyhow::{Result, ensure};

use crate::Teller;
use crate::queues::ONE_EACH;

/// Nobody rests between two calls.
pub(crate) const NO_REST: &str = r#"
    [[queue]]
    id = "sales"
    wrap_up_seconds = 0
    [[queue]]
    id = "support"
    wrap_up_seconds = 0
"#;

/// It is text, whatever it looks like.
pub(crate) const NOTE: &str = "Paid <b>twice</b> & wants it back";

pub(crate) fn add(teller: &mut Teller) {
    teller.add_in(
        Scene::default().with(NO_REST),
        "a_call_is_sent_to_an_agent_and_the_next_one_is_taken_at_once",
        to_an_agent,
    );
    teller.add_in(
        Scene::default()
            .with(NO_REST)
            .network(Network::Telephone(Answers::WhenTold)),
        "a_call_is_sent_to_a_mobile_phone_asked_or_not",
        to_a_mobile,
    );
    teller.add_in(
        Scene::default().with(NO_REST).with(ONE_EACH),
        "a_call_is_sent_to_a_queue_and_from_there_to_a_menu",
        to_a_queue_and_a_menu,
    );
}

/// Lan called Sales and talks to An.
pub(crate) async fn lan_talks_to_an(story: &Story) -> Result<(Page, Page)> {
    let an = story.agent(Who::An).await?;
    let lan = named_customer(story, "Lan").await?;
    answer(&an).await?;
    they_talk((&an, Who::An), &lan).await?;
    Ok((an, lan))
}

/// Somebody and the customer hear each other and nothing else.
pub(crate) async fn they_talk((page, who): (&Page, Who), customer: &Page) -> Result<()> {
    hears(&[
        Who::hears(page, &[Who::Customer]),
        Who::hears(customer, &[who]),
    ])
    .await
}

async fn to_an_agent(story: Story) -> Result<()> {
    let (an, lan) = lan_talks_to_an(&story).await?;
    let binh = story.agent(Who::Binh).await?;
    transfer(&an).with(NOTE).blind_to(Who::Binh).await?;
    incoming(&binh)
        .wait_texts(&["Lan", "Transferred by An Nguyễn", NOTE])
        .await?;
    is_free(&an).await?;
    follows(&an, "Bình Trần rings").await?;
    hears(&[
        Who::hears(&an, &[]),
        Who::hears(&binh, &[]),
        Who::hears_sound(&lan),
    ])
    .await?;
    // It still rings at Bình, and An has the next customer.
    let next = customer_calls(&story, "Sales").await?;
    answer(&an).await?;
    hears(&[
        Who::hears(&an, &[Who::Customer]),
        Who::hears(&next, &[Who::An]),
        Who::hears_sound(&lan),
    ])
    .await?;
    answer(&binh).await?;
    follows(&an, "Bình Trần answered").await?;
    hears(&[
        Who::hears(&an, &[Who::Customer]),
        Who::hears(&next, &[Who::An]),
        Who::hears(&binh, &[Who::Customer]),
        Who::hears(&lan, &[Who::Binh]),
    ])
    .await?;
    lan.button("Hang up").click().await?;
    all_released(&binh).await?;
    hears(&[Who::hears(&next, &[Who::An])]).await
}

async fn to_a_mobile(story: Story) -> Result<()> {
    let (an, lan) = lan_talks_to_an(&story).await?;
    let mobile = story.telephone()?;
    transfer(&an).to_number(Who::Mobile.extension()).await?;
    // From the line that Lan called.
    let caller = mobile.rings().await?;
    ensure!(caller.contains("+842873001001"), "{caller} calls");
    is_free(&an).await?;
    follows(&an, "+84 91 234 5678 rings").await?;
    hears(&[Who::hears(&an, &[]), Who::hears_sound(&lan)]).await?;
    mobile.answer().await?;
    follows(&an, "+84 91 234 5678 answered").await?;
    let talk = [
        Who::hears(&lan, &[Who::Mobile]),
        Who::hears(mobile, &[Who::Customer]),
    ];
    hears(&talk).await?;
    mobile.hang_up().await?;
    all_released(&lan).await?;
    // Once more, and this time An asks first.
    lan.button("Call us").click().await?;
    answer(&an).await?;
    transfer(&an)
        .attended_to_number(Who::Mobile.extension())
        .await?;
    let caller = mobile.rings().await?;
    ensure!(caller.contains("+842873001001"), "{caller} calls");
    mobile.answer().await?;
    hears(&[
        Who::hears(&an, &[Who::Mobile]),
        Who::hears(mobile, &[Who::An]),
        Who::hears_sound(&lan),
    ])
    .await?;
    complete(&an).await?;
    is_free(&an).await?;
    hears(&talk).await?;
    lan.button("Hang up").click().await?;
    mobile.ended().await?;
    Ok(())
}

/// An alone takes the calls of Sales, and Bình those of Support.
async fn to_a_queue_and_a_menu(story: Story) -> Result<()> {
    let (an, lan) = lan_talks_to_an(&story).await?;
    transfer(&an).to_queue("Support").await?;
    is_free(&an).await?;
    follows(&an, "Lan waits in Support").await?;
    hears_music(&lan, Music::Support).await?;
    let binh = story.agent(Who::Binh).await?;
    incoming(&binh)
        .wait_texts(&["Lan", "Support", "Transferred by An Nguyễn"])
        .await?;
    follows(&an, "An agent of Support is rung").await?;
    answer(&binh).await?;
    follows(&an, "Bình Trần answered").await?;
    they_talk((&binh, Who::Binh), &lan).await?;
    transfer(&binh).to_ivr("Main menu").await?;
    is_free(&binh).await?;
    follows(&binh, "Lan is in Main menu now").await?;
    hears(&[Who::hears(&binh, &[]), Who::hears_sound(&lan)]).await?;
    lan.button("Keypad").click().await?;
    let keypad = lan.control("group", "Keypad");
    lan.button("1").within(&keypad).click().await?;
    incoming(&an).wait_text("Sales").await?;
    answer(&an).await?;
    hears(&[
        Who::hears(&an, &[Who::Customer]),
        Who::hears(&binh, &[]),
        Who::hears(&lan, &[Who::An]),
    ])
    .await
}
