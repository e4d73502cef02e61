//! An address that has no page.

use leptos::prelude::*;

use crate::i18n::t;

/// Says so, and leads back.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    view! {
        <main class="shell">
            <p>{t(|w| w.not_found)}</p>
            <a class="button" data-tone="brand" href="/">{t(|w| w.to_the_phone)}</a>
        </main>
    }
}
