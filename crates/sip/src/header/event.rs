//! `Event` and `Subscription-State` (RFC 6665 8.2).

use core::fmt;
use core::str::FromStr;

use crate::syntax::{self, Fault, Params, check_params, number, trim};

/// An event package and which subscription of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Event {
    /// The package with its templates: `presence`, `presence.winfo`.
    pub package: String,
    /// The `id` parameter.
    pub id: Option<String>,
}

/// A token before parameters, and the parameters.
fn token_and_params(text: &str) -> Result<(&str, Params<'_>), Fault> {
    let at = text.find(';').unwrap_or(text.len());
    check_params(text, at)?;
    let word = trim(&text[..at]);
    if !syntax::is_token(word) {
        return Err(Fault::Token);
    }
    Ok((word, Params::new(&text[at..])))
}

impl FromStr for Event {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let (package, params) = token_and_params(text)?;
        Ok(Self {
            package: package.to_owned(),
            id: params.value("id").map(std::borrow::Cow::into_owned),
        })
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.package)?;
        self.id.as_ref().map_or(Ok(()), |id| {
            write!(f, ";id={}", syntax::token_or_quoted(id))
        })
    }
}

/// Where a subscription stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subscription {
    /// It runs.
    Active,
    /// Whether it is allowed is not known yet.
    Pending,
    /// It is over.
    Terminated,
}

/// `Subscription-State`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SubscriptionState {
    /// Where it stands. An unknown state counts as pending: the subscription lives.
    pub state: Subscription,
    /// Why it was terminated.
    pub reason: Option<String>,
    /// Seconds that it still lives.
    pub expires: Option<u32>,
    /// Seconds after which to subscribe again.
    pub retry_after: Option<u32>,
}

impl FromStr for SubscriptionState {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let (word, params) = token_and_params(text)?;
        let state = match word {
            _ if word.eq_ignore_ascii_case("active") => Subscription::Active,
            _ if word.eq_ignore_ascii_case("terminated") => Subscription::Terminated,
            _ => Subscription::Pending,
        };
        let seconds = |name| params.get(name).flatten().map(number).transpose();
        Ok(Self {
            state,
            reason: params.value("reason").map(std::borrow::Cow::into_owned),
            expires: seconds("expires")?,
            retry_after: seconds("retry-after")?,
        })
    }
}

impl fmt::Display for SubscriptionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.state {
            Subscription::Active => "active",
            Subscription::Pending => "pending",
            Subscription::Terminated => "terminated",
        })?;
        if let Some(reason) = &self.reason {
            write!(f, ";reason={}", syntax::token_or_quoted(reason))?;
        }
        if let Some(seconds) = self.expires {
            write!(f, ";expires={seconds}")?;
        }
        self.retry_after
            .map_or(Ok(()), |seconds| write!(f, ";retry-after={seconds}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips() {
        let event: Event = "refer;id=93809824".parse().unwrap();
        assert_eq!(
            (event.package.as_str(), event.id.as_deref()),
            ("refer", Some("93809824"))
        );
        assert_eq!(event.to_string().parse(), Ok(event));
        let state: SubscriptionState = "terminated;reason=noresource;retry-after=5"
            .parse()
            .unwrap();
        assert_eq!(state.state, Subscription::Terminated);
        assert_eq!(state.to_string().parse(), Ok(state));
    }
}
