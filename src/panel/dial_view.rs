//! Dialling: from which hotline, whom, and the keys.

use alo_phone::language::State;
use leptos::prelude::*;

use super::model::dialling::{dial, suggestions, target};
use super::{PanelUi, PhoneHandle, use_panel_ui, use_phone};
use crate::components::{Button, Choice, Keypad, Select, SuggestField, Suggestion, Tone, icons};
use crate::i18n::format::spaced_number;
use crate::i18n::t;

/// The section that places calls.
#[component]
pub(super) fn DialView() -> impl IntoView {
    let phone = use_phone();
    let ui = use_panel_ui();
    let own = phone.select(own_extension);
    let cannot_dial = phone.cannot_dial();
    let goal = Memo::new(move |_| target(&ui.typed.get(), &phone.directory.get(), &own.get()));
    let offered = Signal::derive(move || {
        let directory = phone.directory.get();
        let found = suggestions(&ui.typed.get(), &directory, &own.get());
        let found = found.into_iter().map(|agent| Suggestion {
            value: agent.extension.clone(),
            text: agent.name.clone(),
            detail: agent.extension.clone(),
        });
        found
            .filter(|found| ui.typed.with(|typed| *typed != found.value))
            .collect()
    });
    let call = move |()| {
        if let Some(goal) = goal.get_untracked() {
            place_call(phone, ui, goal);
        }
    };
    let cannot = Signal::derive(move || goal.with(Option::is_none) || cannot_dial.get());
    // The engine is the world outside: who types a number is about to call.
    let about_to_call = Memo::new(move |_| !ui.typed.with(String::is_empty));
    Effect::new(move || phone.expect_call.run(about_to_call.get()));
    view! {
        <div class="dial-view">
            <CallFrom/>
            <SuggestField
                label=t(|w| w.number_or_name)
                list_label=t(|w| w.suggestions)
                delete_label=t(|w| w.delete_digit)
                value=ui.typed
                suggestions=offered
                on_pick=move |extension| ui.typed.set(extension)
                on_submit=call
            />
            <Keypad
                label=t(|w| w.keypad)
                star=t(|w| w.star)
                hash=t(|w| w.hash)
                plus=true
                on_digit=move |digit| ui.typed.update(|typed| typed.push(digit))
            />
            <div class="dial-view__actions">
                <Button
                    label=t(|w| w.call)
                    icon=icons::PHONE
                    tone=Tone::Go
                    disabled=cannot
                    on_press=call
                />
                <Button
                    label=t(|w| w.video_call)
                    icon=icons::VIDEO
                    title=t(|w| w.video_later)
                    disabled=true
                />
            </div>
        </div>
    }
}

/// The list of hotlines.
#[component]
fn CallFrom() -> impl IntoView {
    let phone = use_phone();
    let ui = use_panel_ui();
    let none = t(|w| w.no_hotline);
    let choices = Signal::derive(move || {
        let directory = phone.directory.get();
        let hotlines = directory.hotlines.iter();
        let mut choices: Vec<Choice> = hotlines
            .map(|hotline| Choice {
                value: hotline.number.clone(),
                text: format!("{} {}", hotline.name, spaced_number(&hotline.number)),
            })
            .collect();
        if choices.is_empty() {
            choices.push(Choice {
                value: String::new(),
                text: none.get().into_owned(),
            });
        }
        choices
    });
    let chosen = move || hotline(phone, ui).unwrap_or_default();
    let nothing = Signal::derive(move || phone.directory.with(|all| all.hotlines.is_empty()));
    view! {
        <Select
            label=t(|w| w.call_from)
            choices
            chosen
            disabled=nothing
            on_choose=move |number: String| ui.hotline.set(Some(number))
        />
    }
}

/// The extension of this phone; empty for a guest.
pub(super) fn own_extension(state: &State) -> String {
    let account = state.account.as_ref();
    account
        .map(|account| account.extension.clone())
        .unwrap_or_default()
}

/// The hotline that calls go out from.
fn hotline(phone: PhoneHandle, ui: PanelUi) -> Option<String> {
    ui.hotline.get().or_else(|| {
        let first = |all: &alo_api::Directory| all.hotlines.first().map(|it| it.number.clone());
        phone.directory.with(|all| first(all))
    })
}

/// Calls somebody, if the phone can call now.
pub(super) fn place_call(phone: PhoneHandle, ui: PanelUi, target: String) {
    let template = phone.state.with_untracked(|state| state.dial.clone());
    if let Some(template) = template {
        let hotline = untrack(move || hotline(phone, ui));
        phone.send.run(dial(&template, target, hotline, false));
        ui.typed.set(String::new());
    }
}
