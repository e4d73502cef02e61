//! The media of one call: a peer connection, and what belongs to it.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use alo_api::IceServer;
use alo_phone::io::{Ask, ConnectionState, MediaError, MediaEvent, MediaWants, MicrophoneState};
use alo_phone::language::{CallId, Digits};
use gloo::events::EventListener;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    MediaStream, RtcPeerConnection, RtcPeerConnectionState, RtcRtpTransceiver,
    RtcRtpTransceiverDirection,
};

use super::candidate::Gathering;
use super::devices::{DeviceBook, Outlet};
use super::digits::DigitSender;
use super::microphone::{Lease, Microphone, Want};
use super::negotiation;
use super::player::Player;
use super::quality::{self, Counters};
use super::sound::Sound;
use super::spare::{self, Prepared, VOICE};
use crate::platform::{Task, task};

/// What all calls share.
pub(crate) struct Floor {
    /// STUN and TURN servers.
    pub(crate) ice_servers: Vec<IceServer>,
    /// How candidates are gathered.
    pub(crate) gathering: Gathering,
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
        ask: Ask,
        wants: MediaWants,
        ice_restart: bool,
    },
    /// Take an offer and make the answer.
    Answer {
        ask: Ask,
        sdp: String,
        wants: MediaWants,
    },
    /// Take an answer.
    TakeAnswer {
        ask: Ask,
        sdp: String,
        provisional: bool,
    },
    /// Take the own offer back.
    RollBack,
}

impl Step {
    /// The first step of a call for which a spare connection is as good as a new one.
    pub(crate) fn suits_spare(&self) -> bool {
        matches!(self, Step::Offer { wants, ice_restart: false, .. } if *wants == VOICE)
    }
}

/// The media of one call. [`close`](Self::close) releases everything; dropping alone does not,
/// because a step that is under way holds the call too.
pub(crate) struct CallMedia {
    id: CallId,
    floor: Rc<Floor>,
    peer: RtcPeerConnection,
    /// The offer that was made before the call.
    prepared: RefCell<Option<Prepared>>,
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
    /// From the first description to the end, whatever becomes of the microphone.
    want: RefCell<Option<Want>>,
    lease: RefCell<Option<Lease>>,
    /// What the phone was told last.
    told: Cell<MicrophoneState>,
}

impl CallMedia {
    /// A peer connection, new or prepared; nothing is asked for yet.
    pub(crate) fn open(
        id: CallId,
        floor: &Rc<Floor>,
        prepared: Option<Prepared>,
    ) -> Result<Rc<Self>, MediaError> {
        let peer = match &prepared {
            Some(prepared) => prepared.peer.clone(),
            None => spare::connection(&floor.ice_servers)?,
        };
        let call = Rc::new(Self {
            digits: Rc::new(DigitSender::new(id.clone(), Rc::clone(&floor.sink))),
            id,
            floor: Rc::clone(floor),
            peer,
            prepared: RefCell::new(prepared),
            audio: RefCell::default(),
            player: RefCell::default(),
            speaker_on: Cell::new(true),
            microphone: MicrophoneLeg {
                on: Cell::new(false),
                want: RefCell::default(),
                lease: RefCell::default(),
                told: Cell::new(MicrophoneState::Unknown),
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
                call.tell_connection();
            }
        });
        *call.listener.borrow_mut() = Some(changed);
        Ok(call)
    }

    /// Carries this out after the steps before. What of it needs no waiting is done when this returns.
    pub(crate) fn push(self: &Rc<Self>, step: Step) {
        self.steps.borrow_mut().push_back(step);
        if self.working.replace(true) {
            return;
        }
        let this = Rc::clone(self);
        let worker = Task::spawn(async move {
            while let Some(step) = this.next_step() {
                this.carry_out(step).await;
                if this.player.borrow().is_none() {
                    // What the far end waits for leaves first.
                    task::next_turn().await;
                    this.play_far_end();
                }
            }
            this.working.set(false);
        });
        *self.worker.borrow_mut() = Some(worker);
    }

    /// Whether a step is under way, and the microphone is not what it waits for.
    pub(crate) fn is_negotiating(&self) -> bool {
        self.working.get() && self.microphone.want.borrow().is_some()
    }

    fn next_step(&self) -> Option<Step> {
        self.steps.borrow_mut().pop_front()
    }

    async fn carry_out(self: &Rc<Self>, step: Step) {
        match step {
            Step::Offer {
                ask,
                wants,
                ice_restart,
            } => {
                let made = self.offer(wants, ice_restart).await;
                self.tell_description(ask, made);
            }
            Step::Answer { ask, sdp, wants } => {
                let made = self.answer(&sdp, wants).await;
                let applied = made.is_ok();
                self.tell_description(ask, made);
                if applied {
                    self.tell_connection();
                }
            }
            Step::TakeAnswer {
                ask,
                sdp,
                provisional,
            } => match negotiation::take_answer(&self.peer, &sdp, provisional).await {
                Ok(()) => {
                    let call = self.id.clone();
                    self.tell(MediaEvent::AnswerApplied { call, ask });
                    self.tell_connection();
                }
                Err(error) => self.tell_failure(ask, error),
            },
            Step::RollBack => negotiation::roll_back(&self.peer).await,
        }
    }

    async fn offer(
        self: &Rc<Self>,
        wants: MediaWants,
        ice_restart: bool,
    ) -> Result<String, MediaError> {
        self.begin_microphone().await?;
        let prepared = self.prepared.take();
        if let Some(prepared) = prepared {
            let audio = prepared.audio.clone();
            if let Some(sdp) = prepared.offer().await {
                self.join(audio);
                return Ok(sdp);
            }
        }
        self.join(negotiation::arrange(&self.peer, wants));
        negotiation::offer(&self.peer, ice_restart, self.floor.gathering).await
    }

