//! What is known, term by term.

use leptos::prelude::*;

use super::Number;

/// What a fact is called, and what it is; a phone number as it is dialled.
pub type Fact = (&'static str, String);

/// A list of facts.
#[component]
pub fn Facts(
    /// The facts, in their order.
    #[prop(into)]
    facts: Signal<Vec<Fact>>,
) -> impl IntoView {
    let row = |(term, value): Fact| {
        view! {
            <div class="facts__row">
                <dt>{term}</dt>
                <dd><Number number=value/></dd>
            </div>
        }
    };
    view! {
        <dl class="facts">{move || facts.get().into_iter().map(row).collect_view()}</dl>
    }
}
