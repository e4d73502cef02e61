//! Whether the far end still knows the dialog of a call.

use alo_sip::ua::{RequestId, SessionTrouble};

use crate::language::Millis;

/// First and longest pause between two attempts to reach the far end again.
const RETRY_FIRST: Millis = 4_000;
const RETRY_LONGEST: Millis = 30_000;

/// It is uncertain whether the far end knows the dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Lost {
    since: Millis,
    /// It said itself that it does not (481): asking again is no use.
    gone: bool,
    tried: u32,
    retry_at: Millis,
    /// The dialog is gone and the media too; the call is given up then.
    give_up_at: Option<Millis>,
}

/// Health of the dialog of one call.
#[derive(Debug, Default)]
pub(crate) struct DialogHealth {
    lost: Option<Lost>,
    probe: Option<RequestId>,
}

impl DialogHealth {
    /// The user agent reports trouble.
    pub(crate) fn trouble(&mut self, now: Millis, why: SessionTrouble) {
        let gone = why == SessionTrouble::Gone481;
        let lost = self.lost.get_or_insert(Lost {
            since: now,
            gone,
            tried: 0,
            retry_at: now + RETRY_FIRST,
            give_up_at: None,
        });
        lost.gone |= gone;
    }

    /// The far end answered in the dialog.
    pub(crate) fn heard_from(&mut self) {
        self.lost = None;
    }

    /// Somebody answered a request in the dialog with something else than 481. Not every server looks
    /// which dialog it is before it does, so this is no proof against a 481 to another request.
    pub(crate) fn answered(&mut self) {
        if !self.is_gone() {
            self.lost = None;
        }
    }

    /// A refresh (re-INVITE) goes out.
    pub(crate) fn retried(&mut self, now: Millis) {
        if let Some(lost) = &mut self.lost {
            lost.tried += 1;
            let pause = RETRY_FIRST << lost.tried.min(3);
            lost.retry_at = now + pause.min(RETRY_LONGEST);
        }
    }

    /// Whether a refresh is due.
    pub(crate) fn wants_refresh(&self, now: Millis) -> bool {
        self.lost
            .is_some_and(|lost| !lost.gone && now >= lost.retry_at)
    }

    /// Keeps the time that a call has left whose dialog is known to be gone, and whose media is too.
    /// `alive`: its media flows, or nobody can be asked at the moment.
    pub(crate) fn media_is(&mut self, now: Millis, alive: bool, patience: Millis) {
        if let Some(lost) = &mut self.lost {
            if alive || !lost.gone {
                lost.give_up_at = None;
            } else {
                lost.give_up_at.get_or_insert(now + patience);
            }
        }
    }

    /// Neither dialog nor media came back in time.
    pub(crate) fn is_hopeless(&self, now: Millis) -> bool {
        self.give_up_at().is_some_and(|at| now >= at)
    }

    pub(crate) fn give_up_at(&self) -> Option<Millis> {
        self.lost.and_then(|lost| lost.give_up_at)
    }

    /// Since when it is uncertain.
    pub(crate) fn lost_since(&self) -> Option<Millis> {
        self.lost.map(|lost| lost.since)
    }

    /// When the next refresh is due.
    pub(crate) fn retry_at(&self) -> Option<Millis> {
        self.lost
            .filter(|lost| !lost.gone)
            .map(|lost| lost.retry_at)
    }

    /// The far end said that it does not know the dialog.
    pub(crate) fn is_gone(&self) -> bool {
        self.lost.is_some_and(|lost| lost.gone)
    }

    /// A request went out only to see whether it is answered.
    pub(crate) fn probing(&mut self, request: RequestId) {
        self.probe = Some(request);
    }

    /// An answer came; whether to the probe.
    pub(crate) fn probed(&mut self, request: RequestId) -> bool {
        let ours = self.probe == Some(request);
        if ours {
            self.probe = None;
        }
        ours
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dialog_that_is_gone_is_kept_while_its_media_is_up() {
        let mut dialog = DialogHealth::default();
        dialog.trouble(10, SessionTrouble::Gone481);
        dialog.media_is(10, true, 1000);
        assert!(!dialog.is_hopeless(1_000_000));
        assert!(!dialog.wants_refresh(1_000_000));
        dialog.media_is(2000, false, 1000);
        dialog.media_is(2500, false, 1000);
        assert!(!dialog.is_hopeless(2999) && dialog.is_hopeless(3000));
        assert_eq!(dialog.lost_since(), Some(10));
    }

    #[test]
    fn one_that_is_only_uncertain_is_asked_again_with_back_off() {
        let mut dialog = DialogHealth::default();
        dialog.trouble(0, SessionTrouble::TimedOut408);
        dialog.media_is(0, false, 1000);
        assert!(!dialog.is_hopeless(1_000_000), "it may well be there");
        assert!(!dialog.wants_refresh(3999) && dialog.wants_refresh(4000));
        dialog.retried(4000);
        assert_eq!(dialog.retry_at(), Some(12_000));
        dialog.heard_from();
        assert_eq!(dialog.lost_since(), None);
    }

    #[test]
    fn an_answer_ends_the_doubt_but_does_not_bring_a_dialog_back() {
        let mut dialog = DialogHealth::default();
        dialog.trouble(0, SessionTrouble::TimedOut408);
        dialog.answered();
        assert_eq!(dialog.lost_since(), None);
        dialog.trouble(0, SessionTrouble::Gone481);
        dialog.answered();
        assert!(dialog.is_gone());
    }
}
