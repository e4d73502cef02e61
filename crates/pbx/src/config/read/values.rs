//! Values of the file, read and checked.

use std::time::Duration;

use toml::de::DeValue;

use crate::config::number;
use crate::config::reader::{Section, text, texts, whole};

pub(super) fn port(section: &Section<'_>, default: u16) -> u16 {
    let port = section.number("port", u32::from(default), 0..=u32::from(u16::MAX));
    u16::try_from(port).unwrap_or(default)
}

pub(super) fn seconds_of(value: &DeValue<'_>, from: u64, to: u64) -> Option<Duration> {
    let seconds = u64::from(whole(value)?);
    (from..=to)
        .contains(&seconds)
        .then(|| Duration::from_secs(seconds))
}

/// Whether both are the same number, however they are written.
pub(super) fn same_number(a: &str, b: &str, country_code: &str) -> bool {
    number::e164(a, country_code) == number::e164(b, country_code)
}

pub(super) const NUMBER: &str = "a phone number such as \"+842873001001\"";

pub(super) fn phone_number(value: &DeValue<'_>) -> Option<String> {
    let number = text(value)?;
    let digits = number.strip_prefix('+').unwrap_or(&number);
    let legal =
        digits.len() >= 2 && digits.len() <= 20 && digits.bytes().all(|b| b.is_ascii_digit());
    legal.then_some(number)
}

pub(super) fn country_code(value: &DeValue<'_>) -> Option<String> {
    let code = text(value)?;
    let legal =
        code.len() <= 3 && !code.starts_with('0') && code.bytes().all(|b| b.is_ascii_digit());
    legal.then_some(code)
}

/// The user part of a SIP URI, without anything that would need an escape.
pub(super) fn user_part(value: &DeValue<'_>) -> Option<String> {
    let user = text(value)?;
    let legal = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    (user.len() <= 64 && user.bytes().all(legal)).then_some(user)
}

pub(super) fn host_name(value: &DeValue<'_>) -> Option<String> {
    let host = text(value)?;
    let legal = |b: u8| b.is_ascii_alphanumeric() || b"-.".contains(&b);
    (host.len() <= 253 && host.bytes().all(legal)).then_some(host)
}

pub(super) fn filter(value: &DeValue<'_>) -> Option<String> {
    let filter = text(value)?;
    filter
        .parse::<tracing_subscriber::filter::Targets>()
        .is_ok()
        .then_some(filter)
}

/// Origins as browsers and a Content-Security-Policy have them: scheme, host, port and nothing else;
/// `marks` are the legal characters of a host besides letters and digits.
pub(super) fn origins(value: &DeValue<'_>, marks: &str) -> Option<Vec<String>> {
    let origins = texts(value)?;
    let legal = |origin: &String| {
        let host = origin
            .strip_prefix("https://")
            .or_else(|| origin.strip_prefix("http://"));
        host.is_some_and(|host| {
            !host.is_empty()
                && host
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || marks.contains(c))
        })
    };
    origins.iter().all(legal).then_some(origins)
}
