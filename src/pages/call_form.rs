//! What a customer fills in before a call.

use leptos::prelude::*;

use super::call_page::Customer;
use crate::components::{Alert, Button, Choice, Select, TextField, Tone, icons};
use crate::i18n::t;
use crate::panel::{DirectoryState, use_phone};

/// Name, hotline, and the buttons.
#[component]
pub(super) fn CallForm(
    /// What is filled in.
    customer: Customer,
) -> impl IntoView {
    let phone = use_phone();
    let Customer { name, hotline, .. } = customer;
    let chosen = Memo::new(move |_| {
        let first = || {
            phone
                .directory
                .with(|all| Some(all.hotlines.first()?.number.clone()))
        };
        hotline.get().or_else(first).unwrap_or_default()
    });
    let nothing = Memo::new(move |_| chosen.with(String::is_empty));
    // Enter in the name does the same as the button.
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if !nothing.get_untracked() {
            customer.call(phone, chosen.get_untracked());
        }
    };
    view! {
        <form class="customer__form" on:submit=submit>
            <TextField
                label=t(|w| w.your_name)
                remark=t(|w| w.optional)
                value=name
                autocomplete="name"
            />
            <Hotlines chosen on_choose=move |number: String| hotline.set(Some(number))/>
            <Button
                label=t(|w| w.call_us)
                icon=icons::PHONE
                tone=Tone::Go
                submit=true
                disabled=nothing
            />
            <Button
                label=t(|w| w.video_call_us)
                icon=icons::VIDEO
                title=t(|w| w.video_later)
                disabled=true
            />
        </form>
    }
}

/// The hotlines to choose from: on their way, not to be had, none, or some.
#[component]
fn Hotlines(
    /// The one that is chosen.
    chosen: Memo<String>,
    /// One was chosen.
    #[prop(into)]
    on_choose: Callback<String>,
) -> impl IntoView {
    let phone = use_phone();
    let none = Memo::new(move |_| phone.directory.with(|all| all.hotlines.is_empty()));
    let choices = Signal::derive(move || {
        let directory = phone.directory.get();
        let hotlines = directory.hotlines.iter();
        let choices = hotlines.map(|hotline| Choice {
            value: hotline.number.clone(),
            text: hotline.name.clone(),
        });
        choices.collect::<Vec<_>>()
    });
    move || match phone.directory_state.get() {
        DirectoryState::Loading => view! {
            <p class="customer__loading" role="status">
                <span class="spinner" aria-hidden="true"></span>
                {t(|w| w.hotlines_loading)}
            </p>
        }
        .into_any(),
        DirectoryState::Failed => view! {
            <Alert text=t(|w| w.hotlines_failed)>
                <Button
                    label=t(|w| w.try_again)
                    on_press=move |()| phone.load_directory.run(())
                />
            </Alert>
        }
        .into_any(),
        DirectoryState::There if none.get() => {
            view! { <Alert text=t(|w| w.no_hotlines) calm=true/> }.into_any()
        }
        DirectoryState::There => {
            view! { <Select label=t(|w| w.hotline) choices chosen on_choose/> }.into_any()
        }
    }
}
