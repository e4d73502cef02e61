//! Digits as RFC 4733 events, by the browser's own sender.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use alo_phone::io::MediaEvent;
use alo_phone::language::{CallId, Digits};
use gloo::events::EventListener;
use js_sys::{Array, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{RtcRtpTransceiver, RtcdtmfSender, RtcdtmfToneChangeEvent};

use crate::platform::js;

/// How long a digit sounds and how long it is quiet after it, in milliseconds. RFC 4733, section
/// 2.5.1.2, leaves it to the sender; 100 ms is heard by every IVR, also through a transcoder.
const TONE_MS: u32 = 100;
const GAP_MS: i32 = 70;

/// Digits of one call that wait, and the ones on their way.
pub(crate) struct DigitSender {
    call: CallId,
    sink: Rc<dyn Fn(MediaEvent)>,
    waiting: RefCell<VecDeque<Digits>>,
    busy: RefCell<Option<EventListener>>,
}

/// Whether digits can be sent in a call now.
enum Possible {
    Now(RtcdtmfSender),
    /// The media path is not up yet.
    Later,
    Never,
}

impl DigitSender {
    pub(crate) fn new(call: CallId, sink: Rc<dyn Fn(MediaEvent)>) -> Self {
        Self {
            call,
            sink,
            waiting: RefCell::default(),
            busy: RefCell::default(),
        }
    }

    /// Sends these after the ones before.
    pub(crate) fn send(
        self: &Rc<Self>,
        digits: Digits,
        audio: Option<&RtcRtpTransceiver>,
        up: bool,
    ) {
        self.waiting.borrow_mut().push_back(digits);
        self.next(audio, up);
    }

    /// Nothing more is sent.
    pub(crate) fn close(&self) {
        self.waiting.borrow_mut().clear();
        self.busy.take();
    }

    /// Sends what waits, if nothing is under way. `up`: whether the media path is up.
    pub(crate) fn next(self: &Rc<Self>, audio: Option<&RtcRtpTransceiver>, up: bool) {
        while self.busy.borrow().is_none() && !self.waiting.borrow().is_empty() {
            let sender = match possible(audio, up) {
                Possible::Later => return,
                Possible::Now(sender) => Some(sender),
                Possible::Never => None,
            };
            let Some(digits) = self.waiting.borrow_mut().pop_front() else {
                return;
            };
            let sent = sender.is_some_and(|sender| self.insert(&sender, &digits, audio));
            if !sent {
                (self.sink)(MediaEvent::DigitsRefused {
                    call: self.call.clone(),
                    digits,
                });
            }
        }
    }

    fn insert(
        self: &Rc<Self>,
        sender: &RtcdtmfSender,
        digits: &Digits,
        audio: Option<&RtcRtpTransceiver>,
    ) -> bool {
        let (weak, audio) = (Rc::downgrade(self), audio.cloned());
        let done = EventListener::new(sender, "tonechange", move |event| {
            // An empty tone: all are out (WebRTC 1.0, section 7.3).
            let over = event
                .dyn_ref::<RtcdtmfToneChangeEvent>()
                .is_some_and(|event| event.tone().is_empty());
            if over && let Some(digits) = weak.upgrade() {
                digits.done(audio.clone());
            }
        });
        *self.busy.borrow_mut() = Some(done);
        let inserted = insert(sender, &digits.0);
        if !inserted {
            self.busy.take();
        }
        inserted
    }

    fn done(self: &Rc<Self>, audio: Option<RtcRtpTransceiver>) {
        // The listener that this is called by must not be dropped under its own feet.
        let this = Rc::clone(self);
        wasm_bindgen_futures::spawn_local(async move {
            if this.busy.take().is_some() {
                (this.sink)(MediaEvent::DigitsSent {
                    call: this.call.clone(),
                });
                this.next(audio.as_ref(), true);
            }
        });
    }
}

fn possible(audio: Option<&RtcRtpTransceiver>, up: bool) -> Possible {
    let Some(sender) = audio.map(RtcRtpTransceiver::sender) else {
        return Possible::Later;
    };
    let Some(dtmf) = sender.dtmf() else {
        return Possible::Never;
    };
    let ready = js::get(&dtmf, "canInsertDTMF").as_bool();
    match ready {
        Some(false) if up || !has_telephone_event(&sender) => Possible::Never,
        Some(false) => Possible::Later,
        // Firefox does not tell before 2023; it throws where it cannot.
        Some(true) | None => Possible::Now(dtmf),
    }
}

/// Whether the far end agreed to telephone-event; not known before an answer is in force.
fn has_telephone_event(sender: &web_sys::RtcRtpSender) -> bool {
    let parameters = js::call(sender, "getParameters", &JsValue::UNDEFINED);
    let codecs = js::get(&parameters.unwrap_or_default(), "codecs");
    let codecs = codecs.dyn_into::<Array>().unwrap_or_default();
    codecs.length() == 0
        || codecs.iter().any(|codec| {
            js::text(&codec, "mimeType")
                .is_some_and(|kind| kind.eq_ignore_ascii_case("audio/telephone-event"))
        })
}

/// `web-sys` binds this method as one that does not throw; it does, where no telephone-event was
/// negotiated or a character is not a digit.
fn insert(sender: &RtcdtmfSender, digits: &str) -> bool {
    let Ok(method) = Reflect::get(sender, &"insertDTMF".into()) else {
        return false;
    };
    let Ok(method) = method.dyn_into::<js_sys::Function>() else {
        return false;
    };
    let arguments: [JsValue; 3] = [digits.into(), TONE_MS.into(), GAP_MS.into()];
    method
        .call3(sender, &arguments[0], &arguments[1], &arguments[2])
        .is_ok()
}
