//! The head of the panel during a call: which line, how long, how well heard.

use alo_phone::language::CallId;
use leptos::prelude::*;

use super::model::party::line_of;
use super::model::stage::rings;
use super::model::standing::time_or_phase;
use super::{CallRef, use_phone};
use crate::components::QualityBars;
use crate::i18n::{fill, t, use_i18n};

/// Line, time and quality of a call; for one that rings, what it is and which queue it is from.
#[component]
pub(super) fn CallHeader(
    /// The call.
    id: CallId,
) -> impl IntoView {
    let phone = use_phone();
    let i18n = use_i18n();
    let call = CallRef::of(id);
    let ringing = Memo::new(move |_| call.is(rings));
    let line = Memo::new(move |_| {
        let line = call.told(|call, all, words| match call.consultation {
            Some(_) => Some(words.consulting.to_owned()),
            None => line_of(call, all),
        });
        line.flatten()
    });
    let time = move || call.told(|call, _, words| time_or_phase(call, phone.now.get(), words));
    let bars = Memo::new(move |_| call.with(|call| Some(call.quality?.bars)).flatten());
    let word = move || {
        let words = i18n.words();
        match bars.get().unwrap_or_default() {
            0 | 1 => words.quality_1,
            2 => words.quality_2,
            3 => words.quality_3,
            _ => words.quality_4,
        }
    };
    view! {
        <div class="call-header">
            {move || if ringing.get() {
                let from = move || line.get().map(|queue| {
                    fill(i18n.words().incoming_queue, &[("queue", &queue)])
                });
                view! {
                    <strong class="call-header__title">{t(|w| w.incoming_call)}</strong>
                    <span class="call-header__aside">{from}</span>
                }
                .into_any()
            } else {
                view! {
                    {move || line.get().map(|line| view! { <span class="chip" translate="no">{line}</span> })}
                    <span class="call-header__time">{time}</span>
                    <span class="call-header__aside">
                        {move || bars.get().map(|now| {
                            view! { <QualityBars label=t(|w| w.quality) bars=now word/> }
                        })}
                    </span>
                }
                .into_any()
            }}
        </div>
    }
}
