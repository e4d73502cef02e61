//! What goes wrong: the page says what happened, and mends itself where it can.

use std::time::Duration;

use alo_browser_tests::chromium::{Autoplay, Chromium};
use alo_browser_tests::detour::Detour;
use alo_browser_tests::hearing::{hears, keeps_hearing};
use alo_browser_tests::page::{Microphone, Page};
use alo_browser_tests::story::{
    Story, Visit, Who, alerts, all_released, call_with, connect, dial, incoming, number_box,
    one_click, ready, ready_again, sign_in, status,
};
use anyhow::Result;

use crate::Teller;

/// What Chromium writes into the console by itself while there is no server: of a WebSocket that
/// cannot be opened or is cut, and of anything else that is asked for meanwhile.
const WHILE_AWAY: [&str; 2] = ["WebSocket connection to", "Failed to load resource"];

pub(crate) fn add(teller: &mut Teller) {
    teller.add(
        "a_denied_microphone_is_named_and_mended",
        a_denied_microphone,
    );
    teller.add(
        "a_missing_microphone_is_named_and_may_be_plugged_in",
        a_missing_microphone,
    );
    teller.add(
        "a_microphone_that_is_pulled_out_is_replaced_in_the_call",
        a_microphone_is_pulled_out,
    );
    teller.add(
        "a_server_that_is_down_at_sign_in_is_waited_for",
        server_down_at_sign_in,
    );
    teller.add("a_lost_connection_comes_back", a_lost_connection_comes_back);
    teller.add(
        "a_server_that_was_restarted_is_registered_at_again",
        a_restarted_server,
    );
    teller.add("a_call_survives_a_lost_connection", a_call_survives);
    teller.add(
        "a_call_goes_on_through_half_a_minute_without_a_connection",
        half_a_minute_away,
    );
    teller.add(
        "a_call_can_be_ended_while_the_connection_is_lost",
        hang_up_while_away,
    );
    teller.add(
        "a_reload_during_a_call_tells_the_far_end",
        a_reload_during_a_call,
    );
    teller.add("sound_needs_a_click_and_gets_one", sound_needs_a_click);
}

async fn a_denied_microphone(story: Story) -> Result<()> {
    let visit = Visit {
        microphone: Microphone::Denied,
        ..Visit::default()
    };
    let an = story.open(Who::An, visit).await?;
    one_click(&an, Who::An).click().await?;
    status(&an).wait_text("microphone is blocked").await?;
    alerts(&an, "The browser blocks the microphone").await?;
    an.set_microphone(Microphone::Tone).await?;
    an.button("Turn on microphone and sound").click().await?;
    ready(&an).await?;
    dial(&an, "*43").await?;
    hears(&[Who::hears(&an, &[Who::An])]).await
}

async fn a_missing_microphone(story: Story) -> Result<()> {
    let visit = Visit {
        microphone: Microphone::Missing,
        ..Visit::default()
    };
    let an = story.open(Who::An, visit).await?;
    one_click(&an, Who::An).click().await?;
    status(&an).wait_text("no microphone").await?;
    alerts(&an, "No microphone was found").await?;
    all_released(&an).await?;
    an.plug_in_microphone().await?;
    ready(&an).await?;
    dial(&an, "*43").await?;
    hears(&[Who::hears(&an, &[Who::An])]).await
}

/// The second microphone has a tone of its own (nobody else's here), so that what is heard of it
/// cannot be left over from the first.
async fn a_microphone_is_pulled_out(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    let binh = story.agent(Who::Binh).await?;
    connect((&an, Who::An), (&binh, Who::Binh)).await?;
    hears(&[Who::hears(&an, &[Who::Binh]), Who::hears(&binh, &[Who::An])]).await?;
    an.change_microphone(Who::Chi.tone()).await?;
    hears(&[
        Who::hears(&an, &[Who::Binh]),
        Who::hears(&binh, &[Who::Chi]),
    ])
    .await?;
    an.button("Hang up").click().await?;
    all_released(&an).await
}

async fn server_down_at_sign_in(story: Story) -> Result<()> {
    let an = Behind::wire(&story, Who::An).await?;
    one_click(&an.page, Who::An).wait().await?;
    an.cut();
    one_click(&an.page, Who::An).click().await?;
    status(&an.page).wait_text("server does not answer").await?;
    an.mend().await
}

async fn a_lost_connection_comes_back(story: Story) -> Result<()> {
    let an = Behind::wire(&story, Who::An).await?;
    sign_in(&an.page, Who::An).await?;
    let binh = story.agent(Who::Binh).await?;
    an.cut();
    status(&an.page).wait_text("Reconnecting").await?;
    an.mend().await?;
    dial(&binh, "101").await?;
    incoming(&an.page).wait().await
}

/// Nobody presses anything: whoever signed in before is there again by himself.
async fn a_restarted_server(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    let binh = story.agent(Who::Binh).await?;
    for page in [&an, &binh] {
        page.expect_console(&WHILE_AWAY);
    }
    story.server_dies().await?;
    for page in [&an, &binh] {
        status(page).wait_text("Reconnecting").await?;
    }
    story.server_returns().await?;
    for page in [&an, &binh] {
        ready(page).await?;
        page.expect_console(&[]);
    }
    connect((&an, Who::An), (&binh, Who::Binh)).await?;
    hears(&[Who::hears(&an, &[Who::Binh]), Who::hears(&binh, &[Who::An])]).await
}

