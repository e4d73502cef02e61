//! The digest computation that client and server share (RFC 7616 3.4).

use md5::Md5;
use sha2::{Digest, Sha256};

use crate::header::Algorithm;
use crate::method::Method;
use crate::redact::Secret;

/// Quality of protection (RFC 7616 3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Qop {
    /// Method and URI are protected.
    Auth,
    /// The body too.
    AuthInt,
}

impl Qop {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::AuthInt => "auth-int",
        }
    }
}

/// What proves who somebody is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// The password.
    Password(Secret),
    /// `H(username ":" realm ":" password)` in hexadecimal, for one realm: what a server keeps instead.
    Ha1 {
        /// By MD5, if it is known.
        md5: Option<Secret>,
        /// By SHA-256, if it is known.
        sha256: Option<Secret>,
    },
}

impl Key {
    /// A password.
    pub fn password(password: impl Into<String>) -> Self {
        Self::Password(Secret::new(password))
    }

    /// Whether this algorithm can be used.
    #[must_use]
    pub const fn allows(&self, algorithm: Algorithm) -> bool {
        match self {
            Self::Password(_) => true,
            Self::Ha1 { md5, sha256 } => match algorithm {
                Algorithm::Md5 | Algorithm::Md5Sess => md5.is_some(),
                Algorithm::Sha256 | Algorithm::Sha256Sess => sha256.is_some(),
            },
        }
    }

    fn ha1(&self, algorithm: Algorithm, username: &str, realm: &str) -> Option<String> {
        match self {
            Self::Password(password) => {
                Some(hash(algorithm, &[username, realm, password.reveal()]))
            }
            Self::Ha1 { md5, sha256 } => {
                let known = match algorithm {
                    Algorithm::Md5 | Algorithm::Md5Sess => md5,
                    Algorithm::Sha256 | Algorithm::Sha256Sess => sha256,
                };
                known.as_ref().map(|ha1| ha1.reveal().to_ascii_lowercase())
            }
        }
    }
}

/// `H(a ":" b ":" c ...)` in hexadecimal.
fn hash(algorithm: Algorithm, parts: &[&str]) -> String {
    let joined = parts.join(":");
    hash_bytes(algorithm, joined.as_bytes())
}

fn hash_bytes(algorithm: Algorithm, data: &[u8]) -> String {
    match algorithm {
        Algorithm::Md5 | Algorithm::Md5Sess => hex(&Md5::digest(data)),
        Algorithm::Sha256 | Algorithm::Sha256Sess => hex(&Sha256::digest(data)),
    }
}

/// Lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value & 15)]);
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(*byte)])
        .collect()
}

/// Everything that goes into a response besides the key.
pub(super) struct Input<'a> {
    pub(super) algorithm: Algorithm,
    pub(super) username: &'a str,
    pub(super) realm: &'a str,
    pub(super) nonce: &'a str,
    pub(super) uri: &'a str,
    pub(super) method: &'a Method,
    pub(super) body: &'a [u8],
    /// `None`: without quality of protection, as RFC 2069 had it.
    pub(super) protection: Option<Protection<'a>>,
    pub(super) cnonce: &'a str,
}

/// What comes in with a quality of protection.
pub(super) struct Protection<'a> {
    pub(super) qop: Qop,
    /// Eight hexadecimal digits.
    pub(super) count: &'a str,
}

impl Input<'_> {
    /// The response (RFC 7616 3.4.1 to 3.4.3); `None` if the key does not know this algorithm.
    pub(super) fn response(&self, key: &Key) -> Option<String> {
        let mut ha1 = key.ha1(self.algorithm, self.username, self.realm)?;
        if matches!(self.algorithm, Algorithm::Md5Sess | Algorithm::Sha256Sess) {
            ha1 = hash(self.algorithm, &[&ha1, self.nonce, self.cnonce]);
        }
        let ha2 = match &self.protection {
            Some(Protection {
                qop: Qop::AuthInt, ..
            }) => {
                let body = hash_bytes(self.algorithm, self.body);
                hash(self.algorithm, &[self.method.as_str(), self.uri, &body])
            }
            _ => hash(self.algorithm, &[self.method.as_str(), self.uri]),
        };
        Some(match &self.protection {
            Some(Protection { qop, count }) => hash(
                self.algorithm,
                &[&ha1, self.nonce, count, self.cnonce, qop.as_str(), &ha2],
            ),
            None => hash(self.algorithm, &[&ha1, self.nonce, &ha2]),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7616 3.9.1, with GET as a method of another protocol.
    #[test]
    fn the_examples_of_rfc_7616() {
        let method: Method = "GET".parse().unwrap();
        let mut input = Input {
            algorithm: Algorithm::Md5,
            username: "Mufasa",
            realm: "http-auth@example.org",
            nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
            uri: "/dir/index.html",
            method: &method,
            body: b"",
            protection: Some(Protection {
                qop: Qop::Auth,
                count: "00000001",
            }),
            cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
        };
        let key = Key::password("Circle of Life");
        assert_eq!(
            input.response(&key).unwrap(),
            "8ca523f5e9506fed4657c9700eebdbec"
        );
        input.algorithm = Algorithm::Sha256;
        let expected = "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1";
        assert_eq!(input.response(&key).unwrap(), expected);
        let ha1 = Key::Ha1 {
            md5: None,
            sha256: key
                .ha1(Algorithm::Sha256, "Mufasa", input.realm)
                .map(Secret::new),
        };
        assert_eq!(input.response(&ha1).unwrap(), expected);
        input.algorithm = Algorithm::Md5;
        assert_eq!(input.response(&ha1), None);
    }

    /// RFC 2617 3.5
    #[test]
    fn the_example_of_rfc_2617() {
        let method: Method = "GET".parse().unwrap();
        let input = Input {
            algorithm: Algorithm::Md5,
            username: "Mufasa",
            realm: "testrealm@host.com",
            nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093",
            uri: "/dir/index.html",
            method: &method,
            body: b"",
            protection: Some(Protection {
                qop: Qop::Auth,
                count: "00000001",
            }),
            cnonce: "0a4f113b",
        };
        assert_eq!(
            input.response(&Key::password("Circle Of Life")).unwrap(),
            "6629fae49393a05397450978507c4ef1"
        );
    }
}
