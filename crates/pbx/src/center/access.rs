//! Who somebody is: digest authentication, SHA-256 offered before MD5 (RFC 8760).
//!
//! Guessing is slowed down: wrong answers are counted by where they come from, for each account and
//! in all, and above a limit the answers of that peer are not looked at for a while. Never by account
//! alone, or whoever knows an extension could keep its owner out; and a phone that is signed in over
//! this very connection is not kept out by what its neighbours do.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use alo_sip::auth::{Key, Verdict, Verifier};
use alo_sip::header::{self, Authorization, HeaderName};
use alo_sip::message::Request;
use alo_sip::status::StatusCode;
use alo_sip::time::Instant;

use super::rates::Counts;
use crate::config::Config;
use crate::peer::Peer;

/// Nonces that are remembered; above that the oldest go, and whoever used them is challenged anew.
const MAX_NONCES: usize = if cfg!(test) { 10 } else { 10_000 };

/// Wrong answers count for so long...
const WINDOW: Duration = Duration::from_secs(60);
/// ... so many for one account from one peer, and no more are looked at...
const MOST_FOR_ACCOUNT: u32 = 10;
/// ... or so many from one peer, behind which there may be a whole office.
const MOST_FROM_PEER: u32 = 30;

/// An answer for each algorithm is all that a phone has to say.
const MOST_ANSWERS: usize = 2;

/// Longer names of accounts are not told apart.
const LONGEST_ACCOUNT: usize = 64;

/// Who asks to be believed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asker<'a> {
    /// Where it is.
    pub(super) peer: Peer,
    /// Who it says it is.
    pub(super) account: &'a str,
    /// Whether it has proved that over this connection before.
    pub(super) proven: bool,
}

/// Why somebody is not believed.
#[derive(Debug)]
pub(super) enum Denied {
    /// There were no credentials, or they are used up.
    Unproven(Challenge),
    /// The credentials are wrong.
    Wrong(Challenge),
    /// There were too many wrong ones; not before this time.
    Locked(Duration),
}

impl Denied {
    /// The status that it is answered with, and the header fields.
    pub(super) fn answer(self) -> (StatusCode, Vec<(HeaderName, String)>) {
        match self {
            Self::Unproven(challenge) | Self::Wrong(challenge) => {
                (StatusCode::UNAUTHORIZED, challenge.headers())
            }
            Self::Locked(wait) => (StatusCode::SERVICE_UNAVAILABLE, vec![retry_after(wait)]),
        }
    }

    /// Whether somebody might be guessing.
    pub(super) fn is_guess(&self) -> bool {
        matches!(self, Self::Wrong(_) | Self::Locked(_))
    }
}

