//! The menu of the account.

use leptos::prelude::*;

use super::{use_panel_ui, use_phone};
use crate::components::{Avatar, Icon, Menu, MenuItem, MenuMark, icons};
use crate::i18n::{fill, use_i18n};

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
    let cannot = Signal::derive(move || {
        let cannot = sign_out.with(Option::is_none);
        cannot.then(|| i18n.words().not_now)
    });
    let items = move || {
        vec![MenuItem {
            value: String::new(),
            text: i18n.words().sign_out.to_owned(),
            mark: MenuMark::Icon(icons::SIGN_OUT),
            chosen: None,
        }]
    };
    view! {
        <Menu
            name
            face=Box::new(face)
            closed_because=cannot
            items=Signal::derive(items)
            on_choose=move |_| {
                ui.typed.set(String::new());
                phone.ask(sign_out.get_untracked());
            }
        />
    }
}
