//! Languages, accessibility, sizes.

use alo_browser_tests::accessibility::check;
use alo_browser_tests::desk;
use alo_browser_tests::page::Page;
use alo_browser_tests::story::{
    Story, Visit, Who, call_with, connect, dial, incoming, number_box, sign_in,
};
use anyhow::{Result, ensure};

use crate::Teller;

pub(crate) fn add(teller: &mut Teller) {
    teller.add(
        "every_page_and_state_is_accessible",
        every_state_is_accessible,
    );
    teller.add(
        "the_views_of_the_call_centre_are_accessible",
        the_call_centre_is_accessible,
    );
    teller.add("the_dark_theme_is_accessible", the_dark_theme_is_accessible);
    teller.add("the_phone_speaks_vietnamese", the_phone_speaks_vietnamese);
    teller.add("the_widget_fits_its_smallest_frame", the_widget_fits);
    teller.add(
        "controls_of_a_call_are_large_enough",
        controls_are_large_enough,
    );
}

async fn every_state_is_accessible(story: Story) -> Result<()> {
    let an = story.desk(Who::An).await?;
    an.button("Sign in").wait().await?;
    check(&an, "sign-in").await?;
    sign_in(&an, Who::An).await?;
    check(&an, "idle").await?;
    story.picture(&an, "idle").await?;
    let binh = story.agent(Who::Binh).await?;
    dial(&binh, "101").await?;
    incoming(&an).wait().await?;
    check(&an, "incoming").await?;
    check(&binh, "calling").await?;
    story.picture(&an, "incoming").await?;
    an.button("Answer").click().await?;
    let call = call_with(&an, Who::Binh.name());
    call.wait().await?;
    an.button("Mute").wait_enabled().await?;
    check(&an, "in a call").await?;
    let keypad = an.button("Keypad").within(&call);
    keypad.click().await?;
    check(&an, "keypad").await?;
    keypad.click().await?;
    an.button("Hold").click().await?;
    an.button("Hold").wait_pressed(true).await?;
    check(&an, "on hold").await?;
    story.picture(&an, "held").await?;
    an.button("Hang up").click().await?;
    call.wait_gone().await?;
    for section in ["People", "History", "Settings"] {
        desk::section(&an, section).await?;
        check(&an, section).await?;
    }
    let customer = story.customer().await?;
    customer.button("Call us").wait().await?;
    check(&customer, "call button").await
}

/// In both themes: what is told by a colour has one more to fail in.
async fn the_call_centre_is_accessible(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    desk::is_in_state(&an, "Available").await?;
    desk::working_state(&an).click().await?;
    an.any("menuitemradio").wait().await?;
    in_both_themes(&an, "working states").await?;
    an.press("Escape").await?;
    desk::be(&an, "Lunch break").await?;
    check(&an, "at lunch").await?;
    let binh = story.agent(Who::Binh).await?;
    desk::section(&an, "People").await?;
    an.any("listitem").wait_texts(&["102", "Available"]).await?;
    in_both_themes(&an, "People with states").await?;
    story.picture(&an, "people").await?;
    desk::be(&an, "Available").await?;
    desk::be(&binh, "Short break").await?;
    let customer = desk::customer_calls(&story, "Sales").await?;
    check(&customer, "waiting customer").await?;
    incoming(&an).wait_text("Waited").await?;
    in_both_themes(&an, "call of a queue").await?;
    story.picture(&an, "queue-call").await?;
    desk::answer(&an).await?;
    an.button("Hang up").click().await?;
    desk::after_call_work(&an).wait().await?;
    in_both_themes(&an, "after-call work").await?;
    story.picture(&an, "after-call-work").await?;
    desk::section(&an, "History").await?;
    an.any("listitem").wait_text("Sales").await?;
    in_both_themes(&an, "history").await?;
    story.picture(&an, "history").await?;
    Ok(())
}

async fn in_both_themes(page: &Page, state: &str) -> Result<()> {
    for theme in ["dark", "light"] {
        wear(page, theme).await?;
        check(page, &format!("{state}, {theme}")).await?;
    }
    Ok(())
}

