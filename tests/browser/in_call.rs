//! What can be done in a call.

use std::time::Duration;

use alo_browser_tests::hearing::{hears, keeps_hearing};
use alo_browser_tests::story::{
    Story, Who, alerts, all_released, call_with, connect, dial, incoming,
};
use anyhow::Result;

use crate::Teller;

pub(crate) fn add(teller: &mut Teller) {
    teller.add("mute_is_one_way", mute_is_one_way);
    teller.add("hold_plays_music_and_not_the_agent", hold_plays_music);
    teller.add("digits_reach_the_far_end", digits_reach_the_far_end);
    teller.add(
        "typed_digits_reach_the_far_end",
        typed_digits_reach_the_far_end,
    );
    teller.add(
        "digits_reach_the_far_end_without_telephone_events",
        digits_by_info,
    );
    teller.add(
        "a_second_call_holds_the_first_and_is_swapped",
        a_second_call,
    );
    teller.add(
        "a_second_call_can_be_declined",
        a_second_call_can_be_declined,
    );
}

async fn mute_is_one_way(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    let binh = story.agent(Who::Binh).await?;
    connect((&an, Who::An), (&binh, Who::Binh)).await?;
    hears(&[Who::hears(&binh, &[Who::An])]).await?;
    an.button("Mute").click().await?;
    an.button("Mute").wait_pressed(true).await?;
    let muted = [Who::hears(&an, &[Who::Binh]), Who::hears(&binh, &[])];
    keeps_hearing(&muted, Duration::from_millis(500)).await?;
    an.control("status", "Who hears whom")
        .wait_text("muted")
        .await?;
    an.button("Mute").click().await?;
    an.button("Mute").wait_pressed(false).await?;
    hears(&[Who::hears(&an, &[Who::Binh]), Who::hears(&binh, &[Who::An])]).await
}

async fn hold_plays_music(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    let binh = story.agent(Who::Binh).await?;
    connect((&an, Who::An), (&binh, Who::Binh)).await?;
    hears(&[Who::hears(&binh, &[Who::An])]).await?;
    an.button("Hold").click().await?;
    an.button("Hold").wait_pressed(true).await?;
    let held = [Who::hears(&an, &[]), Who::hears_sound(&binh)];
    keeps_hearing(&held, Duration::from_millis(800)).await?;
    let an_reads = an.control("status", "Who hears whom");
    an_reads.wait_text("Bình Trần hears music").await?;
    let binh_reads = binh.control("status", "Who hears whom");
    binh_reads.wait_text("You hear music").await?;
    an.button("Hold").click().await?;
    an.button("Hold").wait_pressed(false).await?;
    hears(&[Who::hears(&an, &[Who::Binh]), Who::hears(&binh, &[Who::An])]).await?;
    binh_reads.wait_text("are talking").await?;
    // The other side's button does the same.
    binh.button("Hold").click().await?;
    binh.button("Hold").wait_pressed(true).await?;
    hears(&[Who::hears_sound(&an), Who::hears(&binh, &[])]).await
}

async fn digits_reach_the_far_end(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    let binh = story.agent(Who::Binh).await?;
    connect((&an, Who::An), (&binh, Who::Binh)).await?;
    hears(&[Who::hears(&binh, &[Who::An])]).await?;
    let call = call_with(&an, Who::Binh.name());
    an.button("Keypad").within(&call).click().await?;
    let keypad = an.control("group", "Keypad").within(&call);
    for key in ["1", "5", "9", "0", "star", "hash"] {
        an.button(key).within(&keypad).click().await?;
    }
    binh.hears_digits("1590*#").await?;
    hears(&[Who::hears(&binh, &[Who::An])]).await
}

async fn typed_digits_reach_the_far_end(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    let binh = story.agent(Who::Binh).await?;
    connect((&an, Who::An), (&binh, Who::Binh)).await?;
    hears(&[Who::hears(&binh, &[Who::An])]).await?;
    an.type_keys("42").await?;
    binh.hears_digits("42").await
}

/// Then the phone sends them by INFO, and the call centre makes tones of them.
async fn digits_by_info(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    let binh = story.agent(Who::Binh).await?;
    an.evaluate("__ear.withoutTelephoneEvents()").await?;
    connect((&an, Who::An), (&binh, Who::Binh)).await?;
    hears(&[Who::hears(&binh, &[Who::An])]).await?;
    an.type_keys("4709").await?;
    binh.hears_digits("4709").await?;
    hears(&[Who::hears(&binh, &[Who::An])]).await
}

async fn a_second_call(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    let binh = story.agent(Who::Binh).await?;
    let chi = story.agent(Who::Chi).await?;
    connect((&an, Who::An), (&binh, Who::Binh)).await?;
    dial(&chi, "101").await?;
    incoming(&an).wait_text("Chi Lê").await?;
    an.button("Answer").click().await?;
    let second = [
        Who::hears(&an, &[Who::Chi]),
        Who::hears_sound(&binh),
        Who::hears(&chi, &[Who::An]),
    ];
    hears(&second).await?;
    an.control_like("button", "Swap").click().await?;
    let first = [
        Who::hears(&an, &[Who::Binh]),
        Who::hears(&binh, &[Who::An]),
        Who::hears_sound(&chi),
    ];
    hears(&first).await?;
    binh.button("Hang up").click().await?;
    all_released(&binh).await?;
    // What is left is the held call; the same button takes it back.
    let hold = an.button("Hold").within(&call_with(&an, Who::Chi.name()));
    hold.wait_pressed(true).await?;
    hold.click().await?;
    hears(&[Who::hears(&an, &[Who::Chi]), Who::hears(&chi, &[Who::An])]).await?;
    an.button("Hang up").click().await?;
    all_released(&an).await?;
    all_released(&chi).await
}

async fn a_second_call_can_be_declined(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    let binh = story.agent(Who::Binh).await?;
    let chi = story.agent(Who::Chi).await?;
    connect((&an, Who::An), (&binh, Who::Binh)).await?;
    dial(&chi, "101").await?;
    incoming(&an).wait().await?;
    an.button("Decline").click().await?;
    alerts(&chi, "Declined").await?;
    hears(&[Who::hears(&an, &[Who::Binh]), Who::hears(&binh, &[Who::An])]).await
}
