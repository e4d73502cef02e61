//! The one language of the phone: [`Command`], [`State`] and [`Event`].
//!
//! The panel, the keyboard, a second tab and the page that embeds the widget speak exactly this,
//! and nothing else touches the engine. Everything here is plain data that serde can carry over a
//! message port.
//!
//! Two rules hold throughout:
//! * a [`State`] is what the wire or the media engine *confirmed*; what was asked for and is not
//!   yet answered stands beside it as [`Change::Requested`];
//! * what can be done now is data: an action is an `Option<Command>`, and a control is disabled
//!   because its action is `None`.

use serde::{Deserialize, Serialize};

/// A point in time: milliseconds since the Unix epoch by the host's (monotonic) clock.
pub type Millis = u64;

/// One call of this phone, stable from the first ring to the history entry.
///
/// Opaque text; the same id reaches the CRM page, the history and the log.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallId(pub String);

/// Everything that can be asked of the phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "command",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Command {
    /// Sign in: connect, register, and stay registered.
    SignIn(SignIn),
    /// Unregister and close the connection. Calls in progress are hung up first.
    SignOut,
    /// Try at once what would be tried again later (reconnect, register).
    RetryNow,
    /// Ask the person for the microphone again and unblock sound; the mend that the reachability
    /// light offers.
    EnableDevices,
    /// Place a call.
    Dial {
        /// A phone number, an extension or a SIP URI.
        target: String,
        /// The hotline that the call goes out from; `None` leaves it to the server.
        hotline: Option<String>,
        /// Offer video from the start.
        video: bool,
    },
    /// Answer a ringing call. Another call that is talking is held first.
    Answer {
        /// The ringing call.
        call: CallId,
        /// Answer with the own camera too.
        video: bool,
    },
    /// Decline a ringing call (603).
    Decline {
        /// The ringing call.
        call: CallId,
    },
    /// End a call, whatever its phase.
    HangUp {
        /// The call to end.
        call: CallId,
    },
    /// The far end no longer hears this side, or hears it again. Local: needs no answer.
    SetMute {
        /// The call.
        call: CallId,
        /// Whether the microphone is cut off.
        muted: bool,
    },
    /// Hold or take back. A request: confirmed by the answer to a re-INVITE.
    SetHold {
        /// The call.
        call: CallId,
        /// Whether the far end is to wait.
        held: bool,
    },
    /// Send DTMF digits: RFC 4733 events, SIP INFO where the far end has no telephone-event.
    SendDigits {
        /// The call.
        call: CallId,
        /// `0`-`9`, `*`, `#`, `A`-`D`; `,` is a pause of two seconds.
        digits: Digits,
    },
    /// Hold the call that is talking and talk to this one.
    SwapTo {
        /// The call to talk to.
        call: CallId,
    },
    /// Remove an ended call from the screen before its time.
    DismissCall {
        /// The ended call.
        call: CallId,
    },
    /// Remove a notice.
    DismissNotice {
        /// [`Notice::id`].
        notice: u64,
    },
    /// Choose a device; applies to the calls in progress, and never unmutes.
    ChooseDevice {
        /// Which kind.
        kind: DeviceKind,
        /// [`Device::id`]; `None` is the system's choice.
        id: Option<String>,
    },
}

/// Digits that a person pressed; never shown in a log.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digits(pub String);

impl std::fmt::Debug for Digits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Digits({} of them)", self.0.len())
    }
}

/// A password or token; never shown in a log, and serialised only towards the engine.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(...)")
    }
}

/// Who signs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignIn {
    /// Extension, or `user@domain`; empty for a guest.
    pub extension: String,
    /// Display name, where it is known.
    pub name: Option<String>,
    /// Digest password; `None` for a guest, who does not register and can only dial.
    pub password: Option<Secret>,
}

/// Everything the phone shows.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct State {
    /// Whose phone this is; `None` when signed out.
    pub account: Option<AccountState>,
    /// The honest answer to "can I be reached?".
    pub reachability: Reachability,
    /// The four things that reachability is made of.
    pub checks: Checks,
    /// Calls in the order in which they began; ended ones stay for some seconds, with the reason.
    pub calls: Vec<Call>,
    /// The call that the panel shows large: ringing ones first, then the one that talks.
    pub focus: Option<CallId>,
    /// Place a call: `Some` is a template whose target and hotline the view fills in.
    pub dial: Option<Command>,
    /// What went wrong and what is being done, newest last.
    pub notices: Vec<Notice>,
    /// Devices that can be chosen, and which are.
    pub devices: Devices,
    /// Actions of the phone as a whole.
    pub actions: PhoneActions,
}

