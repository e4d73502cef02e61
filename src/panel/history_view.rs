//! The calls of the account.

use leptos::prelude::*;

use super::history_list::HistoryList;
use super::model::csv::csv;
use super::model::days::Filter;
use super::{dial_view::own_extension, use_phone};
use crate::components::{Choice, ConfirmDialog, IconButton, Segmented, icons};
use crate::i18n::format::{date_and_time, day_of};
use crate::i18n::{fill, t, use_i18n};
use crate::platform::{download, focus};

/// The section that lists calls: which of them, and what can be done with all of them.
#[component]
pub(super) fn HistoryView() -> impl IntoView {
    let phone = use_phone();
    let i18n = use_i18n();
    let filter = RwSignal::new(Filter::All);
    let asks = RwSignal::new(false);
    let is_kept = phone.history.is_kept;
    let count = Memo::new(move |_| phone.history.calls.with(|calls| calls.entries().len()));
    let nothing = Signal::derive(move || count.get() == 0);
    // With the last call the buttons have nothing to do, and give the keyboard away.
    focus::hand_on(move || nothing.track());
    let filters = move || {
        let words = i18n.words();
        let choice = |(filter, text): (Filter, &str)| Choice {
            value: filter.name().to_owned(),
            text: text.to_owned(),
        };
        [
            (Filter::All, words.history_all),
            (Filter::Missed, words.history_missed),
        ]
        .map(choice)
        .to_vec()
    };
    let export = move |()| {
        let words = i18n.words();
        let extension = phone.state.with_untracked(|state| own_extension(state));
        let today = day_of(phone.now.get_untracked());
        let (year, month, day) = (today.year, today.month, today.day);
        let name = format!("alo-{extension}-{year}-{month:02}-{day:02}.csv");
        let directory = phone.directory.get_untracked();
        let calls = phone.history.calls.get_untracked();
        let text = csv(calls.entries(), &directory, words, date_and_time);
        // Where it is refused, the browser says so.
        let _saved = download::save(&name, "text/csv;charset=utf-8", &text);
    };
    let question = move || {
        let account = phone.state.with(|state| state.account.clone());
        let who = account.map(|account| account.name.unwrap_or(account.extension));
        fill(
            i18n.words().history_delete_ask,
            &[("who", &who.unwrap_or_default())],
        )
    };
    let consequence = move || {
        fill(
            i18n.words().history_delete_what,
            &[("calls", &count.get().to_string())],
        )
    };
    view! {
        <div class="history-view">
            <div class="history-view__tools">
                <Segmented
                    label=t(|w| w.history_show)
                    group="history"
                    choices=Signal::derive(filters)
                    chosen=move || filter.get().name().to_owned()
                    on_choose=move |name: String| filter.set(Filter::from_name(&name))
                />
                <IconButton
                    label=t(|w| w.history_export)
                    icon=icons::EXPORT
                    disabled=nothing
                    on_press=export
                />
                <IconButton
                    label=t(|w| w.history_delete)
                    icon=icons::ERASE
                    disabled=nothing
                    on_press=move |()| asks.set(true)
                />
            </div>
            <Show when=move || !is_kept.get()>
                <p class="history-view__hint" role="status">{t(|w| w.history_forgotten)}</p>
            </Show>
            <HistoryList label=t(|w| w.history) filter/>
            <ConfirmDialog
                open=asks
                question
                consequence
                yes=t(|w| w.history_delete_yes)
                no=t(|w| w.history_delete_no)
                on_yes=phone.history.clear
            />
        </div>
    }
}
