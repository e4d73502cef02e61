//! Placing a call, up to its answer.

use alo_sip::header::HeaderName;
use alo_sip::status::StatusCode;
use alo_sip::ua::{Invite, SessionEvent};

use super::far::FarMedia;
use super::negotiation::Owed;
use super::path::Path;
use super::record::{About, Line, Progress, Stage};
use crate::io::MediaRequest;
use crate::language::{CallDirection, CallId, Event, Outcome, Party, Trouble};
use crate::phone::context::Context;

/// What is to be dialled: an INVITE that lacks only its offer.
pub(crate) struct Dialling {
    pub(crate) invite: Invite,
    pub(crate) remote: Party,
    pub(crate) hotline: Option<String>,
    pub(crate) video: bool,
}

impl std::fmt::Debug for Dialling {
    /// Without numbers and credentials.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Dialling")
    }
}

impl Line {
    /// Places a call: the offer first, then the INVITE.
    pub(crate) fn dial(cx: &mut Context<'_>, id: CallId, dialling: Dialling) -> Self {
        let about = About {
            direction: CallDirection::Outgoing,
            remote: dialling.remote.clone(),
            hotline: dialling.hotline.clone(),
            queue: None,
            began: cx.now,
            answer_by: None,
        };
        cx.event(Event::CallPlaced {
            call: id.clone(),
            remote: about.remote.clone(),
            hotline: about.hotline.clone(),
        });
        let video = dialling.video;
        let stage = Stage::Preparing {
            dialling: Box::new(dialling),
            offer: None,
        };
        let mut line = Self::new(id, about, stage);
        line.video.sending = video;
        line.open_with_offer(cx);
        line
    }

    /// Opens the media with an offer of ours.
    pub(super) fn open_with_offer(&mut self, cx: &mut Context<'_>) {
        self.path = Path::Opening { since: cx.now };
        let ask = self.negotiation.asked(Owed::FirstOffer, cx.media_due());
        cx.media(MediaRequest::CreateOffer {
            call: self.id.clone(),
            ask,
            wants: self.wants(false),
            ice_restart: false,
        });
    }

    /// Sends the INVITE as soon as there is an offer, the other calls are held, and the server
    /// can be reached.
    pub(super) fn invite_when_possible(&mut self, cx: &mut Context<'_>) {
        let (None, Some(flow)) = (self.gate, cx.flow.filter(|_| cx.ready)) else {
            return;
        };
        let Stage::Preparing { dialling, offer } = &mut self.stage else {
            return;
        };
        let Some(offer) = offer.take() else { return };
        let mut invite = dialling.invite.clone();
        invite.offer = Some(offer);
        if let Some(hotline) = &dialling.hotline {
            let name = HeaderName::from_static(alo_api::header::HOTLINE);
            invite.headers.push((name, hotline.clone()));
        }
        self.session = Some(cx.ua.invite(cx.instant(), flow, invite));
        self.set_stage(Stage::Inviting(Progress::Nothing), "offer made");
    }

    /// What comes back on our first INVITE, short of a refusal.
    pub(super) fn on_invite_event(&mut self, cx: &mut Context<'_>, event: SessionEvent) {
        match (&mut self.stage, event) {
            (Stage::Inviting(progress), SessionEvent::Provisional { status, sdp, .. }) => match sdp
            {
                Some(sdp) => {
                    *progress = Progress::EarlyMedia { sdp: sdp.clone() };
                    self.apply_first_answer(cx, sdp, true);
                }
                None if status == StatusCode::RINGING && *progress == Progress::Nothing => {
                    *progress = Progress::Ringing;
                }
                None => {}
            },
            (Stage::Inviting(progress), SessionEvent::Answered { sdp, response }) => {
                // RFC 3261, section 13.2.1: the answer may have come in a provisional response.
                let early = match progress {
                    Progress::EarlyMedia { sdp } => Some(std::mem::take(sdp)),
                    _ => None,
                };
                let Some(sdp) = sdp.or(early) else {
                    let trouble = Trouble::MediaFailed {
                        detail: "200 without SDP".into(),
                    };
                    cx.trouble(&self.id, trouble);
                    self.end(cx, Outcome::MediaFailed, "answer without SDP");
                    return;
                };
                self.on_answer_words(&response);
                self.note_far_media(&FarMedia::read(&sdp));
                self.apply_first_answer(cx, sdp, false);
                self.path.expected(cx.now);
                self.join(cx, "answered");
            }
            (stage, _) => tracing::debug!(stage = stage.name(), "INVITE event out of place"),
        }
    }

    pub(super) fn apply_first_answer(
        &mut self,
        cx: &mut Context<'_>,
        sdp: String,
        provisional: bool,
    ) {
        let owed = if provisional {
            Owed::Early
        } else {
            Owed::First
        };
        let ask = self.negotiation.asked(owed, cx.media_due());
        cx.media(MediaRequest::SetAnswer {
            call: self.id.clone(),
            ask,
            sdp,
            provisional,
        });
    }

    /// Both ends are joined.
    pub(super) fn join(&mut self, cx: &mut Context<'_>, reason: &'static str) {
        self.set_stage(Stage::Talking { since: cx.now }, reason);
        cx.event(Event::CallAnswered {
            call: self.id.clone(),
            rang: cx.now.saturating_sub(self.about.began),
        });
    }
}
