//! Reading TOML with faults that name the key, the line and what was expected.
//!
//! A [`Section`] remembers the keys that it was asked for; what is left over at
//! [`Section::finish`] is unknown, and the nearest known key is suggested. All faults of a file are
//! found in one go.

use std::cell::RefCell;
use std::fmt;
use std::ops::{Range, RangeInclusive};
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::suggest;

/// Keys whose values are never shown.
const SECRET: [&str; 1] = ["password"];

/// One thing wrong with the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Line, counted from 1.
    pub line: usize,
    /// Full key (`http.port`, `agent[2].extension`); empty where the file is not TOML at all.
    pub key: String,
    /// What is wrong, and what was expected.
    pub problem: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.key.is_empty() {
            write!(f, "line {}: {}", self.line, self.problem)
        } else {
            write!(f, "line {}: {}: {}", self.line, self.key, self.problem)
        }
    }
}

/// A value with the place that it came from, for faults that show only later.
#[derive(Debug, Clone)]
pub(super) struct At<T> {
    /// The value.
    pub(super) value: T,
    /// Line, counted from 1.
    pub(super) line: usize,
    /// Full key.
    pub(super) key: String,
}

impl<T> At<T> {
    /// A fault of this value.
    pub(super) fn fault(&self, problem: impl Into<String>) -> Fault {
        Fault {
            line: self.line,
            key: self.key.clone(),
            problem: problem.into(),
        }
    }

    /// Another value of the same place.
    pub(super) fn with<U>(&self, value: U) -> At<U> {
        At {
            value,
            line: self.line,
            key: self.key.clone(),
        }
    }
}

/// Where the faults of one file are collected.
pub(super) struct Reader<'a> {
    text: &'a str,
    faults: RefCell<Vec<Fault>>,
}

impl<'a> Reader<'a> {
    /// For this file.
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            faults: RefCell::default(),
        }
    }

    /// Line of a byte offset, counted from 1.
    pub(super) fn line(&self, offset: usize) -> usize {
        let before = self.text.as_bytes().get(..offset).unwrap_or_default();
        1 + before.iter().filter(|byte| **byte == b'\n').count()
    }

    /// Notes a fault.
    pub(super) fn fault(&self, fault: Fault) {
        self.faults.borrow_mut().push(fault);
    }

    /// The faults, by line.
    pub(super) fn into_faults(self) -> Vec<Fault> {
        let mut faults = self.faults.into_inner();
        faults.sort_by_key(|fault| fault.line);
        faults
    }
}

/// One table of the file.
pub(super) struct Section<'a> {
    reader: &'a Reader<'a>,
    path: String,
    table: Option<&'a DeTable<'a>>,
    span: Range<usize>,
    asked: RefCell<Vec<&'static str>>,
}

impl<'a> Section<'a> {
    /// The whole file.
    pub(super) fn root(reader: &'a Reader<'a>, table: &'a Spanned<DeTable<'a>>) -> Self {
        Self {
            reader,
            path: String::new(),
            table: Some(table.get_ref()),
            span: 0..0,
            asked: RefCell::default(),
        }
    }

