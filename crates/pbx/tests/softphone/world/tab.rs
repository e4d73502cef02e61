//! One tab: a softphone, its WebSocket and its peer connections.

use std::collections::{BTreeMap, VecDeque};

use alo_pbx::media::LegId;
use alo_phone::io::{
    ConnectionState, MediaEvent, MediaRequest, MicrophoneState, SocketEvent, Tone,
};
use alo_phone::language::{CallId, Event, Millis, Secret, SignIn};
use alo_phone::{Phone, PhoneConfig};
use alo_sip::ua::FlowId;
use bytes::Bytes;

use super::sdp::{self, Ways};
use super::{Who, is_guest};

/// So many of its last messages may arrive again.
const REMEMBERED: usize = 6;

/// Names one tab for ever, also where the same person opens another one after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TabId(pub(crate) u64);

/// How far away the call centre is, and how fast the browser.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Pace {
    /// A message takes so long.
    pub(crate) latency: Millis,
    /// And at most so much longer.
    pub(crate) jitter: Millis,
    /// What the media engine is asked for takes so long.
    pub(crate) media: Millis,
    /// And at most so much longer.
    pub(crate) media_jitter: Millis,
}

/// One softphone and what it has of the browser.
pub(crate) struct Tab {
    pub(crate) id: TabId,
    pub(crate) phone: Phone,
    pub(crate) wakes: Option<Millis>,
    /// The WebSocket that is open.
    pub(crate) socket: Option<FlowId>,
    /// The one that is being opened.
    pub(crate) opening: Option<FlowId>,
    /// Whether there is a network.
    pub(crate) online: bool,
    pub(crate) pace: Pace,
    pub(crate) events: Vec<Event>,
    /// Messages of the call centre that are still on their way, where the way is slow.
    pub(crate) late: Option<Vec<SocketEvent>>,
    /// What it sent last, newest last.
    pub(crate) sent: VecDeque<Bytes>,
    pub(crate) peers: BTreeMap<CallId, Peer>,
    pub(crate) tone: Option<Tone>,
    /// When the last message each way arrives: none overtakes another.
    pub(crate) arrives: (Millis, Millis),
}

/// One peer connection.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) microphone: bool,
    pub(crate) captured: bool,
    pub(crate) speaker: bool,
    offered: Option<Ways>,
    /// What was agreed on last.
    pub(crate) agreed: Option<Ways>,
    /// The leg of the media server at the other end.
    pub(crate) leg: Option<LegId>,
    pub(crate) up: bool,
    /// What is asked for is done in its order.
    busy_until: Millis,
}

/// What comes of a request to the media engine.
#[derive(Default)]
pub(crate) struct Done {
    /// What is told, and when.
    pub(crate) told: Vec<(Millis, MediaEvent)>,
    /// A description was applied.
    pub(crate) applied: Option<CallId>,
    /// Keys that were pressed for this leg.
    pub(crate) keys: Option<(LegId, String)>,
    /// The far end's leg sees that this end closed.
    pub(crate) closed: Option<LegId>,
}

impl Tab {
    pub(crate) fn new(who: Who, id: TabId, seed: u64) -> Self {
        let instance = format!("urn:uuid:00000000-0000-4000-8000-{who:0>12}");
        let mut bytes = [0; 32];
        bytes[..who.len().min(16)].copy_from_slice(&who.as_bytes()[..who.len().min(16)]);
        bytes[16..24].copy_from_slice(&seed.to_be_bytes());
        bytes[24..].copy_from_slice(&id.0.to_be_bytes());
        Self {
            id,
            phone: Phone::new(PhoneConfig::new("alo.local", instance), bytes),
            wakes: None,
            socket: None,
            opening: None,
            online: true,
            pace: Pace::default(),
            events: Vec::new(),
            late: None,
            sent: VecDeque::new(),
            peers: BTreeMap::new(),
            tone: None,
            arrives: (0, 0),
        }
    }

    pub(crate) fn remember(&mut self, message: Bytes) {
        self.sent.push_back(message);
        if self.sent.len() > REMEMBERED {
            self.sent.pop_front();
        }
    }

    /// How this tab names itself in the descriptions of a call.
    fn name(&self, call: &CallId) -> String {
        format!("tab-{}-{}", self.id.0, call.0)
    }

    /// Does what the phone asks the media engine for; each request takes so long.
    pub(crate) fn media(&mut self, now: Millis, takes: Millis, request: MediaRequest) -> Done {
        match request {
            MediaRequest::CreateOffer { .. }
            | MediaRequest::AcceptOffer { .. }
            | MediaRequest::SetAnswer { .. } => self.describes(now, takes, request),
            other => self.switches(now, takes, other),
        }
    }

