//! Answering challenges (RFC 3261 22.1 to 22.3, RFC 7616 3.4, RFC 8760).

use core::fmt;
use core::sync::atomic::{AtomicU32, Ordering};
use std::fmt::Write as _;
use std::sync::Arc;

use super::digest::{Input, Key, Protection, Qop};
use crate::header::{Algorithm, Authorization, Challenge, HeaderName};
use crate::message::{Request, Response};
use crate::method::Method;
use crate::status::StatusCode;
use crate::syntax::quote;

/// How often in a row a server may call a fresh nonce stale before that counts as a refusal.
const MOST_STALE: u8 = 3;

/// Who somebody is, and the proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The user name of the digest.
    pub username: String,
    /// The proof.
    pub key: Key,
}

impl Credentials {
    /// User name and password.
    pub fn password(username: impl Into<String>, password: impl Into<String>) -> Self {
        Self {
            username: username.into(),
            key: Key::password(password),
        }
    }
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Target {
    /// The server itself: 401, `WWW-Authenticate`, `Authorization`.
    Www,
    /// A proxy on the way: 407, `Proxy-Authenticate`, `Proxy-Authorization`.
    Proxy,
}

impl Target {
    /// The field that carries the answer.
    #[must_use]
    pub const fn answer_field(self) -> HeaderName {
        match self {
            Self::Www => HeaderName::Authorization,
            Self::Proxy => HeaderName::ProxyAuthorization,
        }
    }

    fn answers(self, request: &Request) -> Vec<Authorization> {
        let answers = match self {
            Self::Www => request.headers().authorization(),
            Self::Proxy => request.headers().proxy_authorization(),
        };
        answers.unwrap_or_default()
    }
}

/// Why a challenge is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthError {
    /// The response has no challenge that can be read.
    NoChallenge,
    /// Only schemes, algorithms or qualities of protection that are not known here.
    Unsupported,
    /// The credentials were sent and refused: wrong user name or password. Trying again would lock
    /// the account.
    Refused,
}

impl fmt::Display for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoChallenge => "no challenge in the response",
            Self::Unsupported => "no challenge of a known kind",
            Self::Refused => "the credentials were refused",
        })
    }
}

impl core::error::Error for AuthError {}

/// How often a nonce was used, by all who answer with it (RFC 7616 3.4: no count is used twice).
#[derive(Debug, Clone, Default)]
struct Count(Arc<AtomicU32>);

impl Count {
    fn get(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    fn next(&self) -> u32 {
        self.0.fetch_add(1, Ordering::Relaxed).wrapping_add(1)
    }
}

/// A challenge that is being answered.
#[derive(Debug, Clone)]
struct Active {
    target: Target,
    challenge: Challenge,
    algorithm: Algorithm,
    qop: Option<Qop>,
    count: Count,
    /// How often in a row the server called a nonce stale.
    stale: u8,
}

/// The client side of digest: remembers challenges, so that later requests carry an answer at once,
/// and counts nonces. A clone knows the same challenges; both go on with one count.
#[derive(Debug, Clone)]
pub struct DigestClient {
    credentials: Credentials,
    active: Vec<Active>,
}

impl DigestClient {
    /// A client that was not challenged yet.
    #[must_use]
    pub const fn new(credentials: Credentials) -> Self {
        Self {
            credentials,
            active: Vec::new(),
        }
    }

    /// Who is proved to be there.
    pub(crate) const fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// The challenges of those realms that `home` was challenged in too; `None` where there are none.
    pub(crate) fn within(&self, home: &Self) -> Option<Self> {
        let mut shared = self.clone();
        shared
            .active
            .retain(|active| home.active.iter().any(|other| active.is_in_realm_of(other)));
        for active in &mut shared.active {
            active.stale = 0;
        }
        Some(shared).filter(Self::is_challenged)
    }

    /// Takes over the challenges of the same realms.
    pub(crate) fn renew(&mut self, newest: &Self) {
        for active in &mut self.active {
            let mut newer = newest.active.iter();
            if let Some(newer) = newer.find(|other| active.is_in_realm_of(other)) {
                *active = Active {
                    target: active.target,
                    stale: 0,
                    ..newer.clone()
                };
            }
        }
    }

    /// Takes the challenges of a 401 or 407 to a request that was sent. On success the request is
    /// to be sent again, with a new CSeq and the fields of [`headers`](Self::headers).
    ///
    /// SHA-256 is taken over MD5 where both are offered (RFC 8760 2.4), one challenge for each realm.
    ///
    /// # Errors
    /// Why sending again would not help.
    pub fn challenged(&mut self, request: &Request, response: &Response) -> Result<(), AuthError> {
        let (target, challenges) = match response.status() {
            StatusCode::UNAUTHORIZED => (Target::Www, response.headers().www_authenticate()),
            StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
                (Target::Proxy, response.headers().proxy_authenticate())
            }
            _ => return Err(AuthError::NoChallenge),
        };
        let challenges = challenges.unwrap_or_default();
        if challenges.is_empty() {
            return Err(AuthError::NoChallenge);
        }
        let chosen = self.choose(target, &challenges);
        if chosen.is_empty() {
            return Err(AuthError::Unsupported);
        }
        let sent = target.answers(request);
        for new in chosen {
            self.take(new, &sent)?;
        }
        Ok(())
    }

