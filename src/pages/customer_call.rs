//! The customer's call, from the press of the button on.

use leptos::prelude::*;

use super::call_page::{Customer, Wish};
use crate::components::{Button, Tone, icons};
use crate::i18n::{Text, fill, t, use_i18n};
use crate::panel::model::party::listed_name;
use crate::panel::model::stage::is_over;
use crate::panel::model::standing::time_or_phase;
use crate::panel::{
    CallRef, Hearing, KeypadControl, KeypadPad, MuteControl, VideoControl, use_panel_ui, use_phone,
};

/// How long, who hears whom, mute, keypad, hang up. Before the phone can call at all, that it is
/// being tried, and a way out.
#[component]
pub(super) fn CustomerCall(
    /// The call; the one before, while this one is not there yet.
    call: CallRef,
    /// Who calls.
    customer: Customer,
) -> impl IntoView {
    let phone = use_phone();
    let ui = use_panel_ui();
    let i18n = use_i18n();
    let is_there = Memo::new(move |_| call.is(|call| !is_over(call)));
    let who = move || match customer.wish.get() {
        Wish::Call(number)
        | Wish::Placed {
            hotline: number, ..
        } => phone
            .directory
            .with(|all| listed_name(&number, all).unwrap_or(number)),
        _ => call.title.get(),
    };
    let label = move || fill(i18n.words().call_with, &[("who", &who())]);
    let time = move || {
        let words = i18n.words();
        if is_there.get() {
            call.with(|call| time_or_phase(call, phone.now.get(), words))
        } else {
            Some(words.phase_answering.to_owned())
        }
    };
    let keypad_open = Memo::new(move |_| call.is(|call| ui.keypad_is_open(&call.id)));
    let hang_up = move |()| {
        if customer.waits() {
            customer.give_up(phone, Wish::Nothing);
        } else {
            call.run(|actions| &actions.hang_up)(());
        }
    };
    let cannot_end = call.cannot(|actions| &actions.hang_up);
    view! {
        <section class="customer__call" aria-label=Text::from(label)>
            <p class="customer__time" tabindex="-1" data-heir="">{time}</p>
            <Show when=move || is_there.get()>
                <Hearing call/>
            </Show>
            {move || keypad_open.get().then(|| view! { <KeypadPad call/> })}
            <div class="call-controls" role="group" aria-label=t(|w| w.call_controls)>
                <MuteControl call/>
                <KeypadControl call/>
                <VideoControl call/>
            </div>
            <Button
                label=t(|w| w.hang_up)
                icon=icons::PHONE
                tone=Tone::Stop
                disabled=Signal::derive(move || cannot_end.get() && !customer.waits())
                on_press=hang_up
            />
        </section>
    }
}
