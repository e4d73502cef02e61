//! The hearing line: who is joined to whom, as a small drawing and one sentence.

use leptos::prelude::*;

use super::{Avatar, Icon, icons};
use crate::i18n::Text;

/// Always there in a call. A solid line talks, a dashed one hears music or rings.
#[component]
pub fn HearingLine(
    /// The accessible name of the status.
    #[prop(into)]
    label: Text,
    /// The word for this side.
    #[prop(into)]
    you: Text,
    /// The name of the other side, for its face.
    #[prop(into)]
    them: Signal<Option<String>>,
    /// How they are joined: `talking`, `music`, `one-way`, `ringing`, `broken`, `none`.
    #[prop(into)]
    link: Signal<&'static str>,
    /// What matters most.
    #[prop(into)]
    lead: Text,
    /// The rest of the sentence, where there is any.
    #[prop(into)]
    rest: Signal<Option<String>>,
) -> impl IntoView {
    let mark = move || match link.get() {
        "music" => Some(icons::MUSIC),
        "one-way" => Some(icons::MICROPHONE_OFF),
        "ringing" => Some(icons::PHONE),
        "broken" => Some(icons::TROUBLE),
        _ => None,
    };
    view! {
        <div class="hearing-line" data-link=link>
            <div class="hearing-line__drawing" aria-hidden="true">
                <span class="avatar" data-size="small">{you}</span>
                <span class="hearing-line__link">
                    {move || mark().map(|icon| view! { <Icon icon/> })}
                </span>
                <Avatar name=them size="small"/>
            </div>
            <p role="status" aria-label=label class="hearing-line__text">
                <strong>{lead}</strong>
                {move || rest.get().map(|rest| format!(" {rest}"))}
            </p>
        </div>
    }
}
