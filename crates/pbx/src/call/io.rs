//! What goes into a call and what comes out.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::config::{Config, Destination};
use crate::leg::{End, Leg, Refusal, SipAction};
use crate::media::{LegId, MusicId, PromptId};
use crate::media_io::MediaRequest;
use crate::simulated::Phone;

/// One end of a call.
#[derive(Debug)]
pub enum Endpoint {
    /// A phone that speaks SIP.
    Sip(Leg),
    /// A phone of the simulated network.
    Phone(Phone),
}

/// Who is at an end of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Person {
    /// The agent of this extension.
    Agent(String),
    /// Whoever has this number.
    Number(String),
}

impl Person {
    /// Extension or number.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Agent(name) | Self::Number(name) => name,
        }
    }
}

/// Somebody who rings for a call.
#[derive(Debug)]
pub struct Branch {
    /// Its leg.
    pub leg: LegId,
    /// Who; several branches may be one person.
    pub person: Person,
    /// The phone.
    pub endpoint: Endpoint,
}

/// Whoever a call is begun by, with an INVITE.
#[derive(Debug)]
pub struct Caller {
    /// Its leg's id.
    pub id: LegId,
    /// Its leg.
    pub leg: Leg,
    /// Who, where it is not just anybody.
    pub person: Option<Person>,
}

/// What somebody hears for whom somebody is rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meanwhile {
    /// What the phone network says, or else a ringing tone: he calls.
    Ringback,
    /// Music: he has talked already.
    Music,
}

/// What a call is to do next with whoever stays.
#[derive(Debug)]
pub enum Next {
    /// Walk through an IVR tree.
    Ivr {
        /// Where the trees are.
        config: Arc<Config>,
        /// Id of the tree.
        tree: String,
    },
    /// Wait for whoever is [offered](super::Call::offer) the call.
    Queue {
        /// What is heard meanwhile, and in hold later.
        music: MusicId,
    },
    /// Ring somebody.
    Hunt {
        /// Who; not empty.
        branches: Vec<Branch>,
        /// For how long.
        ring: Duration,
        /// What is heard in hold.
        music: MusicId,
        /// What is heard until somebody answers.
        meanwhile: Meanwhile,
    },
    /// Say that nothing comes of it, and hang up.
    Apology(Vec<PromptId>),
    /// Refuse it: the caller was not answered yet.
    Refuse(Refusal),
}

impl fmt::Display for Next {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ivr { tree, .. } => write!(f, "menu {tree}"),
            Self::Queue { .. } => f.write_str("queue"),
            Self::Hunt { branches, .. } => write!(f, "{} phones", branches.len()),
            Self::Apology(_) => f.write_str("apology"),
            Self::Refuse(refusal) => write!(f, "refusal {}", refusal.status),
        }
    }
}

/// What a call wants.
#[derive(Debug, PartialEq, Eq)]
pub enum Output {
    /// Of the session of a leg.
    Sip {
        /// The leg.
        leg: LegId,
        /// What it is to do.
        action: SipAction,
    },
    /// Of the media server.
    Media(MediaRequest),
    /// A leg is over and will not be heard of again.
    Left(LegId),
    /// It goes to this leg.
    Answered(LegId),
    /// Both sides can hear each other.
    Talking,
    /// In a queue: who was offered the call does not take it, by all phones.
    Missed {
        /// Extension.
        agent: String,
        /// The status that tells most.
        status: u16,
    },
    /// The caller came to this IVR tree.
    Menu(String),
    /// It is said that nothing comes of it.
    Apology,
    /// The IVR leads there: what comes [next](super::Call::enter)?
    Go(Destination),
    /// Nobody took it who was rung, and whoever stays was answered already: what comes
    /// [next](super::Call::enter)?
    Unanswered {
        /// Why.
        refusal: Refusal,
        /// Whether any phone rang.
        rang: bool,
    },
    /// The phone of an agent, or that of a number, is gone for good, and a customer is left: what comes
    /// [next](super::Call::enter)?
    Stranded(Person),
    /// Somebody left a meeting, and the others go on.
    Parted(Option<Person>),
    /// A leg took the place of another, which has left.
    Replaced {
        /// The leg that was there.
        old: LegId,
        /// Its successor.
        new: LegId,
    },
    /// It is over. The last output.
    Over(Outcome),
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The caller gave up before anybody answered, or ended so.
    Abandoned(End),
    /// Nobody took it.
    Refused(Refusal),
    /// The caller could not be connected for want of media, and was refused for it.
    NoMedia(Refusal),
    /// Nobody took it, and the caller was told so in words.
    Apologised,
    /// It was answered, and the caller's side ended it.
    EndedByCaller(End),
    /// It was answered, and the other side ended it.
    EndedByOther(End),
    /// Whoever was left of it went on in another call.
    Joined,
    /// The call centre stopped.
    Stopped,
}

impl Outcome {
    /// The same where the caller has left long before: whoever stayed had been called, and the other side is
    /// who came in the caller's place.
    #[must_use]
    pub fn without_the_caller(self) -> Self {
        match self {
            Self::Abandoned(end) | Self::EndedByCaller(end) => Self::EndedByOther(end),
            Self::EndedByOther(end) => Self::EndedByCaller(end),
            outcome => outcome,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (who, end) = match self {
            Self::Abandoned(End::HungUp) => return f.write_str("the caller gave up"),
            Self::Joined => return f.write_str("it went on in another call"),
            Self::Stopped => return f.write_str("the call centre stopped"),
            Self::Apologised => return f.write_str("nobody took it, and the caller was told so"),
            Self::Refused(refusal) | Self::NoMedia(refusal) => {
                return write!(f, "{}: {}", refusal.status, refusal.text);
            }
            Self::Abandoned(end) | Self::EndedByCaller(end) => ("the caller", end),
            Self::EndedByOther(end) => ("the called side", end),
        };
        match end {
            End::HungUp => write!(f, "{who} hung up"),
            End::Left => write!(f, "{who} signed out"),
            End::Gone => write!(f, "{who} does not answer"),
            End::Lost => write!(f, "{who} was lost for too long"),
            End::Media => write!(f, "{who} has no media in common"),
            End::NoRoom => write!(f, "there is no room for the media of {who}"),
        }
    }
}
