//! The dialog for a transfer: where to, and with what note.

use alo_phone::language::{CallId, TargetKind};
use leptos::{html, prelude::*};

use super::model::consulting::hearing_view;
use super::model::party::title_of;
use super::model::stage::{find, goes_on, stage};
use super::model::targets::KINDS;
use super::model::trouble::notice_text;
use super::transfer_form::TransferForm;
use super::transfer_list::TransferList;
use super::transfer_note::{NoteButton, NoteField};
use super::transfer_number::TransferNumber;
use super::{CallRef, use_panel_ui, use_phone};
use crate::components::{Alert, Icon, IconButton, LiveRegion, Number, Tab, Tabs, icons};
use crate::i18n::{fill, t, use_i18n};

/// Id of the element that shows the open tab.
const PANEL: &str = "transfer-panel";

/// Fills the panel while it is open. The browser's own `<dialog>` keeps the keyboard inside and closes
/// on Esc.
#[component]
pub(super) fn TransferDialog(
    /// The call that is to be transferred.
    id: CallId,
) -> impl IntoView {
    let ui = use_panel_ui();
    let i18n = use_i18n();
    let call = CallRef::of(id.clone());
    let form = TransferForm::provide(call);
    let tab = RwSignal::new(0_usize);
    let writes = RwSignal::new(false);
    let search = NodeRef::<html::Input>::new();
    let dialog = NodeRef::<html::Dialog>::new();
    close_with_call(id.clone(), call);
    follow_browser(id, dialog, search);
    let words = [
        t(|w| w.tab_agent),
        t(|w| w.tab_number),
        t(|w| w.queue),
        t(|w| w.tab_ivr),
    ];
    let tabs = words.map(|label| Tab { label, icon: None }).to_vec();
    let refusal = form.refusal();
    let refused = Memo::new(move |_| !refusal.get().is_empty());
    let kind = Memo::new(move |_| KINDS[tab.get()]);
    let hint = move || {
        let words = i18n.words();
        let (first, second) = match kind.get() {
            TargetKind::Agent => (words.transfer_hint_blind, words.transfer_hint_attended),
            TargetKind::Number => (words.transfer_hint_number, words.transfer_hint_attended),
            TargetKind::Queue => (words.transfer_hint_queue, ""),
            TargetKind::Ivr => (words.transfer_hint_ivr, ""),
        };
        format!("{first} {second}")
    };
    view! {
        <dialog
            class="transfer-dialog"
            aria-label=t(|w| w.transfer_call)
            node_ref=dialog
            on:close=move |_| ui.transfer_of.set(None)
        >
            <Head call writes/>
            <Show when=move || writes.get()><NoteField/></Show>
            <Tabs
                label=t(|w| w.transfer_kinds)
                tabs
                open=tab
                panel=PANEL
                on_open=move |at: usize| tab.set(at)
            />
            <RingsMeanwhile/>
            <SaidMeanwhile call/>
            <Show when=move || refused.get()><Alert text=refusal/></Show>
            <div
                class="transfer-dialog__panel"
                id=PANEL
                role="tabpanel"
                aria-label=move || words[tab.get()].get()
            >
                {move || match kind.get() {
                    TargetKind::Number => view! { <TransferNumber/> }.into_any(),
                    kind => view! { <TransferList kind input=search/> }.into_any(),
                }}
            </div>
            <p class="transfer-dialog__hint">{hint}</p>
        </dialog>
    }
}

/// What it is, whom it is about, the note, and a way out.
#[component]
fn Head(call: CallRef, writes: RwSignal<bool>) -> impl IntoView {
    let ui = use_panel_ui();
    view! {
        <header class="transfer-dialog__head">
            <div class="transfer-dialog__title">
                <h2>{t(|w| w.transfer_call)}</h2>
                <p><Number number=call.title/></p>
            </div>
            <NoteButton writes/>
            <IconButton
                label=t(|w| w.close)
                icon=icons::CLOSE
                on_press=move |()| ui.transfer_of.set(None)
            />
        </header>
    }
}

/// Opens the dialog, with the keyboard in the search; when it goes, the control that opened it has the
/// keyboard again. The top layer and the keyboard are the browser's.
fn follow_browser(id: CallId, dialog: NodeRef<html::Dialog>, search: NodeRef<html::Input>) {
    let ui = use_panel_ui();
    Effect::new(move || {
        let Some(dialog) = dialog.get() else { return };
        if !dialog.open() {
            // Refused where the dialog has left the document.
            let _shown = dialog.show_modal();
        }
        if let Some(search) = search.get_untracked() {
            let _focused = search.focus();
        }
    });
    on_cleanup(move || {
        // Also when the panel went away around it: it is not to come back by itself.
        if ui.transfer_of.try_get_untracked().flatten().as_ref() == Some(&id) {
            ui.transfer_of.set(None);
        }
        // As long as it is open, nothing below it takes the keyboard.
        if let Some(dialog) = dialog.try_get_untracked().flatten() {
            dialog.close();
        }
        if let Some(button) = ui.transfer_button.try_get_untracked().flatten() {
            let _focused = button.focus();
        }
    });
}

/// A call that is over, or is being talked about with somebody, is not to be sent anywhere; nor one that
/// gave its place in the panel to another, which would be taken for it.
fn close_with_call(id: CallId, call: CallRef) {
    let (ui, phone) = (use_panel_ui(), use_phone());
    let current = phone.select(|state| stage(state).current().cloned());
    let can_go = Memo::new(move |_| {
        let is_large = current.with(|it| it.as_ref() == Some(&id));
        is_large && call.is(|it| goes_on(it) && it.consultation.is_none())
    });
    Effect::new(move || {
        if !can_go.get() {
            ui.transfer_of.set(None);
        }
    });
}

/// What the panel says lies below the dialog, where no screen reader hears it: who hears whom, and what went
/// wrong last.
#[component]
fn SaidMeanwhile(call: CallRef) -> impl IntoView {
    let phone = use_phone();
    let i18n = use_i18n();
    let text = Memo::new(move |_| {
        let directory = phone.directory.get();
        let words = i18n.words();
        phone.state.with(|state| {
            let heard = call.with(|call| hearing_view(call, state, &directory, words).text.whole());
            let notice = state.notices.last();
            let wrong = notice.map(|notice| notice_text(&notice.trouble, &directory, words));
            let all = [heard, wrong].into_iter().flatten();
            all.collect::<Vec<_>>().join(" ")
        })
    });
    view! { <LiveRegion text/> }
}

/// A call that rings meanwhile lies below the dialog.
#[component]
fn RingsMeanwhile() -> impl IntoView {
    let phone = use_phone();
    let i18n = use_i18n();
    let text = Memo::new(move |_| {
        let directory = phone.directory.get();
        let words = i18n.words();
        phone.state.with(|state| {
            let call = find(state, stage(state).ringing()?)?;
            let who = title_of(&call.remote, &directory, words);
            Some(fill(words.incoming_meanwhile, &[("who", &who)]))
        })
    });
    let rings = Memo::new(move |_| text.with(Option::is_some));
    view! {
        // Always there, as what is said in it is read out only then.
        <div role="status">
            <Show when=move || rings.get()>
                <div class="alert" data-kind="waiting">
                    <Icon icon=icons::TROUBLE/>
                    <p class="alert__text">{text}</p>
                </div>
            </Show>
        </div>
    }
}
