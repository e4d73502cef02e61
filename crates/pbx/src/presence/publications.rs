//! Published event state: entity tags and lifetimes (RFC 3903 section 6).
//!
//! A publication is a *wish*: the agent wants to be in this working state. The wish is carried out
//! when it comes; that its publication ends later, by itself or because the phone takes it back, changes
//! nothing any more, so that a chosen state outlives a lost connection and signing out. Departs from
//! RFC 3903 section 6 step 5 there, where the state would end with its publication: a lunch break does not
//! end because a laptop was closed.

use std::collections::BTreeMap;
use std::time::Duration;

use alo_sip::time::Instant;

/// What is allowed.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Shortest lifetime that is granted; a shorter wish is refused.
    pub min_expires: Duration,
    /// Longest lifetime that is granted; a longer wish is shortened.
    pub max_expires: Duration,
    /// Most publications of one account (tabs); above it the one that ends soonest makes room.
    pub per_account: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            min_expires: Duration::from_secs(60),
            max_expires: Duration::from_secs(3600),
            per_account: 16,
        }
    }
}

/// A PUBLISH whose sender, event package and body are known to be good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Publish<'a> {
    /// The account that it is for.
    pub account: &'a str,
    /// `SIP-If-Match`; none: a new publication.
    pub if_match: Option<&'a str>,
    /// Whether it has a body.
    pub has_body: bool,
    /// `Expires`; zero removes the publication.
    pub expires: Option<Duration>,
}

/// What a PUBLISH that is taken is answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// `SIP-ETag`: names this state of the publication from now on, and no older tag does.
    pub tag: String,
    /// `Expires`: how long it lives.
    pub expires: Duration,
    /// Whether what the body says is to be carried out: not for a refresh, and not for a removal.
    pub carry_out: bool,
}

/// Why a PUBLISH is refused; nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// 412: no publication has this tag (any more).
    NoSuchTag,
    /// 423 with `Min-Expires`.
    TooBrief(Duration),
    /// 400: a new publication has to say something.
    NoBody,
}

#[derive(Debug)]
struct Publication {
    tag: String,
    expires_at: Instant,
}

/// The publications of all accounts.
#[derive(Debug)]
pub struct Publications {
    limits: Limits,
    /// Tags begin with it, so that none of before a restart names something else now.
    first_tag: u64,
    next_tag: u64,
    kept: BTreeMap<String, Vec<Publication>>,
}

impl Publications {
    /// Without publications; `first_tag` is to be another one at each start.
    #[must_use]
    pub fn new(limits: Limits, first_tag: u64) -> Self {
        Self {
            limits,
            first_tag,
            next_tag: 0,
            kept: BTreeMap::new(),
        }
    }

    /// When the next publication ends.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Instant> {
        let all = self.kept.values().flatten();
        all.map(|publication| publication.expires_at).min()
    }

    /// Time passed.
    pub fn timeout(&mut self, now: Instant) {
        self.kept.retain(|account, publications| {
            publications.retain(|publication| {
                let lives = publication.expires_at > now;
                if !lives {
                    tracing::debug!(account, "publication ran out");
                }
                lives
            });
            !publications.is_empty()
        });
    }

    /// A PUBLISH (RFC 3903 section 6, steps 4 to 6).
    ///
    /// # Errors
    /// Where it is refused.
    pub fn publish(&mut self, now: Instant, publish: Publish<'_>) -> Result<Published, Refusal> {
        self.timeout(now);
        let wanted = publish.expires.unwrap_or(self.limits.max_expires);
        let removed = wanted.is_zero();
        let found = match publish.if_match {
            Some(tag) => Some(self.find(publish.account, tag).ok_or(Refusal::NoSuchTag)?),
            None => None,
        };
        if !removed && wanted < self.limits.min_expires {
            return Err(Refusal::TooBrief(self.limits.min_expires));
        }
        if found.is_none() && !publish.has_body {
            return Err(Refusal::NoBody);
        }
        let expires = wanted.min(self.limits.max_expires);
        let tag = self.new_tag();
        let kept = self.kept.entry(publish.account.to_owned()).or_default();
        if let Some(index) = found {
            kept.remove(index);
        }
        if !removed {
            if kept.len() >= self.limits.per_account
                && let Some(soonest) = soonest(kept)
            {
                kept.remove(soonest);
            }
            kept.push(Publication {
                tag: tag.clone(),
                expires_at: now + expires,
            });
        }
        Ok(Published {
            tag,
            expires,
            carry_out: publish.has_body && !removed,
        })
    }

    fn find(&self, account: &str, tag: &str) -> Option<usize> {
        let kept = self.kept.get(account)?;
        kept.iter().position(|publication| publication.tag == tag)
    }

    fn new_tag(&mut self) -> String {
        self.next_tag += 1;
        format!("{:x}.{:x}", self.first_tag, self.next_tag)
    }
}

