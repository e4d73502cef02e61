//! Session timers (RFC 4028).

use core::time::Duration;

use super::act::{Act, Reply, SessionTimer, Step};
use super::event::SessionTrouble;
use super::machine::{Session, lists, read};
use super::state::{Exchange, State};
use crate::dialog::Draft;
use crate::header::{HeaderName, Refresher, SessionExpires};
use crate::ids::TxId;
use crate::message::{Headers, Request, Response};
use crate::method::Method;
use crate::status::StatusCode;

/// The smallest interval that may be demanded (RFC 4028 4).
const SMALLEST: u32 = 90;

/// What was agreed on refreshing the session.
#[derive(Debug, Default)]
pub(super) struct Interval {
    agreed: Agreed,
    /// The longest `Min-SE` that was told by 422; 0 where none was.
    min_se: u32,
}

/// Who refreshes, and how often.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Agreed {
    /// The session does not expire.
    #[default]
    Never,
    /// This side refreshes.
    Us { seconds: u32 },
    /// The far end refreshes.
    Them { seconds: u32 },
}

impl Interval {
    /// Demands a longer interval after 422 (7.3). False where it is demanded already.
    pub(super) const fn lengthen(&mut self, seconds: u32) -> bool {
        let longer = seconds > self.min_se;
        if longer {
            self.min_se = seconds;
        }
        longer
    }

    /// `Session-Expires` and `Min-SE` of a request (7.1, 7.4): as agreed; in the first INVITE what it
    /// has, but not below `Min-SE`.
    pub(super) fn demand(&self, draft: &mut Draft) {
        let (seconds, refresher) = match self.agreed {
            Agreed::Us { seconds } => (Some(seconds), Some(Refresher::Uac)),
            Agreed::Them { seconds } => (Some(seconds), Some(Refresher::Uas)),
            Agreed::Never => {
                let first = draft
                    .headers
                    .iter()
                    .find(|(name, _)| *name == HeaderName::SessionExpires);
                (first.and_then(|(_, value)| value.parse().ok()), None)
            }
        };
        if let Some(seconds) = seconds {
            let wanted = SessionExpires {
                seconds: seconds.max(self.min_se),
                refresher,
            };
            draft.set(HeaderName::SessionExpires, wanted.to_string());
        }
        if self.min_se > 0 {
            draft.set(HeaderName::MinSe, self.min_se.to_string());
        }
    }

    /// 2xx to an INVITE or UPDATE of ours (7.2). A far end that knows nothing of the matter does not
    /// expire the session, but it answers a re-INVITE: this side refreshes alone, since it would never
    /// learn otherwise that the far end has vanished. An interval below the smallest one (4) counts as
    /// that one: it would be a refresh a second.
    pub(super) fn agreed_as_caller(&mut self, response: &Response, step: &mut Step<'_>) {
        self.agreed = match read::<SessionExpires>(response.headers(), &HeaderName::SessionExpires)
        {
            None => match step.profile.session_expires.map(seconds_of) {
                Some(own) => Agreed::Us {
                    seconds: own.max(self.min_se).max(SMALLEST),
                },
                None => Agreed::Never,
            },
            Some(SessionExpires {
                seconds,
                refresher: Some(Refresher::Uas),
            }) => Agreed::Them {
                seconds: seconds.max(SMALLEST),
            },
            Some(SessionExpires { seconds, .. }) => Agreed::Us {
                seconds: seconds.max(SMALLEST),
            },
        };
        self.schedule(step);
    }

