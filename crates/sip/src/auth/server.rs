//! Challenging, and checking answers, without keeping anything between the two (RFC 7616 3.3, 3.4.6;
//! RFC 3261 22.4; RFC 8760 2.3).
//!
//! A nonce is the time it was made, a number of the caller's, and a code over both that only somebody
//! with the secret can make. What an answer is checked against is all in the answer.

use core::time::Duration;

use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::digest::{Input, Key, Protection, Qop, hex};
use crate::header::{Algorithm, Authorization, Challenge};
use crate::method::Method;
use crate::redact::Secret;
use crate::syntax::quote;
use crate::time::Instant;
use crate::uri::Uri;

/// Hexadecimal digits of time and number in a nonce.
const FACTS: usize = 32;
/// Hexadecimal digits of the code in a nonce.
const CODE: usize = 32;

/// Challenges and checks answers.
#[derive(Debug, Clone)]
pub struct Verifier {
    realm: String,
    secret: Secret,
    lifetime: Duration,
}

/// Whether an answer is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is. A caller that wants to refuse replays within the lifetime of a nonce remembers both.
    Good {
        /// The nonce.
        nonce: String,
        /// The nonce count; `None` without quality of protection.
        count: Option<u32>,
    },
    /// The answer is right for a nonce that ran out or was made with another secret: challenge anew
    /// with `stale=true`.
    Stale,
    /// It is not.
    Bad(BadAuth),
}

/// Why an answer is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadAuth {
    /// Not Digest.
    Scheme,
    /// For another realm.
    Realm,
    /// An algorithm that is not known, or that the key cannot be used with.
    Algorithm,
    /// A quality of protection that is not known, or one without count and client nonce.
    Qop,
    /// For another Request-URI.
    Uri,
    /// Wrong user name or password.
    Response,
}

impl Verifier {
    /// How long a nonce is good.
    pub const LIFETIME: Duration = Duration::from_secs(300);

    /// A verifier of a realm. `secret` is drawn at random when the server starts.
    pub fn new(realm: impl Into<String>, secret: impl Into<String>) -> Self {
        Self {
            realm: realm.into(),
            secret: Secret::new(secret),
            lifetime: Self::LIFETIME,
        }
    }

    /// With this lifetime of nonces.
    #[must_use]
    pub const fn with_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// The realm.
    #[must_use]
    pub fn realm(&self) -> &str {
        &self.realm
    }

    /// Challenges for one 401 or 407, the one that is liked best first (RFC 8760 2.3): values of as many
    /// fields. `unique` is a number that the caller uses once.
    #[must_use]
    pub fn challenges(&self, now: Instant, unique: u64, stale: bool) -> Vec<Challenge> {
        let nonce = self.nonce(now.as_millis(), unique);
        let stale = if stale { ", stale=true" } else { "" };
        [Algorithm::Sha256, Algorithm::Md5]
            .into_iter()
            .filter_map(|algorithm| {
                let realm = quote(&self.realm);
                let name = algorithm.as_str();
                let text = format!(
                    "Digest realm={realm}, nonce=\"{nonce}\", algorithm={name}, qop=\"auth\"{stale}"
                );
                // Quoted realm, hexadecimal nonce and constant words are a challenge.
                Challenge::parse(&text).ok()
            })
            .collect()
    }

    fn nonce(&self, millis: u64, unique: u64) -> String {
        let facts = format!("{millis:016x}{unique:016x}");
        let code = self.code(&facts);
        facts + &code
    }

