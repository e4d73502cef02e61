//! Who hears whom in a call.

use alo_phone::language::Sound;
use leptos::prelude::*;

use super::model::consulting::hearing_view;
use super::{CallRef, use_phone};
use crate::components::HearingLine;
use crate::i18n::t;

/// The hearing line of a call.
#[component]
pub fn Hearing(
    /// The call.
    call: CallRef,
    /// Whether it inherits the keyboard when what had it is gone.
    #[prop(optional)]
    heir: bool,
) -> impl IntoView {
    let phone = use_phone();
    let shown = Memo::new(move |_| {
        phone
            .state
            .with(|state| call.told(|call, all, words| hearing_view(call, state, all, words)))
    });
    let faces = Memo::new(move |_| shown.get().map(|it| it.faces).unwrap_or_default());
    let text = Memo::new(move |_| shown.get().map(|it| it.text));
    let muted = move || call.is(|call| call.hearing.to_remote == Sound::Muted);
    view! {
        <div
            class="hearing"
            data-muted=move || muted().to_string()
            tabindex=heir.then_some("-1")
            data-heir=heir.then_some("")
        >
            <HearingLine
                label=t(|w| w.who_hears_whom)
                you=t(|w| w.you)
                faces
                lead=move || text.get().map(|text| text.lead).unwrap_or_default()
                rest=move || text.get().and_then(|text| text.rest)
            />
        </div>
    }
}
