//! A scripted media engine that holds the phone to the contract of `io`: a request that a browser
//! would refuse because of its state is a failed test.

use std::collections::{BTreeMap, BTreeSet};

use crate::io::{
    Ask, ConnectionState, Direction, MediaError, MediaEvent, MediaRequest, MicrophoneState, Tone,
};
use crate::language::{CallId, Digits, Millis};

/// `RTCPeerConnection.signalingState`, as far as the phone can see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Signalling {
    Stable,
    LocalOffer,
    RemoteOffer,
}

/// What becomes of the browser's question, and of the microphone after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opening {
    /// It may be used, and opens with the first description, or after it.
    Granted,
    /// The person is asked, and takes so long to answer.
    Asks(Millis),
    /// It may be used as far as the browser knows, and then does not open.
    Fails(MicrophoneState),
}

/// What becomes of digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keys {
    /// They are sent as telephone-events.
    Sent,
    /// No telephone-event was negotiated.
    Refused,
    /// Sending stops after so many.
    StopsAfter(usize),
    /// Nothing is heard of them any more.
    Swallowed,
}

/// One peer connection.
#[derive(Debug)]
pub(super) struct Leg {
    signalling: Signalling,
    /// Whether the track is to carry something, and whether there is one that could.
    pub(super) microphone: bool,
    pub(super) captured: bool,
    pub(super) speaker: bool,
    /// What the last description of ours said.
    pub(super) direction: Direction,
    pub(super) restarts: u32,
    restarting: bool,
    connection: ConnectionState,
    /// Replies keep their order.
    busy_until: Millis,
}

