//! When two URIs are the same (RFC 3261 19.1.4).

use super::value::{Scheme, Uri};
use crate::syntax::unescape;

/// Parameters that make a difference where only one URI has them.
const NEVER_IGNORED: [&str; 4] = ["user", "ttl", "method", "maddr"];

/// More parameters or headers than a URI of a call has. Each is looked for in the other URI: with
/// thousands of them, one comparison would take seconds.
const MOST_PARTS: usize = 32;

impl Uri {
    /// Whether both are the same by RFC 3261 19.1.4. This is no equivalence in the mathematical
    /// sense (a parameter that only one side has is ignored), which is why it is not `==`.
    ///
    /// URIs of other schemes are the same if their text is, and so are those with more than 32
    /// parameters or headers.
    #[must_use]
    pub fn equivalent(&self, other: &Self) -> bool {
        if self.scheme != other.scheme {
            return false;
        }
        if self.is_overloaded() || other.is_overloaded() {
            return self.as_str() == other.as_str();
        }
        match self.scheme {
            Scheme::Other => self.as_str() == other.as_str(),
            Scheme::Tel => self.same_number(other) && self.params_agree(other),
            Scheme::Sip | Scheme::Sips => {
                self.same_address(other) && self.params_agree(other) && self.headers_agree(other)
            }
        }
    }

    fn is_overloaded(&self) -> bool {
        self.params().nth(MOST_PARTS).is_some() || self.headers().nth(MOST_PARTS).is_some()
    }

    /// RFC 3966 5: visual separators do not count.
    fn same_number(&self, other: &Self) -> bool {
        fn digits(uri: &Uri) -> impl Iterator<Item = u8> {
            let number = uri.user_raw().unwrap_or_default();
            number
                .bytes()
                .filter(|b| !matches!(b, b'-' | b'.' | b'(' | b')'))
                .map(|b| b.to_ascii_lowercase())
        }
        digits(self).eq(digits(other))
    }

    /// User and password with case, host without, port as written.
    fn same_address(&self, other: &Self) -> bool {
        let same_host = match (self.host(), other.host()) {
            (Some(a), Some(b)) => a.same(&b),
            _ => false,
        };
        same_host
            && self.port == other.port
            && self.user() == other.user()
            && self.password_raw().map(unescape) == other.password_raw().map(unescape)
    }

    fn params_agree(&self, other: &Self) -> bool {
        self.params_agree_one_way(other) && other.params_agree_one_way(self)
    }

    /// Of a parameter that is there twice, which RFC 3261 19.1.1 forbids, the first one counts.
    fn params_agree_one_way(&self, other: &Self) -> bool {
        self.params().all(|(name, _)| {
            let name = unescape(name);
            match (self.param(&name), other.param(&name)) {
                (Some(ours), Some(theirs)) => {
                    unescape(ours).eq_ignore_ascii_case(&unescape(theirs))
                }
                _ => !NEVER_IGNORED
                    .iter()
                    .any(|never| name.eq_ignore_ascii_case(never)),
            }
        })
    }

    /// Headers are never ignored.
    fn headers_agree(&self, other: &Self) -> bool {
        self.headers().count() == other.headers().count()
            && self.headers().all(|(name, _)| {
                let name = unescape(name);
                self.header(&name) == other.header(&name)
            })
    }
}
