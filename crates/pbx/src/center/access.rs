//! Who somebody is: digest authentication, SHA-256 offered before MD5 (RFC 8760).

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use alo_sip::auth::{Key, Verdict, Verifier};
use alo_sip::header::{self, Authorization, HeaderName};
use alo_sip::message::Request;
use alo_sip::time::Instant;

use crate::config::Config;

/// Nonces that are remembered; above that the oldest go, and whoever used them is challenged anew.
const MAX_NONCES: usize = 10_000;

/// What a request without good credentials is answered with.
#[derive(Debug)]
pub(super) struct Challenge(Vec<header::Challenge>);

impl Challenge {
    /// The header fields of the 401.
    pub(super) fn headers(self) -> Vec<(HeaderName, String)> {
        let fields = self.0.into_iter();
        fields
            .map(|challenge| (HeaderName::WwwAuthenticate, challenge.to_string()))
            .collect()
    }
}

/// Knows the passwords, makes the nonces, and refuses replays.
#[derive(Debug)]
pub(super) struct Access {
    verifier: Verifier,
    keys: BTreeMap<String, Key>,
    nonce_lifetime: Duration,
    next_nonce: u64,
    /// Highest count seen of each nonce, and until when that matters (RFC 7616 section 3.4, `nc`).
    used: BTreeMap<String, Used>,
}

#[derive(Debug)]
struct Used {
    count: u32,
    until: Instant,
}

impl Access {
    /// For the accounts of this configuration.
    pub(super) fn new(config: &Config, secret: &[u8; 32]) -> Self {
        let secret = secret.iter().fold(String::new(), |mut text, byte| {
            // Writing to a String does not fail.
            let _ = write!(text, "{byte:02x}");
            text
        });
        let nonce_lifetime = config.registrations.nonce;
        let agents = config.agents.iter();
        Self {
            verifier: Verifier::new(&config.domain, secret).with_lifetime(nonce_lifetime),
            keys: agents
                .map(|agent| (agent.extension.clone(), Key::password(&agent.password.0)))
                .collect(),
            nonce_lifetime,
            next_nonce: 0,
            used: BTreeMap::new(),
        }
    }

    /// Whether a request is of this account.
    ///
    /// # Errors
    /// The challenge to answer it with, where that has not been shown.
    pub(super) fn check(
        &mut self,
        now: Instant,
        request: &Request,
        account: &str,
    ) -> Result<(), Challenge> {
        self.used.retain(|_, used| used.until > now);
        let answers = request.headers().authorization().unwrap_or_default();
        let mut stale = false;
        for answer in &answers {
            match self.verdict(now, request, account, answer) {
                Some(Verdict::Good { nonce, count }) if self.is_new(now, &nonce, count) => {
                    return Ok(());
                }
                // A count that was there before: the nonce is used up (RFC 7616 section 3.3).
                Some(Verdict::Stale | Verdict::Good { .. }) => stale = true,
                Some(Verdict::Bad(why)) => {
                    tracing::info!(account, ?why, "credentials refused");
                }
                None => tracing::info!(account, "credentials of an account that is not there"),
            }
        }
        self.next_nonce += 1;
        let challenges = self.verifier.challenges(now, self.next_nonce, stale);
        Err(Challenge(challenges))
    }

    fn verdict(
        &self,
        now: Instant,
        request: &Request,
        account: &str,
        answer: &Authorization,
    ) -> Option<Verdict> {
        // The name in the credentials is the account that is asked for, and no other.
        let key = self
            .keys
            .get(account)
            .filter(|_| answer.username().as_deref() == Some(account))?;
        let verifier = &self.verifier;
        Some(verifier.verify(
            now,
            answer,
            request.method(),
            request.uri(),
            request.body(),
            key,
        ))
    }

