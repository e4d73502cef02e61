//! A face with what its person is doing.

use leptos::prelude::*;

use crate::components::{Avatar, StateDot};

/// The face, and the dot of the state where that is known.
#[component]
pub(super) fn PersonFace(
    /// The name.
    name: Memo<String>,
    /// The state, as [`StateDot`] has it.
    dot: Memo<Option<&'static str>>,
) -> impl IntoView {
    view! {
        <span class="person__face">
            <Avatar name=Signal::derive(move || Some(name.get()))/>
            {move || dot.get().map(|state| view! { <StateDot state/> })}
        </span>
    }
}
