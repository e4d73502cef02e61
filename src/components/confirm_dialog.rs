//! A question that has to be answered before anything else is done.

use leptos::{html, prelude::*};

use super::{Button, Tone};
use crate::i18n::Text;

/// An `alertdialog` over the page: a question, and two answers of which the harmless one has the
/// keyboard. The browser's own `<dialog>` keeps the keyboard inside, closes on Esc, and gives the
/// keyboard back.
#[component]
pub fn ConfirmDialog(
    /// Whether it is open.
    open: RwSignal<bool>,
    /// The question.
    #[prop(into)]
    question: Text,
    /// What follows from a yes.
    #[prop(into)]
    consequence: Text,
    /// The word for yes.
    #[prop(into)]
    yes: Text,
    /// The word for no.
    #[prop(into)]
    no: Text,
    /// The answer is yes.
    #[prop(into)]
    on_yes: Callback<()>,
) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    // The top layer is the browser's; it follows.
    Effect::new(move || {
        let Some(dialog) = dialog.get() else { return };
        if !open.get() {
            dialog.close();
        } else if !dialog.open() {
            // Refused where the dialog has left the document.
            let _shown = dialog.show_modal();
        }
    });
    view! {
        <dialog
            class="dialog"
            role="alertdialog"
            aria-label=question
            aria-describedby="dialog-consequence"
            node_ref=dialog
            on:close=move |_| open.set(false)
        >
            <p class="dialog__question" aria-hidden="true">{question}</p>
            <p id="dialog-consequence">{consequence}</p>
            <div class="dialog__answers">
                <Button label=no on_press=move |()| open.set(false)/>
                <Button
                    label=yes
                    tone=Tone::Stop
                    on_press=move |()| {
                        open.set(false);
                        on_yes.run(());
                    }
                />
            </div>
        </dialog>
    }
}
