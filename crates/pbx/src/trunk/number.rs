//! Numbers as the phone network writes them.
//!
//! Carriers differ: `+842873001001`, `842873001001`, `02873001001` and `2873001001` may all be one
//! number, in the user part of a `sip:` URI or in a `tel:` URI (RFC 3966), with parameters of its own.

use alo_sip::header::HeaderName;
use alo_sip::message::Request;
use alo_sip::uri::{NameAddr, Uri};

use crate::config::{Config, Hotline, NumberFormat};

/// Shortest number of E.164, country code included; what is shorter is a short number of the network.
const SHORTEST: usize = 8;

/// Longest part of an address that is looked at.
const LONGEST: usize = 64;

/// Who calls from the phone network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// This number: in E.164 where it is one, else as it came.
    Number {
        /// The number.
        number: String,
        /// The name that came with it.
        name: Option<String>,
    },
    /// Somebody who does not want to be known (RFC 3323), or of whom nothing was said.
    Anonymous,
}

/// The hotline that an INVITE of the phone network is for: as the Request-URI says, and where
/// that names none of ours (the account of the trunk, say), as `To` does.
#[must_use]
pub fn hotline<'a>(config: &'a Config, request: &Request) -> Option<&'a Hotline> {
    let target = request.target().ok();
    let to = request.headers().to().ok().flatten();
    let uris = [target, to.map(|to| to.uri().clone())];
    uris.into_iter().flatten().find_map(|uri| {
        let written = subscriber(&uri)?;
        find(config, &written)
    })
}

/// A hotline by a number of the network, which may lack `+`, or the 0 of a national number.
fn find<'a>(config: &'a Config, written: &str) -> Option<&'a Hotline> {
    let as_written = config.hotline(written);
    as_written.or_else(|| {
        let bare = written.bytes().all(|byte| byte.is_ascii_digit());
        let national = format!("+{}{written}", config.network.country_code);
        bare.then(|| config.hotline(&national)).flatten()
    })
}

/// Who calls: what the network asserts (RFC 3325) before what the caller says.
#[must_use]
pub fn caller(config: &Config, request: &Request) -> Caller {
    if wants_privacy(request) {
        return Caller::Anonymous;
    }
    let asserted = HeaderName::from_static("P-Asserted-Identity");
    let asserted = request.headers().addresses(&asserted).unwrap_or_default();
    let from = request.headers().from().ok().flatten();
    let mut addresses = asserted.into_iter().chain(from);
    let known = addresses.find_map(|address| of_address(config, &address));
    known.unwrap_or(Caller::Anonymous)
}

fn of_address(config: &Config, address: &NameAddr) -> Option<Caller> {
    let written = subscriber(address.uri())?;
    if written.is_empty() || is_anonymous(&written) {
        return None;
    }
    let number = e164(config, &written).unwrap_or(written);
    let name = address.display().map(|name| name.trim().to_owned());
    // Many networks send the number as a name too, which says nothing.
    let says_more = |name: &String| {
        !name.is_empty() && !is_anonymous(name) && e164(config, name).as_ref() != Some(&number)
    };
    Some(Caller::Number {
        name: name.filter(says_more),
        number,
    })
}

/// `Privacy: id` or the like (RFC 3323, RFC 3325 section 7), whatever else stands in the request.
fn wants_privacy(request: &Request) -> bool {
    let privacy = HeaderName::from_static("Privacy");
    let Some(value) = request.headers().get(&privacy) else {
        return false;
    };
    let mut wishes = value.split([';', ',']).map(str::trim);
    wishes.any(|wish| ["id", "user", "header"].contains(&wish.to_ascii_lowercase().as_str()))
}

fn is_anonymous(text: &str) -> bool {
    ["anonymous", "unavailable", "restricted", "unknown"]
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word))
}

/// The number, or name, that a URI names: of `sip:` and `sips:` the user part without its own
/// parameters (RFC 3261 section 19.1.6), of `tel:` what stands before its parameters.
fn subscriber(uri: &Uri) -> Option<String> {
    let text = uri.as_str();
    let written = match text.get(..4) {
        Some(scheme) if scheme.eq_ignore_ascii_case("tel:") => text[4..].to_owned(),
        _ => uri.user()?.into_owned(),
    };
    let written = written.split(';').next().unwrap_or_default();
    Some(written.chars().take(LONGEST).collect())
}

/// A number in E.164 as this provider wants it. A short number, which is none of E.164, has been read
/// as one with `+` before it; it is told by its length, and goes out as it is dialled.
#[must_use]
pub fn written(e164: &str, format: NumberFormat, country_code: &str) -> String {
    let digits = e164.strip_prefix('+').unwrap_or(e164);
    if digits.len() < SHORTEST {
        return digits.to_owned();
    }
    match format {
        NumberFormat::E164 => format!("+{digits}"),
        NumberFormat::Digits => digits.to_owned(),
        NumberFormat::National => match digits.strip_prefix(country_code) {
            Some(national) => format!("0{national}"),
            None => format!("00{digits}"),
        },
    }
}

