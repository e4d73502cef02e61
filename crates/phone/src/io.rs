//! What goes into a [`Phone`](crate::phone::Phone) and what comes out, besides the language.
//!
//! A *media* (one peer connection) belongs to a call and is named by the [`CallId`]. What is asked of
//! it and answered later is named by an [`Ask`] too, so that an answer is never taken for another's.

use bytes::Bytes;

use crate::language::{CallId, Command, DeviceKind, Devices, Digits, Event, Millis, Quality};

/// Something that happened.
#[derive(Debug, Clone)]
pub enum Input {
    /// A person (or a page) asks for something.
    Command(Command),
    /// The WebSocket.
    Socket(SocketEvent),
    /// The media engine.
    Media(MediaEvent),
    /// The time asked for by [`Output::Timeout`] has come (harmless when early).
    Timeout,
}

/// What became of the WebSocket. There is at most one at a time.
#[derive(Debug, Clone)]
pub enum SocketEvent {
    /// It is open, with the `sip` subprotocol (RFC 7118).
    Opened,
    /// One message; SIP over WebSocket has exactly one SIP message per WebSocket message.
    Received(Bytes),
    /// It could not be opened, or it closed; no more comes from it.
    Closed,
    /// The browser says that the network is back, or the machine slept: try again at once, and see
    /// whether what seems to be open still is.
    NetworkOnline,
}

/// Something to carry out.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// The WebSocket.
    Socket(SocketRequest),
    /// The media engine.
    Media(MediaRequest),
    /// [`Phone::state`](crate::phone::Phone::state) differs from what was published last.
    StateChanged,
    /// Something happened.
    Event(Event),
    /// Nothing more to do now; come back then (`None`: only when something happens).
    Timeout(Option<Millis>),
}

/// What to do with the WebSocket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SocketRequest {
    /// Close the old one, if any, and open a new one to the configured URL.
    Open,
    /// Send one message. UTF-8 text goes as a text frame.
    Send(Bytes),
    /// Close it.
    Close,
}

/// Which way one kind of media flows, seen from here (RFC 8829 transceiver direction).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Both ways.
    SendRecv,
    /// Only from here.
    SendOnly,
    /// Only to here.
    RecvOnly,
    /// Neither.
    Inactive,
}

/// What an offer or answer made here is to contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MediaWants {
    /// Direction of the audio transceiver.
    pub audio: Direction,
    /// Direction of the video transceiver; `None`: no video line is added, and one that the far
    /// end offers is refused.
    pub video: Option<Direction>,
}

/// One request to the media of one call; its answer has the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ask(pub u64);

/// What the media engine is to do. Each request with an [`Ask`] is answered by exactly one
/// [`MediaEvent`] named in its documentation, or by [`MediaEvent::Failed`]; requests of one call are
/// carried out in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MediaRequest {
    /// Make an offer; opens the peer connection and the microphone where the call has none yet.
    /// Answered by [`MediaEvent::LocalDescription`], at the first usable ICE candidate.
    ///
    /// A microphone that may be used without asking the person is opened meanwhile, and told by
    /// [`MediaEvent::CallMicrophone`]; where the person is to be asked, the offer waits.
    CreateOffer {
        /// The call.
        call: CallId,
        /// This request.
        ask: Ask,
        /// What it is to contain.
        wants: MediaWants,
        /// With a new ICE ufrag and password (RFC 8445 ICE restart).
        ice_restart: bool,
    },
    /// Take an offer of the far end and make the answer to it; opens the peer connection and the
    /// microphone where the call has none yet, as `CreateOffer` does. Answered by
    /// [`MediaEvent::LocalDescription`].
    AcceptOffer {
        /// The call.
        call: CallId,
        /// This request.
        ask: Ask,
        /// SDP of the far end.
        sdp: String,
        /// What the answer is to contain.
        wants: MediaWants,
    },
    /// Take the answer of the far end to the last offer. Answered by [`MediaEvent::AnswerApplied`].
    SetAnswer {
        /// The call.
        call: CallId,
        /// This request.
        ask: Ask,
        /// SDP of the far end.
        sdp: String,
        /// A provisional answer (183): more may follow.
        provisional: bool,
    },
    /// Take the last offer back, whoever made it (it was refused, or could not be answered). Answered
    /// by nothing.
    Rollback {
        /// The call.
        call: CallId,
    },
    /// Whether the microphone reaches this call. Takes effect at once; answered by nothing. Off until
    /// told otherwise.
    SetMicrophone {
        /// The call.
        call: CallId,
        /// Whether it does.
        on: bool,
    },
    /// Whether the far end of this call is heard here (its audio element is muted or not; video is
    /// not concerned). Takes effect at once; answered by nothing. On until told otherwise.
    SetSpeaker {
        /// The call.
        call: CallId,
        /// Whether it is.
        on: bool,
    },
    /// Send digits as RFC 4733 events. Answered by [`MediaEvent::DigitsSent`] when all are out, by
    /// [`MediaEvent::DigitsRefused`] where no telephone-event was negotiated, or by
    /// [`MediaEvent::DigitsLeft`] when sending came to a stop.
    SendDigits {
        /// The call.
        call: CallId,
        /// This request.
        ask: Ask,
        /// The digits.
        digits: Digits,
    },
    /// Close the peer connection and release the microphone, if no other call needs it.
    Close {
        /// The call.
        call: CallId,
    },
    /// What is heard locally besides calls; replaces the tone before.
    Tone(Option<Tone>),
    /// Ask for the microphone, resume sound. Answered by [`MediaEvent::Microphone`] and [`MediaEvent::Sound`].
    Enable,
    /// Use this device from now on.
    ChooseDevice {
        /// Which kind.
        kind: DeviceKind,
        /// The browser's id.
        id: Option<String>,
    },
}

