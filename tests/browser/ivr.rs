//! Menus that callers walk through.

use alo_browser_tests::desk::{answer, customer_calls};
use alo_browser_tests::hearing::hears;
use alo_browser_tests::page::Page;
use alo_browser_tests::scene::Scene;
use alo_browser_tests::story::{Story, Who, incoming};
use anyhow::{Result, ensure};

use crate::Teller;
use crate::queues::ONE_EACH;

/// Nobody is asked for long.
const HASTY: &str = r#"
    [[ivr]]
    id = "main"
    prompts = ["main-menu-en"]
    timeout_seconds = 1
    attempts = 1
    fallback = { queue = "support" }
"#;

pub(crate) fn add(teller: &mut Teller) {
    let one_each = || Scene::default().with(ONE_EACH);
    teller.add_in(one_each(), "the_key_1_leads_to_sales", one_leads_to_sales);
    teller.add_in(
        one_each(),
        "the_key_2_leads_to_support",
        two_leads_to_support,
    );
    teller.add_in(
        one_each().with(HASTY),
        "who_presses_nothing_gets_somebody_all_the_same",
        nothing_pressed,
    );
}

async fn one_leads_to_sales(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    let binh = story.agent(Who::Binh).await?;
    let customer = in_the_menu(&story).await?;
    presses(&customer, "1").await?;
    incoming(&an).wait_text("Sales").await?;
    ensure!(!incoming(&binh).is_there().await?, "it rings at Support");
    answer(&an).await?;
    hears(&[
        Who::hears(&an, &[Who::Customer]),
        Who::hears(&binh, &[]),
        Who::hears(&customer, &[Who::An]),
    ])
    .await
}

async fn two_leads_to_support(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    let binh = story.agent(Who::Binh).await?;
    let customer = in_the_menu(&story).await?;
    // Once more from the beginning, to the hours and back: trees lead to each other.
    presses(&customer, "3").await?;
    hears(&[Who::hears_sound(&customer)]).await?;
    presses(&customer, "hash").await?;
    hears(&[Who::hears_sound(&customer)]).await?;
    presses(&customer, "2").await?;
    incoming(&binh).wait_text("Support").await?;
    ensure!(!incoming(&an).is_there().await?, "it rings at Sales");
    answer(&binh).await?;
    hears(&[
        Who::hears(&an, &[]),
        Who::hears(&binh, &[Who::Customer]),
        Who::hears(&customer, &[Who::Binh]),
    ])
    .await
}

/// The menu is said once, in half a minute at most.
async fn nothing_pressed(story: Story) -> Result<()> {
    let binh = story.agent(Who::Binh).await?;
    let customer = in_the_menu(&story).await?;
    answer(&binh).await?;
    hears(&[Who::hears(&customer, &[Who::Binh])]).await
}

/// A customer calls Support and hears the menu.
async fn in_the_menu(story: &Story) -> Result<Page> {
    let customer = customer_calls(story, "Support").await?;
    hears(&[Who::hears_sound(&customer)]).await?;
    customer.button("Keypad").click().await?;
    Ok(customer)
}

async fn presses(customer: &Page, key: &str) -> Result<()> {
    let keypad = customer.control("group", "Keypad");
    customer.button(key).within(&keypad).click().await
}