/// What can be done with the phone as a whole now.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PhoneActions {
    /// Sign out.
    pub sign_out: Option<Command>,
    /// Try again at once; `Some` while a retry is pending.
    pub retry: Option<Command>,
    /// Ask for microphone and sound; `Some` while one of them is missing.
    pub enable_devices: Option<Command>,
}

/// Whose phone this is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountState {
    /// Extension as it was signed in with; empty for a guest.
    pub extension: String,
    /// Display name, where known.
    pub name: Option<String>,
    /// A guest dials without registering.
    pub guest: bool,
}

/// Can this phone be reached?
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(
    tag = "state",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Reachability {
    /// Nobody is signed in.
    #[default]
    SignedOut,
    /// The first connection or registration is under way.
    Connecting {
        /// Since when.
        since: Millis,
    },
    /// Socket up, registration confirmed, microphone works, sound may play.
    Ready,
    /// It was up and is being brought back.
    Reconnecting {
        /// Since when it is away.
        since: Millis,
        /// When the next attempt is made.
        retry_at: Option<Millis>,
    },
    /// It does not come back by itself, or something is missing.
    NotReachable {
        /// What is missing.
        why: Trouble,
        /// When the next attempt is made, where one is.
        retry_at: Option<Millis>,
    },
}

/// What reachability is made of.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Checks {
    /// The WebSocket.
    pub socket: Check,
    /// The registration (not needed by a guest).
    pub registration: Check,
    /// The microphone.
    pub microphone: Check,
    /// Whether the page may play sound.
    pub sound: Check,
}

/// One check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Check {
    /// Not tried yet.
    #[default]
    Unknown,
    /// Under way.
    Pending,
    /// Confirmed.
    Good,
    /// Missing; [`Reachability`] or a notice says why.
    Bad,
}

/// What can be wrong, as a catalogue key with its facts; the view puts it into words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "trouble",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Trouble {
    /// The server does not accept the extension or password.
    WrongPassword,
    /// The server does not know or does not allow this account.
    NotAllowed {
        /// SIP status code.
        status: u16,
        /// Reason phrase as the server gave it: text.
        reason: String,
    },
    /// The server cannot be reached.
    ServerDown,
    /// The server answers, but refuses to register the phone.
    RegistrationFailed {
        /// SIP status code; 408 where nothing came back.
        status: u16,
        /// Reason phrase as the server gave it: text.
        reason: String,
    },
    /// The person or a policy denied the microphone.
    MicrophoneDenied,
    /// There is no microphone.
    MicrophoneMissing,
    /// The microphone is in use elsewhere or failed.
    MicrophoneBroken,
    /// The browser blocks sound until the person clicks.
    SoundBlocked,
    /// The same account signed in elsewhere took the registration over.
    Replaced,
    /// A hold, resume or other change was refused; the call goes on as it was.
    ChangeRefused {
        /// What was asked for.
        what: ChangeKind,
        /// SIP status code; 408 where nothing came back.
        status: u16,
    },
    /// The far end has neither telephone-event nor INFO.
    DigitsNotSent,
    /// The browser or the far end could not agree on media.
    MediaFailed {
        /// For the log: the browser's or the server's own words.
        detail: String,
    },
}

/// Which change of a call was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ChangeKind {
    /// Hold.
    Hold,
    /// Take back from hold.
    Resume,
    /// Audio to video.
    Video,
    /// New network path for the media.
    IceRestart,
}

/// Something to tell the person, shown as an `alert`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Notice {
    /// For [`Command::DismissNotice`].
    pub id: u64,
    /// When it happened.
    pub at: Millis,
    /// The call that it is about.
    pub call: Option<CallId>,
    /// What happened.
    pub trouble: Trouble,
}

/// Who is at the other end.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Party {
    /// Display name, from the network or the directory: text, never HTML.
    pub name: Option<String>,
    /// Number or extension as dialled or received, without formatting.
    pub number: String,
}

/// Which way a call was placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CallDirection {
    /// Somebody calls this phone.
    Incoming,
    /// This phone calls.
    Outgoing,
}

