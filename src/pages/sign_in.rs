//! Signing in.

use alo_api::DemoAccount;
use alo_phone::language::{Check, Command, Reachability, Secret, SignIn, State};
use leptos::prelude::*;

use super::Config;
use crate::components::{Alert, Avatar, Button, Icon, StatusLight, TextField, Tone, icons};
use crate::i18n::{fill, t, use_i18n};
use crate::panel::model::status::{Light, banner, light, status_text};
use crate::panel::model::trouble::is_about_credentials;
use crate::panel::{Notices, PhoneHandle, use_phone};

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
fn refused(state: &State) -> bool {
    matches!(&state.reachability, Reachability::NotReachable { why, .. } if is_about_credentials(why))
}

/// The sign-in card.
#[component]
pub fn SignInCard() -> impl IntoView {
    let phone = use_phone();
    let i18n = use_i18n();
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
                    <h1>{t(|w| w.sign_in_heading)}</h1>
                </header>
                <Refusal/>
                <Notices/>
                <SignInForm trying/>
                {is_demo.then(|| view! { <DemoAccounts accounts trying/> })}
                {(is_demo && guests).then(|| view! {
                    <a class="sign-in__link" href="/call" target="_blank" rel="noopener">
                        {t(|w| w.customer_page_hint)}
                    </a>
                })}
                <footer class="sign-in__foot">
                    <StatusLight light=Signal::derive(move || phone.state.with(|state| light(&state.reachability)).name())/>
                    <p role="status" aria-label=t(|w| w.phone_status)>
                        {move || phone.state.with(|state| status_text(&state.reachability, i18n.words()))}
                    </p>
                </footer>
            </div>
        </main>
    }
}

/// Why signing in does not work (yet), and what is being done.
#[component]
fn Refusal() -> impl IntoView {
    let phone = use_phone();
    let i18n = use_i18n();
    let shown = Memo::new(move |_| {
        let words = i18n.words();
        phone.state.with(|state| {
            let banner = banner(state, phone.now.get(), words)?;
            (banner.light == Light::Bad || banner.light == Light::Waiting).then_some(banner.rest)
        })
    });
    // One alert as long as the trouble lasts; only its text counts.
    let is_shown = Memo::new(move |_| shown.get().is_some());
    let retry = phone.select(|state| state.actions.retry.clone());
    view! {
        <Show when=move || is_shown.get()>
            <Alert text=move || shown.get().unwrap_or_default()>
                {move || retry.get().map(|command| view! {
                    <Button
                        label=t(|w| w.try_now)
                        on_press=move |()| phone.send.run(command.clone())
                    />
                })}
            </Alert>
        </Show>
    }
}

/// Extension and password.
#[component]
fn SignInForm(
    /// Whether signing in is under way.
    trying: Memo<bool>,
) -> impl IntoView {
    let phone = use_phone();
    let i18n = use_i18n();
    let extension = RwSignal::new(String::new());
    let password = RwSignal::new(String::new());
    let wrong = phone.select(refused);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        sign_in(
            phone,
            extension.get_untracked().trim(),
            None,
            password.get_untracked(),
        );
    };
    let label = move || {
        let words = i18n.words();
        if trying.get() {
            words.signing_in
        } else {
            words.sign_in
        }
        .to_owned()
    };
    view! {
        <form class="sign-in__form" on:submit=submit>
            <TextField
                label=t(|w| w.extension)
                value=extension
                autocomplete="username"
                required=true
                invalid=wrong
            />
            <TextField
                label=t(|w| w.password)
                value=password
                kind="password"
                autocomplete="current-password"
                required=true
                invalid=wrong
            />
            <Button label tone=Tone::Brand submit=true disabled=trying/>
        </form>
    }
}

/// The accounts of a demo.
#[component]
fn DemoAccounts(
    /// The accounts.
    accounts: Vec<DemoAccount>,
    /// Whether signing in is under way.
    trying: Memo<bool>,
) -> impl IntoView {
    let phone = use_phone();
    let i18n = use_i18n();
    view! {
        <section class="demo-accounts" aria-label=t(|w| w.demo_heading)>
            <h2 class="demo-accounts__heading">
                {t(|w| w.demo_heading)} <small>{t(|w| w.demo_hint)}</small>
            </h2>
            <div class="demo-accounts__list">
                {accounts
                    .into_iter()
                    .map(|account| {
                        let DemoAccount { extension, name, password } = account;
                        let label = {
                            let (extension, name) = (extension.clone(), name.clone());
                            move || fill(
                                i18n.words().demo_sign_in,
                                &[("name", &name), ("extension", &extension)],
                            )
                        };
                        let press = {
                            let (extension, name) = (extension.clone(), name.clone());
                            move |_| {
                                sign_in(phone, &extension, Some(name.clone()), password.clone());
                            }
                        };
                        view! {
                            <button
                                type="button"
                                class="demo-accounts__account"
                                aria-label=label
                                disabled=trying
                                translate="no"
                                on:click=press
                            >
                                <Avatar name=Some(name.clone()) size="small"/>
                                <span>{name}</span>
                                " "
                                <small>{extension}</small>
                            </button>
                        }
                    })
                    .collect_view()}
            </div>
        </section>
    }
}

fn sign_in(phone: PhoneHandle, extension: &str, name: Option<String>, password: String) {
    phone.send.run(Command::SignIn(SignIn {
        extension: extension.to_owned(),
        name,
        password: Some(Secret(password)),
    }));
}
