//! Hands each request to the part that carries it out.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::{Rc, Weak};

use alo_api::IceServer;
use alo_phone::io::{Ask, MediaEvent, MediaRequest, MicrophoneState};
use alo_phone::language::{CallId, DeviceKind};
use gloo::events::EventListener;
use gloo::timers::callback::{Interval, Timeout};
use wasm_bindgen::JsCast;
use web_sys::EventTarget;

use super::call::{CallMedia, Floor, Step};
use super::candidate::Gathering;
use super::devices::DeviceBook;
use super::microphone::{Listeners, Microphone};
use super::sound::Sound;
use super::spare::{self, Prepared, Spare};
use super::tone::ToneDesk;
use crate::platform::page::window;
use crate::platform::{Task, js, task};

/// Pause between two samples of the quality, in milliseconds.
const SAMPLE_EVERY_MS: u32 = 2000;

/// How long after the start the browser is made ready for the first call, in milliseconds: signing
/// in comes first.
const WARM_UP_AFTER_MS: u32 = 700;

/// How long a call that was expected may keep the person waiting, in milliseconds.
const EXPECT_MS: u32 = 30_000;

/// How the media engine is set up.
#[derive(Debug, Clone)]
pub(crate) struct MediaConfig {
    /// STUN and TURN servers.
    pub(crate) ice_servers: Vec<IceServer>,
    /// Longest wait for a first ICE candidate, in milliseconds.
    pub(crate) gathering_cap_ms: u32,
}

/// The media engine. When it is dropped, everything is released.
pub(crate) struct MediaEngine(Rc<Desk>);

struct Desk {
    floor: Rc<Floor>,
    calls: RefCell<BTreeMap<CallId, Rc<CallMedia>>>,
    tones: ToneDesk,
    /// Runs while there is a call.
    sampler: RefCell<Option<Interval>>,
    devices_changed: RefCell<Option<EventListener>>,
    looking: RefCell<Option<Task>>,
    enabling: RefCell<Option<Task>>,
    warming: RefCell<Option<Timeout>>,
    /// For the next call, while one is expected.
    spare: RefCell<Option<Spare>>,
    expecting: RefCell<Option<Timeout>>,
}

impl MediaEngine {
    /// Begins to look at devices and permissions, without asking the person anything. `sink` takes
    /// the events.
    pub(crate) fn new(config: MediaConfig, sink: impl Fn(MediaEvent) + 'static) -> Self {
        let sink: Rc<dyn Fn(MediaEvent)> = Rc::new(sink);
        let desk = Rc::new_cyclic(|weak: &Weak<Desk>| Desk {
            floor: Rc::new(floor(config, &sink, weak)),
            calls: RefCell::default(),
            tones: ToneDesk::default(),
            sampler: RefCell::default(),
            devices_changed: RefCell::default(),
            looking: RefCell::default(),
            enabling: RefCell::default(),
            warming: RefCell::default(),
            spare: RefCell::default(),
            expecting: RefCell::default(),
        });
        desk.watch_devices();
        desk.look();
        desk.floor.sound.probe();
        desk.warm_up();
        Self(desk)
    }

    /// Does what the phone asks for.
    pub(crate) fn carry_out(&self, request: MediaRequest) {
        self.0.carry_out(request);
    }

    /// The person is about to place a call: what can be done before the click is done now. Nobody is
    /// asked for anything, and the microphone stays closed.
    pub(crate) fn expect_call(&self) {
        self.0.expect_call();
    }

    /// Whether an offer or answer is being made or taken at this moment (and not only waits for a
    /// person).
    pub(crate) fn is_negotiating(&self) -> bool {
        let calls = self.0.calls.borrow();
        calls.values().any(|call| call.is_negotiating())
    }

    /// No call is expected any more.
    pub(crate) fn expect_no_call(&self) {
        self.0.expecting.take();
        self.0.spare.take();
    }
}

impl Drop for MediaEngine {
    fn drop(&mut self) {
        let desk = &self.0;
        for call in std::mem::take(&mut *desk.calls.borrow_mut()).into_values() {
            call.close();
        }
        desk.tones
            .play(None, &desk.floor.devices, &desk.floor.sound);
        desk.sampler.take();
        desk.devices_changed.take();
        desk.looking.take();
        desk.enabling.take();
        desk.warming.take();
        desk.expecting.take();
        desk.spare.take();
        desk.floor.sound.close();
    }
}

