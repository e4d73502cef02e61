//! `/widget`: the phone for an iframe. The panel alone, or a bar when the host makes it low.

use leptos::prelude::*;

use super::RunningPhone;
use super::sign_in::{SignInCard, is_inside};
use crate::i18n::t;
use crate::panel::{MinimisedBar, PhonePanel, use_phone};
use crate::platform::{focus, media_query};

/// Lower than this, the widget is a bar.
const BAR: &str = "(max-height: 160px)";

/// The page.
#[component]
pub fn WidgetPage() -> impl IntoView {
    view! {
        <RunningPhone>
            <Widget/>
        </RunningPhone>
    }
}

#[component]
fn Widget() -> impl IntoView {
    let inside = is_inside(use_phone());
    let is_bar = media_query(BAR);
    focus::hand_on(move || {
        inside.track();
        is_bar.track();
    });
    move || {
        if is_bar.get() {
            view! { <main class="widget"><Heading/><MinimisedBar/></main> }.into_any()
        } else if inside.get() {
            view! { <main class="widget"><Heading/><PhonePanel/></main> }.into_any()
        } else {
            view! { <SignInCard/> }.into_any()
        }
    }
}

/// What the frame is, for those who hear it.
#[component]
fn Heading() -> impl IntoView {
    view! { <h1 class="visually-hidden">{t(|w| w.page_title)}</h1> }
}
