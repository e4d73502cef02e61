//! Video.

use leptos::prelude::*;

use super::CallRef;
use crate::components::{RoundControl, icons};
use crate::i18n::t;

/// Asks for video, or stops it.
#[component]
pub fn VideoControl(
    /// The call.
    call: CallRef,
) -> impl IntoView {
    view! {
        <RoundControl
            name=t(|w| w.video)
            caption=t(|w| w.video_short)
            icon=icons::VIDEO
            pressed=Signal::derive(move || call.is(|call| call.video.sending))
            disabled=call.cannot(|actions| &actions.toggle_video)
            why=t(|w| w.not_yet)
            on_press=call.run(|actions| &actions.toggle_video)
        />
    }
}
