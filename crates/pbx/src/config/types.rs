//! What a configuration says.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::number;

mod routes;
mod trunk;

pub use routes::{
    Announce, Destination, Hotline, Ivr, IvrAction, Overflow, OwnState, Queue, Strategy, Transfer,
};
pub use trunk::{CallerId, Codec, NumberFormat, Records, SyncPolicy, Trunk, TrunkAccount};

/// A call centre.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// SIP domain of the accounts.
    pub domain: String,
    /// Name shown on the sign-in page.
    pub title: String,
    /// The web server.
    pub http: Http,
    /// WebRTC media.
    pub media: MediaSettings,
    /// Registrations.
    pub registrations: Registrations,
    /// How calls are carried out.
    pub calls: Calls,
    /// Calls that agents transfer.
    pub transfer: Transfer,
    /// The log.
    pub log: Log,
    /// Call records.
    pub records: Records,
    /// Accounts.
    pub agents: Vec<Agent>,
    /// Working states of this call centre's own, beside those of `alo_api::working`.
    pub working_states: Vec<OwnState>,
    /// Queues.
    pub queues: Vec<Queue>,
    /// IVR trees.
    pub ivrs: Vec<Ivr>,
    /// Numbers that customers call; the first is the one that agents call from by default.
    pub hotlines: Vec<Hotline>,
    /// The phone network.
    pub network: Network,
    /// The way to the real phone network.
    pub trunk: Option<Trunk>,
}

impl Config {
    /// The agent of this extension.
    #[must_use]
    pub fn agent(&self, extension: &str) -> Option<&Agent> {
        self.agents
            .iter()
            .find(|agent| agent.extension == extension)
    }

    /// The hotline of this number, however the two are written.
    #[must_use]
    pub fn hotline(&self, number: &str) -> Option<&Hotline> {
        let wanted = self.e164(number)?;
        self.hotlines
            .iter()
            .find(|hotline| self.e164(&hotline.number).as_ref() == Some(&wanted))
    }

    /// The queue of this id.
    #[must_use]
    pub fn queue(&self, id: &str) -> Option<&Queue> {
        self.queues.iter().find(|queue| queue.id == id)
    }

    /// The IVR tree of this id.
    #[must_use]
    pub fn ivr(&self, id: &str) -> Option<&Ivr> {
        self.ivrs.iter().find(|ivr| ivr.id == id)
    }

    /// The queue whose music is heard where the far end of a call from this hotline is held.
    #[must_use]
    pub fn music_queue(&self, hotline: &Hotline) -> Option<&Queue> {
        let named = hotline.music_of.as_deref();
        let own = named.or(match &hotline.to {
            Destination::Queue(id) => Some(id),
            _ => None,
        });
        own.map_or_else(|| self.queues.first(), |id| self.queue(id))
    }

    /// The simulated phone of this number, however the two are written. With a trunk there is none:
    /// the number is that of a real phone.
    #[must_use]
    pub fn simulated(&self, number: &str) -> Option<&SimulatedNumber> {
        if self.trunk.is_some() {
            return None;
        }
        let wanted = self.e164(number)?;
        self.network
            .numbers
            .iter()
            .find(|phone| self.e164(&phone.number).as_ref() == Some(&wanted))
    }

    /// A number in E.164 (`+84900000001`). A short number, which is none, has a `+` before it too, so
    /// that numbers can be compared; its length tells it. `None` where it is no number.
    #[must_use]
    pub fn e164(&self, written: &str) -> Option<String> {
        number::e164(written, &self.network.country_code)
    }
}

/// The web server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Http {
    /// Address to listen on.
    pub bind: IpAddr,
    /// Port; 0 takes any.
    pub port: u16,
    /// Folder of the built app.
    pub app: PathBuf,
    /// HTTPS instead of HTTP.
    pub tls: Option<Tls>,
    /// Origins whose pages may embed the phone.
    pub embed: Vec<String>,
    /// Origins whose pages may open the SIP WebSocket, beside the server's own; on a loopback
    /// address also the hosts that it answers for.
    pub origins: Vec<String>,
    /// The SIP WebSocket, as the app is told: a path of this server, or a whole URL.
    pub sip_url: String,
    /// Most WebSockets at a time.
    pub max_connections: usize,
    /// Most WebSockets at a time from one address.
    pub max_connections_per_address: usize,
    /// Whether the sign-in page is to offer the accounts, with their passwords, as one click; only
    /// [`Http::offers_accounts`] says whether it does.
    pub offer_accounts: bool,
}

