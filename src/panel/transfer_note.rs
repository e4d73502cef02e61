//! The note for whoever takes a transferred call.

use leptos::{html, prelude::*};

use super::model::targets::{NOTE, left_of_note};
use super::transfer_form::use_transfer_form;
use crate::components::{Icon, icons};
use crate::i18n::{fill, t, use_i18n};

/// So many bytes left are few.
const FEW: i64 = 16;

/// Opens the field, and closes it: what was written stays, goes along, and is marked.
#[component]
pub(super) fn NoteButton(
    /// Whether the field is open.
    writes: RwSignal<bool>,
) -> impl IntoView {
    let form = use_transfer_form();
    let written = Memo::new(move |_| form.note.with(|note| !note.trim().is_empty()));
    view! {
        <button
            type="button"
            class="note-button"
            data-written=move || written.get().to_string()
            title=move || form.note.get()
            aria-expanded=move || writes.get().to_string()
            on:click=move |_| writes.update(|writes| *writes = !*writes)
        >
            <Icon icon=icons::NOTE/>
            <span>{t(|w| w.note)}</span>
        </button>
    }
}

/// The field. It has the keyboard when it opens, and says how many bytes are left when there are few.
#[component]
pub(super) fn NoteField() -> impl IntoView {
    let form = use_transfer_form();
    let i18n = use_i18n();
    let area = NodeRef::<html::Textarea>::new();
    Effect::new(move || {
        if let Some(area) = area.get() {
            let _focused = area.focus();
        }
    });
    let left = Memo::new(move |_| form.note.with(|note| left_of_note(note)));
    let text = move || {
        let (left, words) = (left.get()?, i18n.words());
        let (shown, most) = (left.abs().to_string(), NOTE.to_string());
        let places = [("left", &*shown), ("over", &*shown), ("most", &*most)];
        let text = if left < 0 {
            words.note_over
        } else {
            words.note_left
        };
        Some(fill(text, &places))
    };
    // Said when it gets less, and not at every key.
    let step = Memo::new(move |_| left.get().map(|left| (left < 0, left <= FEW)));
    let said = Memo::new(move |_| {
        step.get()?;
        untrack(text)
    });
    let too_long = move || left.get().is_some_and(|left| left < 0).then_some("true");
    view! {
        <div class="note-field">
            <textarea
                class="field__input"
                rows="2"
                aria-label=t(|w| w.note_for)
                placeholder=t(|w| w.note_for)
                aria-describedby="note-left"
                aria-invalid=too_long
                node_ref=area
                prop:value=form.note
                on:input=move |event| form.note.set(event_target_value(&event))
            ></textarea>
            <p id="note-left" class="note-field__left">{text}</p>
            <p class="visually-hidden" aria-live="polite">{said}</p>
        </div>
    }
}
