//! Calls that were sent elsewhere, and how that goes on.

use alo_phone::language::Command;
use leptos::prelude::*;

use super::model::following::{Followed, followed};
use super::use_phone;
use crate::components::{Icon, IconButton, icons};
use crate::i18n::{t, use_i18n};

/// A calm line each. What changes is said once, by a `status` that is always there; the seconds are
/// not.
#[component]
pub(super) fn FollowedTransfers() -> impl IntoView {
    let phone = use_phone();
    let i18n = use_i18n();
    let all = Memo::new(move |_| {
        let directory = phone.directory.get();
        phone
            .state
            .with(|state| followed(state, &directory, i18n.words()))
    });
    let said = Memo::new(move |_| {
        let say = |it: &Followed| format!("{}. {}", it.lead.trim_end_matches('.'), it.rest);
        all.with(|all| all.iter().map(say).collect::<Vec<_>>().join("\n"))
    });
    let ids = Memo::new(move |_| all.with(|all| all.iter().map(|it| it.id).collect::<Vec<_>>()));
    let there = Memo::new(move |_| ids.with(|ids| !ids.is_empty()));
    let line = move |id: u64| {
        let it = Memo::new(move |_| all.with(|all| all.iter().find(|it| it.id == id).cloned()));
        view! {
            <li class="followed" data-tone=move || it.with(|it| Some(it.as_ref()?.tone))>
                <Words it/>
                <Dismiss it/>
            </li>
        }
    };
    view! {
        <p class="visually-hidden" role="status">{said}</p>
        <Show when=move || there.get()>
            <ul class="followed-transfers" aria-label=t(|w| w.transfers)>
                // Each keeps its element, and with it the keyboard, when another one goes.
                <For each=move || ids.get() key=|id| *id children=line/>
            </ul>
        </Show>
    }
}

/// How it stands, and since when.
#[component]
fn Words(it: Memo<Option<Followed>>) -> impl IntoView {
    let phone = use_phone();
    let i18n = use_i18n();
    let icon = move || match it.with(|it| Some(it.as_ref()?.tone)) {
        Some("done") => icons::DONE,
        Some("failed") => icons::TROUBLE,
        _ => icons::TRANSFER,
    };
    let lead = move || it.with(|it| Some(it.as_ref()?.lead.clone()));
    let rest = move || it.with(|it| Some(it.as_ref()?.rest.clone()));
    let seconds = move || it.with(|it| it.as_ref()?.seconds(phone.now.get(), i18n.words()));
    view! {
        <span class="followed__mark">{move || view! { <Icon icon=icon()/> }}</span>
        <p class="followed__words">
            <strong>{lead}</strong>
            <span class="followed__rest">{rest}</span>
        </p>
        <span class="followed__time" aria-hidden="true">{seconds}</span>
    }
}

/// Takes it off the screen, where that can be done.
#[component]
fn Dismiss(it: Memo<Option<Followed>>) -> impl IntoView {
    let phone = use_phone();
    let id = Memo::new(move |_| it.with(|it| Some(it.as_ref().filter(|it| it.can_dismiss)?.id)));
    move || {
        id.get().map(|transfer| {
            view! {
                <IconButton
                    label=t(|w| w.dismiss)
                    icon=icons::CLOSE
                    on_press=move |()| {
                        phone.send.run(Command::DismissTransfer { transfer });
                    }
                />
            }
        })
    }
}
