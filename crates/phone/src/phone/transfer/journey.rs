//! The machine of one transfer: from the click to what became of the customer.
//!
//! ```text
//!            2xx, NOTIFY           NOTIFY 2xx
//!  asked ----------------> followed ----------> done
//!   |  ^                      | | NOTIFY >= 300
//!   |  | after a pause        | +-------------> failed
//!   |  |                      |
//!   |  +-- glare <- 491       | silence
//!   |                         +---------------> unfollowed
//!   +-- refused ------------------------------> failed
//! ```
//!
//! It knows nothing of calls: what is to be done with them comes out, in order.

use alo_sip::status::StatusCode;

use super::failure::{Circumstances, failure};
use crate::language::{AfterFailure, Millis, Party, TransferFailure, TransferStage};
use crate::phone::Times;

/// So often a REFER that crossed a request of the far end (491) is sent again.
const GLARES: u32 = 3;
/// After that pause: longer than one end of a dialog waits before it repeats an offer (RFC 3261, section
/// 14.1).
const AFTER_GLARE: Millis = 4_500;

/// What is told of a transfer on its way: the fragment of a NOTIFY.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub(crate) status: StatusCode,
    /// Reason phrase.
    pub(crate) reason: String,
    /// Who answered.
    pub(crate) by: Option<Party>,
    /// What becomes of the customer where it came to nothing.
    pub(crate) then: Option<AfterFailure>,
}

/// Something that happened to a transfer.
#[derive(Debug, Clone)]
pub(crate) enum Input {
    /// The far end took the REFER. `followed`: it will tell what becomes of it.
    Taken { followed: bool },
    /// It did not, or there was no answer (408).
    Refused { status: StatusCode, reason: String },
    /// A NOTIFY.
    Progress(Told),
    /// No more will be told.
    Silent,
    /// Time has passed.
    Timeout,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Output {
    /// Send the REFER once more.
    Ask,
    /// It goes on elsewhere, and the customer is still here: hold.
    Hold,
    /// Nobody says what becomes of it: whoever is still here is held.
    Keep,
    /// The customer is with the target: the calls here that are left over end.
    LetGo,
    /// It came to nothing; what is still here goes on as it was.
    Stay,
    /// Nobody wants to know any more.
    StopFollowing,
}

/// Where a transfer stands.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Stage {
    /// The REFER is out.
    Asked { until: Millis, glares: u32 },
    /// It is sent again then.
    Glare { again_at: Millis, glares: u32 },
    /// Taken.
    Followed {
        shown: Way,
        /// Nothing more is to be expected after this.
        until: Millis,
        /// The customer is held if the call is still here then.
        hold_at: Option<Millis>,
    },
    /// The customer is with the target.
    Done { by: Option<Party>, at: Millis },
    /// It came to nothing.
    Failed {
        why: TransferFailure,
        then: AfterFailure,
        at: Millis,
    },
    /// Nobody says more about it.
    Unfollowed { at: Millis },
}

/// How far a transfer is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Trying,
    Ringing { since: Millis },
    Waiting { since: Millis },
}

/// The machine of one transfer.
#[derive(Debug)]
pub(crate) struct Journey {
    id: u64,
    stage: Stage,
}

impl Journey {
    /// The REFER goes out now.
    pub(crate) fn begin(id: u64, now: Millis, times: &Times) -> Self {
        let until = now + times.transfer_answer;
        Self {
            id,
            stage: Stage::Asked { until, glares: 0 },
        }
    }

    /// The one place where a transfer changes its stage.
    fn set_stage(&mut self, stage: Stage, reason: &'static str) {
        tracing::debug!(
            transfer = self.id,
            old = self.stage.name(),
            new = stage.name(),
            reason,
            "transfer"
        );
        self.stage = stage;
    }

