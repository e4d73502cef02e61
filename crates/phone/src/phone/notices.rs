//! Notices: what went wrong, for the person.

use super::Times;
use super::outbox::Outbox;
use crate::language::{AfterFailure, CallId, Event, Millis, Notice, Trouble};

/// The notices on the screen, newest last.
#[derive(Debug, Default)]
pub(crate) struct Notices {
    shown: Vec<Notice>,
    last_id: u64,
}

impl Notices {
    /// Shows one. The same trouble of the same call replaces the one before, so that something that
    /// fails again and again does not fill the screen.
    pub(crate) fn add(
        &mut self,
        out: &mut Outbox,
        now: Millis,
        most: usize,
        call: Option<&CallId>,
        trouble: Trouble,
    ) {
        self.shown.retain(|shown| {
            shown.call.as_ref() != call || !is_repeated(&shown.trouble, &trouble, call)
        });
        self.last_id += 1;
        let notice = Notice {
            id: self.last_id,
            at: now,
            call: call.cloned(),
            trouble,
        };
        out.event(Event::Trouble {
            notice: notice.clone(),
        });
        self.shown.push(notice);
        let over = self.shown.len().saturating_sub(most);
        self.shown.drain(..over);
    }

    /// Removes one; whether it was there.
    pub(crate) fn dismiss(&mut self, id: u64) -> bool {
        let before = self.shown.len();
        self.shown.retain(|notice| notice.id != id);
        self.shown.len() < before
    }

    /// Removes those of a call that is no longer on the screen.
    pub(crate) fn forget_call(&mut self, call: &CallId) {
        self.shown
            .retain(|notice| notice.call.as_ref() != Some(call));
    }

    /// Removes those that are no longer true.
    pub(crate) fn mended(&mut self, mended: impl Fn(&Trouble) -> bool) {
        self.shown.retain(|notice| !mended(&notice.trouble));
    }

    /// Removes those that tell of something past, when they were there for long enough.
    pub(crate) fn pass_time(&mut self, now: Millis, times: &Times) {
        self.shown
            .retain(|notice| goes_at(notice, times).is_none_or(|at| now < at));
    }

    /// Removes those that tell of something past, all of them.
    pub(crate) fn forget_past(&mut self) {
        self.shown.retain(|notice| !is_past(&notice.trouble));
    }

    /// Removes those that announced a customer who was back at `began`.
    pub(crate) fn returned(&mut self, began: Millis) {
        self.shown
            .retain(|notice| notice.at > began || !announces_return(&notice.trouble));
    }

    /// This call waits no more: those that say so tell of something past from now on.
    pub(crate) fn taken_back(&mut self, now: Millis, call: &CallId) {
        let of_call = |notice: &&mut Notice| notice.call.as_ref() == Some(call);
        for notice in self.shown.iter_mut().filter(of_call) {
            if let Trouble::TransferFailed { then, .. } = &mut notice.trouble
                && *then == AfterFailure::Waits
            {
                *then = AfterFailure::StillHere;
                notice.at = now;
            }
        }
    }

    /// When the next one goes by itself.
    pub(crate) fn wakes_at(&self, times: &Times) -> Option<Millis> {
        let all = self.shown.iter();
        all.filter_map(|notice| goes_at(notice, times)).min()
    }

    pub(crate) fn shown(&self) -> &[Notice] {
        &self.shown
    }
}

fn goes_at(notice: &Notice, times: &Times) -> Option<Millis> {
    is_past(&notice.trouble).then(|| notice.at + times.notice_shown)
}

/// Whether it is the same once more; of a call that is still here, also another transfer that fails alike.
fn is_repeated(old: &Trouble, new: &Trouble, call: Option<&CallId>) -> bool {
    let told = |trouble: &Trouble| match trouble {
        Trouble::TransferFailed {
            target, why, then, ..
        } if call.is_some() => Some((target.clone(), why.clone(), then.clone())),
        _ => None,
    };
    old == new || told(old).is_some_and(|old| Some(old) == told(new))
}

/// Whether it tells of something that happened once. Everything else is so until it is mended or dismissed.
fn is_past(trouble: &Trouble) -> bool {
    match trouble {
        Trouble::TransferFailed { .. } => !says_that_it_waits(trouble),
        Trouble::ConsultationEnded { .. }
        | Trouble::CustomerHungUp { .. }
        | Trouble::SentElsewhere { .. } => true,
        _ => false,
    }
}

fn says_that_it_waits(trouble: &Trouble) -> bool {
    matches!(
        trouble,
        Trouble::TransferFailed {
            then: AfterFailure::Waits,
            ..
        }
    )
}

fn announces_return(trouble: &Trouble) -> bool {
    matches!(
        trouble,
        Trouble::TransferFailed {
            then: AfterFailure::Returns,
            ..
        }
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Party;

    #[test]
    fn the_oldest_goes_and_a_repeated_one_is_shown_once() {
        let (mut notices, mut out) = (Notices::default(), Outbox::default());
        let mut add = |trouble| notices.add(&mut out, 0, 2, None, trouble);
        add(Trouble::ServerDown);
        add(Trouble::WrongPassword);
        add(Trouble::ServerDown);
        let shown: Vec<_> = notices.shown().iter().map(|n| n.trouble.clone()).collect();
        assert_eq!(shown, [Trouble::WrongPassword, Trouble::ServerDown]);
        notices.add(&mut out, 0, 2, None, Trouble::SoundBlocked);
        assert_eq!(notices.shown().len(), 2);
        let id = notices.shown()[0].id;
        assert!(notices.dismiss(id) && !notices.dismiss(id));
    }

    #[test]
    fn what_is_past_goes_by_itself_and_what_is_so_stays() {
        let (mut notices, mut out) = (Notices::default(), Outbox::default());
        let times = Times::default();
        let gone = Trouble::CustomerHungUp {
            customer: Party::default(),
            with: Party::default(),
            answered: true,
        };
        notices.add(&mut out, 500, 8, None, gone);
        notices.add(&mut out, 700, 8, None, Trouble::SoundBlocked);
        let goes = 500 + times.notice_shown;
        assert_eq!(notices.wakes_at(&times), Some(goes));
        notices.pass_time(goes - 1, &times);
        assert_eq!(notices.shown().len(), 2);
        notices.pass_time(goes, &times);
        assert_eq!(notices.shown()[0].trouble, Trouble::SoundBlocked);
        assert_eq!(notices.wakes_at(&times), None);
    }
}
