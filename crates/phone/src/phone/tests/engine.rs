//! A scripted media engine that holds the phone to the contract of `io`: a request that a browser
//! would refuse because of its state is a failed test.

use std::collections::{BTreeMap, BTreeSet};

use crate::io::{
    ConnectionState, Direction, MediaError, MediaEvent, MediaRequest, MicrophoneState, Tone,
};
use crate::language::{CallId, Millis};

/// `RTCPeerConnection.signalingState`, as far as the phone can see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Signalling {
    Stable,
    LocalOffer,
}

/// One peer connection.
#[derive(Debug)]
pub(super) struct Leg {
    signalling: Signalling,
    pub(super) microphone: bool,
    pub(super) speaker: bool,
    /// What the last description of ours said.
    pub(super) direction: Direction,
    pub(super) restarts: u32,
    connected: bool,
    /// Replies keep their order.
    busy_until: Millis,
}

/// The engine: at most one peer connection a call.
#[derive(Debug)]
pub(super) struct Engine {
    pub(super) legs: BTreeMap<CallId, Leg>,
    pub(super) tone: Option<Tone>,
    pub(super) microphone: MicrophoneState,
    pub(super) sound: bool,
    /// Whether telephone-event was negotiated.
    pub(super) telephone_event: bool,
    /// The next offer or answer cannot be made or applied.
    pub(super) fail_next: bool,
    /// ICE never connects.
    pub(super) no_path: bool,
    /// How long one request takes.
    pub(super) takes: Millis,
    pub(super) digits: Vec<String>,
    pub(super) opened: usize,
    /// Calls whose media could not be opened: what is asked of them means nothing.
    unopened: BTreeSet<CallId>,
}

impl Engine {
    pub(super) fn new() -> Self {
        Self {
            legs: BTreeMap::new(),
            tone: None,
            microphone: MicrophoneState::Ready,
            sound: true,
            telephone_event: true,
            fail_next: false,
            no_path: false,
            takes: 10,
            digits: Vec::new(),
            opened: 0,
            unopened: BTreeSet::new(),
        }
    }

    /// Carries out a request; replies with when they come.
    pub(super) fn handle(
        &mut self,
        now: Millis,
        request: MediaRequest,
    ) -> Vec<(Millis, MediaEvent)> {
        match request {
            MediaRequest::CreateOffer {
                call,
                wants,
                ice_restart,
            } => self.describe(now, call, wants.audio, Signalling::LocalOffer, ice_restart),
            MediaRequest::AcceptOffer { call, sdp, wants } => {
                let far = direction_of(&sdp);
                let ours = meet(wants.audio, far);
                self.describe(now, call, ours, Signalling::Stable, false)
            }
            MediaRequest::SetAnswer {
                call, provisional, ..
            } => self.set_answer(now, call, provisional),
            MediaRequest::Rollback { call } => {
                if let Some(leg) = self.legs.get_mut(&call) {
                    leg.signalling = Signalling::Stable;
                }
                vec![]
            }
            MediaRequest::SetMicrophone { call, on } => {
                if !self.unopened.contains(&call) {
                    self.leg(&call).microphone = on;
                }
                vec![]
            }
            MediaRequest::SetSpeaker { call, on } => {
                if !self.unopened.contains(&call) {
                    self.leg(&call).speaker = on;
                }
                vec![]
            }
            MediaRequest::SendDigits { call, digits } => {
                let at = now + self.takes + 100 * digits.0.len() as Millis;
                if self.telephone_event {
                    self.digits.push(digits.0);
                    vec![(at, MediaEvent::DigitsSent { call })]
                } else {
                    vec![(now + 1, MediaEvent::DigitsRefused { call, digits })]
                }
            }
            MediaRequest::Close { call } => {
                let opened = self.legs.remove(&call).is_some();
                assert!(opened || self.unopened.remove(&call), "close of nothing");
                vec![]
            }
            MediaRequest::Tone(tone) => {
                assert_ne!(self.tone, tone, "a tone is asked for once");
                self.tone = tone;
                vec![]
            }
            MediaRequest::Enable => vec![
                (now + 5, MediaEvent::Microphone(self.microphone)),
                (
                    now + 5,
                    MediaEvent::Sound {
                        allowed: self.sound,
                    },
                ),
            ],
            MediaRequest::ChooseDevice { .. } => vec![],
        }
    }

    fn leg(&mut self, call: &CallId) -> &mut Leg {
        self.legs.get_mut(call).expect("request to what is open")
    }

