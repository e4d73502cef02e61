//! Transfers that come to nothing: the customer hears music meanwhile, and somebody has the call.

use alo_browser_tests::desk::{answer, named_customer};
use alo_browser_tests::hearing::hears;
use alo_browser_tests::music::{Music, hears_music};
use alo_browser_tests::scene::Scene;
use alo_browser_tests::story::{Story, Who, alerts, connect, incoming};
use alo_browser_tests::transfer::{follows, is_free, transfer};
use alo_browser_tests::until::{PATIENCE, until};
use anyhow::{Result, ensure};

use crate::Teller;
use crate::transfer_attended::an_asks_binh;
use crate::transfer_blind::{NO_REST, lan_talks_to_an, they_talk};

/// Nothing rings for long, and what nobody takes is for Bình, by way of Support.
const IMPATIENT: &str = r#"
    [transfer]
    ring_seconds = 4
    fallback = { queue = "support" }
    [[queue]]
    id = "support"
    agents = ["102"]
"#;

/// A page that is dead is taken for it soon.
const SHORT_LIVES: &str = r#"
    [calls]
    lost_media_seconds = 3
    lost_signalling_seconds = 3
    [transfer]
    ring_seconds = 6
"#;

pub(crate) fn add(teller: &mut Teller) {
    teller.add_in(
        Scene::default().with(NO_REST).with(IMPATIENT),
        "a_number_that_cannot_be_reached_gives_the_customer_back",
        numbers,
    );
    teller.add_in(
        Scene::default().with(NO_REST).with(IMPATIENT),
        "an_agent_who_does_not_take_it_gives_the_customer_back_or_on",
        agents,
    );
    teller.add_in(
        Scene::default().with(NO_REST).with(SHORT_LIVES),
        "nobody_is_lost_when_pages_go_while_it_rings",
        pages_go_while_it_rings,
    );
    teller.add_in(
        Scene::default().with(NO_REST).with(SHORT_LIVES),
        "nobody_is_lost_when_pages_die_in_a_call",
        pages_die_in_a_call,
    );
}

/// The numbers of the simulated network.
async fn numbers(story: Story) -> Result<()> {
    let (an, lan) = lan_talks_to_an(&story).await?;
    for (number, says) in [
        ("+84900000002", "Back: +84 90 000 0002 is busy"),
        ("+84900000004", "Back: +84 90 000 0004 declined"),
        ("+84900000003", "Back: +84 90 000 0003 did not answer"),
    ] {
        transfer(&an).to_number(number).await?;
        incoming(&an).wait_texts(&["Lan", says]).await?;
        hears(&[Who::hears(&an, &[]), Who::hears_sound(&lan)]).await?;
        answer(&an).await?;
        they_talk((&an, Who::An), &lan).await?;
    }
    // What can be refused at once does not even hold the call.
    transfer(&an).to_number("999").await?;
    alerts(&an, "There is no 999. You are back with the customer.").await?;
    they_talk((&an, Who::An), &lan).await?;
    transfer(&an).attended_to_number("+84900000002").await?;
    alerts(
        &an,
        "+84 90 000 0002 is busy. You are back with the customer.",
    )
    .await?;
    they_talk((&an, Who::An), &lan).await?;
    transfer(&an).to_number("+84900000001").await?;
    is_free(&an).await?;
    follows(&an, "+84 90 000 0001 answered").await?;
    hears(&[Who::hears(&an, &[]), Who::hears_sound(&lan)]).await
}

async fn agents(story: Story) -> Result<()> {
    let (an, lan) = lan_talks_to_an(&story).await?;
    let binh = story.agent(Who::Binh).await?;
    let chi = story.agent(Who::Chi).await?;
    transfer(&an).blind_to(Who::Binh).await?;
    incoming(&binh).wait().await?;
    binh.button("Decline").click().await?;
    incoming(&an)
        .wait_texts(&["Lan", "Back: Bình Trần declined"])
        .await?;
    hears(&[Who::hears(&an, &[]), Who::hears_sound(&lan)]).await?;
    answer(&an).await?;
    they_talk((&an, Who::An), &lan).await?;
    transfer(&an).blind_to(Who::Binh).await?;
    incoming(&binh).wait().await?;
    incoming(&an)
        .wait_texts(&["Lan", "Back: Bình Trần did not answer"])
        .await?;
    incoming(&binh).wait_gone().await?;
    answer(&an).await?;
    they_talk((&an, Who::An), &lan).await?;
    // This time An talks to somebody else when it comes back.
    transfer(&an).blind_to(Who::Binh).await?;
    incoming(&binh).wait().await?;
    connect((&chi, Who::Chi), (&an, Who::An)).await?;
    binh.button("Decline").click().await?;
    alerts(
        &an,
        "Bình Trần declined. The customer waits in Support now.",
    )
    .await?;
    hears_music(&lan, Music::Support).await?;
    incoming(&binh).wait_texts(&["Lan", "Support"]).await?;
    answer(&binh).await?;
    hears(&[
        Who::hears(&an, &[Who::Chi]),
        Who::hears(&chi, &[Who::An]),
        Who::hears(&binh, &[Who::Customer]),
        Who::hears(&lan, &[Who::Binh]),
    ])
    .await
}

async fn pages_go_while_it_rings(story: Story) -> Result<()> {
    let (an, lan) = lan_talks_to_an(&story).await?;
    let binh = story.agent(Who::Binh).await?;
    transfer(&an).blind_to(Who::Binh).await?;
    incoming(&binh).wait().await?;
    binh.crash().await?;
    hears(&[Who::hears(&an, &[]), Who::hears_sound(&lan)]).await?;
    incoming(&an)
        .wait_texts(&["Lan", "Back: Bình Trần"])
        .await?;
    answer(&an).await?;
    they_talk((&an, Who::An), &lan).await?;
    let chi = story.agent(Who::Chi).await?;
    transfer(&an).blind_to(Who::Chi).await?;
    incoming(&chi).wait_text("Transferred by An Nguyễn").await?;
    an.leave().await?;
    hears(&[Who::hears_sound(&lan)]).await?;
    answer(&chi).await?;
    they_talk((&chi, Who::Chi), &lan).await
}

/// Chi has got a call, and An asks Bình about another, when the page of the one dies and the other's is
/// closed.
async fn pages_die_in_a_call(story: Story) -> Result<()> {
    let (an, lan) = lan_talks_to_an(&story).await?;
    let chi = story.agent(Who::Chi).await?;
    transfer(&an).blind_to(Who::Chi).await?;
    answer(&chi).await?;
    they_talk((&chi, Who::Chi), &lan).await?;
    let minh = named_customer(&story, "Minh").await?;
    answer(&an).await?;
    they_talk((&an, Who::An), &minh).await?;
    let binh = story.agent(Who::Binh).await?;
    an_asks_binh(&an, &binh, &minh).await?;
    chi.crash().await?;
    an.leave().await?;
    // The one says good-bye; of the other it is noticed when nothing more is heard.
    incoming(&binh).wait_texts(&["Minh", "Sales"]).await?;
    hears(&[Who::hears_sound(&minh)]).await?;
    answer(&binh).await?;
    they_talk((&binh, Who::Binh), &minh).await?;
    let dung = story.agent(Who::Dung).await?;
    until("Lan to ring at Dũng", 2 * PATIENCE, async || {
        ensure!(incoming(&dung).is_there().await?, "nobody rings");
        Ok(())
    })
    .await?;
    hears(&[Who::hears_sound(&lan)]).await?;
    answer(&dung).await?;
    they_talk((&dung, Who::Dung), &lan).await
}
