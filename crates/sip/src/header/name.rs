//! Header field names, with their compact forms (RFC 3261 7.3.3, 20; IANA SIP parameters).

use core::fmt;
use core::hash::{Hash, Hasher};
use core::str::FromStr;

use crate::syntax;
use crate::text::Text;

/// The name of a header field that this crate does not know: a token, compared without case.
#[derive(Clone)]
pub struct OtherName(Text);

impl OtherName {
    /// The name as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl PartialEq for OtherName {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for OtherName {}

impl Hash for OtherName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for byte in self.0.bytes() {
            state.write_u8(byte.to_ascii_lowercase());
        }
    }
}

/// The text is no token, and so no header field name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadName;

impl fmt::Display for BadName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a header field name is a token")
    }
}

impl core::error::Error for BadName {}

macro_rules! names {
    ($($variant:ident = $long:literal $(/ $compact:literal)?;)*) => {
        /// The name of a header field. Names are compared without case, and the compact form is
        /// the same name.
        #[derive(Clone, PartialEq, Eq, Hash)]
        pub enum HeaderName {
            $(#[doc = concat!("`", $long, "`.")] $variant,)*
            /// Any other token. Made by [`FromStr`] or [`HeaderName::from_static`] only, so that
            /// it can be printed.
            Other(OtherName),
        }

        impl HeaderName {
            /// Every known name, in the order of their codes.
            pub const KNOWN: &'static [Self] = &[$(Self::$variant),*];

            /// The long form, as it goes on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $long,)*
                    Self::Other(name) => &name.0,
                }
            }
        }

        /// The known names as numbers: what an index entry holds.
        #[derive(Clone, Copy, PartialEq, Eq)]
        #[repr(u8)]
        pub(crate) enum Known {
            $($variant,)*
        }

        impl HeaderName {
            /// The code of this name in an index entry.
            pub(crate) const fn code(&self) -> u8 {
                match self {
                    $(Self::$variant => Known::$variant as u8,)*
                    Self::Other(_) => OTHER,
                }
            }
        }

        const LONG: &[&str] = &[$($long),*];

        /// Compact forms with the code of their name.
        const COMPACT: &[(u8, u8)] = &[$($(($compact, Known::$variant as u8),)?)*];
    };
}

names! {
    Accept = "Accept";
    AcceptContact = "Accept-Contact" / b'a';
    AcceptEncoding = "Accept-Encoding";
    AcceptLanguage = "Accept-Language";
    AlertInfo = "Alert-Info";
    Allow = "Allow";
    AllowEvents = "Allow-Events" / b'u';
    AuthenticationInfo = "Authentication-Info";
    Authorization = "Authorization";
    CallId = "Call-ID" / b'i';
    CallInfo = "Call-Info";
    Contact = "Contact" / b'm';
    ContentDisposition = "Content-Disposition";
    ContentEncoding = "Content-Encoding" / b'e';
    ContentLanguage = "Content-Language";
    ContentLength = "Content-Length" / b'l';
    ContentType = "Content-Type" / b'c';
    CSeq = "CSeq";
    Date = "Date";
    Diversion = "Diversion";
    ErrorInfo = "Error-Info";
    Event = "Event" / b'o';
    Expires = "Expires";
    FlowTimer = "Flow-Timer";
    From = "From" / b'f';
    HistoryInfo = "History-Info";
    Identity = "Identity" / b'y';
    InfoPackage = "Info-Package";
    InReplyTo = "In-Reply-To";
    Join = "Join";
    MaxForwards = "Max-Forwards";
    MimeVersion = "MIME-Version";
    MinExpires = "Min-Expires";
    MinSe = "Min-SE";
    Organization = "Organization";
    PAssertedIdentity = "P-Asserted-Identity";
    PPreferredIdentity = "P-Preferred-Identity";
    Path = "Path";
    Priority = "Priority";
    Privacy = "Privacy";
    ProxyAuthenticate = "Proxy-Authenticate";
    ProxyAuthorization = "Proxy-Authorization";
    ProxyRequire = "Proxy-Require";
    RAck = "RAck";
    Reason = "Reason";
    RecordRoute = "Record-Route";
    RecvInfo = "Recv-Info";
    ReferredBy = "Referred-By" / b'b';
    ReferSub = "Refer-Sub";
    ReferTo = "Refer-To" / b'r';
    RejectContact = "Reject-Contact" / b'j';
    RemotePartyId = "Remote-Party-ID";
    Replaces = "Replaces";
    ReplyTo = "Reply-To";
    RequestDisposition = "Request-Disposition" / b'd';
    Require = "Require";
    RetryAfter = "Retry-After";
    Route = "Route";
    RSeq = "RSeq";
    Server = "Server";
    ServiceRoute = "Service-Route";
    SessionExpires = "Session-Expires" / b'x';
    SipETag = "SIP-ETag";
    SipIfMatch = "SIP-If-Match";
    Subject = "Subject" / b's';
    SubscriptionState = "Subscription-State";
    Supported = "Supported" / b'k';
    TargetDialog = "Target-Dialog";
    Timestamp = "Timestamp";
    To = "To" / b't';
    Unsupported = "Unsupported";
    UserAgent = "User-Agent";
    UserToUser = "User-to-User";
    Via = "Via" / b'v';
    Warning = "Warning";
    WwwAuthenticate = "WWW-Authenticate";
}

