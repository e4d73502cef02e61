//! Media types of `Content-Type` and `Accept` (RFC 3261 20.1, 20.15).

use core::fmt;
use core::str::FromStr;

use crate::syntax::{
    Fault, MAX_TEXT, Params, Span, check_params, class, skip_class, skip_space, trim,
};
use crate::text::Text;

/// `type/subtype;params`; in `Accept` either may be `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaType {
    text: Text,
    main: Span,
    sub: Span,
    params: Span,
}

impl MediaType {
    /// Reads a media type without copying it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn from_text(text: Text) -> Result<Self, Fault> {
        if text.len() > MAX_TEXT {
            return Err(Fault::TooLong);
        }
        let trimmed = trim(&text);
        let text = if trimmed.len() == text.len() {
            text
        } else {
            text.slice_ref(trimmed)
        };
        let bytes: &[u8] = text.as_bytes();
        let main = Span::new(0, skip_class(bytes, 0, class::TOKEN));
        let slash = skip_space(bytes, main.end as usize);
        if main.is_empty() || bytes.get(slash) != Some(&b'/') {
            return Err(Fault::Token);
        }
        let sub_at = skip_space(bytes, slash + 1);
        let sub = Span::new(sub_at, skip_class(bytes, sub_at, class::TOKEN));
        if sub.is_empty() {
            return Err(Fault::Token);
        }
        check_params(&text, sub.end as usize)?;
        let params = Span::new(sub.end as usize, text.len());
        Ok(Self {
            main,
            sub,
            params,
            text,
        })
    }

    /// The type before the slash.
    #[must_use]
    pub fn main(&self) -> &str {
        self.main.of(&self.text)
    }

    /// The subtype.
    #[must_use]
    pub fn sub(&self) -> &str {
        self.sub.of(&self.text)
    }

    /// The parameters.
    #[must_use]
    pub fn params(&self) -> Params<'_> {
        Params::new(self.params.of(&self.text))
    }

    /// Whether it is `type/subtype`, without case and parameters.
    #[must_use]
    pub fn is(&self, essence: &str) -> bool {
        essence.split_once('/').is_some_and(|(main, sub)| {
            main.eq_ignore_ascii_case(self.main()) && sub.eq_ignore_ascii_case(self.sub())
        })
    }

    /// Whether this range of an `Accept` covers `type/subtype`; `q=0` covers nothing.
    #[must_use]
    pub fn accepts(&self, essence: &str) -> bool {
        let refused = self
            .params()
            .get("q")
            .flatten()
            .is_some_and(|q| q.bytes().all(|b| matches!(b, b'0' | b'.')));
        let covers = |range: &str, word: &str| range == "*" || range.eq_ignore_ascii_case(word);
        !refused
            && essence
                .split_once('/')
                .is_some_and(|(main, sub)| covers(self.main(), main) && covers(self.sub(), sub))
    }
}

impl FromStr for MediaType {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        Self::from_text(Text::from(text))
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn essence_and_ranges() {
        let sdp: MediaType = "Application/SDP ; charset=utf-8".parse().unwrap();
        assert!(sdp.is("application/sdp"));
        assert_eq!(sdp.params().get("charset"), Some(Some("utf-8")));
        let accepts = |range: &str| {
            range
                .parse::<MediaType>()
                .unwrap()
                .accepts("application/sdp")
        };
        assert!(accepts("*/*") && accepts("application/*;q=0.5") && accepts("application/sdp"));
        assert!(!accepts("text/*") && !accepts("application/sdp;q=0.0"));
    }

    #[test]
    fn not_every_text() {
        for bad in [
            "",
            "sdp",
            "application/",
            "/sdp",
            "a b/c",
            "application/sdp;;",
        ] {
            assert!(bad.parse::<MediaType>().is_err(), "{bad:?}");
        }
    }
}
