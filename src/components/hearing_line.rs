//! The hearing line: who is joined to whom, as a small drawing and one sentence.

use leptos::prelude::*;

use super::{Avatar, Icon, icons};
use crate::i18n::Text;

/// Somebody else in the drawing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Face {
    /// The name, for the face.
    pub name: Option<String>,
    /// What stands below the face, where there are several.
    pub label: String,
    /// How this one and you are joined: `talking`, `music`, `one-way`, `ringing`, `broken`, `none`.
    pub link: &'static str,
}

/// Always there in a call. A solid line talks, a dashed one hears music or rings. With one other, you
/// stand first; with several, between the first and the rest.
#[component]
pub fn HearingLine(
    /// The accessible name of the status.
    #[prop(into)]
    label: Text,
    /// The word for this side.
    #[prop(into)]
    you: Text,
    /// Everybody else.
    #[prop(into)]
    faces: Signal<Vec<Face>>,
    /// What matters most.
    #[prop(into)]
    lead: Text,
    /// The rest of the sentence, where there is any.
    #[prop(into)]
    rest: Signal<Option<String>>,
) -> impl IntoView {
    let first_link = move || faces.with(|faces| faces.first().map(|face| face.link));
    let drawing = move || {
        let mut others = faces.get().into_iter();
        let first = others.next().unwrap_or_default();
        let mine = view! { <span class="avatar" data-size="small">{you}</span> };
        let named = others.len() > 0;
        let them = move |face: Face| face_of(face, named);
        let line = link_of(first.link);
        if named {
            let after = others
                .map(|face| (link_of(face.link), them(face)))
                .collect_view();
            let mine = view! { <span class="hearing-line__face">{mine}</span> };
            (them(first), line, mine, after).into_any()
        } else {
            (mine, line, them(first)).into_any()
        }
    };
    let several = move || faces.with(|faces| faces.len() > 1).then_some("true");
    view! {
        <div class="hearing-line" data-link=first_link data-several=several>
            <div class="hearing-line__drawing" aria-hidden="true">{drawing}</div>
            <p role="status" aria-label=label class="hearing-line__text">
                <strong>{lead}</strong>
                {move || rest.get().map(|rest| format!(" {rest}"))}
            </p>
        </div>
    }
}

fn face_of(face: Face, named: bool) -> AnyView {
    let Face { name, label, .. } = face;
    let words = named.then(|| view! { <span class="hearing-line__name" data-text=label></span> });
    view! {
        <span class="hearing-line__face">
            <Avatar name=Signal::stored(name) size="small"/>
            {words}
        </span>
    }
    .into_any()
}

fn link_of(link: &'static str) -> AnyView {
    let mark = match link {
        "music" => Some(icons::MUSIC),
        "one-way" => Some(icons::MICROPHONE_OFF),
        "ringing" => Some(icons::PHONE),
        "broken" => Some(icons::TROUBLE),
        _ => None,
    };
    view! {
        <span class="hearing-line__link" data-link=link>
            {mark.map(|icon| view! { <Icon icon/> })}
        </span>
    }
    .into_any()
}
