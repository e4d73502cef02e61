//! The controls of a call. Each is disabled because its action is not there.

use alo_phone::language::{Call, CallActions, Change, Command};
use leptos::prelude::*;

use super::model::shortcuts;
use super::{use_panel_ui, use_phone};
use crate::components::{Keypad, RoundControl, icons};
use crate::i18n::format::short_clock;
use crate::i18n::{Catalogue, fill, t, use_i18n};

/// One action of the call, as it is now.
fn action(
    call: Memo<Option<Call>>,
    of: fn(&CallActions) -> &Option<Command>,
) -> Memo<Option<Command>> {
    Memo::new(move |_| call.with(|call| of(&call.as_ref()?.actions).clone()))
}

/// Why a control is disabled: `None` while it is not.
fn reason(
    action: Memo<Option<Command>>,
    why: fn(&'static Catalogue) -> &'static str,
) -> Signal<Option<String>> {
    let why = t(why);
    Signal::derive(move || action.get().is_none().then(|| why.get().to_owned()))
}

/// The six round controls.
#[component]
pub(super) fn CallControls(
    /// The call.
    call: Memo<Option<Call>>,
    /// Whether the keypad is open.
    keypad_open: Memo<bool>,
) -> impl IntoView {
    let phone = use_phone();
    let ui = use_panel_ui();
    let digits = action(call, |actions| &actions.send_digits);
    let transfer = action(call, |actions| &actions.transfer);
    let add_people = action(call, |actions| &actions.add_people);
    let video = action(call, |actions| &actions.toggle_video);
    let toggle_keypad = move |()| {
        if let Some(call) = call.get_untracked() {
            ui.toggle_keypad(&call.id);
        }
    };
    view! {
        <div class="call-controls" role="group" aria-label=t(|w| w.call_controls)>
            <MuteControl call/>
            <HoldControl call/>
            <RoundControl
                name=t(|w| w.keypad)
                caption=t(|w| w.keypad)
                icon=icons::KEYPAD
                expanded=keypad_open
                disabled=phone.lacks(move || digits.get())
                title=reason(digits, |w| w.not_now)
                shortcut=shortcuts::KEYPAD
                on_press=toggle_keypad
            />
            <Show when=move || !keypad_open.get()>
                <RoundControl
                    name=t(|w| w.transfer)
                    caption=t(|w| w.transfer)
                    icon=icons::TRANSFER
                    disabled=phone.lacks(move || transfer.get())
                    title=reason(transfer, |w| w.not_yet)
                    on_press=move |()| phone.ask(transfer.get_untracked())
                />
                <RoundControl
                    name=t(|w| w.add_people)
                    caption=t(|w| w.add_people)
                    icon=icons::ADD_PEOPLE
                    disabled=phone.lacks(move || add_people.get())
                    title=reason(add_people, |w| w.not_yet)
                    on_press=move |()| phone.ask(add_people.get_untracked())
                />
                <RoundControl
                    name=t(|w| w.video)
                    caption=t(|w| w.video)
                    icon=icons::VIDEO
                    pressed=Signal::derive(move || {
                        call.with(|call| call.as_ref().map(|call| call.video.sending))
                    })
                    disabled=phone.lacks(move || video.get())
                    title=reason(video, |w| w.not_yet)
                    on_press=move |()| phone.ask(video.get_untracked())
                />
            </Show>
        </div>
    }
}

/// Mute: local, so what is shown is what is.
#[component]
pub fn MuteControl(
    /// The call.
    call: Memo<Option<Call>>,
) -> impl IntoView {
    let phone = use_phone();
    let i18n = use_i18n();
    let toggle = action(call, |actions| &actions.toggle_mute);
    let muted = Memo::new(move |_| call.with(|call| call.as_ref().is_some_and(|call| call.muted)));
    let caption = move || {
        let words = i18n.words();
        if muted.get() { words.muted } else { words.mute }.to_owned()
    };
    view! {
        <RoundControl
            name=t(|w| w.mute)
            caption
            icon=icons::MICROPHONE
            pressed_icon=icons::MICROPHONE_OFF
            pressed=muted
            disabled=phone.lacks(move || toggle.get())
            title=reason(toggle, |w| w.not_now)
            shortcut=shortcuts::MUTE
            on_press=move |()| phone.ask(toggle.get_untracked())
        />
    }
}

/// Hold: a request turns a ring until the far end confirmed it.
#[component]
fn HoldControl(
    /// The call.
    call: Memo<Option<Call>>,
) -> impl IntoView {
    let phone = use_phone();
    let i18n = use_i18n();
    let toggle = action(call, |actions| &actions.toggle_hold);
    let hold = move || call.with(|call| call.as_ref().map(|call| call.hold));
    let caption = move || {
        let words = i18n.words();
        match hold() {
            Some(Change::Confirmed { on: true, since }) => {
                let time = short_clock(phone.now.get().saturating_sub(since));
                fill(words.on_hold, &[("time", &time)])
            }
            Some(Change::Requested { on: true, .. }) => words.holding.to_owned(),
            Some(Change::Requested { on: false, .. }) => words.resuming.to_owned(),
            _ => words.hold.to_owned(),
        }
    };
    view! {
        <RoundControl
            name=t(|w| w.hold)
            caption
            icon=icons::PAUSE
            pressed_icon=icons::PLAY
            pressed=Signal::derive(move || hold().map(Change::is_on))
            busy=Signal::derive(move || hold().is_some_and(Change::is_pending))
            disabled=phone.lacks(move || toggle.get())
            title=reason(toggle, |w| w.not_now)
            shortcut=shortcuts::HOLD
            on_press=move |()| phone.ask(toggle.get_untracked())
        />
    }
}

/// The keypad of a call, with the digits that were pressed.
#[component]
pub fn KeypadPad(
    /// The call.
    call: Memo<Option<Call>>,
) -> impl IntoView {
    let ui = use_panel_ui();
    let phone = use_phone();
    let i18n = use_i18n();
    let digits = action(call, |actions| &actions.send_digits);
    let pressed = move || {
        call.with(|call| {
            call.as_ref()
                .map(|call| ui.pressed_in(&call.id))
                .unwrap_or_default()
        })
    };
    let waits = move || call.with(|call| call.as_ref().is_some_and(|call| call.digits_pending > 0));
    view! {
        <div class="keypad-pad">
            <p class="keypad-pad__digits">
                <span class="visually-hidden">{t(|w| w.digits_sent)} " "</span>
                <output translate="no">{pressed}</output>
                {move || waits().then(|| view! {
                    <small>{i18n.words().digits_pending}</small>
                })}
            </p>
            <Keypad
                label=t(|w| w.keypad)
                star=t(|w| w.star)
                hash=t(|w| w.hash)
                disabled=phone.lacks(move || digits.get())
                on_digit=move |digit| {
                    if let Some(call) = call.get_untracked() {
                        ui.press(phone, &call, digit);
                    }
                }
            />
        </div>
    }
}