fn floor(config: MediaConfig, sink: &Rc<dyn Fn(MediaEvent)>, desk: &Weak<Desk>) -> Floor {
    let devices = DeviceBook::new();
    let (changed, moved, sound) = (desk.clone(), desk.clone(), desk.clone());
    let microphone = Microphone::new(
        devices.devices().microphone,
        Listeners {
            state: Box::new(move |state| {
                if let Some(desk) = changed.upgrade() {
                    desk.microphone_changed(state);
                }
            }),
            moved: Box::new(move || {
                if let Some(desk) = moved.upgrade() {
                    desk.each_call(CallMedia::look_at_microphone);
                }
            }),
        },
    );
    Floor {
        gathering: Gathering {
            cap_ms: config.gathering_cap_ms,
            has_servers: !config.ice_servers.is_empty(),
        },
        ice_servers: config.ice_servers,
        sink: Rc::clone(sink),
        microphone,
        devices,
        sound: Sound::new(move |allowed| {
            if let Some(desk) = sound.upgrade() {
                desk.sound_changed(allowed);
            }
        }),
    }
}

impl Desk {
    fn carry_out(self: &Rc<Self>, request: MediaRequest) {
        match request {
            MediaRequest::CreateOffer {
                call,
                ask,
                wants,
                ice_restart,
            } => {
                let offer = Step::Offer {
                    ask,
                    wants,
                    ice_restart,
                };
                self.push(call, ask, offer);
            }
            MediaRequest::AcceptOffer {
                call,
                ask,
                sdp,
                wants,
            } => self.push(call, ask, Step::Answer { ask, sdp, wants }),
            MediaRequest::SetAnswer {
                call,
                ask,
                sdp,
                provisional,
            } => {
                let answer = Step::TakeAnswer {
                    ask,
                    sdp,
                    provisional,
                };
                self.push(call, ask, answer);
            }
            MediaRequest::Rollback { call } => {
                if let Some(media) = self.existing(&call) {
                    media.push(Step::RollBack);
                }
            }
            MediaRequest::SetMicrophone { call, on } => {
                if let Some(media) = self.existing(&call) {
                    media.set_microphone(on);
                }
            }
            MediaRequest::SetSpeaker { call, on } => {
                if let Some(media) = self.existing(&call) {
                    media.set_speaker(on);
                }
            }
            MediaRequest::SendDigits { call, ask, digits } => match self.existing(&call) {
                Some(media) => media.send_digits(ask, digits),
                None => (self.floor.sink)(MediaEvent::DigitsRefused { call, ask, digits }),
            },
            MediaRequest::Close { call } => self.close(&call),
            MediaRequest::Tone(tone) => {
                self.tones
                    .play(tone, &self.floor.devices, &self.floor.sound);
            }
            MediaRequest::Enable => self.enable(),
            MediaRequest::ChooseDevice { kind, id } => self.choose(kind, id),
        }
    }

    fn existing(&self, call: &CallId) -> Option<Rc<CallMedia>> {
        self.calls.borrow().get(call).cloned()
    }

    fn push(self: &Rc<Self>, call: CallId, ask: Ask, step: Step) {
        if let Some(media) = self.existing(&call) {
            return media.push(step);
        }
        let prepared = self.take_spare(&step);
        match CallMedia::open(call.clone(), &self.floor, prepared) {
            Ok(media) => {
                // Too late to be of use, if it has not happened yet.
                self.warming.take();
                self.calls.borrow_mut().insert(call, Rc::clone(&media));
                self.sample();
                media.push(step);
            }
            Err(error) => (self.floor.sink)(MediaEvent::Failed { call, ask, error }),
        }
    }

    /// The spare connection, if the first step of a call can use it. One that cannot be used has
    /// waited for nothing.
    fn take_spare(&self, first: &Step) -> Option<Prepared> {
        self.expecting.take();
        let spare = self.spare.take()?;
        let suits = first.suits_spare() && spare.is_fresh();
        suits.then(|| spare.take()).flatten()
    }

