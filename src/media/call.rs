//! The media of one call: a peer connection, and what belongs to it.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use alo_api::IceServer;
use alo_phone::io::{ConnectionState, MediaError, MediaEvent, MediaWants};
use alo_phone::language::{CallId, Digits};
use gloo::events::EventListener;
use js_sys::Array;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    MediaStream, RtcConfiguration, RtcIceServer, RtcPeerConnection, RtcPeerConnectionState,
    RtcRtpTransceiver, RtcRtpTransceiverDirection,
};

use super::devices::{DeviceBook, Outlet};
use super::digits::DigitSender;
use super::microphone::{Lease, Microphone};
use super::negotiation;
use super::player::Player;
use super::quality::{self, Counters};
use super::sound::Sound;
use crate::platform::{Task, js};

/// What all calls share.
pub(crate) struct Floor {
    /// STUN and TURN servers.
    pub(crate) ice_servers: Vec<IceServer>,
    /// Longest wait for a first candidate.
    pub(crate) gathering_cap_ms: u32,
    /// Where events go to.
    pub(crate) sink: Rc<dyn Fn(MediaEvent)>,
    /// The microphone.
    pub(crate) microphone: Microphone,
    /// Devices to play on.
    pub(crate) devices: DeviceBook,
    /// Whether sound may play.
    pub(crate) sound: Sound,
}

/// One step of a negotiation. Those of one call are carried out in order.
pub(crate) enum Step {
    /// Make an offer.
    Offer {
        wants: MediaWants,
        ice_restart: bool,
    },
    /// Take an offer and make the answer.
    Answer { sdp: String, wants: MediaWants },
    /// Take an answer.
    TakeAnswer { sdp: String, provisional: bool },
    /// Take the own offer back.
    RollBack,
}

/// The media of one call. [`close`](Self::close) releases everything; dropping alone does not,
/// because a step that is under way holds the call too.
pub(crate) struct CallMedia {
    id: CallId,
    floor: Rc<Floor>,
    peer: RtcPeerConnection,
    audio: RefCell<Option<RtcRtpTransceiver>>,
    player: RefCell<Option<Player>>,
    speaker_on: Cell<bool>,
    microphone: MicrophoneLeg,
    steps: RefCell<VecDeque<Step>>,
    worker: RefCell<Option<Task>>,
    working: Cell<bool>,
    digits: Rc<DigitSender>,
    counters: Cell<Counters>,
    sampling: RefCell<Option<Task>>,
    listener: RefCell<Option<EventListener>>,
}

/// How a call has the microphone.
struct MicrophoneLeg {
    /// Off until the phone says otherwise.
    on: Cell<bool>,
    /// Whether it was asked for at all.
    begun: Cell<bool>,
    lease: RefCell<Option<Lease>>,
    fetching: RefCell<Option<Task>>,
}

impl CallMedia {
    /// A new peer connection; nothing is asked for yet.
    pub(crate) fn open(id: CallId, floor: &Rc<Floor>) -> Result<Rc<Self>, MediaError> {
        let peer = RtcPeerConnection::new_with_configuration(&configuration(&floor.ice_servers))
            .map_err(|error| MediaError::State(js::error_text(&error)))?;
        let call = Rc::new(Self {
            digits: Rc::new(DigitSender::new(id.clone(), Rc::clone(&floor.sink))),
            id,
            floor: Rc::clone(floor),
            peer,
            audio: RefCell::default(),
            player: RefCell::default(),
            speaker_on: Cell::new(true),
            microphone: MicrophoneLeg {
                on: Cell::new(false),
                begun: Cell::new(false),
                lease: RefCell::default(),
                fetching: RefCell::default(),
            },
            steps: RefCell::default(),
            worker: RefCell::default(),
            working: Cell::new(false),
            counters: Cell::default(),
            sampling: RefCell::default(),
            listener: RefCell::default(),
        });
        let weak = Rc::downgrade(&call);
        let changed = EventListener::new(&call.peer, "connectionstatechange", move |_| {
            if let Some(call) = weak.upgrade() {
                call.connection_changed();
            }
        });
        *call.listener.borrow_mut() = Some(changed);
        Ok(call)
    }

