//! A call that is over, in the bar.

use alo_phone::language::CallId;
use leptos::prelude::*;

use super::action_icon::ActionIcon;
use super::{CallRef, EndedReason};
use crate::components::{Number, icons};
use crate::i18n::t;

/// Who it was, and why it is over.
#[component]
pub(super) fn BarEnded(
    /// The call.
    id: CallId,
) -> impl IntoView {
    let call = CallRef::of(id);
    view! {
        <section class="bar-call" aria-label=t(|w| w.phase_ended)>
            <h2 class="bar-call__name" tabindex="-1" data-heir=""><Number number=call.title/></h2>
            <EndedReason call/>
            <div class="bar-call__actions">
                <ActionIcon
                    call
                    action=|actions| &actions.dismiss
                    label=t(|w| w.close)
                    icon=icons::CLOSE
                />
            </div>
        </section>
    }
}
