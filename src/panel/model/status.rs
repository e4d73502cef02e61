//! The reachability light and what is said beside it.

use alo_phone::language::{Call, Millis, Reachability, RecoveryKind, State, Trouble};

use super::trouble::{trouble_text, why_text};
use crate::i18n::format::{capitalised, seconds_between, seconds_until};
use crate::i18n::{Catalogue, fill};

/// Colour of the light.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Light {
    /// Calls reach this phone.
    Good,
    /// Not yet, or not again yet.
    Waiting,
    /// They do not.
    Bad,
    /// Nobody is signed in.
    Off,
}

impl Light {
    /// For style sheets.
    pub fn name(self) -> &'static str {
        match self {
            Light::Good => "good",
            Light::Waiting => "waiting",
            Light::Bad => "bad",
            Light::Off => "off",
        }
    }
}

/// The light.
pub fn light(reachability: &Reachability) -> Light {
    match reachability {
        Reachability::SignedOut => Light::Off,
        Reachability::Connecting { .. } | Reachability::Reconnecting { .. } => Light::Waiting,
        Reachability::Ready => Light::Good,
        Reachability::NotReachable { .. } => Light::Bad,
    }
}

/// The status in words.
pub fn status_text(reachability: &Reachability, words: &Catalogue) -> String {
    match reachability {
        Reachability::SignedOut => words.status_signed_out.to_owned(),
        Reachability::Connecting { .. } => words.status_connecting.to_owned(),
        Reachability::Ready => words.status_ready.to_owned(),
        Reachability::Reconnecting { .. } => words.status_reconnecting.to_owned(),
        Reachability::NotReachable { why, .. } => fill(
            words.status_not_reachable,
            &[("why", &why_text(why, words))],
        ),
    }
}

/// A banner below the header: what is the matter, for how long, and what is being done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Banner {
    /// Whether it comes back by itself.
    pub light: Light,
    /// What is the matter. Of what comes back by itself, with the seconds since.
    pub lead: String,
    /// What is being done, or to be done.
    pub rest: String,
    /// When the next attempt is made. It counts, so it has no place in an `alert`.
    pub attempt: Option<String>,
}

/// The banner of the phone as a whole; `None` while all is well.
pub fn banner(state: &State, now: Millis, words: &Catalogue) -> Option<Banner> {
    match &state.reachability {
        Reachability::SignedOut | Reachability::Ready => None,
        Reachability::Connecting { since } => {
            // A connection that comes up at once needs no banner.
            let seconds = seconds_between(*since, now);
            (seconds >= 2).then(|| Banner {
                light: Light::Waiting,
                lead: with_seconds(words.connecting_for, seconds),
                rest: words.no_calls_meanwhile.to_owned(),
                attempt: None,
            })
        }
        Reachability::Reconnecting { since, retry_at } => Some(Banner {
            light: Light::Waiting,
            lead: with_seconds(words.reconnecting_for, seconds_between(*since, now)),
            rest: meanwhile(state, words).to_owned(),
            attempt: Some(attempt(*retry_at, now, words)),
        }),
        Reachability::NotReachable { why, retry_at } => {
            let tries = retry_at.is_some() || *why == Trouble::ServerDown;
            Some(Banner {
                light: Light::Bad,
                lead: capitalised(&why_text(why, words)),
                rest: trouble_text(why, words),
                attempt: tries.then(|| attempt(*retry_at, now, words)),
            })
        }
    }
}

/// The banner of one call; `None` while nothing is being mended. The phone's own banner already
/// tells of a lost connection, so that is left to it.
pub fn call_banner(call: &Call, now: Millis, words: &Catalogue) -> Option<Banner> {
    let recovery = call.recovery?;
    let (lead, rest) = match recovery.kind {
        RecoveryKind::Signalling => return None,
        RecoveryKind::Media => (words.recovery_media, words.recovery_media_rest),
        RecoveryKind::Session => (words.recovery_session, words.recovery_session_rest),
    };
    let left = recovery.retry_at.map(|then| seconds_until(now, then));
    Some(Banner {
        light: Light::Waiting,
        lead: with_seconds(lead, seconds_between(recovery.since, now)),
        rest: rest.to_owned(),
        attempt: left
            .filter(|left| *left > 0)
            .map(|left| with_seconds(words.next_try, left)),
    })
}