/// A number in E.164, where it is one. What comes without `+` and without 0 is taken as it is: a
/// short number of the network, or an international one.
fn e164(config: &Config, written: &str) -> Option<String> {
    config.e164(written)
}

#[cfg(test)]
mod tests {
    use alo_sip::message::{Message, parse_datagram};

    use super::*;

    fn invite(target: &str, to: &str, from: &str, more: &str) -> Request {
        let text = format!(
            "INVITE {target} SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n\
             From: {from};tag=1\r\nTo: {to}\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\n\
             {more}Content-Length: 0\r\n\r\n"
        );
        let bytes = bytes::Bytes::from(text);
        match parse_datagram(bytes, &alo_sip::ua::Config::default().limits).unwrap() {
            Message::Request(request) => request,
            Message::Response(_) => unreachable!("an INVITE"),
        }
    }

    fn called(target: &str, to: &str) -> Option<String> {
        let config = Config::demo().unwrap();
        let request = invite(target, to, "<sip:0901234567@carrier.example>", "");
        hotline(&config, &request).map(|hotline| hotline.name.clone())
    }

    fn calls(from: &str, more: &str) -> Caller {
        let config = Config::demo().unwrap();
        let request = invite("sip:x@alo.local", "<sip:x@alo.local>", from, more);
        caller(&config, &request)
    }

    fn number(number: &str, name: Option<&str>) -> Caller {
        Caller::Number {
            number: number.into(),
            name: name.map(Into::into),
        }
    }

    #[test]
    fn a_hotline_is_found_however_the_network_writes_it() {
        for target in [
            "sip:+842873001001@alo.local",
            "sip:842873001001@192.0.2.7:5060",
            "sip:02873001001@192.0.2.7",
            "sip:2873001001@192.0.2.7",
            "sip:+842873001001;npdi=yes@192.0.2.7;user=phone",
            "tel:+842873001001;phone-context=+84",
            "tel:+84-28-7300-1001",
        ] {
            let found = called(target, "<sip:nobody@alo.local>");
            assert_eq!(found.as_deref(), Some("Sales"), "{target}");
        }
        // The Request-URI is the account of the trunk: To says what was called.
        let found = called(
            "sip:trunk-4711@192.0.2.7",
            "<sip:02473002002@carrier.example>",
        );
        assert_eq!(found.as_deref(), Some("Support"));
        for target in ["sip:101@alo.local", "sip:*43@alo.local", "sip:alo.local"] {
            assert_eq!(
                called(target, "<sip:+84900000001@alo.local>"),
                None,
                "{target}"
            );
        }
    }

    #[test]
    fn numbers_are_written_as_the_provider_wants_them() {
        let written = |number, format| super::written(number, format, "84");
        for (number, e164, digits, national) in [
            ("+84901234567", "+84901234567", "84901234567", "0901234567"),
            ("+4930123456", "+4930123456", "4930123456", "004930123456"),
            ("+1900", "1900", "1900", "1900"),
        ] {
            assert_eq!(written(number, NumberFormat::E164), e164);
            assert_eq!(written(number, NumberFormat::Digits), digits);
            assert_eq!(written(number, NumberFormat::National), national);
        }
    }

    #[test]
    fn the_caller_is_shown_in_e164() {
        let plain = calls("<sip:0901234567@carrier.example>", "");
        assert_eq!(plain, number("+84901234567", None));
        let named = calls("\"Mai Phạm\" <sip:+84901234567@carrier.example>", "");
        assert_eq!(named, number("+84901234567", Some("Mai Phạm")));
        // The number once more is no name.
        let twice = calls("\"0901234567\" <sip:+84901234567@carrier.example>", "");
        assert_eq!(twice, number("+84901234567", None));
        let name = calls("<sip:mobile@127.0.0.1>", "");
        assert_eq!(name, number("mobile", None));
    }

    #[test]
    fn what_the_network_asserts_stands_above_what_the_caller_says() {
        let asserted = "P-Asserted-Identity: <tel:+84281112222>\r\n";
        let caller = calls("<sip:anonymous@anonymous.invalid>", asserted);
        assert_eq!(caller, number("+84281112222", None));
        let caller = calls("\"A bank\" <sip:1900@carrier.example>", asserted);
        assert_eq!(caller, number("+84281112222", None));
    }

    #[test]
    fn who_wants_to_stay_unknown_does() {
        for (from, more) in [
            ("<sip:anonymous@anonymous.invalid>", ""),
            ("\"Anonymous\" <sip:carrier.example>", ""),
            (
                "<sip:0901234567@carrier.example>",
                "P-Asserted-Identity: <tel:+84901234567>\r\nPrivacy: id\r\n",
            ),
            (
                "<sip:0901234567@carrier.example>",
                "Privacy: header;critical\r\n",
            ),
        ] {
            assert_eq!(calls(from, more), Caller::Anonymous, "{from} {more}");
        }
        let open = calls("<sip:0901234567@carrier.example>", "Privacy: none\r\n");
        assert_eq!(open, number("+84901234567", None));
    }
}
