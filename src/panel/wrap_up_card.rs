//! After-call work: how much of it is left, and more or less of it.

use alo_phone::language::{Command, PhoneActions};
use leptos::prelude::*;

use super::model::working::{WrapUp, wrap_up_card};
use super::{PhoneHandle, use_phone};
use crate::components::{Button, IconButton, Tone, icons};
use crate::i18n::format::short_clock;
use crate::i18n::t;

/// A card above what the phone can do next, while there is no call. That it began is said by the live region of the panel;
/// the countdown is seen, and not read out every second.
#[component]
pub(super) fn WrapUpCard() -> impl IntoView {
    let phone = use_phone();
    let work = phone.select(wrap_up_card);
    let there = Memo::new(move |_| work.with(Option::is_some));
    let left = move || {
        let part = work.get().map(|work| work.part_left(phone.now.get()));
        part.unwrap_or_default().to_string()
    };
    let (cannot_extend, extend) = action(phone, |actions| &actions.extend_wrap_up);
    let (cannot_end, end) = action(phone, |actions| &actions.end_wrap_up);
    view! {
        <Show when=move || there.get()>
            <section class="wrap-up" aria-label=t(|w| w.state_after_call_work) style=("--left", left)>
                <div class="wrap-up__words">
                    <p class="wrap-up__name">{t(|w| w.state_after_call_work)}</p>
                    <p class="wrap-up__left" role="timer">{time_left(phone, work)}</p>
                </div>
                <Button
                    label=t(|w| w.extend)
                    name=t(|w| w.extend_wrap_up)
                    disabled=cannot_extend
                    on_press=extend
                />
                <Button
                    label=t(|w| w.end_now)
                    name=t(|w| w.end_wrap_up)
                    tone=Tone::Brand
                    disabled=cannot_end
                    on_press=end
                />
            </section>
        </Show>
    }
}

/// The same in the bar of 240x48.
#[component]
pub(super) fn BarWrapUp() -> impl IntoView {
    let phone = use_phone();
    let work = phone.select(wrap_up_card);
    let (cannot_extend, extend) = action(phone, |actions| &actions.extend_wrap_up);
    let (cannot_end, end) = action(phone, |actions| &actions.end_wrap_up);
    view! {
        <section class="bar-call" aria-label=t(|w| w.state_after_call_work)>
            <p class="bar-call__name" tabindex="-1" data-heir="">
                {t(|w| w.state_after_call_work)}
            </p>
            <span class="bar-call__time" role="timer">{time_left(phone, work)}</span>
            <div class="bar-call__actions">
                <IconButton
                    label=t(|w| w.extend_wrap_up)
                    icon=icons::MORE_TIME
                    disabled=cannot_extend
                    on_press=extend
                />
                <IconButton
                    label=t(|w| w.end_wrap_up)
                    icon=icons::DONE
                    disabled=cannot_end
                    on_press=end
                />
            </div>
        </section>
    }
}

fn time_left(phone: PhoneHandle, work: Memo<Option<WrapUp>>) -> impl Fn() -> Option<String> {
    move || {
        let seconds = work.get()?.seconds_left(phone.now.get());
        Some(short_clock(seconds * 1000))
    }
}

/// Whether something cannot be done with the phone now, and doing it.
fn action(
    phone: PhoneHandle,
    of: fn(&PhoneActions) -> &Option<Command>,
) -> (Signal<bool>, Callback<()>) {
    let command = Memo::new(move |_| phone.state.with(|state| of(&state.actions).clone()));
    let cannot = Signal::derive(move || command.with(Option::is_none));
    (
        cannot,
        Callback::new(move |()| phone.ask(command.get_untracked())),
    )
}