    /// Our 2xx to an INVITE or UPDATE (9): decides on interval and refresher. Where the caller knows
    /// nothing of the matter, this side refreshes alone.
    pub(super) fn agree_as_callee(
        &mut self,
        headers: &Headers,
        peer: bool,
        reply: &mut Reply,
        step: &mut Step<'_>,
    ) {
        let asked = read::<SessionExpires>(headers, &HeaderName::SessionExpires);
        let own = step.profile.session_expires.map(seconds_of);
        let peer_min = read::<u32>(headers, &HeaderName::MinSe).unwrap_or(SMALLEST);
        let seconds = match (asked, own) {
            (Some(asked), Some(own)) => asked.seconds.min(own.max(peer_min)),
            (Some(asked), None) => asked.seconds,
            (None, Some(own)) => own.max(peer_min),
            (None, None) => {
                self.agreed = Agreed::Never;
                return self.schedule(step);
            }
        };
        let seconds = seconds.max(SMALLEST);
        // 9, table 2: the caller refreshes if it can, unless it asked the other way round.
        let refresher = match asked.and_then(|asked| asked.refresher) {
            Some(refresher) => refresher,
            None if peer => Refresher::Uac,
            None => Refresher::Uas,
        };
        self.agreed = match refresher {
            Refresher::Uac => Agreed::Them { seconds },
            Refresher::Uas => Agreed::Us { seconds },
        };
        let agreed = SessionExpires {
            seconds,
            refresher: Some(refresher),
        };
        reply
            .headers
            .push((HeaderName::SessionExpires, agreed.to_string()));
        if refresher == Refresher::Uac {
            reply
                .headers
                .push((HeaderName::Require, String::from("timer")));
        }
        self.schedule(step);
    }

    /// 10: refresh at half of the interval; the other side waits until shortly before its end.
    fn schedule(&self, step: &mut Step<'_>) {
        step.push(Act::Stop(SessionTimer::Refresh));
        step.push(Act::Stop(SessionTimer::NotRefreshed));
        match self.agreed {
            Agreed::Never => {}
            Agreed::Us { seconds } => {
                step.push(Act::Start(
                    SessionTimer::Refresh,
                    Duration::from_secs(u64::from(seconds) / 2),
                ));
            }
            Agreed::Them { seconds } => {
                let margin = (seconds / 3).min(32);
                let wait = Duration::from_secs(u64::from(seconds - margin));
                step.push(Act::Start(SessionTimer::NotRefreshed, wait));
            }
        }
    }

    /// Another refresh after this time.
    pub(super) fn retry_in(&self, wait: Duration, step: &mut Step<'_>) {
        step.push(Act::Start(SessionTimer::Refresh, wait));
    }

    /// Another refresh after a quarter of the interval.
    pub(super) fn retry_later(&self, step: &mut Step<'_>) {
        if let Agreed::Us { seconds } | Agreed::Them { seconds } = self.agreed {
            self.retry_in(Duration::from_secs(u64::from(seconds / 4).max(15)), step);
        }
    }
}

fn seconds_of(duration: Duration) -> u32 {
    u32::try_from(duration.as_secs()).unwrap_or(u32::MAX)
}

/// Whether the interval that a request asks for is long enough; else the 422 for it (8.1, 9).
pub(crate) fn too_short(headers: &Headers, smallest: Duration) -> Option<Reply> {
    let asked = read::<SessionExpires>(headers, &HeaderName::SessionExpires)?;
    let smallest = seconds_of(smallest).max(SMALLEST);
    if asked.seconds >= smallest || !lists(headers, &HeaderName::Supported, "timer") {
        return None;
    }
    let reply = Reply::new(StatusCode::SESSION_INTERVAL_TOO_SMALL);
    Some(reply.with(HeaderName::MinSe, smallest.to_string()))
}

impl Session {
    /// Refuses a re-INVITE or UPDATE whose interval is too short. Returns whether to go on.
    pub(super) fn take_interval(&self, tx: TxId, request: &Request, step: &mut Step<'_>) -> bool {
        match too_short(request.headers(), step.profile.min_session_expires) {
            Some(reply) => {
                step.reply(tx, reply);
                false
            }
            None => true,
        }
    }

    /// Time to refresh (7.2): by UPDATE without description where the far end can, else by
    /// re-INVITE with the unchanged one.
    pub(super) fn refresh(&mut self, step: &mut Step<'_>) {
        if !matches!(self.state, State::Confirmed { .. }) {
            return;
        }
        if self.peer.updates() {
            self.send_refresh(&Method::Update, step);
        } else if matches!(self.exchange, Exchange::Stable) && self.unacked.is_none() {
            self.send_refresh(&Method::Invite, step);
        } else {
            // An exchange is open; its 2xx refreshes the session too. If not, soon again.
            self.interval.retry_in(Duration::from_secs(5), step);
        }
    }

    /// The far end did not refresh (10): in doubt, and this side tries once itself.
    pub(super) fn on_not_refreshed(&mut self, step: &mut Step<'_>) {
        if matches!(self.state, State::Confirmed { .. }) {
            self.uncertain(SessionTrouble::RefreshFailed, step);
            self.refresh(step);
        }
    }
}
