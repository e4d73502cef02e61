//! Calls between agents and to the phone network.

use std::time::Duration;

use alo_browser_tests::config::SHORT_RINGS;
use alo_browser_tests::control::Control;
use alo_browser_tests::hearing::{hears, keeps_hearing};
use alo_browser_tests::page::Page;
use alo_browser_tests::scene::Scene;
use alo_browser_tests::story::{
    Story, Visit, Who, alerts, all_released, call_with, connect, dial, echo_call, footprint,
    incoming, number_box, sign_in,
};
use alo_browser_tests::until::{PATIENCE, until};
use anyhow::{Context as _, Result, ensure};

use crate::Teller;

pub(crate) fn add(teller: &mut Teller) {
    teller.add("two_agents_hear_each_other", two_agents_hear_each_other);
    teller.add(
        "hanging_up_leaves_nothing_behind",
        hanging_up_leaves_nothing_behind,
    );
    teller.add("ten_calls_leave_nothing_behind", ten_calls);
    teller.add("a_call_in_the_widget_is_heard", a_call_in_the_widget);
    teller.add("a_declined_call_says_so", a_declined_call_says_so);
    teller.add_in(
        Scene::default().with(SHORT_RINGS),
        "a_call_that_nobody_answers_ends",
        a_call_that_nobody_answers_ends,
    );
    teller.add("the_caller_gives_up", the_caller_gives_up);
    teller.add("an_unknown_number_says_so", an_unknown_number_says_so);
    teller.add(
        "the_phone_network_answers_and_speaks",
        the_phone_network_speaks,
    );
    teller.add("a_busy_number_says_so", a_busy_number_says_so);
    teller.add_in(
        Scene::default().with(SHORT_RINGS),
        "a_number_without_answer_says_so",
        a_number_without_answer_says_so,
    );
    teller.add(
        "a_number_that_declines_says_so",
        a_number_that_declines_says_so,
    );
    teller.add("the_echo_number_gives_ones_own_voice_back", the_echo_number);
    teller.add(
        "a_call_is_made_by_keyboard_alone",
        a_call_is_made_by_keyboard_alone,
    );
    teller.add(
        "a_hidden_page_notifies_until_it_is_answered",
        a_hidden_page_notifies,
    );
    teller.add("an_incoming_call_rings_until_it_is_answered", ringing);
    teller.add("the_seconds_left_to_answer_count_down", seconds_count_down);
}

async fn two_agents_hear_each_other(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    let binh = story.agent(Who::Binh).await?;
    connect((&an, Who::An), (&binh, Who::Binh)).await?;
    hears(&[Who::hears(&an, &[Who::Binh]), Who::hears(&binh, &[Who::An])]).await?;
    let sentence = an.control("status", "Who hears whom");
    sentence.wait_text("talking").await?;
    Ok(())
}

async fn hanging_up_leaves_nothing_behind(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    let binh = story.agent(Who::Binh).await?;
    for _ in 0..2 {
        connect((&an, Who::An), (&binh, Who::Binh)).await?;
        hears(&[Who::hears(&binh, &[Who::An])]).await?;
        an.button("Hang up").click().await?;
        all_released(&an).await?;
        all_released(&binh).await?;
        an.button("Hang up").wait_gone().await?;
        binh.button("Hang up").wait_gone().await?;
        number_box(&an).wait().await?;
    }
    Ok(())
}

/// The widget, because it shows no history that grows with every call.
async fn ten_calls(story: Story) -> Result<()> {
    let an = story.open(Who::An, widget()).await?;
    sign_in(&an, Who::An).await?;
    // What is made once and kept is made by then.
    for _ in 0..3 {
        echo_call(&an).await?;
    }
    let before = footprint(&an).await?;
    for _ in 0..10 {
        echo_call(&an).await?;
    }
    // A call that stays has some two hundred nodes in the page.
    let allowed = |name| match name {
        "Nodes" => Some(100.0),
        "elements in the page" | "open connections" | "live microphones" => Some(0.0),
        _ => None,
    };
    until("ten calls to be forgotten", PATIENCE, async || {
        let after = footprint(&an).await?;
        for ((name, before), (_, after)) in before.iter().zip(&after) {
            let more = after - before;
            ensure!(
                allowed(name).is_none_or(|allowed| more <= allowed),
                "{name}: {before} before, {after} after"
            );
        }
        Ok(())
    })
    .await
}

async fn a_call_in_the_widget(story: Story) -> Result<()> {
    let an = story.open(Who::An, widget()).await?;
    sign_in(&an, Who::An).await?;
    let binh = story.agent(Who::Binh).await?;
    connect((&an, Who::An), (&binh, Who::Binh)).await?;
    hears(&[Who::hears(&an, &[Who::Binh]), Who::hears(&binh, &[Who::An])]).await?;
    an.button("Hang up").click().await?;
    all_released(&an).await?;
    all_released(&binh).await
}

fn widget() -> Visit {
    Visit {
        path: "/widget?lang=en".into(),
        size: (360, 560),
        ..Visit::default()
    }
}

async fn a_declined_call_says_so(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    let binh = story.agent(Who::Binh).await?;
    dial(&an, "102").await?;
    incoming(&binh).wait_text("An Nguyễn").await?;
    binh.button("Decline").click().await?;
    incoming(&binh).wait_gone().await?;
    binh.wait_for("silence", "__ear.playing() === 0").await?;
    alerts(&an, "Declined").await?;
    all_released(&binh).await
}

async fn a_call_that_nobody_answers_ends(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    let binh = story.agent(Who::Binh).await?;
    dial(&an, "102").await?;
    incoming(&binh).wait().await?;
    alerts(&an, "No answer").await?;
    incoming(&binh).wait_gone().await
}

