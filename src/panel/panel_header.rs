//! The head of the panel: the reachability light, the account; in a call, its line and time.

use leptos::prelude::*;

use super::call_header::CallHeader;
use super::model::stage::Main;
use super::model::status::{light, status_text};
use super::{use_panel_ui, use_phone};
use crate::components::{Avatar, Icon, Menu, StatusLight, icons};
use crate::i18n::{fill, t, use_i18n};

/// The header. The status stays in the document whatever the panel shows, because it is a live
/// region; during a call it is seen only when something is the matter (the banner says it).
#[component]
pub(super) fn PanelHeader(
    /// What the panel shows.
    main: Memo<Main>,
) -> impl IntoView {
    let phone = use_phone();
    let i18n = use_i18n();
    let words = move || i18n.words();
    let text = move || {
        phone
            .state
            .with(|state| status_text(&state.reachability, words()))
    };
    let light = Signal::derive(move || phone.state.with(|state| light(&state.reachability)).name());
    let in_call = move || match main.get() {
        Main::Incoming(id) | Main::Call(id) => Some(id),
        Main::Idle | Main::Ended(_) => None,
    };
    view! {
        <header class="panel-header" data-call=move || in_call().is_some().to_string()>
            <StatusLight light/>
            <div class="panel-header__who">
                <p class="panel-header__status" role="status" aria-label=t(|w| w.phone_status)>
                    {text}
                </p>
                <AccountLine/>
            </div>
            {move || match in_call() {
                Some(id) => view! { <CallHeader id/> }.into_any(),
                None => view! { <AccountMenu/> }.into_any(),
            }}
        </header>
    }
}

/// Name and extension.
#[component]
fn AccountLine() -> impl IntoView {
    let phone = use_phone();
    let line = move || {
        let account = phone.state.with(|state| state.account.clone());
        account.map(|account| match account.name {
            Some(name) => format!("{name} · {}", account.extension),
            None => account.extension,
        })
    };
    view! { <p class="panel-header__account" translate="no">{line}</p> }
}

/// The menu of the account: sign out.
#[component]
fn AccountMenu() -> impl IntoView {
    let phone = use_phone();
    let ui = use_panel_ui();
    let i18n = use_i18n();
    let sign_out = phone.select(|state| state.actions.sign_out.clone());
    let who = Signal::derive(move || {
        let account = phone.state.with(|state| state.account.clone());
        account.map(|account| account.name.unwrap_or(account.extension))
    });
    let name = Signal::derive(move || {
        let who = who.get().unwrap_or_default();
        fill(i18n.words().account_menu, &[("name", &who)])
    });
    let face = move || {
        view! {
            <Avatar name=who size="small"/>
            <Icon icon=icons::OPENS/>
        }
        .into_any()
    };
    view! {
        <Menu
            name
            face=Box::new(face)
            item=t(|w| w.sign_out)
            item_icon=icons::SIGN_OUT
            disabled=phone.lacks(move || sign_out.get())
            on_item=move |()| {
                ui.typed.set(String::new());
                phone.ask(sign_out.get_untracked());
            }
        />
    }
}