/// One call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Call {
    /// Stable id.
    pub id: CallId,
    /// Who called whom.
    pub direction: CallDirection,
    /// The other end.
    pub remote: Party,
    /// The hotline that the call goes out from or came in by.
    pub hotline: Option<String>,
    /// What the server says about the queue the call came from.
    pub queue: Option<alo_api::QueueFacts>,
    /// When the call began (dialled, or first rang).
    pub began: Millis,
    /// Where the call stands.
    pub phase: Phase,
    /// Whether this side holds the far end.
    pub hold: Change,
    /// Whether the far end holds this side.
    pub held_by_remote: bool,
    /// Whether the microphone is cut off from this call.
    pub muted: bool,
    /// Who hears whom: the hearing line.
    pub hearing: Hearing,
    /// What is being mended, if anything.
    pub recovery: Option<Recovery>,
    /// Quality of the received audio; `None` until measured.
    pub quality: Option<Quality>,
    /// Whether video could be used with the far end, and is.
    pub video: VideoState,
    /// Digits sent so far in this call are not kept; how many were, and how many wait.
    pub digits_pending: u32,
    /// What can be done now.
    pub actions: CallActions,
}

/// Where a call stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "phase",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Phase {
    /// Outgoing: being set up, nothing heard of the far end yet.
    Dialing,
    /// Outgoing: the far end rings.
    RemoteRinging {
        /// Whether the far end or network plays its own sound (early media, 183 with SDP).
        early_media: bool,
    },
    /// Incoming: rings here.
    Ringing {
        /// When it stops being offered here, where the server says so.
        answer_by: Option<Millis>,
    },
    /// Incoming: answered here, not yet confirmed by the caller's ACK and media.
    Answering,
    /// Both ends are joined.
    Talking {
        /// Since when.
        since: Millis,
    },
    /// Hung up here; the far end has not confirmed yet.
    Ending,
    /// Over.
    Ended {
        /// Why.
        outcome: Outcome,
        /// When.
        at: Millis,
        /// Talk time in milliseconds; `None` if it was never answered.
        talked: Option<Millis>,
    },
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "outcome",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Outcome {
    /// This side hung up after talking.
    HungUpHere,
    /// The far end hung up after talking.
    HungUpThere,
    /// Outgoing, cancelled here before an answer.
    Cancelled,
    /// Incoming, declined here.
    Declined,
    /// Incoming, the caller gave up or nobody answered in time.
    Missed,
    /// Incoming, somebody else took it (RFC 3326 Reason): no missed call.
    AnsweredElsewhere {
        /// Who, where the server says so.
        by: Option<String>,
    },
    /// Outgoing: the far end is busy (486, 600).
    Busy,
    /// Outgoing: nobody answered (408, 480 after ringing, or the server's timer).
    NoAnswer,
    /// Outgoing: the far end declined (603).
    DeclinedThere,
    /// Outgoing: no such number (404, 484, 604).
    UnknownNumber,
    /// Outgoing: known, but not reachable now (480).
    Unavailable,
    /// Outgoing: the server refused (403 and other final refusals).
    Refused {
        /// SIP status code.
        status: u16,
        /// Reason phrase: text.
        reason: String,
    },
    /// The media could not be set up.
    MediaFailed,
    /// The microphone was not to be had, so the call was not made or answered.
    NoMicrophone,
}

/// A property that the far end has to agree to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "change",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Change {
    /// The wire confirmed this value.
    Confirmed {
        /// Whether it is on.
        on: bool,
        /// Since when; the beginning of the call if it never changed.
        since: Millis,
    },
    /// Asked for `on`; until confirmed, `!on` holds.
    Requested {
        /// What was asked for.
        on: bool,
        /// Since when.
        since: Millis,
    },
}

impl Change {
    /// What the wire confirmed last.
    pub fn is_on(self) -> bool {
        match self {
            Change::Confirmed { on, .. } => on,
            Change::Requested { on, .. } => !on,
        }
    }

    /// Whether an answer is awaited.
    pub fn is_pending(self) -> bool {
        matches!(self, Change::Requested { .. })
    }
}

/// Who hears whom in this call, as data; the view draws it and says it in one sentence.
///
/// Every link is what the wire confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Hearing {
    /// What the far end hears of this side.
    pub to_remote: Sound,
    /// What this side hears of the far end.
    pub from_remote: Sound,
}

/// What one side hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Sound {
    /// Nothing: not connected yet, or no more.
    Nothing,
    /// The ringing tone.
    Ringback,
    /// The network's own sound before the answer.
    EarlyMedia,
    /// The other person.
    Voice,
    /// Silence because the other person is muted.
    Muted,
    /// Hold music (or silence where the server plays none).
    Music,
    /// It should be heard, but the media path is broken at the moment.
    Interrupted,
}