    /// Carries this out after the steps before.
    pub(crate) fn push(self: &Rc<Self>, step: Step) {
        self.steps.borrow_mut().push_back(step);
        if self.working.replace(true) {
            return;
        }
        let this = Rc::clone(self);
        let worker = Task::spawn(async move {
            while let Some(step) = this.next_step() {
                let event = match this.carry_out(step).await {
                    Ok(event) => event,
                    Err(error) => Some(MediaEvent::Failed {
                        call: this.id.clone(),
                        error,
                    }),
                };
                if let Some(event) = event {
                    (this.floor.sink)(event);
                }
            }
            this.working.set(false);
        });
        *self.worker.borrow_mut() = Some(worker);
    }

    fn next_step(&self) -> Option<Step> {
        self.steps.borrow_mut().pop_front()
    }

    async fn carry_out(self: &Rc<Self>, step: Step) -> Result<Option<MediaEvent>, MediaError> {
        let (peer, cap_ms) = (&self.peer, self.floor.gathering_cap_ms);
        let call = self.id.clone();
        match step {
            Step::Offer { wants, ice_restart } => {
                self.begin_microphone().await?;
                self.join(negotiation::arrange(peer, wants));
                let sdp = negotiation::offer(peer, ice_restart, cap_ms).await?;
                Ok(Some(MediaEvent::LocalDescription { call, sdp }))
            }
            Step::Answer { sdp, wants } => {
                self.begin_microphone().await?;
                negotiation::take_offer(peer, &sdp).await?;
                self.join(negotiation::arrange(peer, wants));
                let sdp = negotiation::answer(peer, cap_ms).await?;
                Ok(Some(MediaEvent::LocalDescription { call, sdp }))
            }
            Step::TakeAnswer { sdp, provisional } => {
                negotiation::take_answer(peer, &sdp, provisional).await?;
                Ok(Some(MediaEvent::AnswerApplied { call }))
            }
            Step::RollBack => {
                negotiation::roll_back(peer).await;
                Ok(None)
            }
        }
    }

    /// Sees to the microphone before the first description.
    ///
    /// Where the browser says that it is granted, nothing waits for it: the description is made
    /// with a transceiver whose track comes later, which saves the time that a device takes to open
    /// (80 to 500 ms) before every INVITE. Where it would have to ask the person, or was refused
    /// before, the call waits for the answer: nobody is to be called by somebody who cannot speak.
    /// If a granted one does not open after all, the phone is told and takes the call back.
    async fn begin_microphone(self: &Rc<Self>) -> Result<(), MediaError> {
        if self.microphone.begun.replace(true) {
            return Ok(());
        }
        if self.floor.microphone.is_granted() {
            self.fetch_microphone(true);
            return Ok(());
        }
        let lease = self.floor.microphone.lease().await;
        self.take_lease(lease.map_err(MediaError::Microphone)?);
        Ok(())
    }

    /// The microphone was replaced by another one.
    pub(crate) fn renew_microphone(self: &Rc<Self>) {
        if self.microphone.begun.get() {
            self.fetch_microphone(false);
        }
    }

    fn fetch_microphone(self: &Rc<Self>, first: bool) {
        let this = Rc::clone(self);
        let fetching = Task::spawn(async move {
            match this.floor.microphone.lease().await {
                Ok(lease) => this.take_lease(lease),
                // In a call that goes on, the state of the microphone says it.
                Err(_) if !first => {}
                Err(state) => (this.floor.sink)(MediaEvent::Failed {
                    call: this.id.clone(),
                    error: MediaError::Microphone(state),
                }),
            }
        });
        *self.microphone.fetching.borrow_mut() = Some(fetching);
    }

    fn take_lease(&self, lease: Lease) {
        // As it was: a device that is changed never unmutes.
        lease.track().set_enabled(self.microphone.on.get());
        self.microphone.lease.replace(Some(lease));
        self.send_microphone();
    }

    fn send_microphone(&self) {
        let (audio, lease) = (self.audio.borrow(), self.microphone.lease.borrow());
        if let (Some(audio), Some(lease)) = (audio.as_ref(), lease.as_ref()) {
            let replaced = audio.sender().replace_track(Some(lease.track()));
            self.floor.sound.ignore_failure(replaced.into());
        }
    }

