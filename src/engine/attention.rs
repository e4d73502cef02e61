//! What a call that rings here does outside the panel: notification and title. (The sound is the
//! phone's own decision.)

use std::cell::RefCell;
use std::rc::Rc;

use alo_phone::language::{Call, CallId, Phase, State};

use crate::platform::notification::Shown;
use crate::platform::page;
use crate::platform::title::TitleFlash;

/// Words for an incoming call, in the language of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// Title of the notification, and what the page's title alternates with: "Incoming call".
    pub title: String,
    /// Body of the notification: who calls, and from which queue.
    pub body: String,
}

/// How an announced call is put into words.
pub(crate) type Wording = Rc<dyn Fn(&Call) -> Words>;

/// Announces the call that rings.
#[derive(Default)]
pub(crate) struct Attention {
    wording: RefCell<Option<Wording>>,
    announced: RefCell<Option<Announced>>,
}

struct Announced {
    call: CallId,
    words: Words,
    _title: TitleFlash,
    notification: Option<Shown>,
}

impl Attention {
    /// Announces in these words from now on; `None` announces nothing.
    pub(crate) fn set_wording(&self, wording: Option<Wording>) {
        if wording.is_none() {
            self.announced.take();
        }
        *self.wording.borrow_mut() = wording;
    }

    /// The state changed, or the page became hidden or visible.
    pub(crate) fn update(&self, state: &State) {
        let ringing = state
            .calls
            .iter()
            .find(|call| matches!(call.phase, Phase::Ringing { .. }));
        let Some(call) = ringing else {
            self.announced.take();
            return;
        };
        let known = self
            .announced
            .borrow()
            .as_ref()
            .is_some_and(|announced| announced.call == call.id);
        if !known {
            // The old one first: its title flash puts back the page's own title.
            self.announced.take();
            *self.announced.borrow_mut() = self.announce(call);
        }
        if let Some(announced) = self.announced.borrow_mut().as_mut() {
            announced.notify();
        }
    }

    fn announce(&self, call: &Call) -> Option<Announced> {
        let words = self.wording.borrow().clone()?(call);
        Some(Announced {
            call: call.id.clone(),
            _title: TitleFlash::new(words.title.clone()),
            words,
            notification: None,
        })
    }
}

impl Announced {
    /// A person who sees the page needs no notification beside it.
    fn notify(&mut self) {
        if !page::is_hidden() {
            self.notification = None;
        } else if self.notification.is_none() {
            self.notification = Shown::new(&self.words.title, &self.words.body, &self.call.0);
        }
    }
}
