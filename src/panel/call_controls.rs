//! The round controls of a call. Each is disabled because its action is not there.

use leptos::prelude::*;

use super::hold_control::HoldControl;
use super::transfer_control::TransferControl;
use super::{CallRef, KeypadControl, MuteControl, VideoControl};
use crate::components::{RoundControl, icons};
use crate::i18n::t;

/// All six, whatever else is open: none of them is ever out of reach.
#[component]
pub(super) fn CallControls(
    /// The call.
    call: CallRef,
) -> impl IntoView {
    view! {
        <div class="call-controls" role="group" aria-label=t(|w| w.call_controls)>
            <MuteControl call/>
            <HoldControl call/>
            <KeypadControl call/>
            <TransferControl call/>
            <RoundControl
                name=t(|w| w.add_people)
                caption=t(|w| w.add_people_short)
                icon=icons::ADD_PEOPLE
                disabled=call.cannot(|actions| &actions.add_people)
                why=t(|w| w.not_yet)
                on_press=call.run(|actions| &actions.add_people)
            />
            <VideoControl call/>
        </div>
    }
}
