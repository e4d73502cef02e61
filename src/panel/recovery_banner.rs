//! What is being mended, with a timer that can be seen to run.

use alo_phone::language::{Call, Millis, Reachability, RecoveryKind, Trouble};
use leptos::prelude::*;

use super::model::status::{Banner, Light, banner};
use super::use_phone;
use crate::components::Button;
use crate::i18n::format::{seconds_between, seconds_until};
use crate::i18n::{Catalogue, fill, t, use_i18n};

/// The banner of the phone as a whole: connection, registration, microphone, sound.
///
/// What does not mend itself is an `alert`. What counts seconds is not: a screen reader would
/// read every second, and the status already says that it is reconnecting.
#[component]
pub(super) fn PhoneBanner() -> impl IntoView {
    let phone = use_phone();
    let i18n = use_i18n();
    let shown = Memo::new(move |_| {
        let words = i18n.words();
        phone
            .state
            .with(|state| banner(state, phone.now.get(), words))
    });
    let light = Memo::new(move |_| shown.get().map(|banner| banner.light));
    let counts = phone.select(|state| {
        matches!(
            state.reachability,
            Reachability::NotReachable {
                retry_at: Some(_),
                ..
            } | Reachability::NotReachable {
                why: Trouble::ServerDown,
                ..
            }
        )
    });
    let retry = phone.select(|state| state.actions.retry.clone());
    let enable = phone.select(|state| state.actions.enable_devices.clone());
    view! {
        {move || light.get().map(|light| {
            let role = (light == Light::Bad && !counts.get()).then_some("alert");
            view! {
                <div class="banner" data-light=light.name()>
                    <div role=role>
                        <strong class="banner__lead">
                            {move || shown.get().map(|banner| banner.lead)}
                        </strong>
                        <p class="banner__rest">{move || shown.get().map(|banner| banner.rest)}</p>
                    </div>
                    <div class="banner__actions">
                        {move || enable.get().map(|command| view! {
                            <Button
                                label=t(|w| w.enable_devices)
                                on_press=move |()| phone.send.run(command.clone())
                            />
                        })}
                        {move || retry.get().map(|command| view! {
                            <Button
                                label=t(|w| w.try_now)
                                on_press=move |()| phone.send.run(command.clone())
                            />
                        })}
                    </div>
                </div>
            }
        })}
    }
}

/// The banner of one call. The phone's own banner already tells of a lost connection, so that is
/// left to it.
#[component]
pub(super) fn CallBanner(
    /// The call.
    call: Memo<Option<Call>>,
) -> impl IntoView {
    let phone = use_phone();
    let i18n = use_i18n();
    let shown = Memo::new(move |_| {
        let now = phone.now.get();
        call.with(|call| recovery(call.as_ref()?, now, i18n.words()))
    });
    view! {
        {move || shown.get().map(|banner| view! {
            <div class="banner" data-light=banner.light.name()>
                <strong class="banner__lead">{banner.lead}</strong>
                <p class="banner__rest">{banner.rest}</p>
            </div>
        })}
    }
}

fn recovery(call: &Call, now: Millis, words: &Catalogue) -> Option<Banner> {
    let recovery = call.recovery?;
    let (lead, rest) = match recovery.kind {
        RecoveryKind::Signalling => return None,
        RecoveryKind::Media => (words.recovery_media, words.recovery_media_rest),
        RecoveryKind::Session => (words.recovery_session, words.recovery_session_rest),
    };
    let seconds = |count: u64| count.to_string();
    let mut rest = rest.to_owned();
    if let Some(left) = recovery
        .retry_at
        .map(|then| seconds_until(now, then))
        .filter(|left| *left > 0)
    {
        rest.push(' ');
        rest.push_str(&fill(words.next_try, &[("seconds", &seconds(left))]));
    }
    let since = seconds(seconds_between(recovery.since, now));
    Some(Banner {
        light: Light::Waiting,
        lead: fill(lead, &[("seconds", &since)]),
        rest,
    })
}
