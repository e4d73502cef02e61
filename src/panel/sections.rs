//! What the phone offers while there is no call.

use leptos::prelude::*;

use super::dial_view::DialView;
use super::history_view::HistoryView;
use super::people_view::PeopleView;
use super::settings_view::SettingsView;
use super::{Section, use_panel_ui};
use crate::components::{Tab, Tabs, icons};
use crate::i18n::{t, use_i18n};

/// Id of the element that shows the open section.
const SECTION: &str = "section";

/// The open section, and the row of sections below it.
#[component]
pub(super) fn Sections() -> impl IntoView {
    let ui = use_panel_ui();
    let i18n = use_i18n();
    let tab = |label, icon| Tab {
        label,
        icon: Some(icon),
    };
    let tabs = vec![
        tab(t(|w| w.keypad), icons::KEYPAD),
        tab(t(|w| w.people), icons::PEOPLE),
        tab(t(|w| w.history), icons::HISTORY),
        tab(t(|w| w.settings), icons::SETTINGS),
    ];
    let label = move || {
        let words = i18n.words();
        match ui.section.get() {
            Section::Keypad => words.call,
            Section::People => words.people,
            Section::History => words.history,
            Section::Settings => words.settings,
        }
    };
    view! {
        <div
            class="panel__section"
            id=SECTION
            role="tabpanel"
            aria-label=label
            tabindex="-1"
            data-heir=""
        >
            {move || match ui.section.get() {
                Section::Keypad => view! { <DialView/> }.into_any(),
                Section::People => view! { <PeopleView/> }.into_any(),
                Section::History => view! { <HistoryView/> }.into_any(),
                Section::Settings => view! { <SettingsView/> }.into_any(),
            }}
        </div>
        <Tabs
            label=t(|w| w.sections)
            tabs
            open=Signal::derive(move || ui.section.get() as usize)
            panel=SECTION
            on_open=move |at: usize| ui.section.set(Section::ALL[at])
        />
    }
}
