//! The other end of a call: face, name and number.

use leptos::prelude::*;

use super::CallRef;
use crate::components::{Avatar, Number};

/// Face, name and number below each other, or side by side where the style sheet has no place.
#[component]
pub(super) fn Who(
    /// The call.
    call: CallRef,
    /// The diameter of the face, as [`Avatar`] has it.
    #[prop(optional)]
    size: Option<&'static str>,
    /// What stands in place of the face: the face with something around it.
    #[prop(optional)]
    face: Option<AnyView>,
    /// An id for whatever is described by who calls.
    #[prop(optional)]
    id: Option<&'static str>,
    /// Whether the name inherits the keyboard when what had it is gone.
    #[prop(optional)]
    heir: bool,
    /// What stands below the number.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let CallRef { name, number, .. } = call;
    // Without a name the number is the title already.
    let below = move || number.get().filter(|_| name.with(Option::is_some));
    view! {
        <div class="who">
            {face.unwrap_or_else(|| view! { <Avatar name nostrip:size=size/> }.into_any())}
            <div class="who__words" id=id>
                <h2
                    class="who__name"
                    tabindex=heir.then_some("-1")
                    data-heir=heir.then_some("")
                >
                    <Number number=call.title/>
                </h2>
                {move || below().map(|number| view! {
                    <p class="who__number"><Number number/></p>
                })}
            </div>
            {children.map(|children| children())}
        </div>
    }
}