impl Http {
    /// Whether this is a path of a server, or the URL of a WebSocket.
    #[must_use]
    pub fn is_sip_url(text: &str) -> bool {
        let mut schemes = ["/", "ws://", "wss://"].into_iter();
        let legal = text.bytes().all(|b| b.is_ascii_graphic()) && !text.starts_with("//");
        legal && schemes.any(|scheme| text.starts_with(scheme))
    }

    /// Whether only this machine can reach it.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.bind.to_canonical().is_loopback()
    }

    /// Whether the sign-in page offers the accounts: never to another machine, since they come with
    /// their passwords.
    #[must_use]
    pub fn offers_accounts(&self) -> bool {
        self.offer_accounts && self.is_local()
    }
}

/// Certificate and key, both PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// Certificate chain.
    pub certificate: PathBuf,
    /// Private key.
    pub key: PathBuf,
}

/// WebRTC media.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaSettings {
    /// Address of the UDP port.
    pub bind: IpAddr,
    /// The UDP port; 0 takes any.
    pub port: u16,
    /// Addresses offered to browsers; empty: those of the interfaces.
    pub advertise: Vec<IpAddr>,
    /// Folder whose prompts and music stand in for the built-in ones.
    pub prompts: Option<PathBuf>,
}

/// Registrations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registrations {
    /// Shortest time that is granted; a shorter wish is refused with 423.
    pub min_expires: Duration,
    /// Longest time that is granted; a longer wish is shortened.
    pub max_expires: Duration,
    /// Most bindings of one account (tabs).
    pub max_bindings: usize,
    /// How long a nonce of digest authentication is good.
    pub nonce: Duration,
}

/// How calls are carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calls {
    /// How long an agent's phone rings.
    pub ring: Duration,
    /// Whether `/call` and others without an account may call hotlines.
    pub guests: bool,
    /// Most calls at a time.
    pub max_calls: usize,
    /// How many of them may be of guests.
    pub max_guest_calls: usize,
    /// Most calls at a time of guests at one address.
    pub guest_calls_per_address: usize,
    /// How many calls guests at one address may begin in a minute.
    pub guest_invites_per_minute: u32,
    /// A call whose media is dead for so long, while its signalling is away too, is ended.
    pub lost_media: Duration,
    /// A call that has not been answered ends when the caller's signalling is away for so long.
    pub lost_signalling: Duration,
}

/// The log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// `info`, or per module: `info,alo_pbx=debug`.
    pub filter: String,
    /// How a line looks.
    pub format: LogFormat,
    /// Whether phone numbers are shortened to their last digits.
    pub redact_numbers: bool,
}

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// Extension: the user part of the SIP URI, and what is dialled.
    pub extension: String,
    /// Name.
    pub name: String,
    /// Password.
    pub password: Password,
}

/// A password; never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(pub String);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(...)")
    }
}

/// The phone network: how numbers are read, and its simulation where there is no trunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    /// Country code without `+`: what a leading 0 of a dialled number stands for.
    pub country_code: String,
    /// Length of one ring.
    pub ring: Duration,
    /// The network gives up ringing after so long.
    pub no_answer: Duration,
    /// The phones that there are.
    pub numbers: Vec<SimulatedNumber>,
}

/// A simulated phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimulatedNumber {
    /// Number, as the operator wrote it.
    pub number: String,
    /// What it does when it is called.
    pub behaviour: PhoneBehaviour,
    /// After how many rings it does so.
    pub rings: u32,
    /// Prompt that it speaks.
    pub says: String,
    /// How long it stays in the call, where it hangs up by itself.
    pub stays: Duration,
}

/// What a simulated phone does when it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhoneBehaviour {
    /// Answers and speaks, over and over.
    Speaks,
    /// Answers, and lets the caller hear himself.
    Echoes,
    /// Answers, and hangs up after a while.
    HangsUp,
    /// Is in another call.
    Busy,
    /// Rings for ever.
    NoAnswer,
    /// Declines.
    Declines,
}
