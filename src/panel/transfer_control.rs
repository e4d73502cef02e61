//! The control that opens the dialog for a transfer.

use leptos::prelude::*;

use super::model::following::is_asked;
use super::model::shortcuts;
use super::shortcut_keys::shortcut;
use super::{CallRef, use_panel_ui, use_phone};
use crate::components::{RoundControl, icons};
use crate::i18n::{t, use_i18n};

/// Transfer: once it was asked for, a ring turns until the server answers.
#[component]
pub(super) fn TransferControl(
    /// The call.
    call: CallRef,
) -> impl IntoView {
    let phone = use_phone();
    let ui = use_panel_ui();
    let i18n = use_i18n();
    let asked = Memo::new(move |_| {
        phone
            .state
            .with(|state| call.is(|call| is_asked(state, &call.id)))
    });
    let caption = move || {
        let words = i18n.words();
        if asked.get() {
            words.transferring
        } else {
            words.transfer
        }
    };
    view! {
        <RoundControl
            name=t(|w| w.transfer)
            caption
            icon=icons::TRANSFER
            busy=asked
            disabled=Signal::derive(move || !call.is(shortcuts::can_transfer))
            why=t(|w| w.not_now)
            shortcut=shortcut(shortcuts::TRANSFER)
            button=ui.transfer_button
            on_press=move |()| ui.transfer_of.set(untrack(|| call.with(|call| call.id.clone())))
        />
    }
}