/// `Retry-After` (RFC 3261 section 20.33), never too early.
pub(super) fn retry_after(wait: Duration) -> (HeaderName, String) {
    let seconds = wait.as_millis().div_ceil(1000).max(1);
    (HeaderName::RetryAfter, seconds.to_string())
}

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
    /// The newest nonce that was forgotten. Nonces sort by their age, so none up to this one is new.
    forgotten: String,
    /// Wrong answers, by peer and account.
    wrong_for_account: Counts<(Peer, String)>,
    /// Wrong answers, by peer.
    wrong_from_peer: Counts<Peer>,
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
            forgotten: String::new(),
            wrong_for_account: Counts::new(WINDOW),
            wrong_from_peer: Counts::new(WINDOW),
        }
    }

    /// Whether a request is of who says so.
    ///
    /// # Errors
    /// Where that has not been shown, and what to answer.
    pub(super) fn check(
        &mut self,
        now: Instant,
        request: &Request,
        asker: Asker<'_>,
    ) -> Result<(), Denied> {
        self.used.retain(|_, used| used.until > now);
        let answers = request.headers().authorization().unwrap_or_default();
        let (mut stale, mut wrong) = (false, false);
        for answer in answers.iter().take(MOST_ANSWERS) {
            if let Some(wait) = self.locked(now, asker) {
                return Err(Denied::Locked(wait));
            }
            match self.verdict(now, request, asker.account, answer) {
                Some(Verdict::Good { nonce, count }) if self.is_new(now, &nonce, count) => {
                    return Ok(());
                }
                // A count that was there before: the nonce is used up (RFC 7616 section 3.3).
                Some(Verdict::Stale | Verdict::Good { .. }) => stale = true,
                // An account that is not there has no right answer.
                Some(Verdict::Bad(_)) | None => {
                    wrong = true;
                    self.wrong(now, asker);
                }
            }
        }
        self.next_nonce += 1;
        let challenge = Challenge(self.verifier.challenges(now, self.next_nonce, stale));
        Err(if wrong {
            Denied::Wrong(challenge)
        } else {
            Denied::Unproven(challenge)
        })
    }

    /// How long the answers of this asker are not looked at.
    fn locked(&self, now: Instant, asker: Asker<'_>) -> Option<Duration> {
        if asker.proven {
            return None;
        }
        let account = (asker.peer, key(asker.account));
        let for_account = self.wrong_for_account.wait(now, &account, MOST_FOR_ACCOUNT);
        for_account.max(self.wrong_from_peer.wait(now, &asker.peer, MOST_FROM_PEER))
    }

    fn wrong(&mut self, now: Instant, asker: Asker<'_>) {
        let account = (asker.peer, key(asker.account));
        let for_account = self.wrong_for_account.add(now, account);
        let in_all = self.wrong_from_peer.add(now, asker.peer);
        if in_all == 1 || in_all.is_multiple_of(10) {
            let (peer, account) = (asker.peer, asker.account);
            tracing::warn!(%peer, account, for_account, in_all, "wrong credentials in a minute");
        }
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
        let known = self.used.get(nonce);
        if known.is_some_and(|used| count <= used.count) || *nonce <= *self.forgotten {
            return false;
        }
        if known.is_none()
            && self.used.len() >= MAX_NONCES
            && let Some((oldest, _)) = self.used.pop_first()
        {
            self.forgotten = oldest;
            if *nonce <= *self.forgotten {
                return false;
            }
        }
        let until = now + self.nonce_lifetime;
        self.used.insert(nonce.to_owned(), Used { count, until });
        true
    }
}

/// An account as it is counted.
fn key(account: &str) -> String {
    account.chars().take(LONGEST_ACCOUNT).collect()
}

#[cfg(test)]
mod tests {
    use alo_sip::auth::{Credentials, DigestClient};
    use alo_sip::message::{RequestBuilder, Response, ResponseBuilder};
    use alo_sip::method::Method;

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