async fn wear(page: &Page, theme: &str) -> Result<()> {
    let features = serde_json::json!({
        "features": [{ "name": "prefers-color-scheme", "value": theme }]
    });
    page.call("Emulation.setEmulatedMedia", features).await?;
    Ok(())
}

async fn the_dark_theme_is_accessible(story: Story) -> Result<()> {
    let an = story.desk(Who::An).await?;
    wear(&an, "dark").await?;
    an.button("Sign in").wait().await?;
    check(&an, "dark sign-in").await?;
    sign_in(&an, Who::An).await?;
    check(&an, "dark idle").await?;
    let binh = story.agent(Who::Binh).await?;
    connect((&binh, Who::Binh), (&an, Who::An)).await?;
    an.button("Mute").wait_enabled().await?;
    check(&an, "dark call").await?;
    story.picture(&an, "dark").await?;
    Ok(())
}

async fn the_phone_speaks_vietnamese(story: Story) -> Result<()> {
    // By the browser's own language ...
    let visit = Visit {
        path: "/".into(),
        language: "vi-VN",
        ..Visit::default()
    };
    let an = story.open(Who::An, visit).await?;
    an.control_like("button", Who::An.name()).click().await?;
    an.wait_for(
        "the language of the page",
        "document.documentElement.lang === 'vi'",
    )
    .await?;
    // ... and by the address, whatever the browser says.
    let visit = Visit {
        path: "/?lang=vi".into(),
        ..Visit::default()
    };
    let binh = story.open(Who::Binh, visit).await?;
    binh.control_like("button", Who::Binh.name())
        .click()
        .await?;
    binh.textbox("Mật khẩu").wait_gone().await?;
    for page in [&an, &binh] {
        let status = page.control("status", "Trạng thái điện thoại");
        status.wait_text("Đã kết nối").await?;
    }
    an.textbox("Số hoặc tên").fill("102").await?;
    an.press("Enter").await?;
    binh.any("alertdialog").wait().await?;
    binh.control_like("button", "Nghe").click().await?;
    for name in ["Ngắt tiếng", "Giữ máy", "Bàn phím số", "Chuyển cuộc gọi"] {
        binh.control_like("button", name).wait().await?;
    }
    check(&binh, "Vietnamese call").await?;
    story.picture(&binh, "call").await?;
    Ok(())
}

/// What a call is handled with is in the window at once: nobody scrolls while it rings.
async fn the_widget_fits(story: Story) -> Result<()> {
    let visit = Visit {
        path: "/widget?lang=en".into(),
        size: (280, 480),
        ..Visit::default()
    };
    let an = story.open(Who::An, visit).await?;
    sign_in(&an, Who::An).await?;
    number_box(&an).wait_in_view().await?;
    fits(&story, &an, "idle", &["Call"]).await?;
    let binh = story.agent(Who::Binh).await?;
    dial(&binh, "101").await?;
    fits(&story, &an, "incoming", &["Answer", "Decline"]).await?;
    an.button("Answer").click().await?;
    an.button("Mute").wait_enabled().await?;
    let controls = ["Mute", "Hold", "Keypad", "Hang up"];
    fits(&story, &an, "call", &controls).await?;
    an.button("Hang up").click().await
}

async fn fits(story: &Story, page: &Page, state: &str, buttons: &[&str]) -> Result<()> {
    for button in buttons {
        page.button(button).wait_in_view().await?;
    }
    page.wait_for(
        &format!("no sideways scrolling ({state})"),
        "document.documentElement.scrollWidth <= innerWidth",
    )
    .await?;
    story.picture(page, state).await?;
    Ok(())
}

async fn controls_are_large_enough(story: Story) -> Result<()> {
    let an = story.agent(Who::An).await?;
    dial(&an, "*43").await?;
    for name in [
        "Mute",
        "Hold",
        "Keypad",
        "Transfer",
        "Add people",
        "Video",
        "Hang up",
    ] {
        let control = an
            .button(name)
            .within(&an.control_like("region", "Call with"));
        control.wait().await?;
        let (width, height) = control.size().await?;
        ensure!(
            width >= 40.0 && height >= 40.0,
            "{name} is {width}x{height}"
        );
    }
    Ok(())
}
