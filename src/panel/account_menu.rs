//! The menu of the account.

use leptos::prelude::*;

use super::{use_panel_ui, use_phone};
use crate::components::{Avatar, Icon, Menu, icons};
use crate::i18n::{fill, t, use_i18n};

/// Whose phone it is, and signing out.
#[component]
pub(super) fn AccountMenu() -> impl IntoView {
    let phone = use_phone();
    let ui = use_panel_ui();
    let i18n = use_i18n();
    let sign_out = phone.select(|state| state.actions.sign_out.clone());
    let who = Signal::derive(move || {
        let account = phone.state.with(|state| state.account.clone());
        account.map(|account| account.name.unwrap_or(account.extension))
    });
    let name = move || {
        let who = who.get().unwrap_or_default();
        fill(i18n.words().account_menu, &[("name", &who)])
    };
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
            disabled=Signal::derive(move || sign_out.get().is_none())
            on_item=move |()| {
                ui.typed.set(String::new());
                phone.ask(sign_out.get_untracked());
            }
        />
    }
}
