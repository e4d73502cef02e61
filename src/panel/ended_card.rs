//! A call that is over, and why.

use alo_phone::language::{CallDirection, CallId};
use leptos::prelude::*;

use super::action_icon::ActionIcon;
use super::dial_view::place_call;
use super::who::Who;
use super::{CallRef, EndedReason, use_panel_ui, use_phone};
use crate::components::{Button, icons};
use crate::i18n::{t, use_i18n};

/// A card above what the phone can do next, for some seconds after a call or until it is closed.
#[component]
pub(super) fn EndedCard(
    /// The call.
    id: CallId,
) -> impl IntoView {
    let phone = use_phone();
    let ui = use_panel_ui();
    let i18n = use_i18n();
    let call = CallRef::of(id);
    let cannot_dial = phone.cannot_dial();
    let cannot_call = move || call.number.with(Option::is_none) || cannot_dial.get();
    let again = move || {
        let words = i18n.words();
        if call.is(|call| call.direction == CallDirection::Outgoing) {
            words.call_again
        } else {
            words.call_back
        }
    };
    let call_again = move |()| {
        if let Some(number) = call.number.get_untracked() {
            call.run(|actions| &actions.dismiss)(());
            place_call(phone, ui, number);
        }
    };
    view! {
        <section class="ended-card" aria-label=t(|w| w.phase_ended)>
            <Who call heir=true/>
            <EndedReason call/>
            <Button
                label=again
                icon=icons::PHONE
                disabled=Signal::derive(cannot_call)
                on_press=call_again
            />
            <ActionIcon
                call
                action=|actions| &actions.dismiss
                label=t(|w| w.close)
                icon=icons::CLOSE
            />
        </section>
    }
}
