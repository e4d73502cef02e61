//! A transfer to a number that is typed.

use alo_phone::language::TargetKind;
use leptos::prelude::*;

use super::model::dialling::suggestions;
use super::model::party::listed_name;
use super::model::targets::{is_outside, typed_target};
use super::transfer_form::use_transfer_form;
use super::{Action, use_phone};
use crate::components::{Button, Number, SuggestField, Suggestion, Tone};
use crate::i18n::format::spaced_number;
use crate::i18n::{Key, Text, fill, t, use_i18n};

/// The field, from which hotline the call goes out, what can be done, and what was used last.
#[component]
pub(super) fn TransferNumber() -> impl IntoView {
    let phone = use_phone();
    let form = use_transfer_form();
    let i18n = use_i18n();
    let typed = RwSignal::new(String::new());
    // What was pressed for, to say what is wrong with it.
    let tried = RwSignal::new(None::<String>);
    let goal = Memo::new(move |_| {
        let directory = phone.directory.get();
        let present = form.present();
        let own = form.own.get_value();
        typed.with(|typed| typed_target(typed, &directory, &own, &present, i18n.words()))
    });
    let offered = Signal::derive(move || {
        let directory = phone.directory.get();
        let own = form.own.get_value();
        let found = typed.with(|typed| suggestions(typed, &directory, &own));
        let found = found.into_iter().map(|agent| Suggestion {
            value: agent.extension.clone(),
            text: agent.name.clone(),
            detail: agent.extension.clone(),
        });
        found
            .filter(|found| typed.with(|typed| *typed != found.value))
            .collect()
    });
    let press = move |action: Action| match goal.get_untracked() {
        Ok(target) => form.ask(action, &target),
        Err(_) => tried.set(Some(typed.get_untracked())),
    };
    let fault = move || {
        let is_this = tried.with(|tried| typed.with(|typed| tried.as_ref() == Some(typed)));
        goal.get().err().filter(|_| is_this)
    };
    let wrong = Memo::new(move |_| fault().is_some());
    let button = move |label: Key, action: Action, tone: Tone| {
        let why = move || match form.why_not(action) {
            "" if typed.with(|typed| typed.trim().is_empty()) => i18n.words().number_missing,
            why => why,
        };
        let press = move |()| press(action);
        view! { <Button label=t(label) tone why=Text::from(why) on_press=press/> }.into_any()
    };
    // To whom it goes, where that is a colleague; else from which hotline.
    let way = move || {
        let directory = phone.directory.get();
        let inside = goal.get().ok().filter(|it| !is_outside(&it.address));
        if let Some(colleague) = inside {
            return colleague.name;
        }
        let number = form.call.with(|call| call.hotline.clone()).flatten()?;
        let name = listed_name(&number, &directory).unwrap_or_default();
        let hotline = format!("{name} {}", spaced_number(&number));
        let places = [("hotline", hotline.trim_start())];
        Some(fill(i18n.words().goes_out_from, &places))
    };
    view! {
        <div class="transfer-number">
            <SuggestField
                label=t(|w| w.number_to_transfer)
                list_label=t(|w| w.suggestions)
                delete_label=t(|w| w.delete_digit)
                value=typed
                suggestions=offered
                on_pick=move |extension| typed.set(extension)
                on_submit=move |()| press(|actions| &actions.transfer)
            />
            <p class="transfer-number__way" data-wrong=move || wrong.get().to_string()>
                <span role="alert">{fault}</span>
                {move || way().filter(|_| !wrong.get())}
            </p>
            <div class="transfer-number__actions">
                {button(|w| w.to_number, |actions| &actions.transfer, Tone::Brand)}
                {button(|w| w.attended, |actions| &actions.consult, Tone::Plain)}
            </div>
            <LastNumbers typed/>
        </div>
    }
}

/// The numbers that were used last.
#[component]
fn LastNumbers(
    /// What is typed.
    typed: RwSignal<String>,
) -> impl IntoView {
    let i18n = use_i18n();
    let numbers = use_transfer_form().last_used(TargetKind::Number);
    let line = move |number: String| {
        let shown = number.clone();
        let spoken = spaced_number(&number);
        let name = move || fill(i18n.words().use_number, &[("number", &spoken)]);
        view! {
            <li>
                <button
                    type="button"
                    class="transfer-number__last"
                    aria-label=Text::from(name)
                    on:click=move |_| typed.set(number.clone())
                >
                    <Number number=Signal::stored(shown)/>
                </button>
            </li>
        }
    };
    (!numbers.is_empty()).then(|| {
        view! {
            <p class="transfer-number__heading" aria-hidden="true">{t(|w| w.last_used)}</p>
            <ul aria-label=t(|w| w.last_used)>{numbers.into_iter().map(line).collect_view()}</ul>
        }
    })
}