    /// Notes the use of a nonce; `false` where it was used like this before. Without a count there
    /// is nothing to tell two uses apart, so one is all.
    fn is_new(&mut self, now: Instant, nonce: &str, count: Option<u32>) -> bool {
        let count = count.unwrap_or(u32::MAX);
        if self.used.get(nonce).is_some_and(|used| count <= used.count) {
            return false;
        }
        if self.used.len() >= MAX_NONCES {
            self.used.pop_first();
        }
        let until = now + self.nonce_lifetime;
        self.used.insert(nonce.to_owned(), Used { count, until });
        true
    }
}

#[cfg(test)]
mod tests {
    use alo_sip::auth::{Credentials, DigestClient};
    use alo_sip::message::{RequestBuilder, Response, ResponseBuilder};
    use alo_sip::method::Method;
    use alo_sip::status::StatusCode;

    use super::*;

    const URI: &str = "sip:alo.local";

    fn at(seconds: u64) -> Instant {
        Instant::from_millis(seconds * 1000)
    }

    fn access() -> Access {
        Access::new(&Config::demo().unwrap(), &[7; 32])
    }

    fn request(fields: Vec<(HeaderName, String)>) -> Request {
        let uri = URI.parse().unwrap();
        RequestBuilder::new(Method::Register, &uri)
            .headers(fields)
            .build()
    }

    fn challenged(challenge: Challenge) -> Response {
        let response = ResponseBuilder::reply_to(&request(Vec::new()), StatusCode::UNAUTHORIZED);
        response.headers(challenge.headers()).build()
    }

    /// A client that was challenged once.
    fn client(access: &mut Access, account: &str, password: &str) -> DigestClient {
        let challenge = access
            .check(at(1), &request(Vec::new()), account)
            .unwrap_err();
        let mut client = DigestClient::new(Credentials::password(account, password));
        client
            .challenged(&request(Vec::new()), &challenged(challenge))
            .unwrap();
        client
    }

    fn answer(client: &mut DigestClient) -> Request {
        request(client.headers(&Method::Register, URI, b"", "0a4f113b"))
    }

    fn is_stale(challenge: &Challenge) -> bool {
        challenge.0.iter().all(header::Challenge::is_stale)
    }

    #[test]
    fn sha_256_is_offered_before_md5() {
        let challenge = access()
            .check(at(1), &request(Vec::new()), "101")
            .unwrap_err();
        let algorithms: Vec<_> = challenge
            .0
            .iter()
            .map(header::Challenge::algorithm)
            .collect();
        let expected = [header::Algorithm::Sha256, header::Algorithm::Md5];
        assert_eq!(algorithms, expected.map(Some));
        assert!(!is_stale(&challenge));
    }

    #[test]
    fn the_right_password_is_good_again_and_again_but_not_the_same_request() {
        let mut access = access();
        let mut client = client(&mut access, "101", "alo-101");
        let first = answer(&mut client);
        access.check(at(2), &first, "101").unwrap();
        access.check(at(3), &answer(&mut client), "101").unwrap();
        let replayed = access.check(at(4), &first, "101").unwrap_err();
        assert!(is_stale(&replayed));
    }

    #[test]
    fn a_wrong_password_and_an_account_that_is_not_there_look_the_same() {
        let mut access = access();
        for (account, password) in [("101", "alo-102"), ("999", "alo-999")] {
            let mut client = client(&mut access, account, password);
            let challenge = access
                .check(at(2), &answer(&mut client), account)
                .unwrap_err();
            assert!(!is_stale(&challenge), "{account}");
        }
    }

    #[test]
    fn credentials_are_good_for_their_own_account_only() {
        let mut access = access();
        let mut client = client(&mut access, "101", "alo-101");
        assert!(access.check(at(2), &answer(&mut client), "102").is_err());
    }

    #[test]
    fn a_nonce_runs_out() {
        let mut access = access();
        let mut client = client(&mut access, "101", "alo-101");
        let late = access
            .check(at(302), &answer(&mut client), "101")
            .unwrap_err();
        assert!(is_stale(&late));
    }
}