/// Something is being mended; the call is *not* over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Recovery {
    /// What is broken.
    pub kind: RecoveryKind,
    /// Since when.
    pub since: Millis,
    /// When the next attempt is made, where one is scheduled.
    pub retry_at: Option<Millis>,
}

/// What can be broken without the call being over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RecoveryKind {
    /// The WebSocket is away; the audio goes on.
    Signalling,
    /// The media path is interrupted (ICE disconnected or failed); a restart is under way.
    Media,
    /// The server no longer knows the dialog (481), or a session refresh failed; the audio may go on.
    Session,
}

/// Quality of the received audio.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Quality {
    /// 1 (bad) to 4 (clear).
    pub bars: u8,
    /// Round trip in milliseconds, where known.
    pub round_trip: Option<u32>,
    /// Packets lost in the last interval, per mille.
    pub lost_per_mille: u16,
    /// Jitter in milliseconds.
    pub jitter: u32,
}

/// Video in a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VideoState {
    /// The far end offered or answered with a video line.
    pub possible: bool,
    /// The own camera is sent.
    pub sending: bool,
    /// The far end's video arrives.
    pub receiving: bool,
}

/// What can be done with a call now. A control is disabled because its action is `None`.
///
/// `transfer`, `add_people` and `video` are `None` until those features come.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallActions {
    /// Answer.
    pub answer: Option<Command>,
    /// Answer with the camera on.
    pub answer_with_video: Option<Command>,
    /// Decline.
    pub decline: Option<Command>,
    /// Hang up (or cancel).
    pub hang_up: Option<Command>,
    /// Mute or unmute, whichever is the other one now.
    pub toggle_mute: Option<Command>,
    /// Hold or take back, whichever is the other one now.
    pub toggle_hold: Option<Command>,
    /// Template: the view fills in the digits.
    pub send_digits: Option<Command>,
    /// Talk to this call, holding the other one.
    pub swap_to: Option<Command>,
    /// Remove the ended call from the screen.
    pub dismiss: Option<Command>,
    /// Open the transfer dialog.
    pub transfer: Option<Command>,
    /// Open the dialog for adding people.
    pub add_people: Option<Command>,
    /// Ask for video, or stop it.
    pub toggle_video: Option<Command>,
}

/// Kinds of device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DeviceKind {
    /// Microphone.
    Microphone,
    /// Where calls are heard.
    Speaker,
    /// Where ringing is heard.
    Ringer,
    /// Camera.
    Camera,
}

/// One device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Device {
    /// The browser's id.
    pub id: String,
    /// The browser's label; empty until the microphone was allowed.
    pub label: String,
}

/// Devices that there are, and which are chosen (`None`: the system's choice).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Devices {
    /// Microphones.
    pub microphones: Vec<Device>,
    /// Speakers.
    pub speakers: Vec<Device>,
    /// Cameras.
    pub cameras: Vec<Device>,
    /// Chosen microphone.
    pub microphone: Option<String>,
    /// Chosen speaker.
    pub speaker: Option<String>,
    /// Chosen ringer.
    pub ringer: Option<String>,
    /// Chosen camera.
    pub camera: Option<String>,
}

/// Everything that happened, for whoever keeps a record: history, CRM page, log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "event",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Event {
    /// The registration was confirmed for the first time after signing in.
    SignedIn {
        /// Extension.
        extension: String,
    },
    /// Signed out, by the person.
    SignedOut,
    /// The connection was lost; it is being brought back.
    ConnectionLost,
    /// Connected and registered again.
    ConnectionBack,
    /// A call rings here.
    CallIncoming {
        /// The call.
        call: CallId,
        /// Who calls.
        remote: Party,
    },
    /// A call was placed here.
    CallPlaced {
        /// The call.
        call: CallId,
        /// Who is called.
        remote: Party,
    },
    /// Both ends are joined.
    CallAnswered {
        /// The call.
        call: CallId,
    },
    /// Hold was confirmed, or taken back.
    CallHeld {
        /// The call.
        call: CallId,
        /// Whether it is held.
        held: bool,
    },
    /// The microphone was cut off or put back.
    CallMuted {
        /// The call.
        call: CallId,
        /// Whether it is muted.
        muted: bool,
    },
    /// The call is over.
    CallEnded {
        /// The call.
        call: CallId,
        /// Why.
        outcome: Outcome,
        /// Talk time in milliseconds; `None` if it was never answered.
        talked: Option<Millis>,
    },
    /// Something went wrong; the notice is in the state too.
    Trouble {
        /// What.
        notice: Notice,
    },
}