    /// Offers and answers.
    fn describes(&mut self, now: Millis, takes: Millis, request: MediaRequest) -> Done {
        let mut done = Done::default();
        match request {
            MediaRequest::CreateOffer {
                call, ask, wants, ..
            } => {
                let by = self.name(&call);
                let (peer, mut told) = self.peer(now, &call);
                let ways = Ways::from(wants.audio);
                peer.offered = Some(ways);
                let sdp = sdp::describe(&by, ways);
                let at = peer.after(now, takes);
                told.push((at, MediaEvent::LocalDescription { call, ask, sdp }));
                done.told = told;
            }
            MediaRequest::AcceptOffer {
                call,
                ask,
                sdp,
                wants,
            } => {
                let by = self.name(&call);
                let (peer, mut told) = self.peer(now, &call);
                let ways = Ways::from(wants.audio).meet(Ways::of(&sdp));
                peer.agreed = Some(ways);
                peer.leg = sdp::leg_of(&sdp);
                let sdp = sdp::describe(&by, ways);
                let at = peer.after(now, takes);
                done.applied = Some(call.clone());
                told.push((at, MediaEvent::LocalDescription { call, ask, sdp }));
                done.told = told;
            }
            MediaRequest::SetAnswer { call, ask, sdp, .. } => {
                let (peer, mut told) = self.peer(now, &call);
                let offered = peer.offered.take().expect("an offer is open");
                peer.agreed = Some(offered.meet(Ways::of(&sdp)));
                peer.leg = sdp::leg_of(&sdp);
                let at = peer.after(now, takes);
                done.applied = Some(call.clone());
                told.push((at, MediaEvent::AnswerApplied { call, ask }));
                done.told = told;
            }
            _ => {}
        }
        done
    }

    /// Everything else.
    fn switches(&mut self, now: Millis, takes: Millis, request: MediaRequest) -> Done {
        let mut done = Done::default();
        match request {
            MediaRequest::Rollback { call } => {
                if let Some(peer) = self.peers.get_mut(&call) {
                    peer.offered = None;
                }
            }
            MediaRequest::SetMicrophone { call, on } => {
                if let Some(peer) = self.peers.get_mut(&call) {
                    peer.microphone = on;
                }
            }
            MediaRequest::SetSpeaker { call, on } => {
                if let Some(peer) = self.peers.get_mut(&call) {
                    peer.speaker = on;
                }
            }
            MediaRequest::SendDigits { call, ask, digits } => {
                let peer = self.peers.get(&call);
                done.keys = peer.and_then(|peer| peer.leg).map(|leg| (leg, digits.0));
                done.told = vec![(now + takes, MediaEvent::DigitsSent { call, ask })];
            }
            MediaRequest::Close { call } => {
                let peer = self.peers.remove(&call);
                done.closed = peer.and_then(|peer| peer.leg);
            }
            MediaRequest::Tone(tone) => self.tone = tone,
            MediaRequest::Enable => {
                done.told = vec![
                    (now, MediaEvent::Microphone(MicrophoneState::Ready)),
                    (now, MediaEvent::Sound { allowed: true }),
                ];
            }
            _ => {}
        }
        done
    }

    /// The peer connection of a call, opened where there is none.
    fn peer(&mut self, now: Millis, call: &CallId) -> (&mut Peer, Vec<(Millis, MediaEvent)>) {
        let mut told = Vec::new();
        let peer = self.peers.entry(call.clone()).or_insert_with(|| {
            let state = MicrophoneState::Ready;
            let call = call.clone();
            told.push((now, MediaEvent::CallMicrophone { call, state }));
            Peer::new()
        });
        (peer, told)
    }

    /// What is told reaches the phone: from now on it is so.
    pub(crate) fn is_told(&mut self, event: &MediaEvent) {
        match event {
            MediaEvent::CallMicrophone { call, state } => {
                if let Some(peer) = self.peers.get_mut(call) {
                    peer.captured = *state == MicrophoneState::Ready;
                }
            }
            MediaEvent::Connection { call, state } => {
                if let Some(peer) = self.peers.get_mut(call) {
                    peer.up = *state == ConnectionState::Connected;
                }
            }
            _ => {}
        }
    }
}

impl Peer {
    fn new() -> Self {
        Self {
            microphone: false,
            captured: false,
            speaker: true,
            offered: None,
            agreed: None,
            leg: None,
            up: false,
            busy_until: 0,
        }
    }

    fn after(&mut self, now: Millis, takes: Millis) -> Millis {
        self.busy_until = self.busy_until.max(now + takes);
        self.busy_until
    }

    /// What the far end says reaches the microphone's owner's far end, and back.
    pub(crate) fn ways(&self) -> Ways {
        let agreed = self.agreed.filter(|_| self.up);
        let none = Ways {
            send: false,
            recv: false,
        };
        let ways = agreed.unwrap_or(none);
        Ways {
            send: ways.send && self.microphone && self.captured,
            recv: ways.recv && self.speaker,
        }
    }
}

/// How somebody signs in.
pub(crate) fn sign_in(who: Who) -> SignIn {
    let guest = is_guest(who);
    SignIn {
        extension: String::from(if guest { "" } else { who }),
        name: None,
        password: (!guest).then(|| Secret(format!("alo-{who}"))),
    }
}