fn soonest(kept: &[Publication]) -> Option<usize> {
    let all = kept.iter().enumerate();
    all.min_by_key(|(_, publication)| publication.expires_at)
        .map(|(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Instant {
        Instant::from_millis(seconds * 1000)
    }

    fn publications() -> Publications {
        let limits = Limits {
            per_account: 3,
            ..Limits::default()
        };
        Publications::new(limits, 0x1f)
    }

    /// A new publication of An.
    fn first() -> Publish<'static> {
        Publish {
            account: "101",
            if_match: None,
            has_body: true,
            expires: Some(Duration::from_secs(600)),
        }
    }

    /// An refreshes what has this tag.
    fn refresh(tag: &str) -> Publish<'_> {
        Publish {
            if_match: Some(tag),
            has_body: false,
            ..first()
        }
    }

    #[test]
    fn a_state_is_published_changed_refreshed_and_taken_back() {
        let mut publications = publications();
        let first = publications.publish(at(1), first()).unwrap();
        assert!(first.carry_out);
        assert_eq!(first.expires, Duration::from_secs(600));
        let change = Publish {
            has_body: true,
            ..refresh(&first.tag)
        };
        let changed = publications.publish(at(2), change).unwrap();
        assert!(changed.carry_out && changed.tag != first.tag);
        let refreshed = publications.publish(at(3), refresh(&changed.tag)).unwrap();
        assert!(!refreshed.carry_out && refreshed.tag != changed.tag);
        assert_eq!(publications.next_timeout(), Some(at(603)));
        let take_back = Publish {
            expires: Some(Duration::ZERO),
            ..refresh(&refreshed.tag)
        };
        let gone = publications.publish(at(4), take_back).unwrap();
        assert_eq!((gone.carry_out, gone.expires), (false, Duration::ZERO));
        assert_eq!(publications.next_timeout(), None);
    }

    #[test]
    fn an_old_tag_names_nothing() {
        let mut publications = publications();
        let first = publications.publish(at(1), first()).unwrap();
        let second = publications.publish(at(2), refresh(&first.tag)).unwrap();
        let refused = publications.publish(at(3), refresh(&first.tag));
        assert_eq!(refused, Err(Refusal::NoSuchTag));
        // Nor does one that ran out, or that of somebody else.
        let refused = publications.publish(at(602), refresh(&second.tag));
        assert_eq!(refused, Err(Refusal::NoSuchTag));
        let an = publications
            .publish(at(700), super::tests::first())
            .unwrap();
        let binh = Publish {
            account: "102",
            ..refresh(&an.tag)
        };
        assert_eq!(publications.publish(at(701), binh), Err(Refusal::NoSuchTag));
        publications.publish(at(702), refresh(&an.tag)).unwrap();
    }

    #[test]
    fn a_lifetime_is_neither_too_short_nor_too_long() {
        let mut publications = publications();
        let brief = Publish {
            expires: Some(Duration::from_secs(59)),
            ..first()
        };
        let least = Duration::from_secs(60);
        let refused = publications.publish(at(1), brief);
        assert_eq!(refused, Err(Refusal::TooBrief(least)));
        for expires in [None, Some(Duration::from_secs(1_000_000))] {
            let long = Publish { expires, ..first() };
            let published = publications.publish(at(1), long).unwrap();
            assert_eq!(published.expires, Duration::from_secs(3600));
        }
    }

    #[test]
    fn a_new_publication_says_something() {
        let empty = Publish {
            has_body: false,
            ..first()
        };
        let refused = publications().publish(at(1), empty);
        assert_eq!(refused, Err(Refusal::NoBody));
    }

    #[test]
    fn tabs_that_never_take_back_do_not_fill_the_memory() {
        let mut publications = publications();
        let oldest = publications.publish(at(1), first()).unwrap();
        for second in 2..=4 {
            publications.publish(at(second), first()).unwrap();
        }
        assert_eq!(publications.kept["101"].len(), 3);
        let refused = publications.publish(at(5), refresh(&oldest.tag));
        assert_eq!(refused, Err(Refusal::NoSuchTag));
        publications.timeout(at(700));
        assert!(publications.kept.is_empty());
    }
}