    fn code(&self, facts: &str) -> String {
        // HMAC takes keys of any length (RFC 2104 2), so this is never the empty string.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.secret.reveal().as_bytes()) else {
            return String::new();
        };
        mac.update(self.realm.as_bytes());
        mac.update(b"\0");
        mac.update(facts.as_bytes());
        hex(&mac.finalize().into_bytes()[..CODE / 2])
    }

    /// Whether this verifier made the nonce, and not too long ago.
    fn is_current(&self, nonce: &str, now: Instant) -> bool {
        let Some((facts, code)) = nonce.split_at_checked(FACTS) else {
            return false;
        };
        let Some(made) = facts
            .get(..FACTS / 2)
            .and_then(|text| u64::from_str_radix(text, 16).ok())
        else {
            return false;
        };
        let made = Instant::from_millis(made);
        made <= now && now - made <= self.lifetime && same(&self.code(facts), code)
    }

    /// Checks the answer to a challenge. `uri` is the Request-URI.
    #[must_use]
    pub fn verify(
        &self,
        now: Instant,
        answer: &Authorization,
        method: &Method,
        uri: &str,
        body: &[u8],
        key: &Key,
    ) -> Verdict {
        self.check(now, answer, method, uri, body, key)
            .unwrap_or_else(Verdict::Bad)
    }

    fn check(
        &self,
        now: Instant,
        answer: &Authorization,
        method: &Method,
        uri: &str,
        body: &[u8],
        key: &Key,
    ) -> Result<Verdict, BadAuth> {
        if !answer.is_digest() {
            return Err(BadAuth::Scheme);
        }
        // The five that a digest always has; see `Authorization::from_text`.
        let part = |name| answer.get(name).unwrap_or_default();
        let (realm, nonce, answered_uri) = (part("realm"), part("nonce"), part("uri"));
        if realm != self.realm {
            return Err(BadAuth::Realm);
        }
        if !same_uri(&answered_uri, uri) {
            return Err(BadAuth::Uri);
        }
        let (cnonce, count) = (part("cnonce"), part("nc"));
        let qop = match answer.get("qop") {
            None => None,
            Some(qop) => Some(
                known_qop(&qop)
                    .filter(|_| !cnonce.is_empty() && answer.nonce_count().is_some())
                    .ok_or(BadAuth::Qop)?,
            ),
        };
        let input = Input {
            algorithm: answer.algorithm().ok_or(BadAuth::Algorithm)?,
            username: &part("username"),
            realm: &realm,
            nonce: &nonce,
            uri: &answered_uri,
            method,
            body,
            protection: qop.map(|qop| Protection { qop, count: &count }),
            cnonce: &cnonce,
        };
        let expected = input.response(key).ok_or(BadAuth::Algorithm)?;
        if !same(&expected, &part("response").to_ascii_lowercase()) {
            return Err(BadAuth::Response);
        }
        // RFC 7616 3.3: stale only where the answer is right.
        if !self.is_current(&nonce, now) {
            return Ok(Verdict::Stale);
        }
        Ok(Verdict::Good {
            // Without quality of protection the count is not part of the digest: anybody can write one.
            count: qop.and_then(|_| answer.nonce_count()),
            nonce: nonce.into_owned(),
        })
    }
}

fn known_qop(qop: &str) -> Option<Qop> {
    [Qop::Auth, Qop::AuthInt]
        .into_iter()
        .find(|known| known.as_str().eq_ignore_ascii_case(qop))
}

/// The URI of the answer is that of the request (RFC 7616 3.4.6), as text or as RFC 3261 19.1.4 has it.
fn same_uri(answered: &str, requested: &str) -> bool {
    answered == requested
        || matches!((Uri::parse(answered), Uri::parse(requested)), (Ok(a), Ok(b)) if a.equivalent(&b))
}

/// Compares in a time that does not tell where the difference is.
fn same(a: &str, b: &str) -> bool {
    a.len() == b.len()
        && a.bytes()
            .zip(b.bytes())
            .fold(0, |sum, (x, y)| sum | (x ^ y))
            == 0
}

#[cfg(test)]
mod tests {
    use super::super::{AuthError, Credentials, DigestClient};
    use super::*;
    use crate::header::HeaderName;
    use crate::message::{Request, RequestBuilder, Response, ResponseBuilder};
    use crate::status::StatusCode;

    const NOW: Instant = Instant::from_millis(1_000_000);

