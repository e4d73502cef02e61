//! The head of the panel: the reachability light, the account; in a call, its line and time; the
//! working state always.

use leptos::prelude::*;

use super::account_menu::AccountMenu;
use super::call_header::CallHeader;
use super::model::stage::Main;
use super::working_menu::WorkingMenu;
use super::{PhoneStatus, use_phone};

/// The header. The status stays in the document whatever the panel shows, because it is a live
/// region; during a call it is seen only when something is the matter (the banner says it).
#[component]
pub(super) fn PanelHeader(
    /// What the panel shows.
    main: Memo<Main>,
) -> impl IntoView {
    let in_call = move || match main.get() {
        Main::Incoming(id) | Main::Call(id) => Some(id),
        Main::Idle => None,
    };
    view! {
        <header class="panel-header" data-call=move || in_call().is_some().to_string()>
            <div class="panel-header__who">
                <PhoneStatus alert_beside=true/>
                <AccountLine/>
            </div>
            {move || in_call().map(|id| view! { <CallHeader id/> })}
            <WorkingMenu/>
            <Show when=move || in_call().is_none()>
                <AccountMenu/>
            </Show>
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
