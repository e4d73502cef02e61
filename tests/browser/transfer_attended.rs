//! Calls that are sent to somebody who is asked first, while the customer hears music.

use alo_browser_tests::desk::answer;
use alo_browser_tests::hearing::hears;
use alo_browser_tests::page::Page;
use alo_browser_tests::scene::Scene;
use alo_browser_tests::story::{Story, Who, alerts, all_released, call_with, incoming};
use alo_browser_tests::transfer::{complete, follows, is_free, transfer};
use anyhow::Result;

use crate::Teller;
use crate::transfer_blind::{NO_REST, NOTE, lan_talks_to_an, they_talk};

pub(crate) fn add(teller: &mut Teller) {
    let scene = || Scene::default().with(NO_REST);
    teller.add_in(
        scene(),
        "a_colleague_is_asked_and_takes_the_customer",
        asked_and_takes,
    );
    teller.add_in(
        scene(),
        "a_colleague_is_asked_and_dropped_and_asked_again_by_all_three",
        dropped_and_merged,
    );
    teller.add_in(
        scene(),
        "who_hangs_up_while_a_colleague_is_asked_leaves_the_other_two",
        hanging_up,
    );
    teller.add_in(
        scene(),
        "a_transfer_is_completed_before_the_colleague_answers",
        semi_attended,
    );
}

/// An asks Bình, and Bình answers.
pub(crate) async fn an_asks_binh(an: &Page, binh: &Page, lan: &Page) -> Result<()> {
    transfer(an).attended_to(Who::Binh).await?;
    answer(binh).await?;
    in_private(an, binh, lan).await
}

/// An and Bình hear each other, and Lan hears music.
async fn in_private(an: &Page, binh: &Page, lan: &Page) -> Result<()> {
    hears(&[
        Who::hears(an, &[Who::Binh]),
        Who::hears(binh, &[Who::An]),
        Who::hears_sound(lan),
    ])
    .await
}

fn who_hears_whom(page: &Page) -> alo_browser_tests::control::Control {
    page.control("status", "Who hears whom")
}

async fn asked_and_takes(story: Story) -> Result<()> {
    let (an, lan) = lan_talks_to_an(&story).await?;
    let binh = story.agent(Who::Binh).await?;
    transfer(&an).with(NOTE).attended_to(Who::Binh).await?;
    incoming(&binh)
        .wait_texts(&["An Nguyễn asks about Lan", NOTE])
        .await?;
    hears(&[Who::hears(&an, &[]), Who::hears_sound(&lan)]).await?;
    answer(&binh).await?;
    in_private(&an, &binh, &lan).await?;
    who_hears_whom(&an)
        .wait_texts(&["You and Bình Trần are talking;", "Lan hears music."])
        .await?;
    an.control_like("button", "Swap").click().await?;
    hears(&[
        Who::hears(&an, &[Who::Customer]),
        Who::hears(&lan, &[Who::An]),
        Who::hears_sound(&binh),
    ])
    .await?;
    who_hears_whom(&an)
        .wait_texts(&["You and Lan are talking;", "Bình Trần hears music."])
        .await?;
    who_hears_whom(&binh)
        .wait_texts(&["An Nguyễn put you on hold.", "You hear music"])
        .await?;
    an.control_like("button", "Swap").click().await?;
    in_private(&an, &binh, &lan).await?;
    complete(&an).await?;
    is_free(&an).await?;
    follows(&an, "Bình Trần answered").await?;
    call_with(&binh, "Lan").wait().await?;
    who_hears_whom(&binh)
        .wait_text("You and Lan are talking")
        .await?;
    hears(&[
        Who::hears(&an, &[]),
        Who::hears(&binh, &[Who::Customer]),
        Who::hears(&lan, &[Who::Binh]),
    ])
    .await?;
    lan.button("Hang up").click().await?;
    all_released(&binh).await
}

async fn dropped_and_merged(story: Story) -> Result<()> {
    let (an, lan) = lan_talks_to_an(&story).await?;
    let binh = story.agent(Who::Binh).await?;
    an_asks_binh(&an, &binh, &lan).await?;
    an.button("Back to customer").click().await?;
    is_free(&binh).await?;
    they_talk((&an, Who::An), &lan).await?;
    an_asks_binh(&an, &binh, &lan).await?;
    an.button("Merge").click().await?;
    hears(&[
        Who::hears(&an, &[Who::Binh, Who::Customer]),
        Who::hears(&binh, &[Who::An, Who::Customer]),
        Who::hears(&lan, &[Who::An, Who::Binh]),
    ])
    .await?;
    who_hears_whom(&an)
        .wait_text("You, Lan and Bình Trần hear each other.")
        .await?;
    who_hears_whom(&binh)
        .wait_texts(&["Lan", "An Nguyễn", "hear each other."])
        .await?;
    an.button("Hang up").click().await?;
    is_free(&an).await?;
    hears(&[
        Who::hears(&an, &[]),
        Who::hears(&binh, &[Who::Customer]),
        Who::hears(&lan, &[Who::Binh]),
    ])
    .await
}

async fn hanging_up(story: Story) -> Result<()> {
    let (an, lan) = lan_talks_to_an(&story).await?;
    let binh = story.agent(Who::Binh).await?;
    an_asks_binh(&an, &binh, &lan).await?;
    binh.button("Hang up").click().await?;
    alerts(&an, "Bình Trần hung up. You are back with the customer.").await?;
    they_talk((&an, Who::An), &lan).await?;
    // He does not take the next one either.
    transfer(&an).attended_to(Who::Binh).await?;
    incoming(&binh).wait().await?;
    binh.button("Decline").click().await?;
    alerts(&an, "Bình Trần declined. You are back with the customer.").await?;
    they_talk((&an, Who::An), &lan).await?;
    an_asks_binh(&an, &binh, &lan).await?;
    lan.button("Hang up").click().await?;
    alerts(
        &an,
        "The customer hung up. You are still connected to Bình Trần.",
    )
    .await?;
    all_released(&lan).await?;
    hears(&[Who::hears(&an, &[Who::Binh]), Who::hears(&binh, &[Who::An])]).await?;
    an.button("Hang up").click().await?;
    is_free(&binh).await
}

async fn semi_attended(story: Story) -> Result<()> {
    let (an, lan) = lan_talks_to_an(&story).await?;
    let binh = story.agent(Who::Binh).await?;
    transfer(&an).attended_to(Who::Binh).await?;
    incoming(&binh).wait().await?;
    complete(&an).await?;
    is_free(&an).await?;
    follows(&an, "Bình Trần rings").await?;
    hears(&[Who::hears(&an, &[]), Who::hears_sound(&lan)]).await?;
    incoming(&binh)
        .wait_text("An Nguyễn asks about Lan")
        .await?;
    answer(&binh).await?;
    call_with(&binh, "Lan").wait().await?;
    they_talk((&binh, Who::Binh), &lan).await?;
    // The other way round, and An does not want it.
    transfer(&binh).attended_to(Who::An).await?;
    incoming(&an).wait().await?;
    complete(&binh).await?;
    is_free(&binh).await?;
    an.button("Decline").click().await?;
    incoming(&binh)
        .wait_texts(&["Lan", "Back: An Nguyễn declined"])
        .await?;
    hears(&[Who::hears(&binh, &[]), Who::hears_sound(&lan)]).await?;
    answer(&binh).await?;
    they_talk((&binh, Who::Binh), &lan).await
}
