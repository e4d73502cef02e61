//! `config.json`: how the app finds its PBX.

use std::fmt;

use serde::{Deserialize, Serialize};

/// `config.json`, read by the app when it starts.
///
/// Every field has a default that fits the embedded call centre, so `{}` is a valid file when the
/// PBX serves the app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct AppConfig {
    /// SIP over WebSocket (RFC 7118): `wss://pbx.example.com/sip`, or a path on the page's own
    /// host (`/sip`).
    pub sip_url: String,
    /// SIP domain of the accounts; empty: the host of the page.
    pub sip_domain: String,
    /// Where `directory.json` is; empty: there is none.
    pub directory_url: String,
    /// STUN and TURN servers.
    pub ice_servers: Vec<IceServer>,
    /// The offer is sent at the first usable ICE candidate, at the latest after this many
    /// milliseconds.
    pub ice_gathering_cap_ms: u32,
    /// Seconds that a registration lasts.
    pub register_expires_s: u32,
    /// Product or company name shown on the sign-in page.
    pub title: String,
    /// Whether `/call`, the customer's call button, may be used without an account.
    pub guest_calls: bool,
    /// Accounts that the sign-in page offers as one click: for a demo only.
    pub demo_accounts: Vec<DemoAccount>,
}

impl Default for AppConfig {
    fn default() -> Self {
        Self {
            sip_url: "/sip".into(),
            sip_domain: String::new(),
            directory_url: "/directory.json".into(),
            ice_servers: Vec::new(),
            ice_gathering_cap_ms: 1000,
            register_expires_s: 300,
            title: "Alo".into(),
            guest_calls: true,
            demo_accounts: Vec::new(),
        }
    }
}

/// One STUN or TURN server, as `RTCIceServer` has it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IceServer {
    /// `stun:host:port` or `turn:host:port?transport=udp`.
    pub urls: Vec<String>,
    /// TURN user name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// TURN password; short-lived ones only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
}

impl fmt::Debug for IceServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The credential stays out of logs.
        f.debug_struct("IceServer")
            .field("urls", &self.urls)
            .finish_non_exhaustive()
    }
}

/// An account that the demo's sign-in page offers as one click.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DemoAccount {
    /// Extension.
    pub extension: String,
    /// Name.
    pub name: String,
    /// Password. A demo's passwords are no secret.
    pub password: String,
}

impl fmt::Debug for DemoAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The password stays out of logs.
        f.debug_struct("DemoAccount")
            .field("extension", &self.extension)
            .finish_non_exhaustive()
    }
}
