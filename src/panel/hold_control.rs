//! Hold.

use std::borrow::Cow;

use alo_phone::language::Change;
use leptos::prelude::*;

use super::model::shortcuts;
use super::shortcut_keys::shortcut;
use super::{CallRef, use_phone};
use crate::components::{RoundControl, icons};
use crate::i18n::format::short_clock;
use crate::i18n::{fill, t, use_i18n};

/// Hold: a request turns a ring until the far end confirmed it.
#[component]
pub(super) fn HoldControl(
    /// The call.
    call: CallRef,
) -> impl IntoView {
    let phone = use_phone();
    let i18n = use_i18n();
    let hold = Memo::new(move |_| call.with(|call| call.hold));
    let caption = move || -> Cow<'static, str> {
        let words = i18n.words();
        match hold.get() {
            Some(Change::Confirmed { on: true, since }) => {
                let time = short_clock(phone.now.get().saturating_sub(since));
                fill(words.on_hold, &[("time", &time)]).into()
            }
            Some(Change::Requested { on: true, .. }) => words.holding.into(),
            Some(Change::Requested { on: false, .. }) => words.resuming.into(),
            _ => words.hold.into(),
        }
    };
    view! {
        <RoundControl
            name=t(|w| w.hold)
            caption
            icon=icons::PAUSE
            pressed_icon=icons::PLAY
            pressed=Signal::derive(move || hold.get().map(Change::is_on))
            busy=Signal::derive(move || hold.get().is_some_and(Change::is_pending))
            disabled=call.cannot(|actions| &actions.toggle_hold)
            why=t(|w| w.not_now)
            shortcut=shortcut(shortcuts::HOLD)
            on_press=call.run(|actions| &actions.toggle_hold)
        />
    }
}
