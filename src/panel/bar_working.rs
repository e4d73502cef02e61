//! The working state in the bar.

use leptos::prelude::*;

use super::model::working::choices;
use super::use_phone;
use super::working_menu::{choose_state, working};
use crate::components::{Choice, Select, StateDot};
use crate::i18n::{t, use_i18n};

/// The list **Working state**: the browser's own, because a menu of the page would have no place in
/// a frame as low as this.
#[component]
pub(super) fn BarWorking() -> impl IntoView {
    let phone = use_phone();
    let i18n = use_i18n();
    let shown = working(phone, i18n);
    let dot = Signal::derive(move || {
        shown.with(|shown| shown.as_ref().map_or("unknown", |shown| shown.dot))
    });
    let busy =
        Signal::derive(move || shown.with(|shown| shown.as_ref().is_some_and(|it| it.pending)));
    let cannot = phone.select(|state| state.actions.set_working.is_none());
    let all = Memo::new(move |_| {
        let directory = phone.directory.get();
        phone
            .state
            .with(|state| choices(state, &directory, i18n.words()))
    });
    let chosen = move || {
        let chosen = |all: &Vec<crate::components::MenuItem>| {
            let mut all = all.iter();
            let found = all.find(|it| it.chosen == Some(true));
            found.map(|it| it.value.clone()).unwrap_or_default()
        };
        all.with(chosen)
    };
    let listed = move || {
        let mut listed: Vec<Choice> = all.with(|all| {
            let all = all.iter();
            all.map(|it| Choice {
                value: it.value.clone(),
                text: it.text.clone(),
            })
            .collect()
        });
        // A state that is no choice is shown all the same.
        if chosen().is_empty() {
            let text = shown.with(|shown| shown.as_ref().map(|it| it.name.clone()));
            listed.insert(
                0,
                Choice {
                    value: String::new(),
                    text: text.unwrap_or_default(),
                },
            );
        }
        listed
    };
    view! {
        <div class="bar-working" role="group" aria-label=t(|w| w.working_state) tabindex="-1" data-heir="">
            <StateDot state=dot busy/>
            <Select
                label=t(|w| w.working_state)
                choices=Signal::derive(listed)
                chosen=Signal::derive(chosen)
                disabled=cannot
                on_choose=move |id: String| choose_state(phone, id)
            />
        </div>
    }
}