    /// The best challenge of each realm.
    fn choose(&self, target: Target, challenges: &[Challenge]) -> Vec<Active> {
        let mut chosen: Vec<Active> = Vec::new();
        for challenge in challenges.iter().filter(|challenge| challenge.is_digest()) {
            let Some(algorithm) = challenge
                .algorithm()
                .filter(|a| self.credentials.key.allows(*a))
            else {
                continue;
            };
            let qop = match challenge {
                _ if challenge.offers_qop("auth") => Some(Qop::Auth),
                _ if challenge.offers_qop("auth-int") => Some(Qop::AuthInt),
                _ if challenge.has_qop() => continue,
                _ => None,
            };
            let new = Active {
                target,
                challenge: challenge.clone(),
                algorithm,
                qop,
                count: Count::default(),
                stale: 0,
            };
            match chosen
                .iter_mut()
                .find(|old| old.challenge.realm() == challenge.realm())
            {
                None => chosen.push(new),
                Some(old) if strength(old.algorithm) < strength(algorithm) => *old = new,
                Some(_) => {}
            }
        }
        chosen
    }

    /// Puts a challenge in the place of the one before it of this realm, unless the request that was
    /// refused had already answered a fresh one.
    fn take(&mut self, mut new: Active, sent: &[Authorization]) -> Result<(), AuthError> {
        let same_realm = |old: &Active| {
            old.target == new.target && old.challenge.realm() == new.challenge.realm()
        };
        let at = self.active.iter().position(same_realm);
        let old = at.map(|at| &self.active[at]);
        if let Some(answer) = sent
            .iter()
            .find(|answer| answer.realm() == new.challenge.realm())
        {
            // A nonce that was used more than once was good in between.
            new.stale = old.map_or(0, |old| if old.count.get() > 1 { 0 } else { old.stale }) + 1;
            if new.challenge.is_stale() {
                if new.stale >= MOST_STALE {
                    return Err(AuthError::Refused);
                }
            } else {
                new.stale = 0;
                // A nonce that was used before may have run out without the server saying so.
                let used_before = answer
                    .nonce_count()
                    .map_or_else(|| old.is_some_and(|old| old.count.get() > 1), |n| n > 1);
                if !used_before {
                    return Err(AuthError::Refused);
                }
            }
        }
        match at {
            Some(at) => self.active[at] = new,
            None => self.active.push(new),
        }
        Ok(())
    }

    /// Whether there is a challenge to be answered.
    #[must_use]
    pub const fn is_challenged(&self) -> bool {
        !self.active.is_empty()
    }

    /// The fields that answer every challenge so far, for one request. `uri` is the Request-URI as it
    /// is sent, `cnonce` random text of the caller's, new for each request.
    pub fn headers(
        &mut self,
        method: &Method,
        uri: &str,
        body: &[u8],
        cnonce: &str,
    ) -> Vec<(HeaderName, String)> {
        let credentials = &self.credentials;
        self.active
            .iter_mut()
            .filter_map(|active| {
                let answer = active.answer(credentials, method, uri, body, cnonce)?;
                Some((active.target.answer_field(), answer))
            })
            .collect()
    }
}

const fn strength(algorithm: Algorithm) -> u8 {
    match algorithm {
        Algorithm::Md5 | Algorithm::Md5Sess => 0,
        Algorithm::Sha256 | Algorithm::Sha256Sess => 1,
    }
}

impl Active {
    fn is_in_realm_of(&self, other: &Self) -> bool {
        self.challenge.realm() == other.challenge.realm()
    }

    fn answer(
        &mut self,
        credentials: &Credentials,
        method: &Method,
        uri: &str,
        body: &[u8],
        cnonce: &str,
    ) -> Option<String> {
        let count = format!("{:08x}", self.count.next());
        let (realm, nonce) = (self.challenge.realm()?, self.challenge.nonce()?);
        let input = Input {
            algorithm: self.algorithm,
            username: &credentials.username,
            realm: &realm,
            nonce: &nonce,
            uri,
            method,
            body,
            protection: self.qop.map(|qop| Protection { qop, count: &count }),
            cnonce,
        };
        let response = input.response(&credentials.key)?;
        let mut out = format!(
            "Digest username={}, realm={}, nonce={}, uri={}, response=\"{response}\", algorithm={}",
            quote(&credentials.username),
            quote(&realm),
            quote(&nonce),
            quote(uri),
            self.algorithm.as_str(),
        );
        let session = matches!(self.algorithm, Algorithm::Md5Sess | Algorithm::Sha256Sess);
        if self.qop.is_some() || session {
            // Writing into a String does not fail.
            let _ = write!(out, ", cnonce={}", quote(cnonce));
        }
        if let Some(qop) = self.qop {
            let _ = write!(out, ", qop={}, nc={count}", qop.as_str());
        }
        if let Some(opaque) = self.challenge.opaque() {
            let _ = write!(out, ", opaque={}", quote(&opaque));
        }
        Some(out)
    }
}
