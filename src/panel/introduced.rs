//! How a call came here that somebody brought.

use leptos::prelude::*;

use super::CallRef;
use super::model::introduction::{introduction_text, note_of};
use crate::components::{Icon, icons};
use crate::i18n::t;

/// Id of it, for the dialog that it describes.
pub(super) const INTRODUCED: &str = "introduced";

/// Who transferred it, why it is back or whom it is about, with the note that came along; not there
/// where nobody brought it.
#[component]
pub(super) fn Introduced(
    /// The call.
    call: CallRef,
    /// An id for whatever is described by it.
    #[prop(optional)]
    id: Option<&'static str>,
) -> impl IntoView {
    let how = Memo::new(move |_| call.told(introduction_text).flatten());
    let note = Memo::new(move |_| call.with(note_of).flatten());
    let there = Memo::new(move |_| how.with(Option::is_some));
    view! {
        <Show when=move || there.get()>
            <div class="introduced" id=id>
                <p class="introduced__how"><Icon icon=icons::TRANSFER/>{how}</p>
                {move || note.get().map(|note| view! {
                    <p class="introduced__note" tabindex="0">
                        <span class="visually-hidden">{t(|w| w.note)}": "</span>
                        {note}
                    </p>
                })}
            </div>
        </Show>
    }
}
