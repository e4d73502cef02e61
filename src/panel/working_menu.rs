//! The working state: which it is, for how long, and choosing another.

use alo_phone::language::State;
use leptos::prelude::*;

use super::model::working::{WorkingView, choices, choose, time_in_state, working_view};
use super::{PhoneHandle, use_phone};
use crate::components::{Icon, LiveRegion, Menu, StateDot, icons};
use crate::i18n::{I18n, fill, t, use_i18n};

/// Id of the state in words, which describes the button.
const STATE: &str = "working-state";

/// The menu button **Working state**; not there where the server keeps none. In a call its face is
/// small and says what follows the call.
#[component]
pub(super) fn WorkingMenu() -> impl IntoView {
    let phone = use_phone();
    let i18n = use_i18n();
    let shown = working(phone, i18n);
    let there = Memo::new(move |_| shown.with(Option::is_some));
    let cannot = phone.select(|state: &State| state.actions.set_working.is_none());
    let closed = Signal::derive(move || cannot.get().then(|| i18n.words().working_offline));
    let items = Signal::derive(move || {
        let directory = phone.directory.get();
        phone
            .state
            .with(|state| choices(state, &directory, i18n.words()))
    });
    let choose = Callback::new(move |id: String| choose_state(phone, id));
    let face = move || view! { <Face shown/> }.into_any();
    view! {
        <Show when=move || there.get()>
            <div class="working-menu">
                <Menu
                    name=t(|w| w.working_state)
                    face=Box::new(face)
                    described_by=STATE
                    closed_because=closed
                    items
                    on_choose=choose
                />
            </div>
        </Show>
    }
}

/// The state and its time; in a call, what follows.
#[component]
fn Face(shown: Memo<Option<WorkingView>>) -> impl IntoView {
    let phone = use_phone();
    let i18n = use_i18n();
    let name = move || shown.with(|shown| shown.as_ref().map(|it| it.name.clone()));
    let follows = Memo::new(move |_| shown.with(|it| it.as_ref()?.next.clone()));
    let dot = Signal::derive(move || {
        let next = follows.with(|next| Some(next.as_ref()?.dot));
        let now = || shown.with(|shown| Some(shown.as_ref()?.dot));
        next.or_else(now).unwrap_or("unknown")
    });
    let busy = Signal::derive(move || {
        follows.with(|next| next.as_ref().is_some_and(|next| next.pending))
            || shown.with(|shown| shown.as_ref().is_some_and(|it| it.pending))
    });
    let time = move || {
        phone
            .state
            .with(|state| time_in_state(state, phone.now.get(), i18n.words()))
    };
    let words = move || shown.with(|shown| shown.as_ref().map(|it| said(it, i18n)));
    // As the letters of a face: what is drawn is no part of the button's text, which is the sentence.
    view! {
        <StateDot state=dot busy/>
        <span class="working-menu__words" aria-hidden="true">
            {move || if let Some(next) = follows.get() {
                view! {
                    <span class="working-menu__aside" data-text=t(|w| w.next_state)></span>
                    <span class="working-menu__name" data-text=next.name></span>
                }
                .into_any()
            } else {
                view! {
                    <span class="working-menu__name" data-text=name></span>
                    <span class="working-menu__aside" data-text=time></span>
                }
                .into_any()
            }}
        </span>
        <span class="visually-hidden" id=STATE>{words}</span>
        <Icon icon=icons::OPENS/>
    }
}

/// Says each new state once: what was asked for, what the server confirmed, what follows a call,
/// and that after-call work began.
#[component]
pub(super) fn WorkingAnnouncement() -> impl IntoView {
    let phone = use_phone();
    let i18n = use_i18n();
    let shown = working(phone, i18n);
    let work = phone.select(super::model::working::wrap_up);
    let text = Memo::new(move |_| {
        let words = i18n.words();
        if let Some(work) = work.get() {
            // From its beginning: what is said does not count down.
            let seconds = work.seconds_left(work.since).to_string();
            return fill(words.wrap_up_began, &[("seconds", &seconds)]);
        }
        shown.with(|shown| match shown {
            Some(shown) => said(shown, i18n),
            None => String::new(),
        })
    });
    view! { <LiveRegion text/> }
}

/// What the control shows, from the state.
pub(super) fn working(phone: PhoneHandle, i18n: I18n) -> Memo<Option<WorkingView>> {
    Memo::new(move |_| {
        let directory = phone.directory.get();
        phone
            .state
            .with(|state| working_view(state, &directory, i18n.words()))
    })
}

/// Asks for a state, if the phone can ask now.
pub(super) fn choose_state(phone: PhoneHandle, id: String) {
    let template = phone
        .state
        .with_untracked(|state| state.actions.set_working.clone());
    let directory = phone.directory.get_untracked();
    phone.ask(template.map(|template| choose(&template, id, &directory)));
}

/// The whole of it as one sentence.
fn said(shown: &WorkingView, i18n: I18n) -> String {
    let words = i18n.words();
    let now = if shown.pending {
        words.working_asked
    } else {
        words.working_now
    };
    let mut text = fill(now, &[("state", &shown.name)]);
    if let Some(next) = shown.next.as_ref().filter(|next| !next.pending) {
        text.push_str(". ");
        text.push_str(&fill(words.working_next, &[("state", &next.name)]));
    }
    text
}