/// The code of a name in an index entry that is not known.
pub(crate) const OTHER: u8 = u8::MAX;

/// Slots of the hash table below; the smallest power of two for which the hash has no collision.
const SLOTS: usize = 256;

/// A perfect hash over the known long forms, without case: checked when the crate is compiled.
const fn slot(name: &[u8]) -> usize {
    let len = name.len();
    let first = (name[0] | 0x20) as usize;
    let middle = (name[len / 2] | 0x20) as usize;
    let last = (name[len - 1] | 0x20) as usize;
    (len * 235 + first * 115 + middle * 82 + last * 28) % SLOTS
}

const TABLE: [u8; SLOTS] = {
    let mut table = [OTHER; SLOTS];
    let mut code = 0;
    while code < LONG.len() {
        let at = slot(LONG[code].as_bytes());
        assert!(
            table[at] == OTHER,
            "two header names share a slot: change the factors"
        );
        table[at] = code as u8;
        code += 1;
    }
    table
};

/// The code of a header field name, long or compact, in any case; [`OTHER`] if it is not known.
pub(crate) fn code_of(name: &[u8]) -> u8 {
    match name {
        [] => OTHER,
        [letter] => compact_code(letter.to_ascii_lowercase()),
        _ => {
            let code = TABLE[slot(name)];
            match LONG.get(usize::from(code)) {
                // Nearly always written as the RFC has it.
                Some(long)
                    if long.as_bytes() == name || long.as_bytes().eq_ignore_ascii_case(name) =>
                {
                    code
                }
                _ => OTHER,
            }
        }
    }
}

fn compact_code(letter: u8) -> u8 {
    COMPACT
        .iter()
        .find(|(compact, _)| *compact == letter)
        .map_or(OTHER, |(_, code)| *code)
}

impl HeaderName {
    /// The name of a code; `None` for [`OTHER`].
    pub(crate) fn from_code(code: u8) -> Option<Self> {
        Self::KNOWN.get(usize::from(code)).cloned()
    }

    /// A name that is written in the program.
    ///
    /// # Panics
    /// If it is no token: a fault of the program, seen at the first call.
    #[must_use]
    pub fn from_static(name: &'static str) -> Self {
        assert!(syntax::is_token(name), "a header field name is a token");
        Self::from_code(code_of(name.as_bytes()))
            .unwrap_or_else(|| Self::Other(OtherName(Text::from_static(name))))
    }
}

impl FromStr for HeaderName {
    type Err = BadName;

    /// Takes long and compact forms in any case.
    fn from_str(name: &str) -> Result<Self, BadName> {
        match Self::from_code(code_of(name.as_bytes())) {
            Some(known) => Ok(known),
            None if syntax::is_token(name) => Ok(Self::Other(OtherName(Text::from(name)))),
            None => Err(BadName),
        }
    }
}

impl fmt::Display for HeaderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for HeaderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_name_is_found_in_any_case() {
        for name in HeaderName::KNOWN {
            assert_eq!(&name.as_str().parse::<HeaderName>().unwrap(), name);
            assert_eq!(
                &name.as_str().to_uppercase().parse::<HeaderName>().unwrap(),
                name
            );
            assert_eq!(HeaderName::from_code(name.code()).as_ref(), Some(name));
        }
    }

    #[test]
    fn compact_forms_are_the_same_name() {
        assert_eq!("v".parse(), Ok(HeaderName::Via));
        assert_eq!("M".parse(), Ok(HeaderName::Contact));
        assert_eq!("x".parse(), Ok(HeaderName::SessionExpires));
    }

    #[test]
    fn unknown_names_are_compared_without_case() {
        let name = HeaderName::from_static("X-Alo-Queue");
        assert_eq!("x-alo-queue".parse(), Ok(name.clone()));
        assert_ne!("x-alo-called".parse(), Ok(name.clone()));
        assert_eq!(name.as_str(), "X-Alo-Queue");
    }

    #[test]
    fn a_name_is_a_token() {
        for bad in ["", "a b", "a:", "a\r\nb", "é"] {
            assert_eq!(bad.parse::<HeaderName>(), Err(BadName), "{bad:?}");
        }
    }
}
