//! The customer's call button and the hotline.

use alo_browser_tests::desk::{answer, customer_calls};
use alo_browser_tests::hearing::hears;
use alo_browser_tests::scene::Scene;
use alo_browser_tests::story::{Story, Who, all_released, incoming};
use anyhow::Result;

use crate::Teller;
use crate::queues::SUPPORT_RINGS_ALL;

pub(crate) fn add(teller: &mut Teller) {
    teller.add(
        "a_customer_calls_the_hotline_and_talks",
        a_customer_calls_the_hotline,
    );
    teller.add_in(
        Scene::default().with(SUPPORT_RINGS_ALL),
        "the_hotline_rings_all_and_stops_when_one_answers",
        the_hotline_rings_all,
    );
    teller.add("a_customer_waits_until_somebody_signs_in", a_customer_waits);
    teller.add(
        "a_customer_on_hold_hears_music",
        a_customer_on_hold_hears_music,
    );
}

async fn a_customer_calls_the_hotline(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    let customer = story.customer().await?;
    customer.textbox("Your name").fill("Lan Phạm").await?;
    customer.button("Call us").click().await?;
    let popup = incoming(&an);
    popup.wait_text("Lan Phạm").await?;
    popup.wait_text("Sales").await?;
    popup.wait_text("left to answer").await?;
    an.button("Answer").click().await?;
    let talk = [
        Who::hears(&an, &[Who::Customer]),
        Who::hears(&customer, &[Who::An]),
    ];
    hears(&talk).await?;
    customer.button("Mute").click().await?;
    hears(&[Who::hears(&an, &[]), Who::hears(&customer, &[Who::An])]).await?;
    customer.button("Hang up").click().await?;
    all_released(&an).await?;
    all_released(&customer).await?;
    customer.button("Call us").wait().await
}

async fn the_hotline_rings_all(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    let binh = story.agent(Who::Binh).await?;
    let customer = customer_calls(&story, "Support").await?;
    incoming(&an).wait().await?;
    incoming(&binh).wait().await?;
    binh.button("Answer").click().await?;
    incoming(&an).wait_gone().await?;
    hears(&[
        Who::hears(&an, &[]),
        Who::hears(&binh, &[Who::Customer]),
        Who::hears(&customer, &[Who::Binh]),
    ])
    .await?;
    // An is told who has it, which is not a missed call.
    let said = "document.body.innerText";
    an.wait_for(
        "who answered",
        &format!("{said}.includes('Answered by Bình Trần')"),
    )
    .await?;
    an.wait_for(
        "no word of a missed call",
        &format!("!{said}.includes('Missed')"),
    )
    .await
}

async fn a_customer_waits(story: Story) -> Result<()> {
    let customer = story.customer().await?;
    customer.button("Call us").click().await?;
    hears(&[Who::hears_sound(&customer)]).await?;
    let an = story.agent(Who::An).await?;
    answer(&an).await?;
    hears(&[Who::hears(&customer, &[Who::An])]).await
}

async fn a_customer_on_hold_hears_music(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    let customer = story.customer().await?;
    customer.button("Call us").click().await?;
    incoming(&an).wait().await?;
    an.button("Answer").click().await?;
    hears(&[Who::hears(&customer, &[Who::An])]).await?;
    an.button("Hold").click().await?;
    an.button("Hold").wait_pressed(true).await?;
    hears(&[Who::hears(&an, &[]), Who::hears_sound(&customer)]).await?;
    an.button("Hold").click().await?;
    hears(&[
        Who::hears(&an, &[Who::Customer]),
        Who::hears(&customer, &[Who::An]),
    ])
    .await
}
