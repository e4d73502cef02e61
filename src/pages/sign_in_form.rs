//! Extension and password.

use leptos::{html, prelude::*};

use super::sign_in::{refused, sign_in};
use crate::components::{Button, TextField, Tone};
use crate::i18n::{t, use_i18n};
use crate::panel::use_phone;
use crate::platform::focus;

/// The form of somebody who has an account.
#[component]
pub(super) fn SignInForm(
    /// Whether signing in is under way.
    trying: Memo<bool>,
) -> impl IntoView {
    let phone = use_phone();
    let i18n = use_i18n();
    let extension = RwSignal::new(String::new());
    let password = RwSignal::new(String::new());
    let secret = NodeRef::<html::Input>::new();
    let wrong = phone.select(refused);
    // The keyboard is the browser's. After a refusal the password is what is typed anew, unless the
    // person is at it already.
    Effect::new(move || {
        if wrong.get()
            && !focus::is_in_text()
            && let Some(secret) = secret.get_untracked()
        {
            let _focused = secret.focus();
            secret.select();
        }
    });
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
                input=secret
            />
            <Button label tone=Tone::Brand submit=true disabled=trying/>
        </form>
    }
}
