//! What is being mended, with a timer that can be seen to run.

use leptos::prelude::*;

use super::model::status::{Banner, Light, banner, call_banner};
use super::{CallRef, MendButtons, use_phone};
use crate::i18n::use_i18n;

/// The banner of the phone as a whole: connection, registration, microphone, sound.
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
    view! { <Strip banner=shown><MendButtons/></Strip> }
}

/// The banner of one call.
#[component]
pub(super) fn CallBanner(
    /// The call.
    call: CallRef,
) -> impl IntoView {
    let phone = use_phone();
    let i18n = use_i18n();
    let shown = Memo::new(move |_| {
        call.with(|call| call_banner(call, phone.now.get(), i18n.words()))
            .flatten()
    });
    view! { <Strip banner=shown/> }
}

/// A banner, while there is one. What does not mend itself is an `alert`. What counts seconds is
/// not: a screen reader would read every second, and a `status` already says that it is away.
#[component]
fn Strip(
    /// The banner.
    banner: Memo<Option<Banner>>,
    /// What can be done about it.
    #[prop(optional)]
    children: Option<ChildrenFn>,
) -> impl IntoView {
    let light = Memo::new(move |_| banner.with(|banner| Some(banner.as_ref()?.light)));
    let part = move |of: fn(&Banner) -> Option<String>| {
        move || banner.with(|banner| banner.as_ref().and_then(of))
    };
    let lead = part(|banner| Some(banner.lead.clone()));
    let rest = part(|banner| Some(banner.rest.clone()));
    let attempt = part(|banner| banner.attempt.clone());
    move || {
        light.get().map(|light| {
            view! {
                <div class="banner" data-light=light.name()>
                    <div role=(light == Light::Bad).then_some("alert")>
                        <strong class="banner__lead">{lead}</strong>
                        <p class="banner__rest">{rest}</p>
                    </div>
                    <p class="banner__attempt">{attempt}</p>
                    <div class="banner__actions">
                        {children.as_ref().map(|children| children())}
                    </div>
                </div>
            }
        })
    }
}
