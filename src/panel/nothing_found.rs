//! In place of a list of the directory that has no row.

use leptos::prelude::*;

use super::{DirectoryState, use_phone};
use crate::components::{Button, Icon, icons};
use crate::i18n::{Text, t};

/// It is on its way, could not be loaded, has nothing of the kind, or nothing that fits.
#[component]
pub(super) fn NothingFound(
    /// Whether the directory has nothing of the kind.
    is_empty: Signal<bool>,
    /// The sentence for that.
    empty: Text,
) -> impl IntoView {
    let phone = use_phone();
    view! {
        <div class="empty">
            <Icon icon=icons::PEOPLE/>
            {move || match phone.directory_state.get() {
                DirectoryState::Loading => view! { <p>{t(|w| w.directory_loading)}</p> }.into_any(),
                DirectoryState::Failed => view! {
                    <p role="alert">{t(|w| w.directory_failed)}</p>
                    <Button
                        label=t(|w| w.try_again)
                        on_press=move |()| phone.load_directory.run(())
                    />
                }
                .into_any(),
                DirectoryState::There if is_empty.get() => {
                    view! { <p>{empty}</p> <p>{t(|w| w.no_people_hint)}</p> }.into_any()
                }
                DirectoryState::There => view! {
                    <p role="status">{t(|w| w.nobody_found)}</p>
                    <p>{t(|w| w.nobody_found_hint)}</p>
                }
                .into_any(),
            }}
        </div>
    }
}
