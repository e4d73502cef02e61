//! A call that is asked for, and what is passed on of it.

use std::time::Duration;

use alo_sip::ua::{FlowId, SessionId};

use super::access::Denied;
use crate::leg::Refusal;
use crate::media::LegKind;

/// An INVITE that begins a call, read; whoever sent it is who he says.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) session: SessionId,
    pub(super) flow: FlowId,
    /// How its media travels.
    pub(super) kind: LegKind,
    /// Its offer; a call without one is refused.
    pub(super) offer: Option<String>,
    pub(super) origin: Origin,
    /// The user part of the Request-URI.
    pub(super) dialled: String,
    /// Number of the hotline that an agent wants to call from.
    pub(super) hotline: Option<String>,
}

/// Who calls, as it is shown to whoever is rung, now or later.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    /// User part of the caller's address.
    pub(super) user: String,
    /// Name; empty where there is none.
    pub(super) name: String,
    pub(super) who: Who,
    /// Number of the hotline that was called.
    pub(super) called: Option<String>,
    /// Number of the hotline that an agent calls from.
    pub(super) calls_from: Option<String>,
}

impl Origin {
    /// Number of the hotline that the call is of, which calls that go on to the phone network come
    /// from too.
    pub(super) fn hotline(&self) -> Option<&str> {
        self.called.as_deref().or(self.calls_from.as_deref())
    }
}

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Who {
    /// The agent of this extension, who has proved it.
    Agent(String),
    /// Somebody without an account.
    Guest,
    /// Somebody in the phone network, through the trunk.
    Network,
}

/// Why an INVITE is not taken.
pub(super) enum Refused {
    /// For good.
    Final(Refusal),
    /// For so long.
    Later(Refusal, Duration),
    /// Until it comes with good credentials.
    Denied(Denied),
}

impl Refused {
    pub(super) fn because(status: u16, text: impl Into<String>) -> Self {
        Self::Final(Refusal {
            status,
            text: text.into(),
        })
    }

    /// 503 with `Retry-After` (RFC 3261 section 21.5.4).
    pub(super) fn later(wait: Duration, text: impl Into<String>) -> Self {
        let refusal = Refusal {
            status: 503,
            text: text.into(),
        };
        Self::Later(refusal, wait)
    }

    /// The status, and what it means here, where it is not for want of credentials.
    pub(super) fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Final(refusal) | Self::Later(refusal, _) => Some(refusal),
            Self::Denied(_) => None,
        }
    }

    /// The status, and what it means here.
    pub(super) fn into_refusal(self) -> Refusal {
        match self {
            Self::Final(refusal) | Self::Later(refusal, _) => refusal,
            Self::Denied(_) => Refusal {
                status: 401,
                text: "Who calls?".into(),
            },
        }
    }
}
