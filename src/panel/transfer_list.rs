//! Colleagues, queues or IVR trees that a call can be transferred to.

use std::sync::Arc;

use alo_api::Directory;
use alo_phone::language::TargetKind;
use leptos::{html, prelude::*};

use super::listing::{Find, listing};
use super::model::people::{Known, watched};
use super::model::targets::{agents, places};
use super::nothing_found::NothingFound;
use super::transfer_form::{TransferForm, use_transfer_form};
use super::transfer_row::TransferRow;
use super::{use_panel_ui, use_phone};
use crate::components::{RowWindow, SearchField};
use crate::i18n::{Text, t};

/// A search field and what it finds. What is on the screen is watched.
#[component]
pub(super) fn TransferList(
    /// Which of them.
    kind: TargetKind,
    /// The search field.
    input: NodeRef<html::Input>,
) -> impl IntoView {
    let phone = use_phone();
    let form = use_transfer_form();
    let search = RwSignal::new(String::new());
    let shown = RwSignal::new(0..0);
    let in_use = RwSignal::new(false);
    let frame = NodeRef::new();
    let rows = listing(phone, search, in_use, find(form, kind));
    let found = Memo::new(move |_| rows.with(|rows| !rows.is_empty()));
    let watches = Memo::new(move |_| match kind {
        // Nobody knows how busy a menu is.
        TargetKind::Ivr => Vec::new(),
        _ => rows.with(|rows| watched(rows, shown.get(), "")),
    });
    use_panel_ui().watching.watch(phone, watches);
    let (label, empty, is_empty) = words(kind);
    let is_empty = phone.has_none(is_empty);
    view! {
        <SearchField label=t(|w| w.search) plain=true value=search input rows=frame/>
        <Show
            when=move || found.get()
            fallback=move || view! { <NothingFound is_empty empty/> }
        >
            <RowWindow label rows found_by=search row=row_of(kind) shown in_use frame search=input/>
        </Show>
    }
}

/// The name of the list, what is said where there is none, and whether there is none.
fn words(kind: TargetKind) -> (Text, Text, fn(&Directory) -> bool) {
    match kind {
        TargetKind::Queue => (t(|w| w.queue), t(|w| w.no_queues), |all| {
            all.queues.is_empty()
        }),
        TargetKind::Ivr => (t(|w| w.tab_ivr), t(|w| w.no_ivrs), |all| {
            all.ivrs.is_empty()
        }),
        TargetKind::Agent | TargetKind::Number => (t(|w| w.tab_agent), t(|w| w.no_people), |all| {
            all.agents.is_empty()
        }),
    }
}

fn find(form: TransferForm, kind: TargetKind) -> Find {
    let last = form.last_used(kind);
    let present = form.present();
    Arc::new(move |directory: &Directory, wanted: &str, known: &Known| {
        if kind == TargetKind::Agent {
            agents(directory, wanted, known, &last, &present)
        } else {
            places(directory, kind, wanted, &last)
        }
    })
}

fn row_of(kind: TargetKind) -> fn(String) -> AnyView {
    match kind {
        TargetKind::Queue => |id| view! { <TransferRow kind=TargetKind::Queue id/> }.into_any(),
        TargetKind::Ivr => |id| view! { <TransferRow kind=TargetKind::Ivr id/> }.into_any(),
        TargetKind::Agent | TargetKind::Number => {
            |id| view! { <TransferRow kind=TargetKind::Agent id/> }.into_any()
        }
    }
}