/// The engine: at most one peer connection a call.
#[derive(Debug)]
pub(super) struct Engine {
    pub(super) legs: BTreeMap<CallId, Leg>,
    pub(super) tone: Option<Tone>,
    pub(super) microphone: MicrophoneState,
    pub(super) opening: Opening,
    pub(super) sound: bool,
    pub(super) keys: Keys,
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
            opening: Opening::Granted,
            sound: true,
            keys: Keys::Sent,
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
                ask,
                wants,
                ice_restart,
            } => self.describe(
                now,
                (call, ask),
                wants.audio,
                Signalling::LocalOffer,
                ice_restart,
            ),
            MediaRequest::AcceptOffer {
                call,
                ask,
                sdp,
                wants,
            } => {
                let far = direction_of(&sdp);
                let ours = meet(wants.audio, far);
                self.describe(now, (call, ask), ours, Signalling::Stable, false)
            }
            MediaRequest::SetAnswer {
                call,
                ask,
                provisional,
                ..
            } => self.set_answer(now, call, ask, provisional),
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
            MediaRequest::SendDigits { call, ask, digits } => {
                self.send_digits(now, call, ask, digits)
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
            MediaRequest::Enable => {
                let mut replies = vec![
                    (now + 5, MediaEvent::Microphone(self.microphone)),
                    (
                        now + 5,
                        MediaEvent::Sound {
                            allowed: self.sound,
                        },
                    ),
                ];
                if self.microphone == MicrophoneState::Ready {
                    replies.extend(self.microphone_is_back(now + 5));
                }
                replies
            }
            MediaRequest::ChooseDevice { .. } => vec![],
        }
    }

    /// The microphone is there again: every call that lacks it gets it.
    pub(super) fn microphone_is_back(&mut self, at: Millis) -> Vec<(Millis, MediaEvent)> {
        self.microphone = MicrophoneState::Ready;
        self.opening = Opening::Granted;
        let lacking = self.legs.iter().filter(|(_, leg)| !leg.captured);
        let told = lacking.map(|(call, _)| (at, capture(call, MicrophoneState::Ready)));
        told.collect()
    }

    /// The microphone goes away under the calls; opening it again takes a moment, and fails.
    pub(super) fn microphone_goes(
        &mut self,
        now: Millis,
        state: MicrophoneState,
    ) -> Vec<(Millis, MediaEvent)> {
        self.microphone = state;
        let mut told = vec![(now + 40, MediaEvent::Microphone(state))];
        for call in self.legs.keys() {
            told.push((now, capture(call, MicrophoneState::Unknown)));
            told.push((now + 40, capture(call, state)));
        }
        told
    }

    /// An event reaches the phone: what it says is so from now on.
    pub(super) fn told(&mut self, event: &MediaEvent) {
        if let MediaEvent::CallMicrophone { call, state } = event
            && let Some(leg) = self.legs.get_mut(call)
        {
            leg.captured = *state == MicrophoneState::Ready;
        }
        if let MediaEvent::Connection { call, state } = event
            && let Some(leg) = self.legs.get_mut(call)
        {
            leg.connection = *state;
        }
    }

    fn send_digits(
        &mut self,
        now: Millis,
        call: CallId,
        ask: Ask,
        digits: Digits,
    ) -> Vec<(Millis, MediaEvent)> {
        let count = digits.0.len();
        let at = now + self.takes + 170 * count as Millis;
        match self.keys {
            Keys::Sent => {
                self.digits.push(digits.0);
                vec![(at, MediaEvent::DigitsSent { call, ask })]
            }
            Keys::Refused => vec![(now + 1, MediaEvent::DigitsRefused { call, ask, digits })],
            Keys::StopsAfter(sent) => {
                let (sent, left) = digits.0.split_at(sent.min(count));
                if !sent.is_empty() {
                    self.digits.push(sent.to_owned());
                }
                let digits = Digits(left.to_owned());
                vec![(at + 2_000, MediaEvent::DigitsLeft { call, ask, digits })]
            }
            Keys::Swallowed => vec![],
        }
    }

    fn leg(&mut self, call: &CallId) -> &mut Leg {
        self.legs.get_mut(call).expect("request to what is open")
    }

    /// Opens the peer connection of a call. What is told of the microphone meanwhile, and when the
    /// first description can be made; else how it ends.
    fn open(
        &mut self,
        now: Millis,
        call: &CallId,
    ) -> (Vec<(Millis, MediaEvent)>, Result<Millis, MediaError>) {
        let mut told = Vec::new();
        let mut from = now;
        if let Opening::Asks(takes) = self.opening {
            told.push((now, MediaEvent::AwaitingPerson { call: call.clone() }));
            from = now + takes;
        }
        if self.microphone != MicrophoneState::Ready {
            told.push((from + self.takes, MediaEvent::Microphone(self.microphone)));
            self.unopened.insert(call.clone());
            return (told, Err(MediaError::Microphone(self.microphone)));
        }
        self.opened += 1;
        self.unopened.remove(call);
        let state = match self.opening {
            Opening::Fails(state) => state,
            Opening::Granted | Opening::Asks(_) => MicrophoneState::Ready,
        };
        let at = match self.opening {
            // The description waits for it.
            Opening::Asks(_) => from,
            // It comes after the description.
            Opening::Granted | Opening::Fails(_) => now + 2 * self.takes + 5,
        };
        told.push((at, capture(call, state)));
        let leg = Leg {
            signalling: Signalling::Stable,
            microphone: false,
            captured: false,
            speaker: true,
            direction: Direction::Inactive,
            restarts: 0,
            restarting: false,
            connection: ConnectionState::Connecting,
            busy_until: 0,
        };
        self.legs.insert(call.clone(), leg);
        (told, Ok(from))
    }

    fn describe(
        &mut self,
        now: Millis,
        (call, ask): (CallId, Ask),
        direction: Direction,
        next: Signalling,
        restart: bool,
    ) -> Vec<(Millis, MediaEvent)> {
        let mut replies = Vec::new();
        let mut from = now;
        if !self.legs.contains_key(&call) {
            let (told, opened) = self.open(now, &call);
            replies = told;
            match opened {
                Ok(ready) => from = ready,
                Err(error) => {
                    let at = replies.last().map_or(now, |(at, _)| *at);
                    replies.push((at, MediaEvent::Failed { call, ask, error }));
                    return replies;
                }
            }
        }
        let fails = std::mem::take(&mut self.fail_next);
        let (takes, no_path) = (self.takes, self.no_path);
        let leg = self.leg(&call);
        assert_eq!(
            leg.signalling,
            Signalling::Stable,
            "a description is asked for while an offer is open"
        );
        let at = leg.reply_at(from, takes);
        if fails {
            if next == Signalling::Stable {
                // The far end's offer is in force, and its answer could not be made.
                leg.signalling = Signalling::RemoteOffer;
            }
            let error = MediaError::Description("scripted".into());
            replies.push((at, MediaEvent::Failed { call, ask, error }));
            return replies;
        }
        leg.signalling = next;
        leg.direction = direction;
        leg.restarts += u32::from(restart);
        leg.restarting |= restart;
        let description = MediaEvent::LocalDescription {
            call: call.clone(),
            ask,
            sdp: sdp(direction),
        };
        replies.push((at, description));
        if next == Signalling::Stable {
            replies.extend(leg.connect(at, &call, no_path));
        }
        replies
    }

    fn set_answer(
        &mut self,
        now: Millis,
        call: CallId,
        ask: Ask,
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
            return vec![(at, MediaEvent::Failed { call, ask, error })];
        }
        if !provisional {
            leg.signalling = Signalling::Stable;
        }
        let applied = MediaEvent::AnswerApplied {
            call: call.clone(),
            ask,
        };
        let mut replies = vec![(at, applied)];
        replies.extend(leg.connect(at, &call, no_path));
        replies
    }
}

fn capture(call: &CallId, state: MicrophoneState) -> MediaEvent {
    MediaEvent::CallMicrophone {
        call: call.clone(),
        state,
    }
}

impl Leg {
    fn reply_at(&mut self, now: Millis, takes: Millis) -> Millis {
        self.busy_until = self.busy_until.max(now + takes);
        self.busy_until
    }

    /// A description was applied: ICE connects, the first time and after a restart; else the state
    /// is told as it is.
    fn connect(&mut self, at: Millis, call: &CallId, no_path: bool) -> Vec<(Millis, MediaEvent)> {
        let state = |state| MediaEvent::Connection {
            call: call.clone(),
            state,
        };
        let first = self.connection == ConnectionState::Connecting;
        if no_path || !(first || std::mem::take(&mut self.restarting)) {
            return vec![(at, state(self.connection))];
        }
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
