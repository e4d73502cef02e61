//! What the server says about a call while it stands: who is at the other end now, what is heard, who else
//! is there, what it is about.

use alo_api::{header, plays};
use alo_sip::header::HeaderName;
use alo_sip::message::{Request, Response};
use alo_sip::method::Method;

use super::introduction;
use super::record::Line;
use crate::language::{Introduced, Introduction, Party, Sound};
use crate::phone::context::Context;
use crate::phone::party::party;

/// Option tag of a far end that can make two calls one (RFC 3911).
const JOIN: &str = "join";

/// More people than this are in no conversation that a person can follow; the rest is not shown.
const MOST_OTHERS: usize = 32;

/// What the server said last.
#[derive(Debug, Default)]
pub(crate) struct Word {
    /// What is heard here, where it is no person.
    plays: Option<Sound>,
    /// Everybody else in the conversation.
    pub(super) others: Vec<Party>,
    /// How the call came here.
    pub(super) introduction: Option<Introduction>,
    /// The far end can make two calls one.
    joins: bool,
}

impl Word {
    pub(super) fn new(introduction: Option<Introduction>) -> Self {
        Self {
            introduction,
            ..Self::default()
        }
    }

    /// What is heard of the far end while the media flows.
    pub(super) fn heard(&self) -> Sound {
        match self.plays {
            Some(sound) => sound,
            None if self.others.is_empty() => Sound::Voice,
            None => Sound::Everybody,
        }
    }

    /// Nobody is there who could hear.
    pub(super) fn is_played(&self) -> bool {
        self.plays.is_some()
    }

    /// The far end can make two calls one.
    pub(crate) fn joins(&self) -> bool {
        self.joins
    }

    /// The first INVITE, or an answer to it, tells what the far end can do.
    pub(super) fn meets(&mut self, joins: bool) {
        self.joins = joins;
    }
}

/// Whether a far end can make two calls one.
pub(crate) fn request_joins(request: &Request) -> bool {
    request.headers().has_option(&HeaderName::Supported, JOIN)
}

fn sound(text: &str) -> Option<Sound> {
    match text.trim() {
        plays::MUSIC => Some(Sound::Music),
        plays::ANNOUNCEMENT => Some(Sound::Announcement),
        plays::RINGING => Some(Sound::Ringback),
        // A person; or something that this phone does not know, which is no reason to say that nobody hears.
        _ => None,
    }
}

impl Line {
    /// A customer who came back from a transfer, and rings here no more.
    pub(crate) fn is_back(&self) -> bool {
        let how = self.word.introduction.as_ref().map(|it| &it.how);
        matches!(how, Some(Introduced::Returned { .. })) && !self.is_ringing()
    }

    /// The 200 to our INVITE.
    pub(super) fn on_answer_words(&mut self, response: &Response) {
        let headers = response.headers();
        self.word
            .meets(headers.has_option(&HeaderName::Supported, JOIN));
        let name = HeaderName::from_static(header::PLAYS);
        self.word.plays = headers.get(&name).and_then(|text| sound(&text));
    }

    /// An UPDATE or a re-INVITE of the far end. An UPDATE without SDP is the word of the server, the whole of
    /// it: what is absent is not so. One that has none of its fields only shows that the call stands (RFC
    /// 4028), and any other request says at most who is there now (RFC 3325).
    pub(super) fn on_refreshed(&mut self, cx: &Context<'_>, request: &Request) {
        self.dialog.heard_from();
        let before = self.about.remote.clone();
        let longest = cx.config.limits.text;
        if let Some(identity) = request.headers().asserted_identity() {
            let mut now = party(&identity, longest);
            if now.name.is_none() && now.number == before.number {
                now.name.clone_from(&before.name);
            }
            self.about.remote = now;
        }
        if *request.method() == Method::Update && request.body().is_empty() && says_a_word(request)
        {
            self.take_word(request, before, longest);
        }
    }

    fn take_word(&mut self, request: &Request, before: Party, longest: usize) {
        let headers = request.headers();
        let plays = headers.get(&HeaderName::from_static(header::PLAYS));
        self.word.plays = plays.and_then(|text| sound(&text));
        let with = headers.addresses(&HeaderName::from_static(header::WITH));
        let others = with.unwrap_or_default().into_iter().take(MOST_OTHERS);
        self.word.others = others.map(|other| party(&other, longest)).collect();
        let changed = before.number != self.about.remote.number;
        let about = introduction::about(request, longest);
        let old = self.word.introduction.take();
        self.word.introduction = match (old, about) {
            (old, Some(how)) => Some(Introduction {
                note: old.and_then(|old| old.note),
                how,
            }),
            // It is not about the customer any more: it is the customer, whom the colleague left here.
            (Some(old), None) if changed && is_consulting(&old) => Some(Introduction {
                how: Introduced::Transferred { by: before },
                note: old.note,
            }),
            (Some(old), None) if is_consulting(&old) => None,
            (old, None) => old,
        };
    }
}

fn is_consulting(introduction: &Introduction) -> bool {
    matches!(introduction.how, Introduced::Consults { .. })
}

fn says_a_word(request: &Request) -> bool {
    let headers = request.headers();
    let ours = [header::PLAYS, header::WITH, header::ABOUT].map(HeaderName::from_static);
    headers.has(&HeaderName::PAssertedIdentity) || ours.iter().any(|name| headers.has(name))
}
