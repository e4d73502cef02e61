//! A real telephone behind the trunk.

use std::time::Duration;

use alo_browser_tests::baresip::{Answers, Baresip, G711_FIRST, LastCall, Subscriber};
use alo_browser_tests::desk::{answer, be, choose_state};
use alo_browser_tests::hearing::{Beside, Hears, TONES, hears, keeps_hearing};
use alo_browser_tests::music::{Music, hears_music};
use alo_browser_tests::scene::{Network, Scene};
use alo_browser_tests::story::{Stage, Story, Who, alerts, all_released, dial, incoming};
use anyhow::{Result, ensure};

use crate::Teller;

pub(crate) fn add(teller: &mut Teller) {
    teller.add_bare("two_telephones_hear_each_other", two_telephones);
    let with = |answers| Scene::default().network(Network::Telephone(answers));
    teller.add_in(
        with(Answers::WhenTold),
        "a_mobile_phone_calls_the_hotline",
        mobile_calls_the_hotline,
    );
    teller.add_in(
        with(Answers::WhenTold),
        "a_mobile_phone_walks_through_the_menu",
        mobile_in_the_menu,
    );
    teller.add_in(
        with(Answers::WhenTold),
        "an_agent_calls_a_mobile_phone_from_a_hotline",
        agent_calls_a_mobile,
    );
    teller.add_in(
        Scene::default().network(Network::Announcing),
        "what_a_network_says_before_the_answer_is_heard",
        early_media,
    );
    teller.add_in(
        with(Answers::WhenTold),
        "a_mobile_phone_that_is_declined_is_told_apart",
        mobile_declines,
    );
    teller.add_in(
        Scene::default().network(Network::Refusing),
        "what_a_network_refuses_has_a_reason",
        refusals,
    );
}

async fn mobile_calls_the_hotline(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    be(&an, "Short break").await?;
    let mobile = story.telephone()?;
    story.telephone_dials("+842873001001").await?;
    mobile.talks().await?;
    hears_music(mobile, Music::Sales).await?;
    choose_state(&an, "Available").await?;
    incoming(&an).wait_text(Who::Mobile.extension()).await?;
    answer(&an).await?;
    let talk = [
        Who::hears(&an, &[Who::Mobile]),
        Who::hears(mobile, &[Who::An]),
    ];
    keeps_hearing(&talk, Duration::from_millis(800)).await?;
    // baresip records nothing from here on, but is heard.
    an.button("Hold").click().await?;
    an.button("Hold").wait_pressed(true).await?;
    hears(&[Who::hears(&an, &[])]).await?;
    an.button("Hold").click().await?;
    hears(&talk[..1]).await?;
    mobile.hang_up().await?;
    all_released(&an).await
}

/// Its keys are RFC 4733 events at 8 kHz.
async fn mobile_in_the_menu(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    let mobile = story.telephone()?;
    story.telephone_dials("+842473002002").await?;
    mobile.talks().await?;
    hears(&[Who::hears_sound(mobile)]).await?;
    mobile.press('1').await?;
    incoming(&an).wait_text("Sales").await?;
    answer(&an).await?;
    hears(&[
        Who::hears(&an, &[Who::Mobile]),
        Who::hears(mobile, &[Who::An]),
    ])
    .await
}

async fn agent_calls_a_mobile(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    an.control("combobox", "Call from")
        .choose("Support")
        .await?;
    dial(&an, Who::Mobile.extension()).await?;
    let mobile = story.telephone()?;
    let caller = mobile.rings().await?;
    ensure!(caller.contains("+842473002002"), "{caller} calls");
    an.control("status", "Who hears whom")
        .wait_text("Ringing")
        .await?;
    mobile.answer().await?;
    mobile.talks().await?;
    let talk = [
        Who::hears(&an, &[Who::Mobile]),
        Who::hears(mobile, &[Who::An]),
    ];
    hears(&talk).await?;
    an.type_keys("42").await?;
    mobile.hears_digits("42").await?;
    mobile.press('7').await?;
    an.hears_digits("7").await?;
    hears(&talk).await?;
    an.button("Hang up").click().await?;
    mobile.ended().await?;
    all_released(&an).await
}

async fn early_media(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    dial(&an, Who::Mobile.extension()).await?;
    hears(&[Who::hears(&an, &[Who::Mobile])]).await?;
    let sentence = an.control("status", "Who hears whom");
    sentence.wait_text("announcement").await?;
    // Then it answers, and goes on.
    sentence.wait_text("talking").await?;
    hears(&[Who::hears(&an, &[Who::Mobile])]).await?;
    an.button("Hang up").click().await?;
    all_released(&an).await
}

async fn mobile_declines(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    dial(&an, Who::Mobile.extension()).await?;
    let mobile = story.telephone()?;
    mobile.rings().await?;
    // baresip declines with 486.
    mobile.hang_up().await?;
    alerts(&an, "Busy").await?;
    all_released(&an).await
}

async fn refusals(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    for (code, says) in [
        (404, "Unknown number"),
        (484, "Unknown number"),
        (486, "Busy"),
        (480, "Unavailable"),
        (408, "Unavailable"),
        (603, "Declined"),
        (503, "out of order"),
        (403, "Not put through"),
    ] {
        dial(&an, &format!("+84900000{code}")).await?;
        alerts(&an, says).await?;
        an.button("Close").click().await?;
        all_released(&an).await?;
    }
    Ok(())
}

/// The measure itself, as in `ears.rs`: with no call centre in between.
async fn two_telephones(_: &Stage) -> Result<()> {
    let one = telephone("One", "+84911111111", TONES[5], Answers::WhenTold).await?;
    let other = telephone("Other", "+84922222222", TONES[2], Answers::WhenTold).await?;
    let nobody = [row(&one, &[]), row(&other, &[])];
    hears(&nobody).await?;
    one.dial("+84922222222", other.port()).await?;
    let caller = other.rings().await?;
    ensure!(caller.contains("+84911111111"), "{caller} calls");
    one.rings_there().await?;
    other.answer().await?;
    one.talks().await?;
    other.talks().await?;
    let talk = [row(&one, &[TONES[2]]), row(&other, &[TONES[5]])];
    keeps_hearing(&talk, Duration::from_millis(500)).await?;
    for digit in "1595D*0#".chars() {
        one.press(digit).await?;
    }
    other.hears_digits("1595D*0#").await?;
    one.hold().await?;
    hears(&nobody).await?;
    one.resume().await?;
    one.hang_up().await?;
    other.ended().await?;
    ensure!(matches!(one.last_call(), LastCall::Ended(_)));
    Ok(())
}

async fn telephone(
    who: &str,
    number: &'static str,
    tone: f64,
    answers: Answers,
) -> Result<Baresip> {
    Baresip::start(&Subscriber {
        who: who.into(),
        number,
        tone,
        answers,
        codecs: G711_FIRST,
    })
    .await
}

fn row<'a>(telephone: &'a Baresip, people: &[f64]) -> Hears<'a> {
    Hears {
        ears: telephone.into(),
        people: people.to_vec(),
        beside: Beside::Silence,
    }
}
