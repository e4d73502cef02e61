//! Request methods (RFC 3261 7.1 and the extensions of this user agent).

use core::fmt;
use core::str::FromStr;

use crate::syntax;
use crate::text::Text;

/// A request method. Methods are compared byte by byte: `invite` is not `INVITE` (RFC 3261 7.1).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Method {
    /// RFC 3261 13.
    Invite,
    /// RFC 3261 13, 17.
    Ack,
    /// RFC 3261 15.
    Bye,
    /// RFC 3261 9.
    Cancel,
    /// RFC 3261 10.
    Register,
    /// RFC 3261 11.
    Options,
    /// RFC 6086.
    Info,
    /// RFC 3262.
    Prack,
    /// RFC 3311.
    Update,
    /// RFC 6665.
    Subscribe,
    /// RFC 6665.
    Notify,
    /// RFC 3515.
    Refer,
    /// RFC 3428.
    Message,
    /// RFC 3903.
    Publish,
    /// Any other token. Made by [`FromStr`] only, so that it can be printed.
    Other(OtherMethod),
}

/// The name of a method that this crate does not know: a token.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OtherMethod(Text);

/// The text is no token, and so no method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadMethod;

impl fmt::Display for BadMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a method is a token")
    }
}

impl core::error::Error for BadMethod {}

impl Method {
    /// The name as it goes on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Invite => "INVITE",
            Self::Ack => "ACK",
            Self::Bye => "BYE",
            Self::Cancel => "CANCEL",
            Self::Register => "REGISTER",
            Self::Options => "OPTIONS",
            Self::Info => "INFO",
            Self::Prack => "PRACK",
            Self::Update => "UPDATE",
            Self::Subscribe => "SUBSCRIBE",
            Self::Notify => "NOTIFY",
            Self::Refer => "REFER",
            Self::Message => "MESSAGE",
            Self::Publish => "PUBLISH",
            Self::Other(name) => &name.0,
        }
    }

    /// Whether this crate knows the method.
    #[must_use]
    pub const fn is_known(&self) -> bool {
        !matches!(self, Self::Other(_))
    }

    /// The method of a name that is known.
    pub(crate) fn known(name: &str) -> Option<Self> {
        Some(match name {
            "INVITE" => Self::Invite,
            "ACK" => Self::Ack,
            "BYE" => Self::Bye,
            "CANCEL" => Self::Cancel,
            "REGISTER" => Self::Register,
            "OPTIONS" => Self::Options,
            "INFO" => Self::Info,
            "PRACK" => Self::Prack,
            "UPDATE" => Self::Update,
            "SUBSCRIBE" => Self::Subscribe,
            "NOTIFY" => Self::Notify,
            "REFER" => Self::Refer,
            "MESSAGE" => Self::Message,
            "PUBLISH" => Self::Publish,
            _ => return None,
        })
    }
}

impl FromStr for Method {
    type Err = BadMethod;

    fn from_str(name: &str) -> Result<Self, BadMethod> {
        match Self::known(name) {
            Some(method) => Ok(method),
            None if syntax::is_token(name) => Ok(Self::Other(OtherMethod(Text::from(name)))),
            None => Err(BadMethod),
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_case_sensitive() {
        assert_eq!("INVITE".parse(), Ok(Method::Invite));
        let odd: Method = "invite".parse().unwrap();
        assert!(!odd.is_known());
        assert_eq!(odd.to_string(), "invite");
    }

    #[test]
    fn a_method_is_a_token() {
        assert_eq!("".parse::<Method>(), Err(BadMethod));
        assert_eq!("IN VITE".parse::<Method>(), Err(BadMethod));
        assert_eq!("INVITE\r\nX: y".parse::<Method>(), Err(BadMethod));
    }
}
