//! Something that the person has to know now.

use leptos::prelude::*;

use super::{Icon, IconButton, icons};
use crate::i18n::Text;

/// An `alert`: what happened, what is being done, and buttons where there is something to do.
#[component]
pub fn Alert(
    /// The sentence. It stays as it is while the trouble lasts, because every change is read out:
    /// what counts stands among the children.
    #[prop(into)]
    text: Text,
    /// Whether it only takes its time: then it is a `status`, which interrupts nobody.
    #[prop(optional)]
    calm: bool,
    /// The name of the button that removes it; without one it stays until its cause is gone.
    #[prop(into, optional)]
    dismiss: Text,
    /// It is to be removed.
    #[prop(into, optional)]
    on_dismiss: Option<Callback<()>>,
    /// Buttons, and what stands beside them.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let (kind, role) = if calm {
        ("waiting", "status")
    } else {
        ("trouble", "alert")
    };
    view! {
        <div class="alert" data-kind=kind>
            <Icon icon=icons::TROUBLE/>
            <p role=role class="alert__text">{text}</p>
            {on_dismiss.map(|on_dismiss| {
                view! { <IconButton label=dismiss icon=icons::CLOSE on_press=on_dismiss/> }
            })}
            {children.map(|children| view! { <div class="alert__actions">{children()}</div> })}
        </div>
    }
}
