//! What went wrong, each as an `alert`.

use alo_phone::language::{Command, Notice};
use leptos::prelude::*;

use super::model::following::tells_of;
use super::model::trouble::notice_text;
use super::{PhoneHandle, use_phone};
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
                    let notice = StoredValue::new(notice);
                    let text = move || {
                        let directory = phone.directory.get();
                        notice.with_value(|it| notice_text(&it.trouble, &directory, i18n.words()))
                    };
                    view! {
                        <Alert
                            text
                            dismiss=t(|w| w.dismiss)
                            on_dismiss=move |()| notice.with_value(|it| dismiss(phone, it))
                        />
                    }
                }
            </For>
        </div>
    }
}

/// Removes a notice, and the failed transfer that it tells of: nobody reads twice what is done with.
fn dismiss(phone: PhoneHandle, notice: &Notice) {
    let transfers = phone.state.with_untracked(|state| state.transfers.clone());
    let mut failed = transfers.iter().filter(|it| tells_of(notice, it));
    phone.ask(failed.find_map(|it| it.dismiss.clone()));
    phone.send.run(Command::DismissNotice { notice: notice.id });
}