    fn expect_call(self: &Rc<Self>) {
        self.warming.take();
        let fresh = self.spare.borrow().as_ref().is_some_and(Spare::is_fresh);
        if !fresh {
            // The old one first: there is one at most.
            self.spare.take();
            *self.spare.borrow_mut() = Spare::new(&self.floor.ice_servers, self.floor.gathering);
        }
        let weak = Rc::downgrade(self);
        let over = Timeout::new(EXPECT_MS, move || {
            if let Some(desk) = weak.upgrade() {
                desk.spare.take();
            }
        });
        *self.expecting.borrow_mut() = Some(over);
    }

    fn close(&self, call: &CallId) {
        let closed = self.calls.borrow_mut().remove(call);
        if let Some(media) = closed {
            media.close();
        }
        if self.calls.borrow().is_empty() {
            self.sampler.take();
        }
    }

    fn each_call(&self, f: impl Fn(&Rc<CallMedia>)) {
        let calls: Vec<_> = self.calls.borrow().values().cloned().collect();
        calls.iter().for_each(f);
    }

    fn sample(self: &Rc<Self>) {
        if self.sampler.borrow().is_some() {
            return;
        }
        let weak = Rc::downgrade(self);
        let sampler = Interval::new(SAMPLE_EVERY_MS, move || {
            if let Some(desk) = weak.upgrade() {
                desk.each_call(CallMedia::sample);
            }
        });
        *self.sampler.borrow_mut() = Some(sampler);
    }

    /// Asks for the microphone and lets it go again, and tries sound. Both are answered even where
    /// nothing changed.
    fn enable(self: &Rc<Self>) {
        self.floor.sound.ask();
        let floor = Rc::clone(&self.floor);
        let enabling = Task::spawn(async move {
            let state = match floor.microphone.lease().await {
                Ok(_lease) => MicrophoneState::Ready,
                Err(state) => state,
            };
            (floor.sink)(MediaEvent::Microphone(state));
        });
        *self.enabling.borrow_mut() = Some(enabling);
    }

    fn choose(self: &Rc<Self>, kind: DeviceKind, id: Option<String>) {
        self.floor.devices.choose(kind, id.clone());
        match kind {
            DeviceKind::Microphone => self.floor.microphone.choose(id),
            DeviceKind::Speaker | DeviceKind::Ringer => self.apply_outlets(),
            DeviceKind::Camera => {}
        }
        (self.floor.sink)(MediaEvent::Devices(self.floor.devices.devices()));
    }

    fn apply_outlets(&self) {
        self.each_call(|call| call.play());
        self.tones.devices_changed(&self.floor.devices);
    }

    fn watch_devices(self: &Rc<Self>) {
        let devices = js::get(&window().navigator(), "mediaDevices");
        let Ok(devices) = devices.dyn_into::<EventTarget>() else {
            return;
        };
        let weak = Rc::downgrade(self);
        let listener = EventListener::new(&devices, "devicechange", move |_| {
            if let Some(desk) = weak.upgrade() {
                desk.look();
            }
        });
        *self.devices_changed.borrow_mut() = Some(listener);
    }

    /// Looks at devices and permissions anew.
    fn look(self: &Rc<Self>) {
        let weak = Rc::downgrade(self);
        let looking = Task::spawn(async move {
            // What is found is told, and at the beginning nobody is there yet to be told.
            task::next_turn().await;
            let Some(floor) = weak.upgrade().map(|desk| Rc::clone(&desk.floor)) else {
                return;
            };
            if floor.devices.refresh().await {
                (floor.sink)(MediaEvent::Devices(floor.devices.devices()));
            }
            floor.microphone.look(floor.devices.has_microphone()).await;
            floor.microphone.devices_changed();
            if let Some(desk) = weak.upgrade() {
                desk.apply_outlets();
            }
        });
        *self.looking.borrow_mut() = Some(looking);
    }

    /// Gets ready for the first call, once the page has come to rest.
    fn warm_up(&self) {
        let warming = Timeout::new(WARM_UP_AFTER_MS, || {
            wasm_bindgen_futures::spawn_local(spare::warm_up());
        });
        *self.warming.borrow_mut() = Some(warming);
    }

    fn microphone_changed(self: &Rc<Self>, state: MicrophoneState) {
        (self.floor.sink)(MediaEvent::Microphone(state));
        if state == MicrophoneState::Ready {
            // The labels of the devices are told from now on.
            self.look();
        }
    }

    fn sound_changed(&self, allowed: bool) {
        (self.floor.sink)(MediaEvent::Sound { allowed });
        if allowed {
            self.each_call(|call| call.play());
            self.tones.resume();
        }
    }
}
