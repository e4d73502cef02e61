//! What an agent does at the desk, beside calls, and what a customer does who calls.

use anyhow::Result;

use crate::control::Control;
use crate::page::Page;
use crate::story::{Story, incoming};

/// The menu button **Working state**; its text says which state it is.
pub fn working_state(page: &Page) -> Control {
    page.button("Working state")
}

/// Chooses a working state, without waiting for it to be confirmed.
///
/// # Errors
/// When it is not offered.
pub async fn choose_state(page: &Page, state: &str) -> Result<()> {
    working_state(page).click().await?;
    page.control("menuitemradio", state).click().await
}

/// Waits until the server has confirmed a working state.
///
/// # Errors
/// With the state that it is instead.
pub async fn is_in_state(page: &Page, state: &str) -> Result<()> {
    let sentence = format!("Working state: {state}");
    working_state(page).wait_text(&sentence).await?;
    Ok(())
}

/// Chooses a working state and waits until the server has confirmed it.
///
/// # Errors
/// As the two.
pub async fn be(page: &Page, state: &str) -> Result<()> {
    choose_state(page, state).await?;
    is_in_state(page, state).await
}

/// The card of after-call work.
pub fn after_call_work(page: &Page) -> Control {
    page.control("region", "After-call work")
}

/// The button that ends after-call work.
pub fn end_work(page: &Page) -> Control {
    page.control_like("button", "End now")
}

/// Opens a section of the panel, whichever role its switch has.
///
/// # Errors
/// When there is none.
pub async fn section(page: &Page, name: &str) -> Result<()> {
    for role in ["tab", "link", "button"] {
        let switch = page.control(role, name);
        if switch.is_there().await? {
            return switch.click().await;
        }
    }
    page.control("tab", name).click().await
}

/// A customer opens the call button and calls a hotline by its name.
///
/// # Errors
/// When it cannot be called.
pub async fn customer_calls(story: &Story, hotline: &str) -> Result<Page> {
    let customer = story.customer().await?;
    customer
        .control("combobox", "Hotline")
        .choose(hotline)
        .await?;
    customer.button("Call us").click().await?;
    Ok(customer)
}

/// A customer who says a name, and calls Sales.
///
/// # Errors
/// When it cannot be called.
pub async fn named_customer(story: &Story, name: &str) -> Result<Page> {
    let customer = story.customer().await?;
    customer.textbox("Your name").fill(name).await?;
    customer.button("Call us").click().await?;
    Ok(customer)
}

/// Takes the call that rings.
///
/// # Errors
/// When none does.
pub async fn answer(page: &Page) -> Result<()> {
    incoming(page).wait().await?;
    page.button("Answer").click().await?;
    incoming(page).wait_gone().await
}