    fn request(fields: Vec<(HeaderName, String)>) -> Request {
        let uri = "sip:alo.local".parse().unwrap();
        RequestBuilder::new(Method::Register, &uri)
            .headers(fields)
            .build()
    }

    fn challenge(challenges: Vec<Challenge>) -> Response {
        challenges
            .into_iter()
            .fold(
                ResponseBuilder::new(StatusCode::UNAUTHORIZED),
                |builder, one| builder.header(HeaderName::WwwAuthenticate, one),
            )
            .build()
    }

    fn verifier() -> Verifier {
        Verifier::new("alo.local", "a secret")
    }

    fn verdict_of(request: &Request, now: Instant, password: &str) -> Verdict {
        let answers = request.headers().authorization().unwrap();
        verifier().verify(
            now,
            &answers[0],
            request.method(),
            request.uri(),
            request.body(),
            &Key::password(password),
        )
    }

    fn answered(client: &mut DigestClient) -> Request {
        request(client.headers(&Method::Register, "sip:alo.local", b"", "cnonce"))
    }

    fn challenged_client(password: &str) -> DigestClient {
        let mut client = DigestClient::new(Credentials::password("101", password));
        let first = answered(&mut client);
        assert!(!first.headers().has(&HeaderName::Authorization));
        client
            .challenged(&first, &challenge(verifier().challenges(NOW, 1, false)))
            .unwrap();
        client
    }

    #[test]
    fn the_right_password_is_good_by_sha256() {
        let mut client = challenged_client("pw");
        let second = answered(&mut client);
        assert_eq!(
            second.headers().authorization().unwrap()[0].algorithm(),
            Some(Algorithm::Sha256)
        );
        assert!(matches!(
            verdict_of(&second, NOW, "pw"),
            Verdict::Good { count: Some(1), .. }
        ));
        let third = answered(&mut client);
        assert!(matches!(
            verdict_of(&third, NOW, "pw"),
            Verdict::Good { count: Some(2), .. }
        ));
    }

    #[test]
    fn a_wrong_password_is_bad_and_not_tried_again() {
        let mut client = challenged_client("wrong");
        let second = answered(&mut client);
        assert_eq!(
            verdict_of(&second, NOW, "pw"),
            Verdict::Bad(BadAuth::Response)
        );
        let again = challenge(verifier().challenges(NOW, 2, false));
        assert_eq!(client.challenged(&second, &again), Err(AuthError::Refused));
    }

    #[test]
    fn an_old_nonce_is_stale_and_answered_anew() {
        let mut client = challenged_client("pw");
        let second = answered(&mut client);
        let late = NOW + Duration::from_secs(301);
        assert_eq!(verdict_of(&second, late, "pw"), Verdict::Stale);
        client
            .challenged(&second, &challenge(verifier().challenges(late, 2, true)))
            .unwrap();
        assert!(matches!(
            verdict_of(&answered(&mut client), late, "pw"),
            Verdict::Good { count: Some(1), .. }
        ));
    }

    #[test]
    fn a_server_that_calls_everything_stale_is_left() {
        let mut client = challenged_client("pw");
        let tries = (0..9).take_while(|n| {
            let sent = answered(&mut client);
            client
                .challenged(&sent, &challenge(verifier().challenges(NOW, *n, true)))
                .is_ok()
        });
        assert_eq!(tries.count(), 2);
    }

    #[test]
    fn a_used_nonce_may_run_out_without_a_word() {
        let mut client = challenged_client("pw");
        let _good = answered(&mut client);
        let refused_later = answered(&mut client);
        client
            .challenged(
                &refused_later,
                &challenge(verifier().challenges(NOW, 2, false)),
            )
            .unwrap();
    }

