//! Notices: what went wrong, for the person.

use super::outbox::Outbox;
use crate::language::{CallId, Event, Millis, Notice, Trouble};

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
        self.shown
            .retain(|shown| shown.call.as_ref() != call || shown.trouble != trouble);
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

    pub(crate) fn shown(&self) -> &[Notice] {
        &self.shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