/// Tones that the phone itself makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// A call comes in: on the ringer.
    Ringing,
    /// A second call comes in while talking: soft, in the ear.
    CallWaiting,
    /// The far end rings.
    Ringback,
    /// Busy or refused: a few beeps, then by itself silent.
    Busy,
}

/// What the media engine tells.
#[derive(Debug, Clone, PartialEq)]
pub enum MediaEvent {
    /// The offer or answer asked for.
    LocalDescription {
        /// The call.
        call: CallId,
        /// The request.
        ask: Ask,
        /// SDP to be sent.
        sdp: String,
    },
    /// The far end's answer is in force.
    AnswerApplied {
        /// The call.
        call: CallId,
        /// The request.
        ask: Ask,
    },
    /// The request could not be carried out.
    Failed {
        /// The call.
        call: CallId,
        /// The request.
        ask: Ask,
        /// Why.
        error: MediaError,
    },
    /// The browser asks the person whether the microphone may be used: what was asked of this call
    /// waits, for as long as a person takes. Over when [`CallMicrophone`](MediaEvent::CallMicrophone) or
    /// [`Failed`](MediaEvent::Failed) comes.
    AwaitingPerson {
        /// The call.
        call: CallId,
    },
    /// What this call has of the microphone, whenever it changes after its first description:
    /// `Ready`, its track is sent; `Unknown`, it is being opened (again); else it is not to be had at
    /// the moment, and is tried again as long as the call has not been closed.
    CallMicrophone {
        /// The call.
        call: CallId,
        /// What it has.
        state: MicrophoneState,
    },
    /// State of the media path: whenever it changes, and after each description that was applied.
    Connection {
        /// The call.
        call: CallId,
        /// The state.
        state: ConnectionState,
    },
    /// All digits are out.
    DigitsSent {
        /// The call.
        call: CallId,
        /// The request.
        ask: Ask,
    },
    /// The far end takes no telephone-event.
    DigitsRefused {
        /// The call.
        call: CallId,
        /// The request.
        ask: Ask,
        /// The digits that were not sent.
        digits: Digits,
    },
    /// Sending came to a stop: the media does not flow, or the browser does not go on.
    DigitsLeft {
        /// The call.
        call: CallId,
        /// The request.
        ask: Ask,
        /// The digits that were not sent, the ones before them were.
        digits: Digits,
    },
    /// Quality of a call.
    Quality {
        /// The call.
        call: CallId,
        /// The figures.
        quality: Quality,
    },
    /// State of the microphone, whenever it changes.
    Microphone(MicrophoneState),
    /// Whether sound may play.
    Sound {
        /// Whether it may.
        allowed: bool,
    },
    /// The devices changed.
    Devices(Devices),
}

/// State of the microphone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MicrophoneState {
    /// Allowed (and released again while there is no call).
    Ready,
    /// Not asked yet.
    Unknown,
    /// Denied by the person or a policy.
    Denied,
    /// There is none.
    Missing,
    /// In use elsewhere, or failed.
    Broken,
}

/// State of a media path (RTCPeerConnection.connectionState).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionState {
    /// Being set up.
    Connecting,
    /// Media flows.
    Connected,
    /// Interrupted; may come back by itself.
    Disconnected,
    /// Does not come back without an ICE restart.
    Failed,
}

/// Why a media request failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MediaError {
    /// The microphone is not to be had.
    Microphone(MicrophoneState),
    /// The browser did not take the SDP, or has no common codec.
    Description(String),
    /// The peer connection is gone or in the wrong state.
    State(String),
}
