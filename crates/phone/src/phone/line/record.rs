//! [`Line`]: the record of one call, and the stages that it goes through.

use alo_sip::header::Reason;
use alo_sip::status::StatusCode;
use alo_sip::ua::SessionId;

use super::bound::Bound;
use super::capture::Capture;
use super::dialog::DialogHealth;
use super::digits::DigitSender;
use super::hold::Hold;
use super::negotiation::Negotiation;
use super::outgoing::Dialling;
use super::path::Path;
use super::word::Word;
use crate::io::{Direction, MediaRequest, MediaWants};
use crate::language::{CallDirection, CallId, Event, Millis, Outcome, Party, Quality, VideoState};
use crate::phone::context::Context;

/// What is known of a call from its first moment.
#[derive(Debug)]
pub(crate) struct About {
    pub(crate) direction: CallDirection,
    pub(crate) remote: Party,
    pub(crate) hotline: Option<String>,
    pub(crate) queue: Option<alo_api::QueueFacts>,
    pub(crate) began: Millis,
    /// Incoming: when it stops being offered here, where the server says so.
    pub(crate) answer_by: Option<Millis>,
}

/// How far the far end of an outgoing call is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Nothing heard of it.
    Nothing,
    /// It rings (180).
    Ringing,
    /// It, or the network, sends its own sound (SDP in a provisional response).
    EarlyMedia {
        /// That SDP, which the 200 need not repeat (RFC 3261, section 13.2.1).
        sdp: String,
    },
}

/// Where an answered incoming call stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answering {
    /// Other calls are being held first.
    Waiting { offer: Option<String>, video: bool },
    /// The media engine makes the answer.
    Describing { offer: Option<String> },
    /// The 200 is out.
    Accepted {
        /// When the ACK came.
        acknowledged: Option<Millis>,
    },
}

/// Where a call stands.
#[derive(Debug)]
pub(crate) enum Stage {
    /// Outgoing: the offer is being made, and other calls are being held.
    Preparing {
        dialling: Box<Dialling>,
        offer: Option<String>,
    },
    /// Outgoing: the INVITE is out.
    Inviting(Progress),
    /// Incoming: rings here.
    Ringing { offer: Option<String> },
    /// Incoming: answered here.
    Answering(Answering),
    /// Both ends are joined.
    Talking { since: Millis },
    /// Over.
    Ended {
        outcome: Outcome,
        at: Millis,
        talked: Option<Millis>,
    },
}

impl Progress {
    /// Somebody, or something, is heard of there.
    pub(crate) fn is_ringing(&self) -> bool {
        !matches!(self, Progress::Nothing)
    }
}

impl Stage {
    /// For the log.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Stage::Preparing { .. } => "preparing",
            Stage::Inviting(_) => "inviting",
            Stage::Ringing { .. } => "ringing",
            Stage::Answering(_) => "answering",
            Stage::Talking { .. } => "talking",
            Stage::Ended { .. } => "ended",
        }
    }
}

/// What was last told to the media engine about who hears whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Switches {
    pub(crate) microphone: Option<bool>,
    pub(crate) speaker: bool,
}

impl Switches {
    const FRESH: Self = Self {
        microphone: None,
        speaker: true,
    };
}

/// One call.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) id: CallId,
    pub(crate) about: About,
    pub(crate) stage: Stage,
    pub(crate) session: Option<SessionId>,
    /// Other calls are to be held before this one goes on; at the latest then.
    pub(crate) gate: Option<Millis>,
    pub(crate) hold: Hold,
    pub(crate) held_by_remote: bool,
    pub(crate) muted: bool,
    pub(crate) capture: Capture,
    pub(crate) path: Path,
    pub(crate) negotiation: Negotiation,
    pub(crate) dialog: DialogHealth,
    pub(crate) digits: DigitSender,
    pub(crate) switches: Switches,
    pub(crate) quality: Option<Quality>,
    pub(crate) video: VideoState,
    /// What the server said about it.
    pub(crate) word: Word,
    /// What else it is bound up with.
    pub(crate) bound: Bound,
}

impl Line {
    pub(crate) fn new(id: CallId, about: About, stage: Stage) -> Self {
        tracing::debug!(call = %id.0, stage = stage.name(), "new call");
        Self {
            id,
            hold: Hold::new(about.began),
            about,
            stage,
            session: None,
            gate: None,
            held_by_remote: false,
            muted: false,
            capture: Capture::default(),
            path: Path::Closed,
            negotiation: Negotiation::new(),
            dialog: DialogHealth::default(),
            digits: DigitSender::default(),
            switches: Switches::FRESH,
            quality: None,
            video: VideoState::default(),
            word: Word::default(),
            bound: Bound::default(),
        }
    }

    /// The one place where a call changes its stage.
    pub(crate) fn set_stage(&mut self, stage: Stage, reason: &'static str) {
        tracing::debug!(
            call = %self.id.0, old = self.stage.name(), new = stage.name(), reason, "call"
        );
        self.stage = stage;
    }

    pub(crate) fn is_live(&self) -> bool {
        !matches!(self.stage, Stage::Ended { .. })
    }

