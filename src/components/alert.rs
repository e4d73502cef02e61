//! Something that the person has to know now.

use leptos::prelude::*;

use super::{Icon, IconButton, icons};

/// An `alert`: what happened, what is being done, and buttons where there is something to do.
#[component]
pub fn Alert(
    /// The sentence.
    #[prop(into)]
    text: Signal<String>,
    /// `trouble` or `waiting`, for its colour.
    #[prop(optional)]
    kind: Option<&'static str>,
    /// The name of the button that removes it; without one it stays until its cause is gone.
    #[prop(into, optional)]
    dismiss: Signal<Option<String>>,
    /// It is to be removed.
    #[prop(into, optional)]
    on_dismiss: Option<Callback<()>>,
    /// Buttons.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="alert" data-kind=kind.unwrap_or("trouble")>
            <Icon icon=icons::TROUBLE/>
            <p role="alert" class="alert__text">{text}</p>
            {on_dismiss.map(|on_dismiss| {
                let label = Signal::derive(move || dismiss.get().unwrap_or_default());
                view! { <IconButton label icon=icons::CLOSE on_press=on_dismiss/> }
            })}
            {children.map(|children| view! { <div class="alert__actions">{children()}</div> })}
        </div>
    }
}