    fn describe(
        &mut self,
        now: Millis,
        call: CallId,
        direction: Direction,
        next: Signalling,
        restart: bool,
    ) -> Vec<(Millis, MediaEvent)> {
        let at = now + self.takes;
        if !self.legs.contains_key(&call) {
            if self.microphone != MicrophoneState::Ready {
                let error = MediaError::Microphone(self.microphone);
                self.unopened.insert(call.clone());
                return vec![
                    (at, MediaEvent::Microphone(self.microphone)),
                    (at, MediaEvent::Failed { call, error }),
                ];
            }
            self.opened += 1;
            self.unopened.remove(&call);
            let leg = Leg {
                signalling: Signalling::Stable,
                microphone: false,
                speaker: true,
                direction: Direction::Inactive,
                restarts: 0,
                connected: false,
                busy_until: 0,
            };
            self.legs.insert(call.clone(), leg);
        }
        let fails = std::mem::take(&mut self.fail_next);
        let (takes, no_path) = (self.takes, self.no_path);
        let leg = self.leg(&call);
        assert_eq!(
            leg.signalling,
            Signalling::Stable,
            "a description is asked for while an offer is open"
        );
        let at = leg.reply_at(now, takes);
        if fails {
            let error = MediaError::Description("scripted".into());
            return vec![(at, MediaEvent::Failed { call, error })];
        }
        leg.signalling = next;
        leg.direction = direction;
        leg.restarts += u32::from(restart);
        let sdp = sdp(direction);
        let mut replies = vec![(
            at,
            MediaEvent::LocalDescription {
                call: call.clone(),
                sdp,
            },
        )];
        if next == Signalling::Stable {
            replies.extend(leg.connect(at, &call, no_path));
        }
        replies
    }

    fn set_answer(
        &mut self,
        now: Millis,
        call: CallId,
        provisional: bool,
    ) -> Vec<(Millis, MediaEvent)> {
        let fails = std::mem::take(&mut self.fail_next);
        let (takes, no_path) = (self.takes, self.no_path);
        let leg = self.leg(&call);
        assert_eq!(
            leg.signalling,
            Signalling::LocalOffer,
            "an answer without an offer"
        );
        let at = leg.reply_at(now, takes);
        if fails {
            let error = MediaError::Description("scripted".into());
            return vec![(at, MediaEvent::Failed { call, error })];
        }
        if !provisional {
            leg.signalling = Signalling::Stable;
        }
        let mut replies = vec![(at, MediaEvent::AnswerApplied { call: call.clone() })];
        replies.extend(leg.connect(at, &call, no_path));
        replies
    }
}

impl Leg {
    fn reply_at(&mut self, now: Millis, takes: Millis) -> Millis {
        self.busy_until = self.busy_until.max(now + takes);
        self.busy_until
    }

    /// ICE connects, the first time and after a restart.
    fn connect(&mut self, at: Millis, call: &CallId, no_path: bool) -> Vec<(Millis, MediaEvent)> {
        let again = self.restarts > 0;
        if no_path || (self.connected && !again) {
            return vec![];
        }
        self.connected = true;
        let state = |state| MediaEvent::Connection {
            call: call.clone(),
            state,
        };
        vec![
            (at + 1, state(ConnectionState::Connecting)),
            (at + 30, state(ConnectionState::Connected)),
        ]
    }
}

/// A small SDP with this direction.
pub(super) fn sdp(direction: Direction) -> String {
    let direction = match direction {
        Direction::SendRecv => "sendrecv",
        Direction::SendOnly => "sendonly",
        Direction::RecvOnly => "recvonly",
        Direction::Inactive => "inactive",
    };
    [
        "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n\
         m=audio 9 UDP/TLS/RTP/SAVPF 111 110\r\nc=IN IP4 0.0.0.0\r\na=ice-ufrag:u\r\n\
         a=rtpmap:111 opus/48000/2\r\na=rtpmap:110 telephone-event/48000\r\na=",
        direction,
        "\r\n",
    ]
    .concat()
}

/// The direction that an SDP of [`sdp`] has.
pub(super) fn direction_of(sdp: &str) -> Direction {
    let has = |word: &str| sdp.contains(&["a=", word, "\r\n"].concat());
    match () {
        () if has("sendonly") => Direction::SendOnly,
        () if has("recvonly") => Direction::RecvOnly,
        () if has("inactive") => Direction::Inactive,
        () => Direction::SendRecv,
    }
}

/// The answer of one who wants `ours` to an offer of `far` (RFC 3264, section 6.1).
pub(super) fn meet(ours: Direction, far: Direction) -> Direction {
    let sends = |d| matches!(d, Direction::SendRecv | Direction::SendOnly);
    let receives = |d| matches!(d, Direction::SendRecv | Direction::RecvOnly);
    match (sends(ours) && receives(far), receives(ours) && sends(far)) {
        (true, true) => Direction::SendRecv,
        (true, false) => Direction::SendOnly,
        (false, true) => Direction::RecvOnly,
        (false, false) => Direction::Inactive,
    }
}