    /// Sends and plays what flows through this transceiver.
    fn join(&self, audio: RtcRtpTransceiver) {
        if self.audio.borrow().as_ref() == Some(&audio) {
            return;
        }
        let Ok(stream) = MediaStream::new() else {
            return;
        };
        stream.add_track(&audio.receiver().track());
        let device = self.floor.devices.outlet(Outlet::Speaker);
        let player = Player::stream(&stream, &device, &self.floor.sound);
        if let Some(player) = &player {
            player.set_audible(self.speaker_on.get());
        }
        self.player.replace(player);
        self.audio.replace(Some(audio));
        self.send_microphone();
    }

    /// Whether the microphone reaches this call. A track that is not enabled sends silence, at
    /// once, and still carries digits.
    pub(crate) fn set_microphone(&self, on: bool) {
        self.microphone.on.set(on);
        if let Some(lease) = self.microphone.lease.borrow().as_ref() {
            lease.track().set_enabled(on);
        }
    }

    /// Whether the far end is heard here.
    pub(crate) fn set_speaker(&self, on: bool) {
        self.speaker_on.set(on);
        if let Some(player) = self.player.borrow().as_ref() {
            player.set_audible(on);
        }
    }

    /// Sends digits after the ones before.
    pub(crate) fn send_digits(&self, digits: Digits) {
        let up = self.peer.connection_state() == RtcPeerConnectionState::Connected;
        self.digits.send(digits, self.audio.borrow().as_ref(), up);
    }

    /// Sound may play now, or on another device.
    pub(crate) fn play(&self) {
        if let Some(player) = self.player.borrow().as_ref() {
            player.set_device(&self.floor.devices.outlet(Outlet::Speaker));
            player.play();
        }
    }

    /// Measures the quality of what is received.
    pub(crate) fn sample(self: &Rc<Self>) {
        if !self.receives() {
            return;
        }
        let this = Rc::clone(self);
        let sampling = Task::spawn(async move {
            let Ok(report) = JsFuture::from(this.peer.get_stats()).await else {
                return;
            };
            if let Some((quality, counters)) = quality::read(&report, this.counters.get()) {
                this.counters.set(counters);
                (this.floor.sink)(MediaEvent::Quality {
                    call: this.id.clone(),
                    quality,
                });
            }
        });
        *self.sampling.borrow_mut() = Some(sampling);
    }

    fn receives(&self) -> bool {
        let direction = self
            .audio
            .borrow()
            .as_ref()
            .and_then(RtcRtpTransceiver::current_direction);
        self.peer.connection_state() == RtcPeerConnectionState::Connected
            && matches!(
                direction,
                Some(RtcRtpTransceiverDirection::Sendrecv | RtcRtpTransceiverDirection::Recvonly)
            )
    }

    fn connection_changed(&self) {
        let state = match self.peer.connection_state() {
            RtcPeerConnectionState::Connecting => ConnectionState::Connecting,
            RtcPeerConnectionState::Connected => ConnectionState::Connected,
            RtcPeerConnectionState::Disconnected => ConnectionState::Disconnected,
            RtcPeerConnectionState::Failed => ConnectionState::Failed,
            _ => return,
        };
        if state == ConnectionState::Connected {
            self.digits.next(self.audio.borrow().as_ref(), true);
        }
        (self.floor.sink)(MediaEvent::Connection {
            call: self.id.clone(),
            state,
        });
    }

    /// Releases everything: the peer connection, the microphone, the element, what is under way.
    pub(crate) fn close(&self) {
        self.listener.take();
        self.steps.borrow_mut().clear();
        self.worker.take();
        self.sampling.take();
        self.microphone.fetching.take();
        self.digits.close();
        self.player.take();
        self.microphone.lease.take();
        self.audio.take();
        self.peer.close();
    }
}

fn configuration(servers: &[IceServer]) -> RtcConfiguration {
    let list = Array::new();
    for server in servers {
        let urls: Array = server
            .urls
            .iter()
            .map(|url| JsValue::from_str(url))
            .collect();
        let one = RtcIceServer::new();
        one.set_urls(&urls);
        if let Some(username) = &server.username {
            one.set_username(username);
        }
        if let Some(credential) = &server.credential {
            one.set_credential(credential);
        }
        list.push(&one);
    }
    let configuration = RtcConfiguration::new();
    configuration.set_ice_servers(&list);
    configuration
}