    /// Something happened; `here`: the customer's call is still here.
    pub(crate) fn step(
        &mut self,
        now: Millis,
        times: &Times,
        longest: usize,
        here: bool,
        input: Input,
    ) -> Vec<Output> {
        match (&self.stage, input) {
            // A NOTIFY may well come before the 202 (RFC 3515, section 2.4.4).
            (Stage::Asked { .. } | Stage::Glare { .. }, Input::Progress(told)) => {
                self.follow(now, times, Way::Trying, "NOTIFY before the answer");
                self.on_told(now, times, longest, here, told)
            }
            (Stage::Asked { .. } | Stage::Glare { .. }, Input::Taken { followed: true }) => {
                self.follow(now, times, Way::Trying, "taken");
                vec![]
            }
            (Stage::Asked { .. } | Stage::Glare { .. }, Input::Taken { followed: false }) => {
                self.unfollow(now, "taken without a word to come")
            }
            (Stage::Asked { glares, .. }, Input::Refused { status, .. })
                if status == StatusCode::REQUEST_PENDING && here && *glares < GLARES =>
            {
                let glare = Stage::Glare {
                    again_at: now + AFTER_GLARE,
                    glares: glares + 1,
                };
                self.set_stage(glare, "491");
                vec![]
            }
            (
                Stage::Asked { .. } | Stage::Glare { .. } | Stage::Followed { .. },
                Input::Refused { status, reason },
            ) => self.on_refused(now, longest, here, status, &reason),
            (Stage::Asked { .. } | Stage::Glare { .. }, Input::Silent) => {
                self.on_unanswered(now, longest, here)
            }
            (Stage::Followed { .. }, Input::Progress(told)) => {
                self.on_told(now, times, longest, here, told)
            }
            (Stage::Followed { .. }, Input::Silent) => self.unfollow(now, "over without an end"),
            (_, Input::Timeout) => self.pass_time(now, times, longest, here),
            (Stage::Followed { .. }, Input::Taken { .. })
            | (Stage::Done { .. } | Stage::Failed { .. } | Stage::Unfollowed { .. }, _) => vec![],
        }
    }

    fn follow(&mut self, now: Millis, times: &Times, way: Way, reason: &'static str) {
        let hold_at = match self.stage {
            Stage::Followed { hold_at, .. } => hold_at,
            _ => Some(now + times.transfer_leave),
        };
        let patience = match way {
            Way::Trying | Way::Ringing { .. } => times.transfer_silent,
            Way::Waiting { .. } => times.transfer_waits,
        };
        let followed = Stage::Followed {
            shown: way,
            until: now + patience,
            hold_at,
        };
        self.set_stage(followed, reason);
    }

    fn on_told(
        &mut self,
        now: Millis,
        times: &Times,
        longest: usize,
        here: bool,
        told: Told,
    ) -> Vec<Output> {
        let Stage::Followed { shown, .. } = self.stage else {
            return vec![];
        };
        if told.status.is_success() {
            let done = Stage::Done {
                by: told.by,
                at: now,
            };
            self.set_stage(done, "answered there");
            return vec![Output::LetGo];
        }
        if told.status.is_final() {
            let rang = matches!(shown, Way::Ringing { .. });
            let known = Circumstances { rang, here };
            let why = failure(told.status, &told.reason, known, longest);
            return self.fail(now, here, why, told.then, "came to nothing");
        }
        let way = match (told.status, shown) {
            (StatusCode::RINGING | StatusCode::SESSION_PROGRESS, Way::Ringing { .. })
            | (StatusCode::QUEUED, Way::Waiting { .. }) => shown,
            // The telephone network may say nothing but 183 while it rings.
            (StatusCode::RINGING | StatusCode::SESSION_PROGRESS, _) => Way::Ringing { since: now },
            (StatusCode::QUEUED, _) => Way::Waiting { since: now },
            _ => shown,
        };
        self.follow(now, times, way, "NOTIFY");
        vec![]
    }

    fn on_refused(
        &mut self,
        now: Millis,
        longest: usize,
        here: bool,
        status: StatusCode,
        reason: &str,
    ) -> Vec<Output> {
        if status == StatusCode::REQUEST_TIMEOUT && !here {
            // The user agent, or a proxy, waited for an answer in vain.
            return self.on_unanswered(now, longest, here);
        }
        let rang = false;
        let why = failure(status, reason, Circumstances { rang, here }, longest);
        self.fail(now, here, why, None, "refused")
    }

    /// Nothing came back at all.
    fn on_unanswered(&mut self, now: Millis, longest: usize, here: bool) -> Vec<Output> {
        if !here {
            // The far end ended the call, and says no more: it may well have done as it was asked.
            return self.unfollow(now, "no answer");
        }
        let status = StatusCode::REQUEST_TIMEOUT;
        self.on_refused(now, longest, here, status, status.reason())
    }

