//! How a [`Phone`](super::Phone) is set up.

use crate::language::Millis;

/// How a [`Phone`](super::Phone) is set up. [`PhoneConfig::new`] fills in what is seldom changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneConfig {
    /// SIP domain of the accounts: the host part of every URI that is not given in full.
    pub domain: String,
    /// `urn:uuid:...` of this tab (RFC 5626, section 4.1): the same after a reload, another in
    /// another tab.
    pub instance: String,
    /// Whether the WebSocket is a secure one (`wss:`), for the Via header field (RFC 7118, section 5).
    pub secure: bool,
    /// `User-Agent` header field.
    pub user_agent: String,
    /// Seconds that a registration lasts.
    pub register_expires_s: u32,
    /// Bounds that keep a misbehaving network or server from filling the phone.
    pub limits: Limits,
    /// How long the phone waits for what.
    pub times: Times,
}

impl PhoneConfig {
    /// A phone of this domain, with the defaults for all the rest.
    pub fn new(domain: impl Into<String>, instance: impl Into<String>) -> Self {
        Self {
            domain: domain.into(),
            instance: instance.into(),
            secure: true,
            user_agent: concat!("Alo/", env!("CARGO_PKG_VERSION")).into(),
            register_expires_s: 300,
            limits: Limits::default(),
            times: Times::default(),
        }
    }
}

/// Bounds of what a phone holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Calls at the same time; one more that comes in is answered with 486 (Busy Here).
    pub calls: usize,
    /// Characters kept of a name, number or reason that comes from the network.
    pub text: usize,
    /// Colleagues that are watched at the same time.
    pub watched: usize,
    /// Notices kept; the oldest goes first.
    pub notices: usize,
    /// Digits that wait to be sent in one call; more are refused.
    pub digits: usize,
    /// Transfers that are followed at the same time; one more takes the place of the oldest.
    pub transfers: usize,
    /// So often the far ends of one conversation may send this phone elsewhere (REFER); more is refused.
    pub sent_on: u32,
    /// So often within a minute this phone goes elsewhere because a far end asked it to (REFER), in whichever
    /// call: somebody declines, and the next one is tried, but nobody makes it dial and dial.
    pub errands: usize,
    /// Bytes of UTF-8 of a note that goes with a transfer; a longer one is refused.
    pub note: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            calls: 4,
            text: 120,
            watched: 48,
            notices: 8,
            digits: 64,
            transfers: 16,
            sent_on: 3,
            errands: 2,
            note: 256,
        }
    }
}

/// How long a phone waits for what, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// Between keep-alives on the WebSocket (RFC 5626, section 4.4.1); `None`: none are sent.
    pub keep_alive: Option<Millis>,
    /// For a WebSocket to open before the attempt counts as failed.
    pub socket_open: Millis,
    /// First pause before connecting again; doubled each time.
    pub reconnect_first: Millis,
    /// Longest pause before connecting again.
    pub reconnect_longest: Millis,
    /// The same while there is a call: its hold, and the far end's BYE, wait for it.
    pub reconnect_in_call: Millis,
    /// For anything to come over a WebSocket that is being tried out; and, while there is a call, for
    /// anything to come after a request before the WebSocket is tried out.
    pub socket_proof: Millis,
    /// Between two tries of a registration that worked once, and was refused since.
    pub register_again: Millis,
    /// Somebody is on the screen for so long before they are subscribed to: who only scrolls past is not
    /// asked about.
    pub watch_settle: Millis,
    /// A colleague who left the screen is watched for so much longer.
    pub watch_grace: Millis,
    /// An ended call stays on the screen.
    pub ended_shown: Millis,
    /// For the far end to answer a transfer, and to say that two calls are one: longer than a request is
    /// repeated (64*T1 of RFC 3261, section 17.1.2.2), so that the user agent says so first.
    pub transfer_answer: Millis,
    /// For the far end to end the call of a transfer that it took, before the customer is held here: a
    /// server that takes calls over does so at once, and another re-INVITE would only cross its BYE.
    pub transfer_leave: Millis,
    /// Nothing is told for so long of a transfer that is tried or rings: a proxy lets a phone ring for three
    /// minutes (timer C of RFC 3261, section 16.6), and 64*T1 may pass before that is known.
    pub transfer_silent: Millis,
    /// The same while the customer waits in a queue, which may take long.
    pub transfer_waits: Millis,
    /// A transfer that is done, failed or not followed any more stays on the screen.
    pub transfer_shown: Millis,
    /// A notice that tells of something past, such as a transfer that came to nothing, stays on the screen.
    pub notice_shown: Millis,
    /// The time that [`Limits::errands`] counts in.
    pub errand_pause: Millis,
    /// An interrupted media path may come back by itself before ICE is restarted.
    pub media_grace: Millis,
    /// For the hold of the other call to be confirmed, before a call is answered or taken back all
    /// the same (the microphone is cut off from the other call in any case).
    pub hold_first: Millis,
    /// For the media engine to carry out one request.
    pub media_request: Millis,
    /// Pause that `,` stands for among digits.
    pub digit_pause: Millis,
    /// A dialog that the server no longer knows is kept for this long after its media is gone too.
    pub lost_session: Millis,
    /// A BYE that could not be sent waits for the WebSocket to come back for this long.
    pub late_bye: Millis,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            keep_alive: Some(25_000),
            socket_open: 10_000,
            reconnect_first: 500,
            reconnect_longest: 30_000,
            reconnect_in_call: 3_000,
            socket_proof: 3_000,
            register_again: 30_000,
            watch_settle: 150,
            watch_grace: 5_000,
            ended_shown: 8_000,
            transfer_answer: 40_000,
            transfer_leave: 500,
            transfer_silent: 212_000,
            transfer_waits: 3_600_000,
            transfer_shown: 12_000,
            notice_shown: 20_000,
            errand_pause: 60_000,
            media_grace: 4_000,
            hold_first: 2_000,
            media_request: 15_000,
            digit_pause: 2_000,
            lost_session: 10_000,
            late_bye: 120_000,
        }
    }
}