async fn the_caller_gives_up(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    let binh = story.agent(Who::Binh).await?;
    dial(&an, "102").await?;
    incoming(&binh).wait().await?;
    an.button("Hang up").click().await?;
    incoming(&binh).wait_gone().await?;
    alerts(&binh, "Missed").await?;
    all_released(&an).await
}

async fn an_unknown_number_says_so(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    dial(&an, "999").await?;
    alerts(&an, "Unknown number").await
}

async fn the_phone_network_speaks(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    an.control("combobox", "Call from")
        .choose("Support")
        .await?;
    dial(&an, "+84900000001").await?;
    // Both at one moment, because the one ends with the other.
    let rings = "[...document.querySelectorAll('[role=status]')].some(status =>
        status.getAttribute('aria-label') === 'Who hears whom'
        && status.innerText.includes('Ringing'))";
    an.wait_for(
        "a tone while it still rings there",
        &format!("__ear.own() > -50 && {rings}"),
    )
    .await?;
    // The line that it goes out from.
    let details = an.control("region", "Call details");
    details.wait_text("Support").await?;
    an.control("status", "Who hears whom")
        .wait_text("talking")
        .await?;
    hears(&[Who::hears_sound(&an)]).await?;
    an.button("Hang up").click().await?;
    all_released(&an).await
}

async fn a_busy_number_says_so(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    dial(&an, "+84900000002").await?;
    alerts(&an, "Busy").await
}

async fn a_number_without_answer_says_so(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    dial(&an, "+84900000003").await?;
    an.control("status", "Who hears whom")
        .wait_text("Ringing")
        .await?;
    alerts(&an, "No answer").await
}

async fn a_number_that_declines_says_so(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    dial(&an, "+84900000004").await?;
    alerts(&an, "Declined").await
}

async fn the_echo_number(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    dial(&an, "*43").await?;
    hears(&[Who::hears(&an, &[Who::An])]).await?;
    an.button("Mute").click().await?;
    an.button("Mute").wait_pressed(true).await?;
    keeps_hearing(&[Who::hears(&an, &[])], Duration::from_millis(500)).await
}

async fn a_call_is_made_by_keyboard_alone(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    let binh = story.agent(Who::Binh).await?;
    tab_to(&an, &number_box(&an)).await?;
    an.type_keys("102").await?;
    an.press("Enter").await?;
    incoming(&binh).wait().await?;
    tab_to(&binh, &binh.button("Answer")).await?;
    binh.press("Enter").await?;
    call_with(&an, Who::Binh.name()).wait().await?;
    hears(&[Who::hears(&binh, &[Who::An])]).await?;
    tab_to(&an, &an.button("Mute")).await?;
    an.press("Space").await?;
    an.button("Mute").wait_pressed(true).await?;
    tab_to(&an, &an.button("Hang up")).await?;
    an.press("Enter").await?;
    all_released(&an).await?;
    all_released(&binh).await
}

async fn ringing(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    let binh = story.agent(Who::Binh).await?;
    let title = binh.evaluate("document.title").await?;
    dial(&an, "102").await?;
    incoming(&binh).wait_text("An Nguyễn").await?;
    binh.wait_for("ringing", "__ear.own() > -50").await?;
    binh.wait_for("another title", &format!("document.title !== {title}"))
        .await?;
    binh.button("Answer").click().await?;
    binh.wait_for("silence", "__ear.own() < -90 && __ear.playing() === 0")
        .await?;
    binh.wait_for("the usual title", &format!("document.title === {title}"))
        .await?;
    hears(&[Who::hears(&binh, &[Who::An])]).await
}

async fn a_hidden_page_notifies(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    let binh = story.agent(Who::Binh).await?;
    binh.hide().await?;
    dial(&an, "102").await?;
    binh.wait_for("ringing", "__ear.own() > -50").await?;
    binh.wait_for(
        "a notification that names the caller",
        "__ear.notifications.some(({ title, body, shown }) => \
         shown && `${title} ${body}`.includes('An Nguyễn'))",
    )
    .await?;
    // Answered from elsewhere: the page stays hidden, so only the call takes it away.
    binh.press_by_script("Answer").await?;
    binh.wait_for(
        "no notification",
        "document.hidden && __ear.notifications.every(({ shown }) => !shown)",
    )
    .await?;
    hears(&[Who::hears(&binh, &[Who::An])]).await
}

async fn seconds_count_down(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    let binh = story.agent(Who::Binh).await?;
    dial(&an, "102").await?;
    let popup = incoming(&binh);
    let first = seconds_left(&popup).await?;
    // Of the thirty that the server gives him.
    ensure!((10..=30).contains(&first), "{first} s at first");
    until("two seconds to pass", PATIENCE, async || {
        let left = seconds_left(&popup).await?;
        ensure!(left + 2 <= first, "{first} s at first, {left} s now");
        Ok(())
    })
    .await
}

/// The number before "s left to answer".
async fn seconds_left(popup: &Control) -> Result<u32> {
    const LEFT: &str = " s left to answer";
    let text = popup.wait_text(LEFT).await?;
    let before = text.split(LEFT).next().unwrap_or_default();
    let number = before.split_whitespace().next_back().unwrap_or_default();
    number
        .parse()
        .with_context(|| format!("no seconds in {text}"))
}

/// Presses Tab until a control has the keyboard.
async fn tab_to(page: &Page, control: &Control) -> Result<()> {
    control.wait().await?;
    for _ in 0..60 {
        if control.is_focused().await? {
            return Ok(());
        }
        page.press("Tab").await?;
    }
    ensure!(
        control.is_focused().await?,
        "{control} is not reached by Tab"
    );
    Ok(())
}
