//! Calls, day by day, newest first.

use std::mem::discriminant;

use icondata_core::Icon as IconData;
use leptos::prelude::*;

use super::dial_view::place_call;
use super::model::days::{DayOfCalls, Filter, by_days, day_before};
use super::model::history::{Entry, Kind, kind};
use super::model::outcome::short_outcome;
use super::model::party::{listed_name, number_of, title_of};
use super::{use_panel_ui, use_phone};
use crate::components::{Button, Icon, IconButton, Number, icons};
use crate::i18n::format::{clock, day_of, long_day, short_clock, time_of_day};
use crate::i18n::{Text, fill, t, use_i18n};

/// So many calls are shown at first, and so many more whenever that is asked for.
const PORTION: usize = 50;

/// The list.
#[component]
pub fn HistoryList(
    /// The accessible name: the same calls can stand on the page twice.
    label: Text,
    /// Which calls.
    #[prop(into, optional)]
    filter: Signal<Filter>,
) -> impl IntoView {
    let phone = use_phone();
    let most = RwSignal::new(PORTION);
    let shown = Memo::new(move |_| {
        let filter = filter.get();
        phone
            .history
            .calls
            .with(|calls| by_days(calls.entries(), filter, most.get(), day_of))
    });
    let there = Memo::new(move |_| shown.with(|(days, _)| !days.is_empty()));
    let more = Memo::new(move |_| shown.with(|(_, more)| *more));
    let days = move || shown.with(|(days, _)| days.clone());
    view! {
        <Show when=move || there.get() fallback=move || view! { <Nothing filter/> }>
            <div class="history-list" role="group" aria-label=label>
                <For each=days key=|day| day.day let:day>
                    <Day day shown/>
                </For>
                <Show when=move || more.get()>
                    <Button
                        label=t(|w| w.history_more)
                        on_press=move |()| most.update(|most| *most += PORTION)
                    />
                </Show>
            </div>
        </Show>
    }
}

/// There is no call, or none that passes the filter.
#[component]
fn Nothing(filter: Signal<Filter>) -> impl IntoView {
    let missed = move || filter.get() == Filter::Missed;
    view! {
        <div class="empty">
            <Icon icon=icons::HISTORY/>
            {move || if missed() {
                view! { <p role="status">{t(|w| w.history_no_missed)}</p> }.into_any()
            } else {
                view! { <p>{t(|w| w.history_empty)}</p> <p>{t(|w| w.history_empty_hint)}</p> }.into_any()
            }}
        </div>
    }
}

/// The calls of one day.
#[component]
fn Day(
    /// The day as it is now.
    day: DayOfCalls,
    /// Where it will be found when it has changed.
    shown: Memo<(Vec<DayOfCalls>, bool)>,
) -> impl IntoView {
    let phone = use_phone();
    let i18n = use_i18n();
    let DayOfCalls { day, at, .. } = day;
    let today = Memo::new(move |_| day_of(phone.now.get()));
    let heading = Memo::new(move |_| {
        let (today, now) = (today.get(), phone.now.get_untracked());
        let words = i18n.words();
        if day == today {
            words.history_today.to_owned()
        } else if day == day_before(now, day_of) {
            words.history_yesterday.to_owned()
        } else {
            long_day(at, now, i18n.language().get().tag())
        }
    });
    let calls = move || {
        shown.with(|(days, _)| {
            let found = days.iter().find(|it| it.day == day);
            found.map(|it| it.calls.clone()).unwrap_or_default()
        })
    };
    let key = |entry: &Entry| (entry.call.clone(), discriminant(&entry.standing));
    view! {
        <p class="history-list__day" aria-hidden="true">{heading}</p>
        <ul aria-label=heading>
            <For each=calls key=key let:entry>
                <Line entry/>
            </For>
        </ul>
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
    let number = number_of(&entry.remote).filter(|_| !entry.is_now());
    let entry = StoredValue::new(entry);
    let title = Memo::new(move |_| {
        phone
            .directory
            .with(|all| entry.with_value(|it| title_of(&it.remote, all, i18n.words())))
    });
    let label = Text::from(move || fill(i18n.words().call_person, &[("name", &title.get())]));
    let direction = move || {
        let words = i18n.words();
        match entry.with_value(|it| it.direction) {
            alo_phone::language::CallDirection::Incoming => words.history_incoming,
            alo_phone::language::CallDirection::Outgoing => words.history_outgoing,
        }
    };
    let detail = move || {
        let directory = phone.directory.get();
        entry.with_value(|it| {
            let outcome = short_outcome(it, &directory, i18n.words());
            let mut parts = vec![outcome, time_of_day(it.began)];
            parts.extend(it.talked().map(clock));
            parts.join(" · ")
        })
    };
    let line = move || {
        let directory = phone.directory.get();
        entry.with_value(|it| {
            let hotline = it.hotline.as_deref();
            let hotline = hotline.and_then(|number| listed_name(number, &directory));
            let waited = it.waited().map(short_clock);
            let waited = waited.map(|time| fill(i18n.words().history_waited, &[("time", &time)]));
            let parts: Vec<String> = it
                .queue
                .clone()
                .or(hotline)
                .into_iter()
                .chain(waited)
                .collect();
            parts.join(" · ")
        })
    };
    let cannot = phone.cannot_dial();
    view! {
        <li class="history-list__call" data-kind=kind_name(kind)>
            <Icon icon=kind_icon(kind)/>
            <div class="history-list__who">
                <strong><Number number=title/></strong>
                <span><span class="visually-hidden">{direction} " "</span> {detail}</span>
                <span>{line}</span>
            </div>
            {number.map(|number| view! {
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
        Kind::Incoming => icons::INCOMING,
        Kind::Missed => icons::MISSED,
        Kind::Outgoing | Kind::NotReached => icons::OUTGOING,
        Kind::Now => icons::PHONE,
    }
}

/// For the style sheet.
fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Missed => "missed",
        Kind::NotReached => "not-reached",
        Kind::Now => "now",
        Kind::Incoming | Kind::Outgoing => "done",
    }
}
