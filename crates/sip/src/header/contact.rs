//! `Contact` (RFC 3261 20.10; RFC 5626 4.1; RFC 3840 9).

use core::fmt;
use core::ops::Deref;
use std::borrow::Cow;

use crate::syntax::{Fault, number};
use crate::text::Text;
use crate::uri::NameAddr;

/// One Contact address. Everything of [`NameAddr`] can be used on it.
#[derive(Clone, PartialEq, Eq)]
pub struct Contact(NameAddr);

impl Contact {
    /// A contact of this address.
    #[must_use]
    pub const fn new(address: NameAddr) -> Self {
        Self(address)
    }

    pub(crate) fn from_text(text: Text) -> Result<Self, Fault> {
        NameAddr::from_text(text).map(Self)
    }

    /// Reads one contact (no list, not `*`).
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        Self::from_text(Text::from(text))
    }

    /// The address.
    #[must_use]
    pub fn into_inner(self) -> NameAddr {
        self.0
    }

    /// `expires`; what is no number or too large counts as an hour (RFC 3261 20.10).
    #[must_use]
    pub fn expires(&self) -> Option<u32> {
        let raw = self.params().get("expires").flatten()?;
        Some(number(raw).unwrap_or(3600))
    }

    /// `q` in thousandths, 0 to 1000; `None` where there is none or it is no such number.
    #[must_use]
    pub fn q(&self) -> Option<u16> {
        thousandths(self.params().get("q").flatten()?).ok()
    }

    /// `+sip.instance` without the angle brackets: a URN (RFC 5626 4.1).
    #[must_use]
    pub fn instance(&self) -> Option<Cow<'_, str>> {
        let value = self.params().value("+sip.instance")?;
        let inner = value.strip_prefix('<').and_then(|v| v.strip_suffix('>'))?;
        Some(Cow::Owned(inner.to_owned()))
    }

    /// `reg-id` (RFC 5626 4.2), 1 and above.
    #[must_use]
    pub fn reg_id(&self) -> Option<u32> {
        number(self.params().get("reg-id").flatten()?)
            .ok()
            .filter(|id| *id > 0)
    }

    /// With `+sip.instance` and `reg-id`.
    #[must_use]
    pub fn with_instance(&self, urn: &str, reg_id: u32) -> Self {
        let instance = format!("<{urn}>");
        Self(
            self.0
                .with_param("+sip.instance", Some(&instance))
                .with_param("reg-id", Some(&reg_id.to_string())),
        )
    }

    /// With `expires`.
    #[must_use]
    pub fn with_expires(&self, seconds: u32) -> Self {
        Self(self.0.with_param("expires", Some(&seconds.to_string())))
    }
}

/// `qvalue = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] )`.
fn thousandths(text: &str) -> Result<u16, Fault> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if part.len() > 3 || !part.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Fault::Number);
    }
    let part = part
        .bytes()
        .chain([b'0'; 3])
        .take(3)
        .fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0'));
    match (whole, part) {
        ("0" | "", part) => Ok(part),
        ("1", 0) => Ok(1000),
        _ => Err(Fault::Number),
    }
}

impl Deref for Contact {
    type Target = NameAddr;

    fn deref(&self) -> &NameAddr {
        &self.0
    }
}

impl From<NameAddr> for Contact {
    fn from(address: NameAddr) -> Self {
        Self(address)
    }
}

impl fmt::Display for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// All Contact fields of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contacts {
    /// `Contact: *`: remove every binding (RFC 3261 10.2.2).
    All,
    /// The addresses in order; empty where there is no Contact.
    List(Vec<Contact>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outbound_parameters() {
        let text = "<sip:k3j2@df7jal23ls0d.invalid;transport=ws>;reg-id=1;expires=600;q=0.5\
                    ;+sip.instance=\"<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>\"";
        let contact = Contact::parse(text).unwrap();
        assert_eq!(
            contact.instance().as_deref(),
            Some("urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6")
        );
        assert_eq!(
            (contact.reg_id(), contact.expires(), contact.q()),
            (Some(1), Some(600), Some(500))
        );
        assert_eq!(contact.uri().host_str(), "df7jal23ls0d.invalid");
    }

    #[test]
    fn built_parameters_parse_back() {
        let uri = "sip:a@b.invalid".parse().unwrap();
        let contact = Contact::new(NameAddr::new(uri))
            .with_instance("urn:uuid:1", 2)
            .with_expires(90);
        let read = Contact::parse(&contact.to_string()).unwrap();
        assert_eq!(read, contact);
        assert_eq!(
            (read.instance().as_deref(), read.reg_id(), read.expires()),
            (Some("urn:uuid:1"), Some(2), Some(90))
        );
    }

    #[test]
    fn q_is_between_nought_and_one() {
        for (text, q) in [
            ("0", 0),
            ("0.33", 330),
            ("1", 1000),
            ("1.000", 1000),
            ("0.", 0),
            ("0.007", 7),
        ] {
            assert_eq!(thousandths(text), Ok(q), "{text}");
        }
        for bad in ["2", "1.001", "0.1234", "-1", "0.x"] {
            assert!(thousandths(bad).is_err(), "{bad}");
        }
    }

    /// RFC 3261 20.10
    #[test]
    fn an_absurd_expiry_counts_as_an_hour() {
        assert_eq!(
            Contact::parse("<sip:a@b>;expires=280297596632815")
                .unwrap()
                .expires(),
            Some(3600)
        );
    }
}