    fn fail(
        &mut self,
        now: Millis,
        here: bool,
        why: TransferFailure,
        then: Option<AfterFailure>,
        reason: &'static str,
    ) -> Vec<Output> {
        let then = if here {
            AfterFailure::StillHere
        } else {
            then.unwrap_or(AfterFailure::Unknown)
        };
        self.set_stage(Stage::Failed { why, then, at: now }, reason);
        vec![Output::Stay]
    }

    fn unfollow(&mut self, now: Millis, reason: &'static str) -> Vec<Output> {
        self.set_stage(Stage::Unfollowed { at: now }, reason);
        vec![Output::Keep]
    }

    fn pass_time(&mut self, now: Millis, times: &Times, longest: usize, here: bool) -> Vec<Output> {
        match &mut self.stage {
            Stage::Asked { until, .. } if now >= *until => {
                let mut out = vec![Output::StopFollowing];
                out.extend(self.on_unanswered(now, longest, here));
                out
            }
            Stage::Glare { again_at, glares } if now >= *again_at => {
                let glares = *glares;
                if !here {
                    return self.on_unanswered(now, longest, here);
                }
                let until = now + times.transfer_answer;
                self.set_stage(Stage::Asked { until, glares }, "asked again");
                vec![Output::Ask]
            }
            Stage::Followed { until, .. } if now >= *until => {
                let mut out = vec![Output::StopFollowing];
                out.extend(self.unfollow(now, "nothing was told for too long"));
                out
            }
            Stage::Followed { hold_at, .. } if hold_at.is_some_and(|at| now >= at) => {
                *hold_at = None;
                here.then_some(Output::Hold).into_iter().collect()
            }
            _ => vec![],
        }
    }

    /// When it has something to do by itself.
    pub(crate) fn wakes_at(&self) -> Option<Millis> {
        match &self.stage {
            Stage::Asked { until, .. } => Some(*until),
            Stage::Glare { again_at, .. } => Some(*again_at),
            Stage::Followed { until, hold_at, .. } => Some(hold_at.unwrap_or(*until).min(*until)),
            Stage::Done { .. } | Stage::Failed { .. } | Stage::Unfollowed { .. } => None,
        }
    }

    /// Since when nothing more is to come of it.
    pub(crate) fn over_since(&self) -> Option<Millis> {
        match self.stage {
            Stage::Done { at, .. } | Stage::Failed { at, .. } | Stage::Unfollowed { at } => {
                Some(at)
            }
            Stage::Asked { .. } | Stage::Glare { .. } | Stage::Followed { .. } => None,
        }
    }

    /// It came to nothing before `began`, and the customer was to come back.
    pub(crate) fn returned(&self, began: Millis) -> bool {
        let then = AfterFailure::Returns;
        matches!(&self.stage, Stage::Failed { then: it, at, .. } if *it == then && *at <= began)
    }

    /// As the state shows it.
    pub(crate) fn shown(&self) -> TransferStage {
        match &self.stage {
            Stage::Asked { .. } | Stage::Glare { .. } => TransferStage::Asked,
            Stage::Followed { shown, .. } => match *shown {
                Way::Trying => TransferStage::Trying,
                Way::Ringing { since } => TransferStage::Ringing { since },
                Way::Waiting { since } => TransferStage::Waiting { since },
            },
            Stage::Done { by, at } => TransferStage::Done {
                by: by.clone(),
                at: *at,
            },
            Stage::Failed { why, then, at } => TransferStage::Failed {
                why: why.clone(),
                then: then.clone(),
                at: *at,
            },
            Stage::Unfollowed { at } => TransferStage::Unfollowed { at: *at },
        }
    }
}

impl Stage {
    fn name(&self) -> &'static str {
        match self {
            Stage::Asked { .. } => "asked",
            Stage::Glare { .. } => "glare",
            Stage::Followed { .. } => "followed",
            Stage::Done { .. } => "done",
            Stage::Failed { .. } => "failed",
            Stage::Unfollowed { .. } => "unfollowed",
        }
    }
}
