//! Where calls go: hotlines, queues and IVR trees.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::media::Digit;

/// Where a call can be led to. All that it names is there: reading the file has checked it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// The queue of this id.
    Queue(String),
    /// The IVR tree of this id.
    Ivr(String),
    /// The agent of this extension, directly.
    Agent(String),
    /// This phone number, as the operator wrote it.
    Number(String),
}

/// A working state of the call centre's own. Who is in it is offered no calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnState {
    /// Id, as presence documents have it.
    pub id: String,
    /// Name that agents see.
    pub name: String,
}

/// A queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// Id, which is also the user part of its SIP URI.
    pub id: String,
    /// Name that agents see.
    pub name: String,
    /// Hold music.
    pub music: String,
    /// Extensions of its agents, in the order of the file.
    pub agents: Vec<String>,
    /// Who is offered the next call.
    pub strategy: Strategy,
    /// For agents of several queues: calls of the queue with the higher number go first.
    pub priority: u8,
    /// How long an offer rings at an agent, before it goes on to the next.
    pub ring: Duration,
    /// After-call work after a call of this queue; zero: none.
    pub wrap_up: Duration,
    /// After so many offers in a row that an agent let ring, he is put to Not available; 0: never.
    pub misses: u32,
    /// How long a call waits before it overflows; `None`: for ever.
    pub max_wait: Option<Duration>,
    /// What becomes of a call that has waited for so long.
    pub overflow: Overflow,
    /// What those who wait are told at an interval, beside the music.
    pub announce: Option<Announce>,
}

/// Who is offered a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    /// The agent who has been free for the longest time.
    LongestIdle,
    /// All free agents at once; the first to answer has it.
    RingAll,
    /// The next in the order of the file after the one who was offered the last call.
    RoundRobin,
    /// The agent who has had the fewest calls of this queue.
    FewestCalls,
}

/// What becomes of a call that waited too long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Overflow {
    /// It goes somewhere else.
    To(Destination),
    /// These prompts are spoken, one after the other, and the call ends.
    Apology(Vec<String>),
}

/// What those who wait are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announce {
    /// How often.
    pub every: Duration,
    /// Prompts, one after the other; `position-VOICE` stands for the place in the queue
    /// ([`Announce::said_at`]).
    pub prompts: Vec<String>,
}

impl Announce {
    /// The last place that there is a prompt for.
    pub(in crate::config) const LAST_PLACE: u32 = 10;

    /// The prompts for somebody at this place of the queue; 1 is the next. Places behind the tenth
    /// are not said.
    #[must_use]
    pub fn said_at(&self, position: u32) -> Vec<String> {
        let mut said = Vec::new();
        for prompt in &self.prompts {
            match Self::voice_of_position(prompt) {
                Some(voice) if position <= Self::LAST_PLACE => {
                    said.extend(Self::place(position, voice));
                }
                Some(_) => {}
                None => said.push(prompt.clone()),
            }
        }
        said
    }

    /// The voice of a name that stands for the place in the queue.
    pub(in crate::config) fn voice_of_position(prompt: &str) -> Option<&str> {
        prompt.strip_prefix("position-")
    }

    /// The prompts that say a place.
    pub(in crate::config) fn place(position: u32, voice: &str) -> [String; 2] {
        [
            format!("you-are-number-{voice}"),
            format!("number-{position}-{voice}"),
        ]
    }
}

/// A number that customers call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hotline {
    /// Number, as the operator wrote it.
    pub number: String,
    /// Name.
    pub name: String,
    /// Where its calls go: a queue, an IVR tree, or an agent.
    pub to: Destination,
    /// Id of the queue whose music is heard in calls *from* this hotline, where the file names one;
    /// [`Config::music_queue`](super::Config::music_queue) knows it in any case.
    pub music_of: Option<String>,
}

/// An IVR tree: one menu. Trees lead to each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ivr {
    /// Id, which is also the user part of its SIP URI.
    pub id: String,
    /// Name that agents see.
    pub name: String,
    /// Prompts, one after the other.
    pub prompts: Vec<String>,
    /// What the keys do.
    pub keys: BTreeMap<Digit, IvrAction>,
    /// How long a key is waited for when the prompts are over.
    pub timeout: Duration,
    /// Wrong keys and time-outs until the caller is sent to the fallback.
    pub attempts: u32,
    /// Prompts after a wrong key, before the menu is said again.
    pub wrong: Vec<String>,
    /// Where a caller goes who pressed nothing useful; `None`: an apology, and the call ends.
    pub fallback: Option<Destination>,
    /// The apology.
    pub apology: Vec<String>,
}

/// What a key does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IvrAction {
    /// Leads on; another tree among others.
    To(Destination),
    /// Says this menu again.
    Repeat,
    /// Back to the menu that led here; in the first one it says the menu again.
    Back,
}

/// Calls that agents transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// How long the target rings.
    pub ring: Duration,
    /// How long the phones of whoever transferred a call ring when it comes back.
    pub recall: Duration,
    /// Where a call goes that nobody took and that cannot come back. `None`: into the queue that it
    /// came through last, else where its hotline leads, else into the first queue.
    pub fallback: Option<Destination>,
}