async fn a_call_survives(story: Story) -> Result<()> {
    let an = Behind::wire(&story, Who::An).await?;
    sign_in(&an.page, Who::An).await?;
    let binh = story.agent(Who::Binh).await?;
    connect((&an.page, Who::An), (&binh, Who::Binh)).await?;
    let talk = [
        Who::hears(&an.page, &[Who::Binh]),
        Who::hears(&binh, &[Who::An]),
    ];
    hears(&talk).await?;
    an.cut();
    status(&an.page).wait_text("Reconnecting").await?;
    keeps_hearing(&talk, Duration::from_secs(3)).await?;
    an.mend().await?;
    call_with(&an.page, Who::Binh.name()).wait().await?;
    // Signalling works again in both directions.
    an.page.button("Hold").click().await?;
    an.page.button("Hold").wait_pressed(true).await?;
    hears(&[Who::hears_sound(&binh)]).await?;
    an.page.button("Hold").click().await?;
    an.page.button("Hold").wait_pressed(false).await?;
    hears(&talk).await?;
    binh.button("Hang up").click().await?;
    all_released(&an.page).await?;
    all_released(&binh).await
}

/// Longer than a server may take a phone for lost (30 s).
async fn half_a_minute_away(story: Story) -> Result<()> {
    let an = Behind::wire(&story, Who::An).await?;
    sign_in(&an.page, Who::An).await?;
    let binh = story.agent(Who::Binh).await?;
    connect((&an.page, Who::An), (&binh, Who::Binh)).await?;
    let talk = [
        Who::hears(&an.page, &[Who::Binh]),
        Who::hears(&binh, &[Who::An]),
    ];
    hears(&talk).await?;
    an.cut();
    status(&an.page).wait_text("Reconnecting").await?;
    keeps_hearing(&talk, Duration::from_secs(31)).await?;
    an.mend().await?;
    call_with(&an.page, Who::Binh.name()).wait().await?;
    hears(&talk).await?;
    an.page.button("Hang up").click().await?;
    all_released(&an.page).await?;
    all_released(&binh).await
}

async fn hang_up_while_away(story: Story) -> Result<()> {
    let an = Behind::wire(&story, Who::An).await?;
    sign_in(&an.page, Who::An).await?;
    let binh = story.agent(Who::Binh).await?;
    connect((&an.page, Who::An), (&binh, Who::Binh)).await?;
    hears(&[Who::hears(&binh, &[Who::An])]).await?;
    an.cut();
    status(&an.page).wait_text("Reconnecting").await?;
    an.page.button("Hang up").click().await?;
    all_released(&an.page).await?;
    an.mend().await?;
    // The far end learns of it as soon as there is a way.
    all_released(&binh).await
}

/// The page says good-bye as it goes. A far end that is not told waits for half a minute, which is
/// longer than this story does.
async fn a_reload_during_a_call(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    let binh = story.agent(Who::Binh).await?;
    connect((&an, Who::An), (&binh, Who::Binh)).await?;
    hears(&[Who::hears(&an, &[Who::Binh]), Who::hears(&binh, &[Who::An])]).await?;
    an.reload_all_the_same().await?;
    binh.wait_for(
        "who hung up",
        "document.body.innerText.includes('An Nguyễn hung up')",
    )
    .await?;
    all_released(&binh).await?;
    ready(&an).await?;
    number_box(&an).wait().await
}

/// In a browser as people have it: a page is silent until somebody does something in it.
async fn sound_needs_a_click(story: Story) -> Result<()> {
    let chromium = Chromium::start(Autoplay::AfterGesture).await?;
    let result = story.elsewhere(&chromium, sound_after_a_click).await;
    chromium.close().await;
    result
}

async fn sound_after_a_click(story: Story) -> Result<()> {
    // Signed in by a script, as after a reload: to the browser the person has done nothing yet.
    let an = story.desk(Who::An).await?;
    an.press_by_script(Who::An.name()).await?;
    status(&an).wait_text("sound is switched off").await?;
    alerts(&an, "keeps this page silent").await?;
    an.button("Turn on microphone and sound").click().await?;
    ready(&an).await?;
    // Signing in with the mouse is something that was done.
    let binh = story.agent(Who::Binh).await?;
    dial(&binh, "101").await?;
    incoming(&an).wait().await?;
    an.wait_for("ringing", "__ear.own() > -50").await?;
    an.button("Answer").click().await?;
    hears(&[Who::hears(&an, &[Who::Binh]), Who::hears(&binh, &[Who::An])]).await
}

/// A page on the far side of a wire that can be cut.
pub(crate) struct Behind {
    pub(crate) page: Page,
    wire: Detour,
}

impl Behind {
    /// Opens the desk there.
    pub(crate) async fn wire(story: &Story, who: Who) -> Result<Self> {
        let wire = story.detour().await?;
        let visit = Visit {
            port: Some(wire.port()),
            ..Visit::default()
        };
        let page = story.open(who, visit).await?;
        Ok(Self { page, wire })
    }

    /// From now on the browser may complain.
    pub(crate) fn cut(&self) {
        self.page.expect_console(&WHILE_AWAY);
        self.wire.cut();
    }

    /// Until the phone is ready again.
    pub(crate) async fn mend(&self) -> Result<()> {
        self.wire.mend();
        ready_again(&self.page).await?;
        self.page.expect_console(&[]);
        Ok(())
    }
}
