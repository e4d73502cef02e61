//! Why a call is over.

use alo_phone::language::Phase;
use leptos::prelude::*;

use super::CallRef;
use super::model::outcome::{is_trouble, outcome_text};
use crate::i18n::format::clock;
use crate::i18n::{fill, use_i18n};

/// Why, and how long the two talked: an `alert` where the call did not come about. Else the live
/// region of the page says it.
#[component]
pub fn EndedReason(
    /// The call.
    call: CallRef,
) -> impl IntoView {
    let i18n = use_i18n();
    let text = move || {
        call.told(|call, directory, words| match &call.phase {
            Phase::Ended { outcome, .. } => Some(outcome_text(call, outcome, directory, words)),
            _ => None,
        })
    };
    let trouble = Memo::new(move |_| {
        call.is(|call| match &call.phase {
            Phase::Ended { outcome, .. } => is_trouble(outcome),
            _ => false,
        })
    });
    let talked = move || {
        let span = call.with(|call| match call.phase {
            Phase::Ended { talked, .. } => talked,
            _ => None,
        });
        let time = clock(span.flatten()?);
        Some(fill(i18n.words().talked_for, &[("time", &time)]))
    };
    view! {
        <div class="ended-reason" data-trouble=move || trouble.get().to_string()>
            <p role=move || trouble.get().then_some("alert") class="ended-reason__text">{text}</p>
            <p class="ended-reason__talked">{talked}</p>
        </div>
    }
}
