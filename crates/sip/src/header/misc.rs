//! `Reason` (RFC 3326), `Retry-After` (RFC 3261 20.33).

use core::fmt;
use core::str::FromStr;
use std::borrow::Cow;

use crate::status::StatusCode;
use crate::syntax::{self, Fault, Params, check_params, number, quote, trim};

/// Why a request was sent.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reason {
    /// `SIP`, `Q.850`, ...
    pub protocol: String,
    /// The cause in that protocol.
    pub cause: Option<u16>,
    /// Text for a person.
    pub text: Option<String>,
}

impl Reason {
    /// A cause that is a SIP status.
    #[must_use]
    pub fn sip(status: StatusCode, text: &str) -> Self {
        Self {
            protocol: "SIP".to_owned(),
            cause: Some(status.code()),
            text: Some(text.to_owned()),
        }
    }

    /// Somebody else took the call: no missed call (RFC 3326 2, 3.1).
    #[must_use]
    pub fn completed_elsewhere() -> Self {
        Self::sip(StatusCode::OK, "Call completed elsewhere")
    }

    /// Whether it is a SIP status of 2xx: the call was taken elsewhere.
    #[must_use]
    pub fn is_completed_elsewhere(&self) -> bool {
        self.protocol.eq_ignore_ascii_case("SIP") && matches!(self.cause, Some(200..=299))
    }
}

impl FromStr for Reason {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let at = text.find(';').unwrap_or(text.len());
        check_params(text, at)?;
        let params = Params::new(&text[at..]);
        let protocol = trim(&text[..at]);
        if !syntax::is_token(protocol) {
            return Err(Fault::Token);
        }
        let cause = params.get("cause").flatten().map(number).transpose()?;
        Ok(Self {
            protocol: protocol.to_owned(),
            cause: cause
                .map(u16::try_from)
                .transpose()
                .map_err(|_| Fault::Number)?,
            text: params.value("text").map(Cow::into_owned),
        })
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The field is public: what is no token cannot be written as the protocol.
        f.write_str(if syntax::is_token(&self.protocol) {
            &self.protocol
        } else {
            "SIP"
        })?;
        if let Some(cause) = self.cause {
            write!(f, ";cause={cause}")?;
        }
        self.text
            .as_ref()
            .map_or(Ok(()), |text| write!(f, ";text={}", quote(text)))
    }
}

/// When to try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RetryAfter {
    /// Seconds until then.
    pub seconds: u32,
    /// Seconds that it can be reached then.
    pub duration: Option<u32>,
}

impl FromStr for RetryAfter {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let text = trim(text);
        let end = text
            .bytes()
            .position(|b| !b.is_ascii_digit())
            .unwrap_or(text.len());
        let seconds = number(&text[..end])?;
        let mut at = syntax::skip_space(text.as_bytes(), end);
        if text[at..].starts_with('(') {
            at = comment_end(text.as_bytes(), at)?;
        }
        check_params(text, at)?;
        let duration = Params::new(&text[at..])
            .get("duration")
            .flatten()
            .map(number)
            .transpose()?;
        Ok(Self { seconds, duration })
    }
}

/// `comment = LPAREN *(ctext / quoted-pair / comment) RPAREN`: the position after it.
fn comment_end(bytes: &[u8], at: usize) -> Result<usize, Fault> {
    let mut depth = 0;
    let mut i = at;
    while i < bytes.len() {
        match bytes[i] {
            b'\\' => i += 1,
            b'(' => depth += 1,
            b')' if depth == 1 => return Ok(i + 1),
            b')' => depth -= 1,
            _ => {}
        }
        i += 1;
    }
    Err(Fault::Brackets)
}

impl fmt::Display for RetryAfter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.seconds)?;
        self.duration
            .map_or(Ok(()), |seconds| write!(f, ";duration={seconds}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reason_round_trip() {
        let reason: Reason = "SIP ;cause=200 ;text=\"Call completed elsewhere\""
            .parse()
            .unwrap();
        assert_eq!(reason, Reason::completed_elsewhere());
        assert!(reason.is_completed_elsewhere());
        let odd = Reason {
            protocol: "Q.850".into(),
            cause: Some(16),
            text: Some("a \"b\"\r\nVia: x".into()),
        };
        let read: Reason = odd.to_string().parse().unwrap();
        assert_eq!(read.text.as_deref(), Some("a \"b\"  Via: x"));
    }

    #[test]
    fn retry_after_with_comment() {
        let read: RetryAfter = "120 (I'm in a (long\\)) meeting);duration=3600"
            .parse()
            .unwrap();
        assert_eq!(
            read,
            RetryAfter {
                seconds: 120,
                duration: Some(3600)
            }
        );
        assert!("120 (I'm in a meeting".parse::<RetryAfter>().is_err());
        assert!("949302838503028349304023988".parse::<RetryAfter>().is_err());
    }
}
