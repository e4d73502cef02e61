//! Signing in.

use alo_phone::language::{Check, Command, Reachability, Secret, SignIn, State};
use leptos::prelude::*;

use super::Config;
use super::demo_accounts::DemoAccounts;
use super::sign_in_form::SignInForm;
use super::sign_in_trouble::SignInTrouble;
use crate::components::{Icon, icons};
use crate::i18n::t;
use crate::panel::model::trouble::is_about_credentials;
use crate::panel::{Notices, PhoneHandle, PhoneStatus, use_phone};

/// Whether the desk is shown: signed in, and confirmed by the server at least once since.
///
/// Until the first confirmation the sign-in page stays, so that a wrong password or a server that
/// is down is told where it can be mended.
pub(super) fn is_inside(phone: PhoneHandle) -> Memo<bool> {
    Memo::new(move |before: Option<&bool>| {
        phone.state.with(|state| {
            let was_inside = before.copied().unwrap_or_default();
            state.account.is_some()
                && !refused(state)
                && (was_inside || state.checks.registration == Check::Good)
        })
    })
}

/// The server does not take these words.
pub(super) fn refused(state: &State) -> bool {
    matches!(&state.reachability, Reachability::NotReachable { why, .. } if is_about_credentials(why))
}

/// Signs in with a password.
pub(super) fn sign_in(phone: PhoneHandle, extension: &str, name: Option<String>, password: String) {
    phone.send.run(Command::SignIn(SignIn {
        extension: extension.to_owned(),
        name,
        password: Some(Secret(password)),
    }));
}

/// The sign-in card.
#[component]
pub fn SignInCard() -> impl IntoView {
    let phone = use_phone();
    let Config(config) = expect_context::<Config>();
    let title = config.with_value(|config| config.title.clone());
    let accounts = config.with_value(|config| config.demo_accounts.clone());
    let guests = config.with_value(|config| config.guest_calls);
    let is_demo = !accounts.is_empty();
    let trying = phone.select(|state| state.account.is_some() && !refused(state));
    view! {
        <main class="sign-in">
            <div class="sign-in__card">
                <header class="sign-in__head">
                    <span class="sign-in__mark" aria-hidden="true">
                        <Icon icon=icons::PHONE/>
                    </span>
                    <p class="sign-in__title" translate="no">{title}</p>
                    <h1 tabindex="-1" data-heir="">{t(|w| w.sign_in_heading)}</h1>
                </header>
                <SignInTrouble/>
                <Notices/>
                <SignInForm trying/>
                {is_demo.then(|| view! { <DemoAccounts accounts trying/> })}
                {(is_demo && guests).then(|| view! {
                    <a class="sign-in__link" href="/call" target="_blank" rel="noopener">
                        {t(|w| w.customer_page_hint)}
                    </a>
                })}
                <footer class="sign-in__foot">
                    <PhoneStatus alert_beside=true/>
                </footer>
            </div>
        </main>
    }
}
