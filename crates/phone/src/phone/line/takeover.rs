//! An INVITE with `Replaces` (RFC 3891): another dialog takes the place of this call's. The person sees one
//! call that goes on, muted and held as it was; only who is at the other end is another.

use alo_sip::status::StatusCode;
use alo_sip::ua::{SessionEvent, SessionId};

use super::dialog::DialogHealth;
use super::far::FarMedia;
use super::negotiation::{Exchange, Owed};
use super::path::Path;
use super::record::{Line, Stage};
use super::word::Word;
use crate::io::MediaRequest;
use crate::language::{Event, Introduction, Outcome, Party, Trouble};
use crate::phone::context::Context;

/// The dialog that comes.
#[derive(Debug)]
pub(crate) struct Successor {
    pub(crate) session: SessionId,
    pub(crate) remote: Party,
    pub(crate) introduction: Option<Introduction>,
    pub(crate) joins: bool,
    pub(crate) offer: Option<String>,
}

impl Line {
    /// Whether another dialog may take the place of this one's, and if not, why (RFC 3891, section 3).
    pub(crate) fn may_be_replaced(&self, early_only: bool) -> Result<(), StatusCode> {
        match self.stage {
            _ if self.bound.is_leaving() || self.bound.successor.is_some() => {
                Err(StatusCode::DECLINE)
            }
            Stage::Talking { .. } if early_only => Err(StatusCode::BUSY_HERE),
            Stage::Talking { .. } | Stage::Inviting(_) => Ok(()),
            // An early dialog that was not begun here matches nothing, nor does a call without a dialog.
            Stage::Ringing { .. }
            | Stage::Answering(_)
            | Stage::Preparing { .. }
            | Stage::Ended { .. } => Err(StatusCode::CALL_DOES_NOT_EXIST),
        }
    }

    /// The session of the dialog that comes.
    pub(crate) fn successor(&self) -> Option<SessionId> {
        let successor = self.bound.successor.as_ref();
        successor.map(|successor| successor.session)
    }

    /// Takes the new dialog without ringing: a peer connection of its own, and then the 200.
    pub(crate) fn take_over(&mut self, cx: &mut Context<'_>, successor: Successor) {
        tracing::debug!(call = %self.id.0, "another dialog takes over");
        self.close_media(cx);
        self.digits.clear();
        self.path = Path::Opening { since: cx.now };
        let wants = self.wants(self.hold.wanted());
        let ask = self.negotiation.asked(Owed::Successor, cx.media_due());
        let call = self.id.clone();
        cx.media(match &successor.offer {
            Some(sdp) => MediaRequest::AcceptOffer {
                call,
                ask,
                sdp: sdp.clone(),
                wants,
            },
            None => MediaRequest::CreateOffer {
                call,
                ask,
                wants,
                ice_restart: false,
            },
        });
        self.bound.successor = Some(Box::new(successor));
    }

    /// The media engine made the description for the 200: the new dialog stands, the old one ends.
    pub(super) fn succeed(&mut self, cx: &mut Context<'_>, sdp: String) {
        let Some(successor) = self.bound.successor.take() else {
            return;
        };
        let session = successor.session;
        if let Err(error) = cx.ua.accept(cx.instant(), session, sdp, vec![]) {
            tracing::debug!(%error, "200 not sent");
            self.go_on_without(cx, Outcome::HungUpThere);
            return;
        }
        if let Some(old) = self.session.replace(session) {
            cx.bye(old);
        }
        self.about.remote = successor.remote;
        self.word = Word::new(successor.introduction);
        self.word.meets(successor.joins);
        self.bound.carried_on();
        self.dialog = DialogHealth::default();
        match &successor.offer {
            Some(offer) => self.note_far_media(&FarMedia::read(offer)),
            None => self.negotiation.exchange = Exchange::Given { first: true },
        }
        let held = self.hold.wanted();
        if self.hold.confirm(cx.now, held) {
            cx.event(Event::CallHeld {
                call: self.id.clone(),
                held,
            });
        }
        self.path.expected(cx.now);
        if !self.is_talking() {
            self.join(cx, "taken over");
        }
    }

    /// The description could not be made.
    pub(super) fn cannot_succeed(&mut self, cx: &mut Context<'_>, trouble: Trouble) {
        let Some(successor) = self.bound.successor.take() else {
            return;
        };
        cx.trouble(&self.id, trouble);
        refuse(cx, &successor, StatusCode::NOT_ACCEPTABLE_HERE);
        self.go_on_without(cx, Outcome::MediaFailed);
    }

    /// The call is over before the new dialog stands: whoever called is told so.
    pub(super) fn refuse_successor(&mut self, cx: &mut Context<'_>, status: StatusCode) {
        if let Some(successor) = self.bound.successor.take() {
            refuse(cx, &successor, status);
        }
    }

    /// Nothing comes of the new dialog: the old one goes on, if it is still there, over a new network path
    /// (the peer connection of before is closed).
    fn go_on_without(&mut self, cx: &mut Context<'_>, outcome: Outcome) {
        if self.is_talking() && self.session.is_some() {
            self.begin_anew(cx);
        } else {
            self.end(cx, outcome, "nothing took over");
        }
    }

    /// What is told of the dialog that is being replaced.
    pub(super) fn on_replaced_session(&mut self, cx: &mut Context<'_>, event: &SessionEvent) {
        match event {
            SessionEvent::Ended { .. } => self.session = None,
            // Somebody answered where the call rang, too late.
            SessionEvent::Answered { .. } => {
                if let Some(session) = self.session.take() {
                    cx.bye(session);
                }
            }
            SessionEvent::Offer { .. } | SessionEvent::OfferWanted => {
                self.refuse_far_offer(cx, StatusCode::REQUEST_PENDING);
            }
            _ => {}
        }
    }

    /// What is told of the dialog that comes, before it stands.
    pub(crate) fn on_successor_session(&mut self, cx: &mut Context<'_>, event: &SessionEvent) {
        if let SessionEvent::Ended { .. } = event {
            // It was taken back.
            self.bound.successor = None;
            self.go_on_without(cx, Outcome::HungUpThere);
        }
    }
}

fn refuse(cx: &mut Context<'_>, successor: &Successor, status: StatusCode) {
    let refused = cx
        .ua
        .reject(cx.instant(), successor.session, status, vec![]);
    if let Err(error) = refused {
        tracing::debug!(%error, "no call to refuse");
    }
}
