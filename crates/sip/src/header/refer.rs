//! `Refer-To` (RFC 3515 2.1) with the dialogs that its URI names (RFC 3891, RFC 3911).

use core::fmt;
use core::str::FromStr;

use super::dialogs::{Join, Replaces};
use crate::method::Method;
use crate::syntax::{Fault, class, escape, unescape};
use crate::uri::{NameAddr, Uri};

/// Whom a REFER asks to call, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferTo {
    /// The address, without the headers and the method of its URI.
    pub uri: NameAddr,
    /// What is to be sent there: INVITE where the URI does not say otherwise (RFC 3261 19.1.1).
    pub method: Method,
    /// The dialog that the INVITE takes the place of.
    pub replaces: Option<Replaces>,
    /// The dialog that the INVITE wants to come into.
    pub join: Option<Join>,
}

impl ReferTo {
    /// A plain INVITE to this address.
    #[must_use]
    pub fn new(uri: NameAddr) -> Self {
        Self {
            uri,
            method: Method::Invite,
            replaces: None,
            join: None,
        }
    }

    /// The URI that the request goes to.
    #[must_use]
    pub const fn target(&self) -> &Uri {
        self.uri.uri()
    }
}

/// The dialog that a header of a URI names, which may be there once.
fn named<T: FromStr<Err = Fault>>(uri: &Uri, name: &str) -> Result<Option<T>, Fault> {
    let is_named = |(found, _): &(&str, &str)| found.eq_ignore_ascii_case(name);
    if uri.headers().filter(is_named).count() > 1 {
        return Err(Fault::Repeated);
    }
    uri.header(name).map(|value| value.parse()).transpose()
}

impl FromStr for ReferTo {
    type Err = Fault;

    /// Headers of the URI other than `Replaces` and `Join` are let pass: who follows a REFER need not
    /// take them over (RFC 3261 19.1.5).
    fn from_str(text: &str) -> Result<Self, Fault> {
        let address = NameAddr::parse(text)?;
        let uri = address.uri();
        let (replaces, join) = (named(uri, "Replaces")?, named(uri, "Join")?);
        if replaces.is_some() && join.is_some() {
            // RFC 3911 4: not both.
            return Err(Fault::Repeated);
        }
        let method = uri.param("method").map(|name| unescape(name).parse());
        let method = method.transpose();
        let bare = uri.without_headers().without_param("method");
        let display = address.display().unwrap_or_default().into_owned();
        Ok(Self {
            method: method.map_err(|_| Fault::Token)?.unwrap_or(Method::Invite),
            uri: NameAddr::new(bare).with_display(&display),
            replaces,
            join,
        })
    }
}

impl fmt::Display for ReferTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut uri = self.uri.uri().without_headers();
        if self.method != Method::Invite {
            uri = uri.with_param("method", Some(self.method.as_str()));
        }
        let header = match (&self.replaces, &self.join) {
            (Some(replaces), _) => Some(("Replaces", replaces.to_string())),
            (None, Some(join)) => Some(("Join", join.to_string())),
            (None, None) => None,
        };
        if let Some(name) = self.uri.display() {
            write!(f, "{} ", crate::syntax::quote(&name))?;
        }
        match header {
            Some((name, value)) => {
                write!(f, "<{uri}?{name}={}>", escape(&value, class::HEADER))
            }
            None => write!(f, "<{uri}>"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 3515 2.1
    #[test]
    fn the_examples_of_the_rfc() {
        for (text, method, user) in [
            ("sip:alice@atlanta.example.com", Method::Invite, "alice"),
            (
                "<sip:bob@biloxi.example.net?Accept-Contact=sip:bobsdesk%40biloxi.example.net&Call-ID=55432%40alicepc.atlanta.example.com>",
                Method::Invite,
                "bob",
            ),
            (
                "<sip:dave@denver.example.org?Replaces=12345%40192.168.118.3%3Bto-tag%3D12345%3Bfrom-tag%3D5FFE-3994>",
                Method::Invite,
                "dave",
            ),
            (
                "<sip:carol@cleveland.example.org;method=SUBSCRIBE>",
                Method::Subscribe,
                "carol",
            ),
        ] {
            let refer: ReferTo = text.parse().unwrap();
            assert_eq!(refer.method, method, "{text}");
            assert_eq!(refer.target().user().as_deref(), Some(user), "{text}");
            assert_eq!(refer.target().headers().count(), 0, "{text}");
            assert_eq!(refer.to_string().parse(), Ok(refer), "{text}");
        }
    }

    #[test]
    fn a_dialog_goes_there_and_back() {
        let mut refer = ReferTo::new("\"Bình \\\"B\\\"\" <sip:102@alo.test;x=1>".parse().unwrap());
        refer.replaces = Some(Replaces {
            call_id: "a(b)%c@host".into(),
            to_tag: "t".into(),
            from_tag: "f".into(),
            early_only: true,
        });
        let text = refer.to_string();
        assert!(
            text.contains("?Replaces=a(b)%25c%40host%3Bto-tag%3Dt"),
            "{text}"
        );
        assert_eq!(text.parse(), Ok(refer.clone()));
        refer.replaces = None;
        refer.join = "a@b;to-tag=1;from-tag=2".parse().ok();
        assert_eq!(refer.to_string().parse(), Ok(refer));
    }

    #[test]
    fn what_names_no_target_is_refused() {
        for bad in [
            "",
            "alice",
            "<sip:a@b",
            "<sip:a@b>, <sip:c@d>",
            "<sip:a@b?Replaces=1>",
            "<sip:a@b?Replaces=1%3Bto-tag%3D1>",
            "<sip:a@b?Join=>",
            "<sip:a@b;method=%20>",
            "<sip:a@b?Replaces=1%3Bto-tag%3D1%3Bfrom-tag%3D2&replaces=1%3Bto-tag%3D1%3Bfrom-tag%3D2>",
            "<sip:a@b?Replaces=1%3Bto-tag%3D1%3Bfrom-tag%3D2&Join=1%3Bto-tag%3D1%3Bfrom-tag%3D2>",
        ] {
            assert!(bad.parse::<ReferTo>().is_err(), "{bad:?}");
        }
    }
}
