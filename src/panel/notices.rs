//! What went wrong, each as an `alert`.

use alo_phone::language::{Command, Notice};
use leptos::prelude::*;

use super::model::trouble::trouble_text;
use super::use_phone;
use crate::components::Alert;
use crate::i18n::{t, use_i18n};

/// The notices of the state, newest last.
#[component]
pub fn Notices() -> impl IntoView {
    let phone = use_phone();
    let i18n = use_i18n();
    let notices = phone.select(|state| state.notices.clone());
    view! {
        <div class="notices">
            <For each=move || notices.get() key=|notice| notice.id let:notice>
                {
                    let Notice { id, trouble, .. } = notice;
                    view! {
                        <Alert
                            text=move || trouble_text(&trouble, i18n.words())
                            dismiss=t(|w| w.dismiss)
                            on_dismiss=move |()| phone.send.run(Command::DismissNotice { notice: id })
                        />
                    }
                }
            </For>
        </div>
    }
}
