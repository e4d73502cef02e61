//! Writing XML: text of people stays text.

use std::borrow::Cow;

use xmlwriter::{Indent, Options, XmlWriter};

/// A document that is being written.
pub(super) struct Writer(XmlWriter);

impl Writer {
    pub(super) fn new() -> Self {
        let mut writer = XmlWriter::new(Options {
            use_single_quote: false,
            indent: Indent::None,
            attributes_indent: Indent::None,
        });
        writer.write_declaration();
        Self(writer)
    }

    pub(super) fn open(&mut self, name: &str) {
        self.0.start_element(name);
    }

    pub(super) fn close(&mut self) {
        self.0.end_element();
    }

    pub(super) fn attribute(&mut self, name: &str, value: &str) {
        self.0.write_attribute(name, &*escaped(value));
    }

    /// An element with nothing but text in it.
    pub(super) fn element(&mut self, name: &str, text: &str) {
        self.open(name);
        self.text(text);
        self.close();
    }

    /// An element with nothing in it.
    pub(super) fn empty(&mut self, name: &str) {
        self.open(name);
        self.close();
    }

    pub(super) fn text(&mut self, text: &str) {
        self.0.write_text(&escaped(text));
    }

    pub(super) fn finish(self) -> String {
        self.0.end_document()
    }
}

/// What XML 1.0 cannot hold (2.2) is left out, and what it would read as something else (2.4, 2.11, 3.3.3)
/// is written as a reference. The writer itself looks only for `<` in text and for quotes in attributes.
fn escaped(text: &str) -> Cow<'_, str> {
    let plain = |c: char| is_legal(c) && !matches!(c, '&' | '<' | '>' | '"' | '\t' | '\n' | '\r');
    if text.chars().all(plain) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars().filter(|c| is_legal(*c)) {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' => out.push_str("&#9;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            _ => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// XML 1.0, 2.2.
pub(super) const fn is_legal(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}