    pub(crate) fn is_talking(&self) -> bool {
        matches!(self.stage, Stage::Talking { .. })
    }

    pub(crate) fn is_ringing(&self) -> bool {
        matches!(self.stage, Stage::Ringing { .. })
    }

    /// A 200 went one way or the other: voice may flow.
    pub(crate) fn is_joined(&self) -> bool {
        matches!(
            self.stage,
            Stage::Talking { .. } | Stage::Answering(Answering::Accepted { .. })
        )
    }

    /// The far end said that it does not know the dialog.
    pub(crate) fn is_lost(&self) -> bool {
        self.dialog.is_gone()
    }

    /// A dialog stands: it can be probed.
    pub(crate) fn has_dialog(&self) -> bool {
        self.is_joined()
    }

    /// Being heard here while another call is talked to would be a leak, and it can be held.
    pub(crate) fn is_yet_to_be_held(&self) -> bool {
        self.is_talking() && self.hold.wanted() && !self.hold.confirmed()
    }

    /// What an offer or answer made now is to contain: hold as given, and video only while it is
    /// wanted and nobody is held.
    pub(crate) fn wants(&self, held: bool) -> MediaWants {
        let direction = if held {
            Direction::SendOnly
        } else {
            Direction::SendRecv
        };
        let video = match (self.video.sending, held) {
            (false, _) => None,
            (true, false) => Some(Direction::SendRecv),
            (true, true) => Some(Direction::Inactive),
        };
        MediaWants {
            audio: direction,
            video,
        }
    }

    /// Ends the call here: releases the media, tells the far end where it does not know yet, and
    /// keeps the record for the screen.
    pub(crate) fn end(&mut self, cx: &mut Context<'_>, outcome: Outcome, reason: &'static str) {
        if !self.is_live() {
            return;
        }
        if let Some(session) = self.session.take() {
            cx.bye(session);
        }
        self.ended(cx, outcome, reason);
    }

    /// Ends it because the phone signs out or its page goes: a call centre does not take that for a
    /// hang-up, and keeps the customer.
    pub(crate) fn leave(&mut self, cx: &mut Context<'_>, outcome: Outcome) {
        self.refuse_successor(cx, StatusCode::TEMPORARILY_UNAVAILABLE);
        if self.is_live()
            && let Some(session) = self.session.take()
        {
            let reason = Reason::sip(StatusCode::TEMPORARILY_UNAVAILABLE, "Signed out");
            cx.bye_because(session, Some(reason));
        }
        self.end(cx, outcome, "signed out");
    }

    /// The call is over on the wire already.
    pub(crate) fn ended(&mut self, cx: &mut Context<'_>, outcome: Outcome, reason: &'static str) {
        self.session = None;
        self.refuse_successor(cx, StatusCode::DECLINE);
        self.close_media(cx);
        self.gate = None;
        self.digits.clear();
        self.dialog.heard_from();
        let (joined, talked) = match self.stage {
            Stage::Talking { since } => (since, Some(cx.now.saturating_sub(since))),
            _ => (cx.now, None),
        };
        cx.event(Event::CallEnded {
            call: self.id.clone(),
            outcome: outcome.clone(),
            rang: joined.saturating_sub(self.about.began),
            talked,
        });
        let ended = Stage::Ended {
            outcome,
            at: cx.now,
            talked,
        };
        self.set_stage(ended, reason);
    }

    /// Closes the peer connection, if there is one.
    pub(crate) fn close_media(&mut self, cx: &mut Context<'_>) {
        if self.path != Path::Closed {
            cx.media(MediaRequest::Close {
                call: self.id.clone(),
            });
        }
        self.path = Path::Closed;
        self.capture = Capture::default();
        self.negotiation.forget();
        self.switches = Switches::FRESH;
        self.quality = None;
    }

    /// Sets mute; whether it changed.
    pub(crate) fn set_muted(&mut self, cx: &mut Context<'_>, muted: bool) {
        if self.muted != muted {
            self.muted = muted;
            cx.event(Event::CallMuted {
                call: self.id.clone(),
                muted,
            });
        }
    }

    /// Tells the media engine who hears whom, where that changed. `active`: this is the call that
    /// the person talks to.
    pub(crate) fn set_switches(&mut self, cx: &mut Context<'_>, active: bool) {
        if self.path == Path::Closed {
            return;
        }
        let free = active && self.hold.is_off() && !self.bound.is_leaving();
        // Whoever says that nobody is there who could hear is taken at his word.
        let heard = !self.muted && !self.word.is_played();
        let microphone = free && self.is_joined() && heard;
        if self.switches.microphone != Some(microphone) {
            self.switches.microphone = Some(microphone);
            cx.media(MediaRequest::SetMicrophone {
                call: self.id.clone(),
                on: microphone,
            });
        }
        if self.switches.speaker != free {
            self.switches.speaker = free;
            cx.media(MediaRequest::SetSpeaker {
                call: self.id.clone(),
                on: free,
            });
        }
    }

    /// Whether the microphone reaches this call.
    pub(crate) fn is_speaking(&self) -> bool {
        self.switches.microphone == Some(true)
    }
}
