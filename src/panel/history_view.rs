//! The calls since the page was opened.

use icondata_core::Icon as IconData;
use leptos::prelude::*;

use super::dial_view::place_call;
use super::model::history::{Entry, Kind, kind};
use super::model::party::{number_of, title_of};
use super::{use_panel_ui, use_phone};
use crate::components::{Icon, IconButton, Number, icons};
use crate::i18n::format::{clock, time_of_day};
use crate::i18n::{Catalogue, Text, fill, t, use_i18n};

/// The section that lists calls.
#[component]
pub(super) fn HistoryView() -> impl IntoView {
    view! {
        <div class="history-view">
            <p class="history-view__heading">{t(|w| w.history_of_session)}</p>
            <HistoryList label=t(|w| w.history)/>
        </div>
    }
}

/// The list, newest first.
#[component]
pub fn HistoryList(
    /// The accessible name: the same calls can stand on the page twice.
    label: Text,
) -> impl IntoView {
    let phone = use_phone();
    let entries = Memo::new(move |_| phone.history.with(|history| history.entries().to_vec()));
    let key = |entry: &Entry| (entry.call.clone(), kind(entry));
    view! {
        <Show
            when=move || entries.with(|entries| !entries.is_empty())
            fallback=|| view! {
                <div class="empty">
                    <Icon icon=icons::HISTORY/>
                    <p>{t(|w| w.history_empty)}</p>
                    <p>{t(|w| w.history_empty_hint)}</p>
                </div>
            }
        >
            <ul class="history-list" aria-label=label>
                <For each=move || entries.get() key=key let:entry>
                    <Line entry/>
                </For>
            </ul>
        </Show>
    }
}

/// One call.
#[component]
fn Line(
    /// The call.
    entry: Entry,
) -> impl IntoView {
    let phone = use_phone();
    let ui = use_panel_ui();
    let i18n = use_i18n();
    let kind = kind(&entry);
    let number = number_of(&entry.remote);
    let remote = StoredValue::new(entry.remote.clone());
    let title = Memo::new(move |_| {
        phone
            .directory
            .with(|all| remote.with_value(|remote| title_of(remote, all, i18n.words())))
    });
    let label = Text::from(move || fill(i18n.words().call_person, &[("name", &title.get())]));
    let talked = entry.end.as_ref().and_then(|end| end.talked);
    let detail = move || {
        let words = i18n.words();
        let mut parts = vec![kind_word(kind, words).to_owned(), time_of_day(entry.began)];
        parts.extend(talked.map(clock));
        parts.join(" · ")
    };
    let cannot = phone.cannot_dial();
    view! {
        <li class="history-list__call" data-kind=kind_name(kind)>
            <Icon icon=kind_icon(kind)/>
            <div class="history-list__who">
                <strong><Number number=title/></strong>
                <span>{detail}</span>
            </div>
            {number.filter(|_| !kind.is_now()).map(|number| view! {
                <IconButton
                    label
                    icon=icons::PHONE
                    disabled=cannot
                    on_press=move |()| place_call(phone, ui, number.clone())
                />
            })}
        </li>
    }
}

fn kind_icon(kind: Kind) -> IconData {
    match kind {
        Kind::Incoming | Kind::Elsewhere | Kind::Declined => icons::INCOMING,
        Kind::Missed => icons::MISSED,
        Kind::Outgoing | Kind::NotReached => icons::OUTGOING,
        Kind::Ringing | Kind::Calling | Kind::InProgress => icons::PHONE,
    }
}

/// For the style sheet.
fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Missed | Kind::NotReached => "trouble",
        now if now.is_now() => "now",
        _ => "done",
    }
}

fn kind_word(kind: Kind, words: &Catalogue) -> &'static str {
    match kind {
        Kind::Incoming => words.history_incoming,
        Kind::Outgoing => words.history_outgoing,
        Kind::Missed => words.history_missed,
        Kind::Declined => words.history_declined,
        Kind::Elsewhere => words.history_elsewhere,
        Kind::NotReached => words.history_not_reached,
        Kind::Ringing => words.phase_ringing_there,
        Kind::Calling => words.phase_dialing,
        Kind::InProgress => words.history_in_progress,
    }
}
