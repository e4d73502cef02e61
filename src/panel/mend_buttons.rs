//! What a person can do so that calls reach the phone again.

use alo_phone::language::{Command, PhoneActions};
use leptos::prelude::*;

use super::use_phone;
use crate::components::Button;
use crate::i18n::{Key, t};

/// One button for each thing that helps now.
#[component]
pub fn MendButtons() -> impl IntoView {
    let phone = use_phone();
    let button = move |label: Key, of: fn(&PhoneActions) -> &Option<Command>| {
        let action = Memo::new(move |_| phone.state.with(|state| of(&state.actions).clone()));
        move || {
            action.get().map(|command| {
                let press = move |()| phone.ask(Some(command.clone()));
                view! { <Button label=t(label) on_press=press/> }
            })
        }
    };
    view! {
        {button(|w| w.enable_devices, |actions| &actions.enable_devices)}
        {button(|w| w.try_now, |actions| &actions.retry)}
    }
}
