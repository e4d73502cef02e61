//! Digits as RFC 4733 events, by the browser's own sender.

use std::cell::RefCell;
use std::rc::Rc;

use alo_phone::io::{Ask, MediaEvent};
use alo_phone::language::{CallId, Digits};
use gloo::events::EventListener;
use gloo::timers::callback::Timeout;
use js_sys::{Array, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{
    RtcRtpTransceiver, RtcRtpTransceiverDirection, RtcdtmfSender, RtcdtmfToneChangeEvent,
};

use crate::platform::js;

/// How long a digit sounds and how long it is quiet after it, in milliseconds. RFC 4733, section
/// 2.5.1.2, leaves it to the sender; 100 ms is heard by every IVR, also through a transcoder. (The
/// phone reckons with the sum of the two.)
const TONE_MS: u32 = 100;
const GAP_MS: u32 = 70;
/// For the browser to say that all are out, over the time that they take. A sender whose transceiver
/// is stopped or turned round in the middle says nothing any more.
const PATIENCE_MS: u32 = 2_000;

/// The digits of one call that are on their way.
pub(crate) struct DigitSender {
    call: CallId,
    sink: Rc<dyn Fn(MediaEvent)>,
    batch: RefCell<Option<Batch>>,
}

/// What was asked for at once.
struct Batch {
    ask: Ask,
    digits: Digits,
    /// `None` while they wait for the media path.
    playing: Option<Playing>,
    _deadline: Timeout,
}

struct Playing {
    sender: RtcdtmfSender,
    _changed: EventListener,
}

/// Whether digits can be sent in a call now.
enum Possible {
    Now(RtcdtmfSender),
    /// The media does not flow from here at the moment.
    Later,
    Never,
}

impl DigitSender {
    pub(crate) fn new(call: CallId, sink: Rc<dyn Fn(MediaEvent)>) -> Self {
        Self {
            call,
            sink,
            batch: RefCell::default(),
        }
    }

    /// Sends these. The phone asks for the next ones when it knows what became of the ones before, or
    /// has given them up.
    pub(crate) fn send(
        self: &Rc<Self>,
        ask: Ask,
        digits: Digits,
        audio: Option<&RtcRtpTransceiver>,
        up: bool,
    ) {
        self.close();
        let count = u32::try_from(digits.0.len()).unwrap_or(u32::MAX);
        let wait = count
            .saturating_mul(TONE_MS + GAP_MS)
            .saturating_add(PATIENCE_MS);
        let weak = Rc::downgrade(self);
        let deadline = Timeout::new(wait, move || {
            if let Some(digits) = weak.upgrade() {
                digits.give_up();
            }
        });
        *self.batch.borrow_mut() = Some(Batch {
            ask,
            digits,
            playing: None,
            _deadline: deadline,
        });
        self.next(audio, up);
    }

    /// Nothing more is sent.
    pub(crate) fn close(&self) {
        let playing = self.batch.take().and_then(|batch| batch.playing);
        if let Some(playing) = playing {
            stop(&playing.sender);
        }
    }

    /// Sends what waits, if it can be sent now. `up`: whether the media path is up.
    pub(crate) fn next(self: &Rc<Self>, audio: Option<&RtcRtpTransceiver>, up: bool) {
        let waits = |batch: &Batch| batch.playing.is_none();
        if !self.batch.borrow().as_ref().is_some_and(waits) {
            return;
        }
        let sent = match possible(audio, up) {
            Possible::Later => return,
            Possible::Now(sender) => self.play(&sender),
            Possible::Never => false,
        };
        if !sent && let Some(batch) = self.batch.take() {
            (self.sink)(MediaEvent::DigitsRefused {
                call: self.call.clone(),
                ask: batch.ask,
                digits: batch.digits,
            });
        }
    }

    fn play(self: &Rc<Self>, sender: &RtcdtmfSender) -> bool {
        let weak = Rc::downgrade(self);
        let changed = EventListener::new(sender, "tonechange", move |event| {
            // An empty tone: all are out (WebRTC 1.0, section 7.3).
            let over = event
                .dyn_ref::<RtcdtmfToneChangeEvent>()
                .is_some_and(|event| event.tone().is_empty());
            if over && let Some(digits) = weak.upgrade() {
                digits.done();
            }
        });
        let mut batch = self.batch.borrow_mut();
        let Some(batch) = batch.as_mut() else {
            return true;
        };
        let inserted = insert(sender, &batch.digits.0);
        if inserted {
            batch.playing = Some(Playing {
                sender: sender.clone(),
                _changed: changed,
            });
        }
        inserted
    }

    fn done(self: &Rc<Self>) {
        // The listener that this is called by must not be dropped under its own feet.
        let over = self.batch.borrow().as_ref().map(|batch| batch.ask);
        let this = Rc::clone(self);
        spawn_local(async move {
            let now = this.batch.borrow().as_ref().map(|batch| batch.ask);
            if over.is_some() && now == over {
                let batch = this.batch.take();
                this.tell_sent(batch);
            }
        });
    }

    /// The browser does not go on: what is left comes back.
    fn give_up(&self) {
        let Some(batch) = self.batch.take() else {
            return;
        };
        let left = match &batch.playing {
            Some(playing) => {
                let left = playing.sender.tone_buffer();
                stop(&playing.sender);
                left
            }
            None => batch.digits.0.clone(),
        };
        if left.is_empty() {
            self.tell_sent(Some(batch));
        } else {
            (self.sink)(MediaEvent::DigitsLeft {
                call: self.call.clone(),
                ask: batch.ask,
                digits: Digits(left),
            });
        }
    }

    fn tell_sent(&self, batch: Option<Batch>) {
        if let Some(batch) = batch {
            (self.sink)(MediaEvent::DigitsSent {
                call: self.call.clone(),
                ask: batch.ask,
            });
        }
    }
}

fn possible(audio: Option<&RtcRtpTransceiver>, up: bool) -> Possible {
    let Some(audio) = audio else {
        return Possible::Later;
    };
    let sender = audio.sender();
    let Some(dtmf) = sender.dtmf() else {
        return Possible::Never;
    };
    let ready = js::get(&dtmf, "canInsertDTMF").as_bool();
    match ready {
        // It is the path, or the direction, that is in the way.
        Some(false) if (!up || !sends(audio)) && may_have_telephone_event(&sender) => {
            Possible::Later
        }
        Some(false) => Possible::Never,
        // Firefox does not tell before 2023; it throws where it cannot.
        Some(true) | None => Possible::Now(dtmf),
    }
}

/// Whether both ends agreed that something flows from here.
fn sends(audio: &RtcRtpTransceiver) -> bool {
    matches!(
        audio.current_direction(),
        Some(RtcRtpTransceiverDirection::Sendrecv | RtcRtpTransceiverDirection::Sendonly)
    )
}

/// Whether the far end agreed to telephone-event; not known before an answer is in force.
fn may_have_telephone_event(sender: &web_sys::RtcRtpSender) -> bool {
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

/// No digits take the place of those that wait (WebRTC 1.0, section 7.2).
fn stop(sender: &RtcdtmfSender) {
    insert(sender, "");
}
