//! One target of a transfer.

use alo_phone::language::TargetKind;
use leptos::prelude::*;

use super::model::people::{status_dot, status_text};
use super::model::targets::{load_text, target_of, why_not};
use super::person_face::PersonFace;
use super::transfer_form::use_transfer_form;
use super::{Action, use_phone};
use crate::components::{Button, Icon, icons};
use crate::i18n::{Key, Text, t, use_i18n};

const BLIND: Action = |actions| &actions.transfer;
const ATTENDED: Action = |actions| &actions.consult;

/// Name, what is known of it, and what can be done. Whoever cannot take a call stays in sight, and the
/// buttons say why not.
#[component]
pub(super) fn TransferRow(
    /// What it is.
    kind: TargetKind,
    /// Extension, or id of the queue or IVR tree.
    id: String,
) -> impl IntoView {
    let phone = use_phone();
    let form = use_transfer_form();
    let i18n = use_i18n();
    let is_agent = kind == TargetKind::Agent;
    let presence = phone.presence_of(id.clone());
    let last = form.last_used(kind).contains(&id);
    let target = {
        let id = id.clone();
        Memo::new(move |_| phone.directory.with(|all| target_of(kind, &id, all)))
    };
    let name = Memo::new(move |_| target.with(|it| it.name.clone()).unwrap_or_default());
    let dot = Memo::new(move |_| {
        presence.with(|it| {
            it.as_ref()
                .filter(|_| is_agent)
                .map(|it| status_dot(&it.status))
        })
    });
    let status = move || {
        let words = i18n.words();
        presence.with(|presence| {
            let presence = presence.as_ref()?;
            if is_agent {
                let directory = phone.directory.get();
                Some(status_text(presence, phone.now.get(), &directory, words))
            } else {
                presence.queue.map(|load| load_text(load, words))
            }
        })
    };
    // Not the time: what is read out does not count.
    let busy = Memo::new(move |_| {
        let directory = phone.directory.get();
        let why = |it: &Option<_>| why_not(it.as_ref(), &directory, i18n.words());
        presence.with(why).filter(|_| is_agent)
    });
    let button = move |label: Key, action: Action| {
        let why = move || {
            busy.get()
                .unwrap_or_else(|| form.why_not(action).to_owned())
        };
        let press = move |()| form.ask(action, &target.get_untracked());
        view! { <Button label=t(label) why=Text::from(why) on_press=press/> }.into_any()
    };
    let first: Key = match kind {
        TargetKind::Queue => |w| w.to_queue,
        TargetKind::Ivr => |w| w.to_ivr,
        TargetKind::Agent | TargetKind::Number => |w| w.blind,
    };
    let face = match kind {
        TargetKind::Queue => place_face(icons::PEOPLE),
        TargetKind::Ivr => place_face(icons::KEYPAD),
        _ => view! { <PersonFace name dot/> }.into_any(),
    };
    view! {
        <div class="person transfer-row" data-state=dot>
            {face}
            <div class="person__who">
                <p class="person__name">
                    <strong translate="no">{name}</strong>
                    {last.then(|| view! { <LastUsed/> })}
                </p>
                <p class="person__status">
                    {is_agent.then(|| view! { <span translate="no">{id}</span> })}
                    {move || status().map(|status| if is_agent {
                        format!(" · {status}")
                    } else {
                        status
                    })}
                </p>
            </div>
            <div class="transfer-row__actions">
                {button(first, BLIND)}
                {is_agent.then(|| button(|w| w.attended, ATTENDED))}
            </div>
        </div>
    }
}

fn place_face(icon: icondata_core::Icon) -> AnyView {
    view! { <span class="avatar" aria-hidden="true"><Icon icon/></span> }.into_any()
}

/// That it was used last.
#[component]
fn LastUsed() -> impl IntoView {
    view! {
        <span class="transfer-row__last" title=t(|w| w.last_used)>
            <Icon icon=icons::HISTORY/>
            <span class="visually-hidden">{t(|w| w.last_used)}</span>
        </span>
    }
}