    async fn answer(self: &Rc<Self>, sdp: &str, wants: MediaWants) -> Result<String, MediaError> {
        self.begin_microphone().await?;
        negotiation::take_offer(&self.peer, sdp).await?;
        self.join(negotiation::arrange(&self.peer, wants));
        negotiation::answer(&self.peer, self.floor.gathering).await
    }

    fn tell(&self, event: MediaEvent) {
        (self.floor.sink)(event);
    }

    fn tell_description(&self, ask: Ask, made: Result<String, MediaError>) {
        match made {
            Ok(sdp) => self.tell(MediaEvent::LocalDescription {
                call: self.id.clone(),
                ask,
                sdp,
            }),
            Err(error) => self.tell_failure(ask, error),
        }
    }

    fn tell_failure(&self, ask: Ask, error: MediaError) {
        self.tell(MediaEvent::Failed {
            call: self.id.clone(),
            ask,
            error,
        });
    }

    /// Sees to the microphone before the first description.
    ///
    /// Where the browser says that it is granted, nothing waits for it: the description is made
    /// with a transceiver whose track comes later, which saves the time that a device takes to open
    /// (80 to 500 ms) before every INVITE. Where it would have to ask the person, or was refused
    /// before, the call waits for the answer: nobody is to be called by somebody who cannot speak.
    /// If a granted one does not open after all, the phone is told what the call has of it.
    async fn begin_microphone(self: &Rc<Self>) -> Result<(), MediaError> {
        if self.microphone.want.borrow().is_some() {
            return Ok(());
        }
        let microphone = &self.floor.microphone;
        if microphone.is_granted() {
            *self.microphone.want.borrow_mut() = Some(microphone.want());
            self.look_at_microphone();
            return Ok(());
        }
        self.tell(MediaEvent::AwaitingPerson {
            call: self.id.clone(),
        });
        let lease = microphone.lease().await.map_err(MediaError::Microphone)?;
        *self.microphone.want.borrow_mut() = Some(microphone.want());
        self.take_lease(lease);
        Ok(())
    }

    /// The microphone was opened or lost, or could not be opened: sees what this call has of it.
    pub(crate) fn look_at_microphone(self: &Rc<Self>) {
        if self.microphone.want.borrow().is_none() {
            return;
        }
        let microphone = &self.floor.microphone;
        let lease = self.microphone.lease.borrow();
        let has_it = lease.as_ref().is_some_and(|it| microphone.is_current(it));
        drop(lease);
        let new = if has_it { None } else { microphone.lease_now() };
        match new {
            Some(lease) => self.take_lease(lease),
            None => self.tell_microphone(microphone.condition()),
        }
    }

    fn take_lease(&self, lease: Lease) {
        // As it was: a device that is changed never unmutes.
        lease.track().set_enabled(self.microphone.on.get());
        self.microphone.lease.replace(Some(lease));
        self.send_microphone();
        self.tell_microphone(MicrophoneState::Ready);
    }

    fn tell_microphone(&self, state: MicrophoneState) {
        if self.microphone.told.replace(state) != state {
            self.tell(MediaEvent::CallMicrophone {
                call: self.id.clone(),
                state,
            });
        }
    }

    fn send_microphone(&self) {
        let (audio, lease) = (self.audio.borrow(), self.microphone.lease.borrow());
        if let (Some(audio), Some(lease)) = (audio.as_ref(), lease.as_ref()) {
            let replaced = audio.sender().replace_track(Some(lease.track()));
            self.floor.sound.ignore_failure(replaced.into());
        }
    }

    /// Sends what flows through this transceiver.
    fn join(&self, audio: RtcRtpTransceiver) {
        if self.audio.borrow().as_ref() == Some(&audio) {
            return;
        }
        self.player.take();
        self.audio.replace(Some(audio));
        self.send_microphone();
    }

    /// Plays what comes, from the first description on.
    fn play_far_end(&self) {
        let audio = self.audio.borrow();
        let Some(audio) = audio.as_ref().filter(|_| self.player.borrow().is_none()) else {
            return;
        };
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
    pub(crate) fn send_digits(&self, ask: Ask, digits: Digits) {
        let up = self.peer.connection_state() == RtcPeerConnectionState::Connected;
        let audio = self.audio.borrow().clone();
        self.digits.send(ask, digits, audio.as_ref(), up);
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
                this.tell(MediaEvent::Quality {
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

    /// Tells how the media path is: when it changes, and after each description that was applied,
    /// because the phone may have taken the path for broken where the browser never did.
    fn tell_connection(&self) {
        let state = match self.peer.connection_state() {
            RtcPeerConnectionState::Connecting => ConnectionState::Connecting,
            RtcPeerConnectionState::Connected => ConnectionState::Connected,
            RtcPeerConnectionState::Disconnected => ConnectionState::Disconnected,
            RtcPeerConnectionState::Failed => ConnectionState::Failed,
            _ => return,
        };
        if state == ConnectionState::Connected {
            let audio = self.audio.borrow().clone();
            self.digits.next(audio.as_ref(), true);
        }
        self.tell(MediaEvent::Connection {
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
        self.prepared.take();
        self.digits.close();
        self.player.take();
        self.microphone.lease.take();
        self.microphone.want.take();
        self.audio.take();
        self.peer.close();
    }
}
