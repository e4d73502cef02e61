//! What is sent to the phone network, as this provider wants it.

use alo_sip::auth::Credentials;
use alo_sip::header::HeaderName;
use alo_sip::ua::Invite;
use alo_sip::uri::{NameAddr, Uri, UriError};
use sha2::{Digest, Sha256};

use super::number;
use crate::config::{CallerId, Config, Hotline, Trunk, TrunkAccount};

/// The INVITE to a number from a hotline, without its offer; `sent_by` is this side as the peer reaches it.
///
/// # Errors
/// Where the number, or a name of the configuration, can stand in no URI.
pub fn invite(
    config: &Config,
    settings: &Trunk,
    sent_by: &str,
    (hotline, number): (Option<&Hotline>, &str),
) -> Result<Invite, UriError> {
    let country = &config.network.country_code;
    let written = |number: &str| {
        let e164 = config.e164(number).unwrap_or_else(|| number.to_owned());
        number::written(&e164, settings.numbers, country)
    };
    let called = written(number);
    let calling = hotline.map(|hotline| written(&hotline.number));
    let account = settings.account.as_ref();
    let account_user = account.map(|account| account.username.as_str());
    let user = match settings.caller_id {
        CallerId::From => calling.as_deref().or(account_user),
        _ => account_user.or(calling.as_deref()),
    };
    let from = NameAddr::new(own(settings, user)?);
    let identity = match &calling {
        Some(calling) => Some(own(settings, Some(calling))?),
        None => None,
    };
    Ok(Invite {
        target: peer(settings, Some(&called))?,
        from: match hotline {
            Some(hotline) => from.with_display(&hotline.name),
            None => from,
        },
        to: NameAddr::new(own(settings, Some(&called))?),
        contact: Uri::sip(account_user.or(calling.as_deref()), sent_by)?,
        headers: identity
            .and_then(|identity| identity_header(settings.caller_id, identity))
            .into_iter()
            .collect(),
        route: Vec::new(),
        offer: None,
        credentials: account.map(credentials),
    })
}

/// The header field beside `From` that tells who calls.
fn identity_header(kind: CallerId, identity: Uri) -> Option<(HeaderName, String)> {
    let address = NameAddr::new(identity).to_string();
    Some(match kind {
        CallerId::From => return None,
        CallerId::PAssertedIdentity => (HeaderName::from_static("P-Asserted-Identity"), address),
        CallerId::PPreferredIdentity => (HeaderName::from_static("P-Preferred-Identity"), address),
        CallerId::RemotePartyId => (
            HeaderName::from_static("Remote-Party-ID"),
            format!("{address};party=calling;screen=yes;privacy=off"),
        ),
    })
}

/// What tells this call centre apart from another one with the same account (RFC 5626 section 4.1); the
/// same one after a restart, so that no binding of before is left beside the new one.
#[must_use]
pub fn instance(settings: &Trunk, user: &str) -> String {
    let named = format!("{user}@{} at {}", settings.domain, settings.bind);
    let hash = Sha256::digest(named);
    let hex: String = hash[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    // A UUID of one's own making (RFC 9562 section 5.8).
    format!(
        "urn:uuid:{}-{}-8{}-8{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[13..16],
        &hex[17..20],
        &hex[20..32]
    )
}

/// A URI at the peer, for Request-URIs.
///
/// # Errors
/// Where the user part can stand in no URI.
pub fn peer(settings: &Trunk, user: Option<&str>) -> Result<Uri, UriError> {
    let (host, port) = &settings.address;
    let host = match host.parse() {
        Ok(std::net::IpAddr::V6(ip)) => format!("[{ip}]"),
        _ => host.clone(),
    };
    match port {
        5060 => Uri::sip(user, &host),
        _ => Uri::sip(user, &format!("{host}:{port}")),
    }
}

/// A URI in the provider's domain, for `From` and `To`.
///
/// # Errors
/// Where the user part can stand in no URI.
pub fn own(settings: &Trunk, user: Option<&str>) -> Result<Uri, UriError> {
    Uri::sip(user, &settings.domain)
}

/// What challenges of the provider are answered with.
#[must_use]
pub fn credentials(account: &TrunkAccount) -> Credentials {
    Credentials::password(&account.username, &account.password.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An INVITE from Sales by a trunk with these settings.
    fn invite_with(more: &str) -> Invite {
        let demo = crate::config::DEMO;
        let text = format!("{demo}\n[trunk]\naddress = \"sip.example.net:5080\"\n{more}");
        let config = Config::parse("trunk.toml", &text).unwrap();
        let trunk = config.trunk.as_ref().unwrap();
        let sales = config.hotline("+842873001001");
        invite(&config, trunk, "198.51.100.7:5060", (sales, "0901234567")).unwrap()
    }

    fn shown(invite: &Invite) -> (String, String, String, Vec<String>) {
        (
            invite.target.to_string(),
            invite.from.to_string(),
            invite.contact.to_string(),
            invite
                .headers
                .iter()
                .map(|(name, value)| format!("{name}: {value}"))
                .collect(),
        )
    }

    #[test]
    fn the_hotline_calls() {
        let (target, from, contact, headers) = shown(&invite_with(""));
        assert_eq!(target, "sip:+84901234567@sip.example.net:5080");
        assert_eq!(from, "\"Sales\" <sip:+842873001001@sip.example.net>");
        assert_eq!(contact, "sip:+842873001001@198.51.100.7:5060");
        assert_eq!(headers, [""; 0]);
    }

    #[test]
    fn the_account_calls_for_the_hotline() {
        let account = "username = \"alo\"\npassword = \"secret\"\ndomain = \"example.net\"\n";
        let number = "<sip:842873001001@example.net>";
        for (kind, header) in [
            (
                "p-asserted-identity",
                format!("P-Asserted-Identity: {number}"),
            ),
            (
                "p-preferred-identity",
                format!("P-Preferred-Identity: {number}"),
            ),
            (
                "remote-party-id",
                format!("Remote-Party-ID: {number};party=calling;screen=yes;privacy=off"),
            ),
        ] {
            let more = format!("{account}numbers = \"digits\"\ncaller_id = \"{kind}\"\n");
            let (target, from, _, headers) = shown(&invite_with(&more));
            assert_eq!(target, "sip:84901234567@sip.example.net:5080");
            assert_eq!(from, "\"Sales\" <sip:alo@example.net>");
            assert_eq!(headers, [header]);
        }
    }

    #[test]
    fn an_instance_is_a_uuid_and_stays_the_same() {
        let text = format!(
            "{}\n[trunk]\naddress = \"192.0.2.1\"\n",
            crate::config::DEMO
        );
        let config = Config::parse("trunk.toml", &text).unwrap();
        let trunk = config.trunk.unwrap();
        let first = instance(&trunk, "alo");
        assert_eq!(first, instance(&trunk, "alo"));
        assert_ne!(first, instance(&trunk, "other"));
        assert_eq!(
            first.len(),
            "urn:uuid:00000000-0000-8000-8000-000000000000".len()
        );
    }
}
