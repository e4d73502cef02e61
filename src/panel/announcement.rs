//! What a screen reader says when the call changes.

use alo_phone::language::{CallId, Phase};
use leptos::prelude::*;

use super::model::outcome::{is_trouble, outcome_text};
use super::model::party::title_of;
use super::model::stage::{Stage, find, stage};
use super::{use_panel_ui, use_phone};
use crate::components::LiveRegion;
use crate::i18n::{Catalogue, fill, use_i18n};

/// Says what nothing else on the screen says by itself: that it rings, unless a dialog took the
/// keyboard and is read out for that; whose call it is, which the hearing line then follows; how it
/// ended, unless that is an `alert`.
#[component]
pub fn Announcement(
    /// Whether a popup tries to take the keyboard when it rings.
    #[prop(optional)]
    popup: bool,
) -> impl IntoView {
    let phone = use_phone();
    let ui = use_panel_ui();
    let i18n = use_i18n();
    let said = Memo::new(move |_| {
        let words = i18n.words();
        let directory = phone.directory.get();
        phone.state.with(|state| {
            let stage = stage(state);
            let title = |text: &str, id: &CallId| {
                let call = find(state, id)?;
                let who = title_of(&call.remote, &directory, words);
                Some(fill(text, &[("who", &who)]))
            };
            let is_read_out = |id: &CallId| popup && ui.rings_unseen.get().as_ref() != Some(id);
            let text = match what(&stage) {
                What::Nothing => None,
                What::Rings(id) if stage.waiting.is_none() && is_read_out(id) => None,
                What::Rings(id) => title(words.incoming_from, id),
                What::GoesOn(id) => title(words.call_with, id),
                What::Ended(id) => {
                    find(state, id).and_then(|call| ended_text(call, &directory, words))
                }
            };
            text.unwrap_or_default()
        })
    });
    view! { <LiveRegion text=said/> }
}

/// What there is to say.
enum What<'a> {
    Nothing,
    Rings(&'a CallId),
    GoesOn(&'a CallId),
    Ended(&'a CallId),
}

fn what(stage: &Stage) -> What<'_> {
    if let Some(id) = stage.ringing() {
        What::Rings(id)
    } else if let Some(id) = stage.current() {
        What::GoesOn(id)
    } else {
        stage.ended.as_ref().map_or(What::Nothing, What::Ended)
    }
}

fn ended_text(
    call: &alo_phone::language::Call,
    directory: &alo_api::Directory,
    words: &Catalogue,
) -> Option<String> {
    match &call.phase {
        Phase::Ended { outcome, .. } if !is_trouble(outcome) => {
            Some(outcome_text(call, outcome, directory, words))
        }
        _ => None,
    }
}
