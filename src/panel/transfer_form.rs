//! [`TransferForm`], what the parts of the dialog for a transfer share.

use alo_phone::language::{TargetKind, TransferTarget};
use alo_phone::phone::Refusal;
use leptos::prelude::*;

use super::dial_view::own_extension;
use super::model::last_used::{last_used, with_used};
use super::model::refusal::refusal_text;
use super::model::targets::{filled_in, left_of_note, present};
use super::{Action, CallRef, PanelUi, PhoneHandle, use_panel_ui, use_phone};
use crate::i18n::{I18n, Text, use_i18n};
use crate::preferences::last_targets;

/// The call, the note, and what came of the last attempt.
#[derive(Clone, Copy)]
pub(super) struct TransferForm {
    /// The call that is to be transferred.
    pub(super) call: CallRef,
    /// For whoever takes it.
    pub(super) note: RwSignal<String>,
    /// Own extension.
    pub(super) own: StoredValue<String>,
    refused: RwSignal<Option<Refusal>>,
    kept: StoredValue<String>,
    phone: PhoneHandle,
    ui: PanelUi,
    i18n: I18n,
}

impl TransferForm {
    /// Puts a fresh one into the context.
    pub(super) fn provide(call: CallRef) -> TransferForm {
        let phone = use_phone();
        let own = phone.state.with_untracked(|state| own_extension(state));
        let form = TransferForm {
            call,
            note: RwSignal::new(String::new()),
            kept: StoredValue::new(last_targets::load(&own)),
            own: StoredValue::new(own),
            refused: RwSignal::new(None),
            phone,
            ui: use_panel_ui(),
            i18n: use_i18n(),
        };
        provide_context(form);
        form
    }

    /// The addresses of a kind that were used last.
    pub(super) fn last_used(self, kind: TargetKind) -> Vec<String> {
        self.kept.with_value(|kept| last_used(kept, kind))
    }

    /// Who is in the call.
    pub(super) fn present(self) -> Vec<String> {
        let own = self.own.get_value();
        untrack(|| self.call.with(|call| present(call, &own))).unwrap_or_default()
    }

    /// Why an action cannot be done with any target; empty where it can.
    pub(super) fn why_not(self, action: Action) -> &'static str {
        let words = self.i18n.words();
        if self
            .note
            .with(|note| left_of_note(note))
            .is_some_and(|left| left < 0)
        {
            words.note_too_long
        } else if !self.call.can(action) {
            words.not_now
        } else {
            ""
        }
    }

    /// Does it, and closes the dialog unless the phone refuses.
    pub(super) fn ask(self, action: Action, target: &TransferTarget) {
        let template = untrack(|| self.call.with(|call| action(&call.actions).clone()));
        let Some(template) = template.flatten() else {
            return;
        };
        let written = self.note.get_untracked();
        let refused = self
            .phone
            .send
            .run(filled_in(template, target.clone(), &written));
        let taken = refused.is_none();
        self.refused.set(refused);
        if taken {
            let own = self.own.get_value();
            last_targets::save(&own, &with_used(&last_targets::load(&own), target));
            self.ui.transfer_of.set(None);
        }
    }

    /// Why the last attempt was refused; empty where none was.
    pub(super) fn refusal(self) -> Text {
        Text::from(move || {
            let words = self.i18n.words();
            self.refused.with(|refused| {
                refused
                    .as_ref()
                    .map_or("", |refused| refusal_text(refused, words))
            })
        })
    }
}

/// The form, from the context.
pub(super) fn use_transfer_form() -> TransferForm {
    expect_context::<TransferForm>()
}