    /// The table of this name; an empty one where there is none, so that defaults come from one
    /// place.
    pub(super) fn section(&self, key: &'static str) -> Section<'a> {
        let found = self.find(key);
        let table = found.and_then(|(at, value)| match value.get_ref() {
            DeValue::Table(table) => Some((at, table)),
            other => {
                self.mismatch(key, at.start, "a table ([name])", other);
                None
            }
        });
        Section {
            reader: self.reader,
            path: self.full(key),
            table: table.as_ref().map(|(_, table)| *table),
            span: table.map_or(0..0, |(at, _)| at),
            asked: RefCell::default(),
        }
    }

    /// The table of this name, where there is one; a fault where it is something else.
    pub(super) fn table(&self, key: &'static str) -> Option<Section<'a>> {
        let section = self.has(key).then(|| self.section(key));
        section.filter(|_| self.is_table(key))
    }

    /// The tables of an array of tables (`[[name]]`).
    pub(super) fn sections(&self, key: &'static str) -> Vec<Section<'a>> {
        let Some((at, value)) = self.find(key) else {
            return Vec::new();
        };
        let expected = format!("tables, each headed [[{}]]", self.full(key));
        let DeValue::Array(items) = value.get_ref() else {
            self.mismatch(key, at.start, &expected, value.get_ref());
            return Vec::new();
        };
        let mut sections = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let DeValue::Table(table) = item.get_ref() else {
                self.mismatch(key, item.span().start, &expected, item.get_ref());
                continue;
            };
            sections.push(Section {
                reader: self.reader,
                path: format!("{}[{}]", self.full(key), index + 1),
                table: Some(table),
                span: item.span(),
                asked: RefCell::default(),
            });
        }
        sections
    }

    /// A value; a fault where it is there and `read` makes nothing of it.
    pub(super) fn get<T>(
        &self,
        key: &'static str,
        expected: &str,
        read: impl FnOnce(&DeValue<'_>) -> Option<T>,
    ) -> Option<At<T>> {
        let (at, value) = self.find(key)?;
        let Some(found) = read(value.get_ref()) else {
            self.mismatch(key, at.start, expected, value.get_ref());
            return None;
        };
        Some(At {
            value: found,
            line: self.reader.line(at.start),
            key: self.full(key),
        })
    }

    /// As [`Section::get`], and a fault where it is not there.
    pub(super) fn need<T>(
        &self,
        key: &'static str,
        expected: &str,
        read: impl FnOnce(&DeValue<'_>) -> Option<T>,
    ) -> Option<At<T>> {
        let missing = self.find(key).is_none();
        if missing {
            self.reader.fault(Fault {
                line: self.reader.line(self.span.start),
                key: self.full(key),
                problem: format!("is missing; expected {expected}"),
            });
        }
        self.get(key, expected, read)
    }

    /// `true` or `false`.
    pub(super) fn flag(&self, key: &'static str, default: bool) -> bool {
        self.get(key, "true or false", |value| value.as_bool())
            .map_or(default, |at| at.value)
    }

    /// A whole number in a range.
    pub(super) fn number(
        &self,
        key: &'static str,
        default: u32,
        range: RangeInclusive<u32>,
    ) -> u32 {
        let expected = format!("a whole number from {} to {}", range.start(), range.end());
        self.get(key, &expected, |value| {
            whole(value).filter(|number| range.contains(number))
        })
        .map_or(default, |at| at.value)
    }

    /// A time in whole seconds.
    pub(super) fn seconds(
        &self,
        key: &'static str,
        default: u32,
        range: RangeInclusive<u32>,
    ) -> Duration {
        Duration::from_secs(u64::from(self.number(key, default, range)))
    }

    /// Whether the file has this key.
    pub(super) fn has(&self, key: &'static str) -> bool {
        self.find(key).is_some()
    }

    /// Whether the file has a table of this key.
    pub(super) fn is_table(&self, key: &'static str) -> bool {
        let found = self.find(key);
        matches!(found, Some((_, value)) if matches!(value.get_ref(), DeValue::Table(_)))
    }

    /// Whether the table has no keys at all.
    pub(super) fn is_empty(&self) -> bool {
        self.table.is_none_or(|table| table.is_empty())
    }

    /// Notes a fault of a value.
    pub(super) fn fault(&self, fault: Fault) {
        self.reader.fault(fault);
    }

    /// Notes a fault of a key, at its line; at that of the table where the key is missing.
    pub(super) fn complain(&self, key: &'static str, problem: &str) {
        let offset = self.find(key).map_or(self.span.start, |(at, _)| at.start);
        self.reader.fault(Fault {
            line: self.reader.line(offset),
            key: self.full(key),
            problem: problem.to_owned(),
        });
    }

    /// Notes a fault of the whole table.
    pub(super) fn complain_here(&self, problem: &str) {
        self.reader.fault(Fault {
            line: self.reader.line(self.span.start),
            key: self.path.clone(),
            problem: problem.to_owned(),
        });
    }

    /// A fault for each key that nobody asked for.
    pub(super) fn finish(self) {
        let asked = self.asked.borrow();
        for key in self.table.into_iter().flat_map(|table| table.keys()) {
            let name: &str = key.get_ref();
            if asked.contains(&name) {
                continue;
            }
            let problem = suggest::nearest(name, asked.iter().copied()).map_or_else(
                || format!("is not known; known here: {}", known(&asked)),
                |near| format!("is not known; did you mean `{near}`?"),
            );
            self.reader.fault(Fault {
                line: self.reader.line(key.span().start),
                key: self.full(name),
                problem,
            });
        }
    }

    fn find(&self, key: &'static str) -> Option<(Range<usize>, &'a Spanned<DeValue<'a>>)> {
        if !self.asked.borrow().contains(&key) {
            self.asked.borrow_mut().push(key);
        }
        let (name, value) = self.table?.get_key_value(key)?;
        Some((name.span(), value))
    }

    fn full(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    fn mismatch(&self, key: &str, offset: usize, expected: &str, found: &DeValue<'_>) {
        let found = if SECRET.contains(&key) {
            format!("a value of type {}", found.type_str())
        } else {
            show(found)
        };
        self.reader.fault(Fault {
            line: self.reader.line(offset),
            key: self.full(key),
            problem: format!("expected {expected}; found {found}"),
        });
    }
}

fn known(asked: &[&str]) -> String {
    let mut names: Vec<_> = asked.iter().map(|name| format!("`{name}`")).collect();
    names.sort_unstable();
    names.join(", ")
}

/// A text that is not empty.
pub(super) fn text(value: &DeValue<'_>) -> Option<String> {
    value
        .as_str()
        .filter(|text| !text.trim().is_empty())
        .map(str::to_owned)
}

/// A list of texts.
pub(super) fn texts(value: &DeValue<'_>) -> Option<Vec<String>> {
    let items = value.as_array()?;
    items.iter().map(|item| text(item.get_ref())).collect()
}

/// Anything that is written as a text.
pub(super) fn parsed<T: std::str::FromStr>(value: &DeValue<'_>) -> Option<T> {
    value.as_str()?.parse().ok()
}

/// A list of things that are written as texts.
pub(super) fn all_parsed<T: std::str::FromStr>(value: &DeValue<'_>) -> Option<Vec<T>> {
    let items = value.as_array()?;
    items.iter().map(|item| parsed(item.get_ref())).collect()
}

/// A whole number, in whatever base it is written.
pub(super) fn whole(value: &DeValue<'_>) -> Option<u32> {
    let number = value.as_integer()?;
    u32::from_str_radix(number.as_str(), number.radix()).ok()
}

/// A value as a fault shows it: texts in quotes, long things by their type.
fn show(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) if text.chars().count() <= 40 => format!("{text:?}"),
        DeValue::String(_) => "a longer text".into(),
        DeValue::Integer(number) => number.as_str().to_owned(),
        DeValue::Float(number) => number.as_str().to_owned(),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(_) => "a date".into(),
        DeValue::Array(_) => "a list".into(),
        DeValue::Table(_) => "a table".into(),
    }
}
