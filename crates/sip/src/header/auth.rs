//! `WWW-Authenticate`, `Proxy-Authenticate`, `Authorization`, `Proxy-Authorization`
//! (RFC 3261 20.7, 20.27, 20.28, 20.44; RFC 7616; RFC 8760).

use core::fmt;
use std::borrow::Cow;

use crate::syntax::{
    self, Elements, Fault, MAX_TEXT, Span, class, skip_class, skip_space, trim, unquote,
};
use crate::text::Text;

/// A digest algorithm (RFC 8760 2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// `MD5`, and where nothing is said.
    Md5,
    /// `MD5-sess`.
    Md5Sess,
    /// `SHA-256`.
    Sha256,
    /// `SHA-256-sess`.
    Sha256Sess,
}

impl Algorithm {
    /// The name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Md5Sess => "MD5-sess",
            Self::Sha256 => "SHA-256",
            Self::Sha256Sess => "SHA-256-sess",
        }
    }

    fn of(name: &str) -> Option<Self> {
        [Self::Md5, Self::Md5Sess, Self::Sha256, Self::Sha256Sess]
            .into_iter()
            .find(|algorithm| algorithm.as_str().eq_ignore_ascii_case(name))
    }
}

/// `scheme SP name=value *( COMMA name=value )`: what all four fields have in common.
#[derive(Clone, PartialEq, Eq)]
struct AuthParams {
    text: Text,
    scheme: Span,
    params: Span,
}

impl AuthParams {
    fn from_text(text: Text) -> Result<Self, Fault> {
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
        let end = skip_class(bytes, 0, class::TOKEN);
        let at = skip_space(bytes, end);
        if end == 0 {
            return Err(Fault::Token);
        }
        if at == end && at < bytes.len() {
            return Err(Fault::Token);
        }
        let params = Span::new(at, text.len());
        let value = Self {
            scheme: Span::new(0, end),
            params,
            text,
        };
        if value.is_digest() {
            value.check()?;
        }
        Ok(value)
    }

    fn scheme(&self) -> &str {
        self.scheme.of(&self.text)
    }

    fn is_digest(&self) -> bool {
        self.scheme().eq_ignore_ascii_case("Digest")
    }

    /// Only Digest has a grammar that is known here; another scheme is let pass.
    fn check(&self) -> Result<(), Fault> {
        for element in Elements::new(self.params.of(&self.text)) {
            let (name, value) = split_param(element).ok_or(Fault::Parameter)?;
            if !syntax::is_token(name) || value.is_empty() {
                return Err(Fault::Parameter);
            }
            if value.starts_with('"') && syntax::quoted_end(value.as_bytes(), 0)? != value.len() {
                return Err(Fault::Quote);
            }
        }
        Ok(())
    }

    fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        Elements::new(self.params.of(&self.text))
            .filter_map(split_param)
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| unquote(value))
    }
}

fn split_param(element: &str) -> Option<(&str, &str)> {
    element
        .split_once('=')
        .map(|(name, value)| (trim(name), trim(value)))
}

/// One challenge of a 401 or 407.
#[derive(Clone, PartialEq, Eq)]
pub struct Challenge(AuthParams);

impl Challenge {
    /// Reads one challenge without copying it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn from_text(text: Text) -> Result<Self, Fault> {
        let challenge = Self(AuthParams::from_text(text)?);
        if challenge.is_digest() && (challenge.realm().is_none() || challenge.nonce().is_none()) {
            return Err(Fault::Missing);
        }
        Ok(challenge)
    }

    /// Reads one challenge.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        Self::from_text(Text::from(text))
    }

    /// The scheme.
    #[must_use]
    pub fn scheme(&self) -> &str {
        self.0.scheme()
    }

    /// Whether the scheme is Digest.
    #[must_use]
    pub fn is_digest(&self) -> bool {
        self.0.is_digest()
    }

    /// The realm: whose password is wanted. A digest challenge that was read always has one.
    #[must_use]
    pub fn realm(&self) -> Option<Cow<'_, str>> {
        self.0.get("realm")
    }

    /// The nonce.
    #[must_use]
    pub fn nonce(&self) -> Option<Cow<'_, str>> {
        self.0.get("nonce")
    }

    /// Text to be sent back.
    #[must_use]
    pub fn opaque(&self) -> Option<Cow<'_, str>> {
        self.0.get("opaque")
    }

    /// The algorithm; `None` if it is one that is not known here.
    #[must_use]
    pub fn algorithm(&self) -> Option<Algorithm> {
        self.0
            .get("algorithm")
            .map_or(Some(Algorithm::Md5), |name| Algorithm::of(&name))
    }

    /// Whether this quality of protection is offered (`auth`, `auth-int`).
    #[must_use]
    pub fn offers_qop(&self, qop: &str) -> bool {
        self.0
            .get("qop")
            .is_some_and(|list| list.split(',').any(|q| trim(q).eq_ignore_ascii_case(qop)))
    }

    /// Whether any quality of protection is offered; if not, the answer is that of RFC 2069.
    #[must_use]
    pub fn has_qop(&self) -> bool {
        self.0.get("qop").is_some()
    }

    /// Whether only the nonce was too old: the password was right.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        self.0
            .get("stale")
            .is_some_and(|stale| stale.eq_ignore_ascii_case("true"))
    }
}

