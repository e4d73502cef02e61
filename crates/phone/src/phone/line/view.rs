//! One call as the state shows it.

use super::actions::Surroundings;
use super::record::{Line, Progress, Stage};
use crate::language::{Call, Millis, Phase, Recovery, RecoveryKind};

impl Line {
    /// The call as the state shows it. `away` says since when signalling is away, and when it is
    /// tried again.
    pub(crate) fn view(
        &self,
        around: &Surroundings,
        away: Option<(Millis, Option<Millis>)>,
    ) -> Call {
        Call {
            id: self.id.clone(),
            direction: self.about.direction,
            remote: self.about.remote.clone(),
            hotline: self.about.hotline.clone(),
            queue: self.about.queue.clone(),
            others: self.word.others.clone(),
            introduction: self.word.introduction.clone(),
            consultation: self.consultation(),
            began: self.about.began,
            phase: self.phase(),
            hold: self.hold.shown(self.negotiation.hold_in_flight()),
            held_by_remote: self.held_by_remote,
            muted: self.muted,
            hearing: self.hearing(),
            recovery: self.recovery(away),
            quality: self.quality,
            video: self.video,
            // A queue of digits is bounded by a limit far below.
            digits_pending: u32::try_from(self.digits.pending()).unwrap_or(u32::MAX),
            actions: self.actions(around),
        }
    }

    fn phase(&self) -> Phase {
        match &self.stage {
            Stage::Preparing { .. } | Stage::Inviting(Progress::Nothing) => Phase::Dialing,
            Stage::Inviting(progress) => Phase::RemoteRinging {
                early_media: matches!(progress, Progress::EarlyMedia { .. }),
            },
            Stage::Ringing { .. } => Phase::Ringing {
                answer_by: self.about.answer_by,
            },
            Stage::Answering(_) => Phase::Answering,
            Stage::Talking { since } => Phase::Talking { since: *since },
            Stage::Ended {
                outcome,
                at,
                talked,
            } => Phase::Ended {
                outcome: outcome.clone(),
                at: *at,
                talked: *talked,
            },
        }
    }

    /// What is being mended; what the person hears of it most comes first.
    fn recovery(&self, away: Option<(Millis, Option<Millis>)>) -> Option<Recovery> {
        if !self.is_live() {
            return None;
        }
        let broken = self.path.broken_since().map(|since| Recovery {
            kind: RecoveryKind::Media,
            since,
            retry_at: self
                .path
                .restart_at()
                .filter(|_| away.is_none() && !self.dialog.is_gone()),
        });
        let lost = self.dialog.lost_since().map(|since| Recovery {
            kind: RecoveryKind::Session,
            since,
            retry_at: self.dialog.retry_at(),
        });
        let unreached = away.map(|(since, retry_at)| Recovery {
            kind: RecoveryKind::Signalling,
            since,
            retry_at,
        });
        broken.or(lost).or(unreached)
    }
}
