//! Times and numbers as people read them, and filling in a text.

use alo_phone::language::Millis;

use super::Catalogue;

/// Fills places of a text: `{who}` takes the value of `who` as it is, `{Who}` takes it with its
/// first letter raised. A place without a value stays as it is.
pub fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((place, behind)) = after.split_once('}') else {
            filled.push('{');
            rest = after;
            continue;
        };
        match value_of(place, values) {
            Some(value) => filled.push_str(&value),
            None => {
                filled.push('{');
                filled.push_str(place);
                filled.push('}');
            }
        }
        rest = behind;
    }
    filled.push_str(rest);
    filled
}

fn value_of(place: &str, values: &[(&str, &str)]) -> Option<String> {
    values.iter().find_map(|(name, value)| {
        if *name == place {
            Some((*value).to_owned())
        } else if name.eq_ignore_ascii_case(place) {
            Some(capitalised(value))
        } else {
            None
        }
    })
}

/// The text with its first letter raised.
pub fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// A span of time on a clock face: `02:41`, and `1:02:41` from an hour on.
pub fn clock(span: Millis) -> String {
    let seconds = span / 1000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes:02}:{seconds:02}")
    }
}

/// A short span without the leading zero: `0:18`, `1:24`.
pub fn short_clock(span: Millis) -> String {
    let text = clock(span);
    text.strip_prefix('0').map(str::to_owned).unwrap_or(text)
}

/// A span of time that may get long: as [`short_clock`] has it, and in whole days from one on.
pub fn span(span: Millis, words: &Catalogue) -> String {
    let days = span / 86_400_000;
    if days > 0 {
        fill(words.days, &[("days", &days.to_string())])
    } else {
        short_clock(span)
    }
}

/// Whole seconds that have passed between two instants.
pub fn seconds_between(from: Millis, to: Millis) -> u64 {
    to.saturating_sub(from) / 1000
}

/// Whole seconds until an instant, rounded up, so that the last second is shown as 1.
pub fn seconds_until(now: Millis, then: Millis) -> u64 {
    then.saturating_sub(now).div_ceil(1000)
}

/// The groups in which a number is read: `+84900000001` is `+84`, `90`, `000`, `0001`.
///
/// Only how it looks: the number itself is never changed. Numbering plans differ, so only the
/// Vietnamese one (E.164 country 84) is known here; other long numbers are cut into threes after
/// the `+` and short ones are left alone.
pub fn number_groups(number: &str) -> Vec<&str> {
    let digits = number.strip_prefix('+').unwrap_or(number);
    if digits.len() < 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return vec![number];
    }
    let sizes: &[usize] = match (number.strip_prefix("+84").map(str::len), number.len()) {
        (Some(9), _) => &[3, 2, 3, 4],
        (Some(10), _) => &[3, 2, 4, 4],
        (None, 10) if number.starts_with('0') => &[3, 3, 4],
        _ => &[4, 3, 3, 3, 3, 3],
    };
    let mut groups = Vec::with_capacity(sizes.len());
    let mut rest = number;
    for size in sizes {
        if rest.is_empty() {
            break;
        }
        let (group, behind) = rest.split_at((*size).min(rest.len()));
        groups.push(group);
        rest = behind;
    }
    if !rest.is_empty() {
        groups.push(rest);
    }
    groups
}

/// A number in groups, for places that hold plain text only.
pub fn spaced_number(number: &str) -> String {
    number_groups(number).join(" ")
}

/// Two letters for a face: first letters of the first and the last word of a name.
pub fn initials(name: &str) -> String {
    let mut words = name
        .split_whitespace()
        .filter_map(|word| word.chars().find(|letter| letter.is_alphanumeric()));
    let first = words.next();
    let last = words.next_back();
    first
        .into_iter()
        .chain(last)
        .flat_map(char::to_uppercase)
        .collect()
}

/// A part of a thousand as percent with one decimal: `1.5 %`, with the language's own mark.
pub fn percent(per_mille: u16, words: &Catalogue) -> String {
    let mark = words.decimal_mark;
    format!("{}{mark}{} %", per_mille / 10, per_mille % 10)
}

/// A day of the calendar, where the person is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day {
    /// Year of our era.
    pub year: u32,
    /// 1 to 12.
    pub month: u32,
    /// 1 to 31.
    pub day: u32,
}

/// The day at an instant.
pub fn day_of(at: Millis) -> Day {
    let date = date_of(at);
    Day {
        year: date.get_full_year(),
        month: date.get_month() + 1,
        day: date.get_date(),
    }
}

/// The day in the words of a language: "Tuesday, November 24"; with the year, where it is another
/// one than at `now`.
pub fn long_day(at: Millis, now: Millis, language: &str) -> String {
    let options = js_sys::Object::new();
    let mut parts = vec![("weekday", "long"), ("month", "long"), ("day", "numeric")];
    if day_of(at).year != day_of(now).year {
        parts.push(("year", "numeric"));
    }
    for (part, form) in parts {
        // A plain object takes every property.
        let _set = js_sys::Reflect::set(&options, &part.into(), &form.into());
    }
    let text = date_of(at).to_locale_date_string(language, &options);
    text.into()
}

/// The time of day at an instant, where the person is: `14:05`.
pub fn time_of_day(at: Millis) -> String {
    let date = date_of(at);
    format!("{}:{:02}", date.get_hours(), date.get_minutes())
}

/// Date and time as spreadsheets read them: `2026-11-24 14:05:09`, where the person is.
pub fn date_and_time(at: Millis) -> String {
    let Day { year, month, day } = day_of(at);
    let date = date_of(at);
    let (hour, minute, second) = (date.get_hours(), date.get_minutes(), date.get_seconds());
    format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

fn date_of(at: Millis) -> js_sys::Date {
    // Instants of this century in milliseconds are exact in a double.
    js_sys::Date::new(&(at as f64).into())
}
