//! Typed reading of what belongs to REFER and to calls that take the place of others.
//!
//! These fields are there once or not at all, and what cannot be read is `None` as if it were not there: a
//! request in which one of them decides what happens is refused by the user agent where it cannot be read.

use super::index::Headers;
use crate::header::{HeaderName, Join, ReferTo, Replaces, TargetDialog, UserToUser};
use crate::uri::NameAddr;

impl Headers {
    /// The value of a field that is there once.
    fn only<T: core::str::FromStr>(&self, name: &HeaderName) -> Option<T> {
        let value = self.get(name)?;
        value.parse().ok().filter(|_| self.count(name) == 1)
    }

    /// Replaces (RFC 3891).
    #[must_use]
    pub fn replaces(&self) -> Option<Replaces> {
        self.only(&HeaderName::Replaces)
    }

    /// Join (RFC 3911).
    #[must_use]
    pub fn join(&self) -> Option<Join> {
        self.only(&HeaderName::Join)
    }

    /// Target-Dialog (RFC 4538).
    #[must_use]
    pub fn target_dialog(&self) -> Option<TargetDialog> {
        self.only(&HeaderName::TargetDialog)
    }

    /// Refer-To (RFC 3515).
    #[must_use]
    pub fn refer_to(&self) -> Option<ReferTo> {
        self.only(&HeaderName::ReferTo)
    }

    /// Referred-By (RFC 3892): who asked for this request.
    #[must_use]
    pub fn referred_by(&self) -> Option<NameAddr> {
        self.only(&HeaderName::ReferredBy)
    }

    /// User-to-User (RFC 7433); the first one that can be read where there are several.
    #[must_use]
    pub fn user_to_user(&self) -> Option<UserToUser> {
        let mut values = self.list(&HeaderName::UserToUser);
        values.find_map(|value| value.parse().ok())
    }

    /// Refer-Sub (RFC 4488): whether a REFER makes a subscription.
    #[must_use]
    pub fn refer_sub(&self) -> Option<bool> {
        let value = self.get(&HeaderName::ReferSub)?;
        let word = value.split(';').next().unwrap_or_default().trim();
        match word {
            _ if word.eq_ignore_ascii_case("true") => Some(true),
            _ if word.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }

    /// P-Asserted-Identity (RFC 3325): who a trusted far end says that it is; the first of them.
    #[must_use]
    pub fn asserted_identity(&self) -> Option<NameAddr> {
        let mut values = self.list(&HeaderName::PAssertedIdentity);
        values.find_map(|value| NameAddr::parse(&value).ok())
    }
}
