//! The history, day by day.

use alo_phone::language::Millis;

use super::history::{Entry, is_missed};
use crate::i18n::format::Day;

/// The calls of one day, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayOfCalls {
    /// The day.
    pub day: Day,
    /// An instant of it: when its newest call began.
    pub at: Millis,
    /// Its calls.
    pub calls: Vec<Entry>,
}

/// What the history shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Filter {
    /// Every call.
    #[default]
    All,
    /// Those that nobody answered.
    Missed,
}

impl Filter {
    /// For a list of choices.
    pub fn name(self) -> &'static str {
        match self {
            Filter::All => "all",
            Filter::Missed => "missed",
        }
    }

    /// The filter of that name; all calls for any other.
    pub fn from_name(name: &str) -> Filter {
        if name == Filter::Missed.name() {
            Filter::Missed
        } else {
            Filter::All
        }
    }
}

/// The newest `most` calls of `entries` (newest first) that pass the filter, by days, and whether
/// there are more.
pub fn by_days(
    entries: &[Entry],
    filter: Filter,
    most: usize,
    day_of: impl Fn(Millis) -> Day,
) -> (Vec<DayOfCalls>, bool) {
    let passes = |entry: &&Entry| filter == Filter::All || is_missed(entry);
    let mut days: Vec<DayOfCalls> = Vec::new();
    let mut passing = entries.iter().filter(passes);
    for entry in passing.by_ref().take(most) {
        let day = day_of(entry.began);
        match days.last_mut().filter(|last| last.day == day) {
            Some(last) => last.calls.push(entry.clone()),
            None => days.push(DayOfCalls {
                day,
                at: entry.began,
                calls: vec![entry.clone()],
            }),
        }
    }
    (days, passing.next().is_some())
}

/// The day before that of `now`. It is found by hours: where the clocks change, a day has 23 or 25.
pub fn day_before(now: Millis, day_of: impl Fn(Millis) -> Day) -> Day {
    let today = day_of(now);
    let mut hours = (1..=25).map(|hours| day_of(now.saturating_sub(hours * 3_600_000)));
    hours.find(|day| *day != today).unwrap_or(today)
}

#[cfg(test)]
mod tests {
    use alo_phone::language::{CallDirection, CallId, Outcome, Party};

    use super::*;
    use crate::panel::model::history::Standing;

    const HOUR: Millis = 3_600_000;

    /// A calendar of one month.
    fn day_of(at: Millis) -> Day {
        Day {
            year: 2026,
            month: 11,
            day: (at / (24 * HOUR)) as u32 + 1,
        }
    }

    fn entry(began: Millis, outcome: Outcome) -> Entry {
        Entry {
            call: CallId(began.to_string()),
            direction: CallDirection::Incoming,
            remote: Party::default(),
            queue: None,
            hotline: None,
            began,
            waited_before: None,
            standing: Standing::Over {
                outcome,
                rang: 0,
                talked: None,
            },
        }
    }

    #[test]
    fn calls_are_grouped_by_day_and_come_in_portions() {
        let entries = [
            entry(50 * HOUR, Outcome::Missed),
            entry(49 * HOUR, Outcome::Declined),
            entry(3 * HOUR, Outcome::Missed),
        ];
        let shape = |filter, most| {
            let (days, more) = by_days(&entries, filter, most, day_of);
            let days: Vec<_> = days.iter().map(|it| (it.day.day, it.calls.len())).collect();
            (days, more)
        };
        assert_eq!(shape(Filter::All, 50), (vec![(3, 2), (1, 1)], false));
        assert_eq!(shape(Filter::All, 2), (vec![(3, 2)], true));
        assert_eq!(shape(Filter::Missed, 50), (vec![(3, 1), (1, 1)], false));
        assert_eq!(shape(Filter::Missed, 0), (vec![], true));
    }

    #[test]
    fn the_day_before_is_yesterday_whatever_the_hour() {
        for now in [48 * HOUR, 60 * HOUR, 72 * HOUR - 1] {
            assert_eq!(day_before(now, day_of).day, 2);
        }
    }
}