    /// Somebody of this account at an address.
    fn from<'a>(host: &str, account: &'a str) -> Asker<'a> {
        Asker {
            peer: Peer::of(Some(format!("{host}:5000").parse().unwrap())),
            account,
            proven: false,
        }
    }

    fn asker(account: &str) -> Asker<'_> {
        from("192.0.2.1", account)
    }

    /// The challenge that a request is answered with.
    fn challenge(access: &mut Access, seconds: u64, request: &Request, account: &str) -> Challenge {
        match access.check(at(seconds), request, asker(account)) {
            Err(Denied::Unproven(challenge) | Denied::Wrong(challenge)) => challenge,
            other => panic!("{other:?}"),
        }
    }

    /// A client that was challenged once.
    fn client(access: &mut Access, account: &str, password: &str) -> DigestClient {
        let challenge = challenge(access, 1, &request(Vec::new()), account);
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
        let challenge = challenge(&mut access(), 1, &request(Vec::new()), "101");
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
        access.check(at(2), &first, asker("101")).unwrap();
        let second = answer(&mut client);
        access.check(at(3), &second, asker("101")).unwrap();
        assert!(is_stale(&challenge(&mut access, 4, &first, "101")));
    }

    #[test]
    fn a_nonce_that_had_to_be_forgotten_is_not_new_again() {
        let mut access = access();
        let mut first_client = client(&mut access, "101", "alo-101");
        let first = answer(&mut first_client);
        access.check(at(2), &first, asker("101")).unwrap();
        for _ in 0..MAX_NONCES {
            let mut client = client(&mut access, "102", "alo-102");
            let request = answer(&mut client);
            access.check(at(2), &request, asker("102")).unwrap();
        }
        assert_eq!(access.used.len(), MAX_NONCES);
        assert!(is_stale(&challenge(&mut access, 3, &first, "101")));
        // Its owner goes on with a new one.
        let second = answer(&mut first_client);
        assert!(is_stale(&challenge(&mut access, 3, &second, "101")));
    }

    #[test]
    fn a_wrong_password_and_an_account_that_is_not_there_look_the_same() {
        let mut access = access();
        for (account, password) in [("101", "alo-102"), ("999", "alo-999")] {
            let mut client = client(&mut access, account, password);
            let challenge = challenge(&mut access, 2, &answer(&mut client), account);
            assert!(!is_stale(&challenge), "{account}");
        }
    }

    /// Tries a password from an address, and says the status.
    fn guess(access: &mut Access, seconds: u64, asker: Asker<'_>, password: &str) -> u16 {
        let mut client = client(access, asker.account, password);
        match access.check(at(seconds), &answer(&mut client), asker) {
            Ok(()) => 200,
            Err(denied) => denied.answer().0.code(),
        }
    }

    #[test]
    fn guesses_are_not_looked_at_any_more_after_ten() {
        for account in ["101", "999"] {
            let mut access = access();
            let guesser = asker(account);
            for n in 0..10 {
                assert_eq!(
                    guess(&mut access, 2 + n, guesser, &format!("guess-{n}")),
                    401
                );
            }
            let right = format!("alo-{account}");
            assert_eq!(guess(&mut access, 20, guesser, &right), 503, "{account}");
            let mut client = client(&mut access, account, &right);
            let denied = access.check(at(20), &answer(&mut client), guesser);
            let (_, headers) = denied.unwrap_err().answer();
            assert_eq!(headers, [(HeaderName::RetryAfter, "42".into())]);
        }
        // The owner of the account is elsewhere, or signed in already; and a minute is enough.
        let mut access = access();
        for n in 0..10 {
            guess(&mut access, 2 + n, asker("101"), "guess");
        }
        assert_eq!(
            guess(&mut access, 20, from("192.0.2.2", "101"), "alo-101"),
            200
        );
        let proven = Asker {
            proven: true,
            ..asker("101")
        };
        assert_eq!(guess(&mut access, 20, proven, "alo-101"), 200);
        assert_eq!(guess(&mut access, 20, asker("102"), "alo-102"), 200);
        assert_eq!(guess(&mut access, 62, asker("101"), "alo-101"), 200);
    }

    #[test]
    fn one_password_for_all_accounts_is_guessing_too() {
        let mut access = access();
        for n in 0..30 {
            let account = format!("{}", 200 + n);
            assert_eq!(guess(&mut access, 2, asker(&account), "alo"), 401);
        }
        assert_eq!(guess(&mut access, 3, asker("101"), "alo-101"), 503);
        assert_eq!(
            guess(&mut access, 3, from("192.0.2.2", "101"), "alo-101"),
            200
        );
    }

    #[test]
    fn credentials_are_good_for_their_own_account_only() {
        let mut access = access();
        let mut client = client(&mut access, "101", "alo-101");
        assert!(
            access
                .check(at(2), &answer(&mut client), asker("102"))
                .is_err()
        );
    }

    #[test]
    fn a_nonce_runs_out() {
        let mut access = access();
        let mut client = client(&mut access, "101", "alo-101");
        let late = answer(&mut client);
        assert!(is_stale(&challenge(&mut access, 302, &late, "101")));
    }
}
