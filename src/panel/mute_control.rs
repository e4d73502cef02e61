//! Mute.

use leptos::prelude::*;

use super::CallRef;
use super::model::shortcuts;
use super::shortcut_keys::shortcut;
use crate::components::{RoundControl, icons};
use crate::i18n::{t, use_i18n};

/// Mute: local, so what is shown is what is.
#[component]
pub fn MuteControl(
    /// The call.
    call: CallRef,
) -> impl IntoView {
    let i18n = use_i18n();
    let muted = Memo::new(move |_| call.is(|call| call.muted));
    let caption = move || {
        let words = i18n.words();
        if muted.get() { words.muted } else { words.mute }
    };
    view! {
        <RoundControl
            name=t(|w| w.mute)
            caption
            icon=icons::MICROPHONE
            pressed_icon=icons::MICROPHONE_OFF
            pressed=muted
            disabled=call.cannot(|actions| &actions.toggle_mute)
            why=t(|w| w.not_now)
            shortcut=shortcut(shortcuts::MUTE)
            on_press=call.run(|actions| &actions.toggle_mute)
        />
    }
}