fn meanwhile(state: &State, words: &Catalogue) -> &'static str {
    if state.calls.iter().any(super::stage::goes_on) {
        words.calls_go_on
    } else {
        words.no_calls_meanwhile
    }
}

/// "Next attempt in 4 s.", or that it is under way.
fn attempt(retry_at: Option<Millis>, now: Millis, words: &Catalogue) -> String {
    match retry_at.map(|then| seconds_until(now, then)) {
        None | Some(0) => words.trying_now.to_owned(),
        Some(seconds) => with_seconds(words.next_try, seconds),
    }
}

fn with_seconds(text: &str, seconds: u64) -> String {
    fill(text, &[("seconds", &seconds.to_string())])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::EN;
    use crate::panel::model::samples::call;
    use alo_phone::language::Recovery;

    fn state(reachability: Reachability) -> State {
        State {
            reachability,
            ..State::default()
        }
    }

    #[test]
    fn the_light_is_green_only_when_ready() {
        assert_eq!(light(&Reachability::Ready), Light::Good);
        assert_eq!(
            light(&Reachability::Connecting { since: 0 }),
            Light::Waiting
        );
        let denied = Reachability::NotReachable {
            why: Trouble::MicrophoneDenied,
            retry_at: None,
        };
        assert_eq!(light(&denied), Light::Bad);
        assert_eq!(
            status_text(&denied, &EN),
            "Not reachable: the microphone is blocked"
        );
    }

    #[test]
    fn a_reconnection_counts_and_says_when_it_tries_again() {
        let mut state = state(Reachability::Reconnecting {
            since: 10_000,
            retry_at: Some(16_500),
        });
        let shown = banner(&state, 14_200, &EN).expect("a banner");
        assert_eq!(shown.lead, "Reconnecting · 4 s");
        assert_eq!(shown.rest, "Calls cannot reach you until it is back.");
        assert_eq!(shown.attempt.as_deref(), Some("Next attempt in 3 s."));
        state.calls.push(call("a"));
        let shown = banner(&state, 17_000, &EN).expect("a banner");
        assert_eq!(shown.rest, "Your call goes on.");
        assert_eq!(shown.attempt.as_deref(), Some("Trying now."));
    }

    #[test]
    fn what_an_alert_says_does_not_count() {
        let down = |retry_at| {
            state(Reachability::NotReachable {
                why: Trouble::ServerDown,
                retry_at,
            })
        };
        let said = |state: &State, now| {
            let shown = banner(state, now, &EN).expect("a banner");
            (shown.lead, shown.rest)
        };
        let waiting = down(Some(9_000));
        assert_eq!(said(&waiting, 2_000), said(&waiting, 8_500));
        assert_eq!(said(&waiting, 2_000), said(&down(None), 9_500));
    }

    #[test]
    fn a_call_that_looks_for_a_new_path_says_since_when() {
        let mut call = call("a");
        assert_eq!(call_banner(&call, 9_000, &EN), None);
        call.recovery = Some(Recovery {
            kind: RecoveryKind::Media,
            since: 5_000,
            retry_at: Some(11_000),
        });
        let shown = call_banner(&call, 9_000, &EN).expect("a banner");
        assert_eq!(shown.lead, "Sound interrupted · 4 s");
        assert_eq!(shown.attempt.as_deref(), Some("Next attempt in 2 s."));
    }

    #[test]
    fn a_quick_connection_shows_no_banner() {
        let state = state(Reachability::Connecting { since: 10_000 });
        assert_eq!(banner(&state, 11_900, &EN), None);
        assert!(banner(&state, 12_000, &EN).is_some());
    }
}