    #[test]
    fn an_answer_is_for_its_request_only() {
        let mut client = challenged_client("pw");
        let second = answered(&mut client);
        let answer = &second.headers().authorization().unwrap()[0];
        let key = Key::password("pw");
        let verify =
            |method: &Method, uri: &str| verifier().verify(NOW, answer, method, uri, b"", &key);
        assert_eq!(
            verify(&Method::Register, "sip:other.local"),
            Verdict::Bad(BadAuth::Uri)
        );
        assert_eq!(
            verify(&Method::Invite, "sip:alo.local"),
            Verdict::Bad(BadAuth::Response)
        );
        let other = Verifier::new("alo.local", "another secret");
        assert_eq!(
            other.verify(NOW, answer, &Method::Register, "sip:alo.local", b"", &key),
            Verdict::Stale
        );
    }

    #[test]
    fn md5_only_without_qop_as_rfc_2069_had_it() {
        let mut client = DigestClient::new(Credentials::password("101", "pw"));
        let old = Challenge::parse("Digest realm=\"alo.local\", nonce=\"abc\", opaque=\"o\\\"p\"")
            .unwrap();
        client
            .challenged(&request(Vec::new()), &challenge(vec![old]))
            .unwrap();
        let sent = answered(&mut client);
        let answer = &sent.headers().authorization().unwrap()[0];
        assert_eq!((answer.get("qop"), answer.get("nc")), (None, None));
        assert_eq!(answer.get("opaque").as_deref(), Some("o\"p"));
        assert_eq!(verdict_of(&sent, NOW, "pw"), Verdict::Stale);
    }

    #[test]
    fn a_count_that_is_not_part_of_the_digest_does_not_count() {
        let mut client = DigestClient::new(Credentials::password("101", "pw"));
        let without_qop = verifier().challenges(NOW, 1, false)[0]
            .to_string()
            .replace(", qop=\"auth\"", "");
        let challenge_of = Challenge::parse(&without_qop).unwrap();
        client
            .challenged(&request(Vec::new()), &challenge(vec![challenge_of]))
            .unwrap();
        let sent = answered(&mut client);
        // Whoever saw the answer writes another count to it.
        let field = sent.headers().get(&HeaderName::Authorization).unwrap();
        let replayed = request(vec![(
            HeaderName::Authorization,
            format!("{field}, nc=00000009"),
        )]);
        for request in [sent, replayed] {
            assert!(matches!(
                verdict_of(&request, NOW, "pw"),
                Verdict::Good { count: None, .. }
            ));
        }
    }

    #[test]
    fn auth_int_protects_the_body() {
        let mut client = DigestClient::new(Credentials::password("101", "pw"));
        let text =
            "Digest realm=\"alo.local\", nonce=\"abc\", algorithm=SHA-256-sess, qop=\"auth-int\"";
        let offered = Challenge::parse(text).unwrap();
        client
            .challenged(&request(Vec::new()), &challenge(vec![offered]))
            .unwrap();
        let fields = client.headers(&Method::Message, "sip:a@b", b"hello", "cn");
        let answer = Authorization::parse(&fields[0].1).unwrap();
        let key = Key::password("pw");
        let verify =
            |body: &[u8]| verifier().verify(NOW, &answer, &Method::Message, "sip:a@b", body, &key);
        assert_eq!(verify(b"hello"), Verdict::Stale);
        assert_eq!(verify(b"hullo"), Verdict::Bad(BadAuth::Response));
    }

    #[test]
    fn unknown_kinds_are_told_apart_from_none() {
        let mut client = DigestClient::new(Credentials::password("101", "pw"));
        let sent = request(Vec::new());
        assert_eq!(
            client.challenged(&sent, &challenge(Vec::new())),
            Err(AuthError::NoChallenge)
        );
        let exotic =
            Challenge::parse("Digest realm=\"a\", nonce=\"b\", algorithm=SHA-512-256").unwrap();
        assert_eq!(
            client.challenged(&sent, &challenge(vec![exotic])),
            Err(AuthError::Unsupported)
        );
        let bearer = Challenge::parse("Bearer authz_server=\"https://a\"").unwrap();
        assert_eq!(
            client.challenged(&sent, &challenge(vec![bearer])),
            Err(AuthError::Unsupported)
        );
    }
}
