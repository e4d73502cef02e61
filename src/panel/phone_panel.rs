//! The panel: header, what is the matter, the middle, the sections.

use leptos::prelude::*;

use super::call_view::CallView;
use super::dial_view::DialView;
use super::ended_view::EndedView;
use super::history_view::HistoryView;
use super::incoming_view::IncomingView;
use super::model::outcome::outcome_text;
use super::model::party::title_of;
use super::model::stage::{Main, Stage, find, stage};
use super::notices::Notices;
use super::other_calls::OtherCalls;
use super::panel_header::PanelHeader;
use super::people_view::PeopleView;
use super::recovery_banner::PhoneBanner;
use super::settings_view::SettingsView;
use super::shortcut_keys::listen_for_shortcuts;
use super::waiting_call::WaitingCall;
use super::{PhoneHandle, Section, use_panel_ui, use_phone};
use crate::components::{LiveRegion, Tab, Tabs, icons};
use crate::i18n::{I18n, fill, t, use_i18n};
use alo_phone::language::Phase;

/// Id of the element that shows the open section.
const SECTION: &str = "section";

/// The whole phone. Needs [`PhoneHandle`] and [`PanelUi`](super::PanelUi) in the context.
#[component]
pub fn PhonePanel() -> impl IntoView {
    let phone = use_phone();
    let i18n = use_i18n();
    let now = move || phone.state.with(|state| stage(state));
    let main = Memo::new(move |_| now().main);
    let waiting = Memo::new(move |_| now().waiting);
    let others = Signal::derive(move || now().others);
    let said = Memo::new(move |_| announcement(phone, i18n, &now()));
    let kind = move || match main.get() {
        Main::Idle => "idle",
        Main::Incoming(_) => "incoming",
        Main::Call(_) => "call",
        Main::Ended(_) => "ended",
    };
    listen_for_shortcuts();
    view! {
        <section class="panel" data-stage=kind aria-label=t(|w| w.panel)>
            <LiveRegion text=said/>
            <PanelHeader main/>
            <PhoneBanner/>
            <Notices/>
            {move || waiting.get().map(|id| view! { <WaitingCall id/> })}
            {move || match main.get() {
                Main::Idle => view! { <Sections/> }.into_any(),
                Main::Incoming(id) => view! { <IncomingView id/> }.into_any(),
                Main::Call(id) => view! { <CallView id/> }.into_any(),
                Main::Ended(id) => view! { <EndedView id/> }.into_any(),
            }}
            <OtherCalls ids=others/>
        </section>
    }
}

/// The middle while there is no call, and the row of sections below it.
#[component]
fn Sections() -> impl IntoView {
    let ui = use_panel_ui();
    let tabs = vec![
        Tab {
            value: Section::Keypad,
            label: t(|w| w.keypad),
            icon: icons::KEYPAD,
        },
        Tab {
            value: Section::People,
            label: t(|w| w.people),
            icon: icons::PEOPLE,
        },
        Tab {
            value: Section::History,
            label: t(|w| w.history),
            icon: icons::HISTORY,
        },
        Tab {
            value: Section::Settings,
            label: t(|w| w.settings),
            icon: icons::SETTINGS,
        },
    ];
    let label = move || {
        let words = use_i18n().words();
        match ui.section.get() {
            Section::Keypad => words.call,
            Section::People => words.people,
            Section::History => words.history,
            Section::Settings => words.settings,
        }
    };
    view! {
        <div class="panel__section" id=SECTION role="tabpanel" aria-label=label>
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
            open=ui.section
            panel=SECTION
            on_open=move |section| ui.section.set(section)
        />
    }
}

/// What a screen reader says when the call changes.
fn announcement(phone: PhoneHandle, i18n: I18n, stage: &Stage) -> String {
    let words = i18n.words();
    let directory = phone.directory.get();
    let title = |call: &alo_phone::language::Call| title_of(&call.remote, &directory, words);
    phone.state.with(|state| {
        let ringing = match &stage.main {
            Main::Incoming(id) => Some(id),
            _ => stage.waiting.as_ref(),
        };
        if let Some(call) = ringing.and_then(|id| find(state, id)) {
            return fill(words.incoming_from, &[("who", &title(call))]);
        }
        let (Main::Call(id) | Main::Ended(id)) = &stage.main else {
            return String::new();
        };
        let Some(call) = find(state, id) else {
            return String::new();
        };
        match &call.phase {
            Phase::Ended { outcome, .. } => outcome_text(call, outcome, &directory, words),
            _ => format!("{} · {}", title(call), phase_word(call, words)),
        }
    })
}

/// The word for where a call stands.
pub(super) fn phase_word(
    call: &alo_phone::language::Call,
    words: &crate::i18n::Catalogue,
) -> &'static str {
    match &call.phase {
        Phase::Dialing => words.phase_dialing,
        Phase::RemoteRinging { .. } => words.phase_ringing_there,
        Phase::Ringing { .. } => words.incoming_call,
        Phase::Answering => words.phase_answering,
        Phase::Talking { .. } if call.hold.is_on() => words.phase_held,
        Phase::Talking { .. } => words.phase_talking,
        Phase::Ending => words.phase_ending,
        Phase::Ended { .. } => words.phase_ended,
    }
}
