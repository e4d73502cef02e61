//! The header fields of a message: their text, and an index of where each name and value is.

use std::borrow::Cow;

use crate::header::HeaderName;
use crate::header::name::OTHER;
use crate::syntax::{Elements, Span};
use crate::text::Text;

/// One field in the head. A span of names is kept because only unknown names need it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) name: Span,
    /// Without the spaces around it.
    pub(super) value: Span,
    /// [`HeaderName::code`]
    pub(super) code: u8,
    /// The value goes over several lines.
    pub(super) folded: bool,
}

/// The header fields of a message.
///
/// Compact forms are the same as long ones, names have no case, folded values are read as one line.
#[derive(Debug, Clone)]
pub struct Headers {
    /// Start line and fields, with the empty line after them.
    pub(super) head: Text,
    pub(super) entries: Vec<Entry>,
}

impl Headers {
    fn matches(&self, entry: &Entry, name: &HeaderName) -> bool {
        match name {
            HeaderName::Other(other) => {
                entry.code == OTHER
                    && entry
                        .name
                        .of(&self.head)
                        .eq_ignore_ascii_case(other.as_str())
            }
            known => entry.code == known.code(),
        }
    }

    pub(super) fn raw(&self, entry: &Entry) -> &str {
        entry.value.of(&self.head)
    }

    fn value(&self, entry: &Entry) -> Cow<'_, str> {
        let raw = self.raw(entry);
        if entry.folded {
            Cow::Owned(unfold(raw))
        } else {
            Cow::Borrowed(raw)
        }
    }

    /// The value as text that shares the bytes of the message.
    pub(super) fn shared(&self, entry: &Entry) -> Text {
        let raw = self.raw(entry);
        if entry.folded {
            Text::from(unfold(raw))
        } else {
            self.head.slice_ref(raw)
        }
    }

    /// The first field of a known name.
    pub(super) fn first(&self, name: &HeaderName) -> Option<&Entry> {
        match name.code() {
            OTHER => self.entries.iter().find(|entry| self.matches(entry, name)),
            code => self.entries.iter().find(|entry| entry.code == code),
        }
    }

    pub(super) fn entries_of<'a>(
        &'a self,
        name: &'a HeaderName,
    ) -> impl Iterator<Item = &'a Entry> + use<'a> {
        let code = name.code();
        self.entries
            .iter()
            .filter(move |entry| entry.code == code && (code != OTHER || self.matches(entry, name)))
    }

    /// The value of the first field of this name.
    #[must_use]
    pub fn get(&self, name: &HeaderName) -> Option<Cow<'_, str>> {
        self.first(name).map(|entry| self.value(entry))
    }

    /// Whether there is a field of this name.
    #[must_use]
    pub fn has(&self, name: &HeaderName) -> bool {
        self.first(name).is_some()
    }

    /// How many fields have this name.
    #[must_use]
    pub fn count(&self, name: &HeaderName) -> usize {
        self.entries_of(name).count()
    }

    /// The first of these known names that more than one field has.
    pub(super) fn repeated_of<'n>(&self, names: &'n [HeaderName]) -> Option<&'n HeaderName> {
        let mut seen = [0_u8; 256];
        for entry in &self.entries {
            let count = &mut seen[usize::from(entry.code)];
            *count = count.saturating_add(1);
        }
        names.iter().find(|name| seen[usize::from(name.code())] > 1)
    }

    /// The values of all fields of this name, in order.
    #[must_use]
    pub fn all<'a>(&'a self, name: &'a HeaderName) -> Fields<'a> {
        Fields {
            headers: self,
            name,
            at: 0,
        }
    }

    /// The elements of a comma-separated list over all fields of this name. Commas in quoted strings
    /// and angle brackets do not separate. Empty elements are left out.
    #[must_use]
    pub fn list<'a>(&'a self, name: &'a HeaderName) -> List<'a> {
        List {
            fields: self.all(name),
            current: None,
        }
    }

    /// Every field in order: name and value.
    pub fn iter(&self) -> impl Iterator<Item = (HeaderName, Cow<'_, str>)> {
        self.entries
            .iter()
            .map(|entry| (self.name_of(entry), self.value(entry)))
    }

    fn name_of(&self, entry: &Entry) -> HeaderName {
        HeaderName::from_code(entry.code)
            // The name is a token: it was checked when the entry was made.
            .or_else(|| entry.name.of(&self.head).parse().ok())
            .unwrap_or(HeaderName::Subject)
    }

    /// How many fields there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// Puts folded lines together (RFC 3261 7.3.1): a line end with the spaces around it is one space.
pub(super) fn unfold(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    for (i, line) in raw.split("\r\n").enumerate() {
        let line = line.trim_matches([' ', '\t']);
        if i > 0 && !out.is_empty() && !line.is_empty() {
            out.push(' ');
        }
        out.push_str(line);
    }
    out
}

/// The values of the fields of one name.
#[derive(Debug, Clone)]
pub struct Fields<'a> {
    headers: &'a Headers,
    name: &'a HeaderName,
    at: usize,
}

impl<'a> Iterator for Fields<'a> {
    type Item = Cow<'a, str>;

    fn next(&mut self) -> Option<Cow<'a, str>> {
        while let Some(entry) = self.headers.entries.get(self.at) {
            self.at += 1;
            if self.headers.matches(entry, self.name) {
                return Some(self.headers.value(entry));
            }
        }
        None
    }
}

/// The elements of a list over the fields of one name.
#[derive(Debug, Clone)]
pub struct List<'a> {
    fields: Fields<'a>,
    /// The field that is gone through, and how far.
    current: Option<(Cow<'a, str>, usize)>,
}

impl<'a> Iterator for List<'a> {
    type Item = Cow<'a, str>;

    fn next(&mut self) -> Option<Cow<'a, str>> {
        loop {
            let (value, at) = match self.current.take() {
                Some(current) => current,
                None => (self.fields.next()?, 0),
            };
            let (element, next) = match &value {
                Cow::Borrowed(text) => {
                    let (element, next) = element_at(text, at);
                    (Cow::Borrowed(element), next)
                }
                Cow::Owned(text) => {
                    let (element, next) = element_at(text, at);
                    (Cow::Owned(element.to_owned()), next)
                }
            };
            self.current = next.map(|next| (value, next));
            if !element.is_empty() {
                return Some(element);
            }
        }
    }
}

/// The element that begins at `at`, and where the one after it begins.
fn element_at(text: &str, at: usize) -> (&str, Option<usize>) {
    let rest = &text[at..];
    let mut elements = Elements::new(rest);
    let element = elements.next().unwrap_or_default();
    (
        element,
        elements.remaining().map(|left| text.len() - left.len()),
    )
}
