//! What goes wrong: the page says what happened, and mends itself where it can.

use std::time::Duration;

use alo_browser_tests::chromium::{Autoplay, Chromium};
use alo_browser_tests::detour::Detour;
use alo_browser_tests::hearing::{hears, keeps_hearing};
use alo_browser_tests::page::{Microphone, Page};
use alo_browser_tests::story::{
    Story, Visit, Who, all_released, call_with, connect, dial, incoming, sign_in, status,
};
use anyhow::Result;

use crate::Teller;

/// What Chromium writes into the console by itself when a WebSocket cannot be opened or is cut.
const SOCKET: &str = "WebSocket connection to";
/// And for anything else that it asks for meanwhile.
const RESOURCE: &str = "Failed to load resource";

pub(crate) fn add(teller: &mut Teller) {
    teller.add(
        "a_denied_microphone_is_named_and_mended",
        a_denied_microphone,
    );
    teller.add("a_missing_microphone_is_named", a_missing_microphone);
    teller.add(
        "a_server_that_is_down_at_sign_in_is_waited_for",
        server_down_at_sign_in,
    );
    teller.add("a_lost_connection_comes_back", a_lost_connection_comes_back);
    teller.add("a_call_survives_a_lost_connection", a_call_survives);
    teller.add(
        "a_call_can_be_ended_while_the_connection_is_lost",
        hang_up_while_away,
    );
    teller.add("sound_needs_a_click_and_gets_one", sound_needs_a_click);
}

async fn a_denied_microphone(story: Story) -> Result<()> {
    let visit = Visit {
        microphone: Microphone::Denied,
        ..Visit::default()
    };
    let an = story.open(Who::An, visit).await?;
    an.control_like("button", Who::An.name()).click().await?;
    status(&an).wait_text("microphone is blocked").await?;
    an.set_microphone(Microphone::Tone).await?;
    an.button("Turn on microphone and sound").click().await?;
    status(&an).wait_text("Ready").await?;
    dial(&an, "*43").await?;
    hears(&[Who::hears(&an, &[Who::An])]).await
}

async fn a_missing_microphone(story: Story) -> Result<()> {
    let visit = Visit {
        microphone: Microphone::Missing,
        ..Visit::default()
    };
    let an = story.open(Who::An, visit).await?;
    an.control_like("button", Who::An.name()).click().await?;
    status(&an).wait_text("no microphone").await?;
    all_released(&an).await
}

async fn server_down_at_sign_in(story: Story) -> Result<()> {
    let detour = Detour::to(story.port()).await?;
    let an = through(&story, &detour, Who::An).await?;
    an.control_like("button", Who::An.name()).wait().await?;
    detour.cut();
    an.control_like("button", Who::An.name()).click().await?;
    status(&an).wait_text("server does not answer").await?;
    detour.mend();
    status(&an).wait_text("Ready").await?;
    Ok(())
}

async fn a_lost_connection_comes_back(story: Story) -> Result<()> {
    let detour = Detour::to(story.port()).await?;
    let an = through(&story, &detour, Who::An).await?;
    sign_in(&an, Who::An).await?;
    let binh = story.agent(Who::Binh).await?;
    detour.cut();
    status(&an).wait_text("Reconnecting").await?;
    detour.mend();
    status(&an).wait_text("Ready").await?;
    dial(&binh, "101").await?;
    incoming(&an).wait().await
}

async fn a_call_survives(story: Story) -> Result<()> {
    let detour = Detour::to(story.port()).await?;
    let an = through(&story, &detour, Who::An).await?;
    sign_in(&an, Who::An).await?;
    let binh = story.agent(Who::Binh).await?;
    connect((&an, Who::An), (&binh, Who::Binh)).await?;
    let talk = [Who::hears(&an, &[Who::Binh]), Who::hears(&binh, &[Who::An])];
    hears(&talk).await?;
    detour.cut();
    status(&an).wait_text("Reconnecting").await?;
    keeps_hearing(&talk, Duration::from_secs(3)).await?;
    detour.mend();
    status(&an).wait_text("Ready").await?;
    call_with(&an, Who::Binh.name()).wait().await?;
    // Signalling works again in both directions.
    an.button("Hold").click().await?;
    an.button("Hold").wait_pressed(true).await?;
    hears(&[Who::hears_sound(&binh)]).await?;
    an.button("Hold").click().await?;
    an.button("Hold").wait_pressed(false).await?;
    hears(&talk).await?;
    binh.button("Hang up").click().await?;
    all_released(&an).await?;
    all_released(&binh).await
}

async fn hang_up_while_away(story: Story) -> Result<()> {
    let detour = Detour::to(story.port()).await?;
    let an = through(&story, &detour, Who::An).await?;
    sign_in(&an, Who::An).await?;
    let binh = story.agent(Who::Binh).await?;
    connect((&an, Who::An), (&binh, Who::Binh)).await?;
    hears(&[Who::hears(&binh, &[Who::An])]).await?;
    detour.cut();
    status(&an).wait_text("Reconnecting").await?;
    an.button("Hang up").click().await?;
    all_released(&an).await?;
    detour.mend();
    status(&an).wait_text("Ready").await?;
    // The far end learns of it as soon as there is a way.
    all_released(&binh).await
}

/// In a browser as people have it: silent until the first click, which signing in is.
async fn sound_needs_a_click(story: Story) -> Result<()> {
    let chromium = Chromium::start(Autoplay::AfterGesture).await?;
    let result = story.elsewhere(&chromium, sound_after_a_click).await;
    chromium.close().await;
    result
}

async fn sound_after_a_click(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    let binh = story.agent(Who::Binh).await?;
    dial(&an, "102").await?;
    incoming(&binh).wait().await?;
    binh.wait_for("ringing", "__ear.own() > -50").await?;
    binh.button("Answer").click().await?;
    hears(&[Who::hears(&an, &[Who::Binh]), Who::hears(&binh, &[Who::An])]).await
}

/// Opens the desk on the far side of a wire that can be cut.
async fn through(story: &Story, detour: &Detour, who: Who) -> Result<Page> {
    let visit = Visit {
        port: Some(detour.port()),
        ..Visit::default()
    };
    let page = story.open(who, visit).await?;
    page.expect_console(SOCKET);
    page.expect_console(RESOURCE);
    Ok(page)
}
