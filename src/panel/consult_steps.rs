//! What can be done while somebody is consulted about a customer.

use alo_phone::language::{Call, Command};
use leptos::prelude::*;

use super::model::consulting::{Step, why_not};
use super::model::stage::{Pair, pair};
use super::{CallRef, use_phone};
use crate::components::{Button, Tone};
use crate::i18n::{Key, Text, t, use_i18n};

/// Complete, swap, merge, back: those that cannot be done now say why.
#[component]
pub(super) fn ConsultSteps(
    /// One of the two calls.
    call: CallRef,
) -> impl IntoView {
    let step = move |step: Step, label: Key, tone: Tone| {
        view! { <StepButton call step label tone/> }
    };
    view! {
        <div class="consult-steps" role="group" aria-label=t(|w| w.consult_steps)>
            {step(Step::Complete, |w| w.complete_transfer, Tone::Brand)}
            {step(Step::Swap, |w| w.swap, Tone::Plain)}
            {step(Step::Merge, |w| w.merge, Tone::Plain)}
            {step(Step::Back, |w| w.back_to_customer, Tone::Plain)}
        </div>
    }
}

#[component]
fn StepButton(call: CallRef, step: Step, label: Key, tone: Tone) -> impl IntoView {
    let phone = use_phone();
    let i18n = use_i18n();
    // What is done, or why it cannot be.
    let way = Memo::new(move |_| {
        let directory = phone.directory.get();
        phone.state.with(|state| {
            let pair = call.with(|call| {
                let pair = pair(call, state)?;
                let command = command(step, call, pair);
                Some(command.ok_or_else(|| why_not(step, pair, &directory, i18n.words())))
            });
            pair.flatten()
        })
    });
    let why = move || {
        way.with(|way| way.as_ref()?.as_ref().err().cloned())
            .unwrap_or_default()
    };
    let press = move |()| phone.ask(way.get_untracked().and_then(Result::ok));
    view! { <Button label=t(label) tone why=Text::from(why) on_press=press/> }
}

/// The command for a step: the same in both calls, but for a swap, which talks to the one that is not
/// shown large.
fn command(step: Step, large: &Call, pair: Pair<'_>) -> Option<Command> {
    let other = if large.id == pair.customer.id {
        pair.consulted
    } else {
        pair.customer
    };
    let actions = &large.actions;
    match step {
        Step::Complete => &actions.complete_transfer,
        Step::Swap => &other.actions.swap_to,
        Step::Merge => &actions.merge,
        Step::Back => &actions.back_to_customer,
    }
    .clone()
}