impl fmt::Display for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)
    }
}

impl fmt::Debug for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} realm={:?} algorithm={:?}",
            self.scheme(),
            self.realm(),
            self.algorithm()
        )
    }
}

/// The credentials of one request. `Debug` shows scheme, realm and algorithm only.
#[derive(Clone, PartialEq, Eq)]
pub struct Authorization(AuthParams);

impl Authorization {
    /// Reads credentials without copying them.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn from_text(text: Text) -> Result<Self, Fault> {
        let value = Self(AuthParams::from_text(text)?);
        let wanted = ["username", "realm", "nonce", "uri", "response"];
        if value.is_digest() && wanted.iter().any(|name| value.0.get(name).is_none()) {
            return Err(Fault::Missing);
        }
        Ok(value)
    }

    /// Reads credentials.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        Self::from_text(Text::from(text))
    }

    /// The scheme.
    #[must_use]
    pub fn scheme(&self) -> &str {
        self.0.scheme()
    }

    /// Whether the scheme is Digest.
    #[must_use]
    pub fn is_digest(&self) -> bool {
        self.0.is_digest()
    }

    /// A parameter by name, quotes resolved: `username`, `realm`, `nonce`, `uri`, `response`, `cnonce`,
    /// `opaque`, `qop`, `nc`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        self.0.get(name)
    }

    /// The user name.
    #[must_use]
    pub fn username(&self) -> Option<Cow<'_, str>> {
        self.get("username")
    }

    /// The realm.
    #[must_use]
    pub fn realm(&self) -> Option<Cow<'_, str>> {
        self.get("realm")
    }

    /// The algorithm; `None` if it is one that is not known here.
    #[must_use]
    pub fn algorithm(&self) -> Option<Algorithm> {
        self.get("algorithm")
            .map_or(Some(Algorithm::Md5), |name| Algorithm::of(&name))
    }

    /// The nonce count.
    #[must_use]
    pub fn nonce_count(&self) -> Option<u32> {
        self.get("nc")
            .filter(|nc| nc.len() == 8)
            .and_then(|nc| u32::from_str_radix(&nc, 16).ok())
    }
}

impl fmt::Display for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)
    }
}

impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} realm={:?} algorithm={:?}",
            self.scheme(),
            self.realm(),
            self.algorithm()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_with_commas_in_quotes() {
        let text = "Digest realm=\"Boxes, Ltd\" , nonce = \"a\\\"b\", qop=\"auth,auth-int\", algorithm=SHA-256, stale=TRUE";
        let challenge = Challenge::parse(text).unwrap();
        assert_eq!(challenge.realm().as_deref(), Some("Boxes, Ltd"));
        assert_eq!(challenge.nonce().as_deref(), Some("a\"b"));
        assert!(challenge.offers_qop("auth-int") && challenge.offers_qop("auth"));
        assert_eq!(challenge.algorithm(), Some(Algorithm::Sha256));
        assert!(challenge.is_stale());
    }

    #[test]
    fn nothing_said_is_md5_and_the_unknown_is_told() {
        assert_eq!(
            Challenge::parse("Digest realm=\"a\",nonce=\"b\"")
                .unwrap()
                .algorithm(),
            Some(Algorithm::Md5)
        );
        let unknown =
            Challenge::parse("Digest realm=\"a\",nonce=\"b\",algorithm=SHA-512-256").unwrap();
        assert_eq!(unknown.algorithm(), None);
    }

    /// RFC 4475 3.3.7
    #[test]
    fn an_unknown_scheme_is_no_error() {
        let read = Authorization::parse("NoOneKnowsThisScheme opaque-data=here").unwrap();
        assert!(!read.is_digest());
        assert!(Authorization::parse("Basic dXNlcjpwYXNz==").is_ok());
    }

    #[test]
    fn a_digest_has_its_parts() {
        for bad in [
            "",
            "Digest",
            "Digest realm=\"a\"",
            "Digest realm=\"a\",nonce=\"b",
            "Digest realm=\"a\",,nonce=\"b\"",
        ] {
            assert!(Challenge::parse(bad).is_err(), "{bad:?}");
        }
        assert!(
            Authorization::parse("Digest username=\"a\",realm=\"b\",nonce=\"c\",uri=\"sip:d\"")
                .is_err()
        );
    }

    #[test]
    fn debug_does_not_show_the_response() {
        let text = "Digest username=\"u\",realm=\"b\",nonce=\"nnn\",uri=\"sip:d\",response=\"rrr\"";
        let shown = format!("{:?}", Authorization::parse(text).unwrap());
        assert!(!shown.contains("rrr") && !shown.contains("nnn"), "{shown}");
    }
}
