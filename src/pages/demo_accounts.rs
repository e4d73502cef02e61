//! The accounts of a demo.

use alo_api::DemoAccount;
use leptos::prelude::*;

use super::sign_in::sign_in;
use crate::components::Avatar;
use crate::i18n::t;
use crate::panel::use_phone;

/// One button an account.
#[component]
pub(super) fn DemoAccounts(
    /// The accounts.
    accounts: Vec<DemoAccount>,
    /// Whether signing in is under way.
    trying: Memo<bool>,
) -> impl IntoView {
    let phone = use_phone();
    let button = move |account: DemoAccount| {
        let DemoAccount {
            extension,
            name,
            password,
        } = account;
        let shown = (name.clone(), extension.clone());
        let press = move |_| sign_in(phone, &extension, Some(name.clone()), password.clone());
        let (name, extension) = shown;
        view! {
            <button
                type="button"
                class="demo-accounts__account"
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
    };
    view! {
        <section class="demo-accounts" aria-label=t(|w| w.demo_heading)>
            <h2 class="demo-accounts__heading">
                {t(|w| w.demo_heading)} <small>{t(|w| w.demo_hint)}</small>
            </h2>
            <div class="demo-accounts__list">
                {accounts.into_iter().map(button).collect_view()}
            </div>
        </section>
    }
}
