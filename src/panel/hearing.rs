//! Who hears whom in a call.

use alo_phone::language::Sound;
use leptos::prelude::*;

use super::CallRef;
use super::model::hearing::{hearing_text, link};
use crate::components::HearingLine;
use crate::i18n::t;

/// The hearing line of a call.
#[component]
pub fn Hearing(
    /// The call.
    call: CallRef,
) -> impl IntoView {
    let text = Memo::new(move |_| call.told(hearing_text));
    let link = move || {
        call.with(|call| link(call.hearing).name())
            .unwrap_or("none")
    };
    let muted = move || call.is(|call| call.hearing.to_remote == Sound::Muted);
    view! {
        <div class="hearing" data-muted=move || muted().to_string()>
            <HearingLine
                label=t(|w| w.who_hears_whom)
                you=t(|w| w.you)
                them=call.name
                link
                lead=move || text.get().map(|text| text.lead).unwrap_or_default()
                rest=move || text.get().and_then(|text| text.rest)
            />
        </div>
    }
}
