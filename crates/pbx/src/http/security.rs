//! Which pages are served, which may connect, and what they may do: the hosts and origins that are
//! let in, security headers, and the Content-Security-Policy of the app's page.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::header::{
    CONTENT_SECURITY_POLICY, HOST, HeaderName, ORIGIN, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use super::Web;
use crate::config::{Config, Http};

/// The parts of the Content-Security-Policy that the configuration decides.
#[derive(Debug)]
pub struct Policy {
    frame_ancestors: String,
    connect: String,
}

impl Policy {
    /// As the configuration says.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let mut frame_ancestors = String::from("'self'");
        for origin in &config.http.embed {
            frame_ancestors.push(' ');
            frame_ancestors.push_str(origin);
        }
        let mut connect = String::from("'self'");
        if let Some((scheme @ ("ws" | "wss"), host)) = server_of(&config.http.sip_url)
            && is_source(host)
        {
            connect.push_str(&format!(" {scheme}://{host}"));
        }
        Self {
            frame_ancestors,
            connect,
        }
    }

    /// The policy of a page: strict, and each inline script of the page allowed by its hash
    /// (CSP Level 3, section 2.3.1), since the loader that Trunk writes is one. It may connect to
    /// where it came from, `host`, also by WebSocket, which `'self'` means to newer browsers only.
    #[must_use]
    pub fn of_page(&self, page: &str, host: Option<&str>) -> String {
        let mut scripts = String::from("'self' 'wasm-unsafe-eval'");
        for script in inline_scripts(page) {
            let hash = base64(&Sha256::digest(script.as_bytes()));
            scripts.push_str(&format!(" 'sha256-{hash}'"));
        }
        let mut connect = self.connect.clone();
        if let Some(host) = host.filter(|host| is_source(host)) {
            connect.push_str(&format!(" ws://{host} wss://{host}"));
        }
        format!(
            "default-src 'self'; script-src {scripts}; style-src 'self'; connect-src {connect}; \
             img-src 'self' data:; media-src 'self' blob: mediastream:; object-src 'none'; \
             base-uri 'none'; form-action 'self'; frame-ancestors {}",
            self.frame_ancestors
        )
    }
}

/// The host, and perhaps its port, that a request is for, where it names one (RFC 9110 section 7.2).
pub(super) fn host_of(headers: &HeaderMap) -> Option<&str> {
    headers.get(HOST)?.to_str().ok()
}

/// Scheme, host and port of a URL; `None` where it is a path.
fn server_of(url: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    Some((scheme, &rest[..end]))
}

/// Whether a host and its port can stand in a policy, which knows names and IPv4 addresses only.
fn is_source(host: &str) -> bool {
    let legal = |b: u8| b.is_ascii_alphanumeric() || b"-.:".contains(&b);
    !host.is_empty() && host.bytes().all(legal)
}

/// Whether a page may open the SIP WebSocket: one of this server, or one that the operator named. A
/// browser says which it is, whatever the page wants (RFC 6455 section 10.2); what is no browser
/// needs to say nothing.
pub(super) fn origin_allowed(headers: &HeaderMap, config: &Http) -> bool {
    let mut origins = headers.get_all(ORIGIN).into_iter();
    let origin = match (origins.next(), origins.next()) {
        (None, _) => return true,
        (Some(origin), None) => origin.to_str().ok(),
        (Some(_), Some(_)) => None,
    };
    // `null`, which is any sandboxed page, has no scheme.
    let Some((scheme, authority)) = origin.and_then(|origin| origin.split_once("://")) else {
        return false;
    };
    let own = host_of(headers)
        .is_some_and(|host| same(bare(scheme, authority), bare(scheme, host.trim())));
    let named = |origin: &String| {
        origin.split_once("://").is_some_and(|(s, a)| {
            s.eq_ignore_ascii_case(scheme) && same(bare(scheme, a), bare(scheme, authority))
        })
    };
    own || config.origins.iter().any(named)
}

fn same(a: &str, b: &str) -> bool {
    !a.is_empty() && a.eq_ignore_ascii_case(b)
}

/// Host and port without the port that the scheme has anyway.
fn bare<'a>(scheme: &str, authority: &'a str) -> &'a str {
    let port = if scheme.eq_ignore_ascii_case("https") {
        ":443"
    } else {
        ":80"
    };
    authority.strip_suffix(port).unwrap_or(authority)
}

/// Refuses to be somebody else's host. A page of `evil.example` whose name suddenly resolves to
/// 127.0.0.1 (DNS rebinding) is of one origin with a server that only this machine can reach, and
/// could read the accounts; but its requests still say the name.
pub(super) async fn host(State(web): State<Web>, request: Request, next: Next) -> Response {
    match host_of(request.headers()) {
        Some(host) if web.config.http.is_local() && !host_allowed(host, &web.config.http) => {
            tracing::debug!(host, "a host that is not this one");
            let text = "This server answers for localhost only. Name others in http.origins.\n";
            (StatusCode::MISDIRECTED_REQUEST, text).into_response()
        }
        _ => next.run(request).await,
    }
}

/// Whether a server that only this machine can reach answers for this host.
fn host_allowed(host: &str, config: &Http) -> bool {
    let name = name_of(host);
    let ip = name.trim_start_matches('[').trim_end_matches(']');
    let is_loopback = |ip: IpAddr| ip.to_canonical().is_loopback();
    let named = |origin: &String| {
        let authority = origin.split_once("://").map_or("", |(_, host)| host);
        same(name_of(authority), name)
    };
    same(name, "localhost") || ip.parse().is_ok_and(is_loopback) || config.origins.iter().any(named)
}

/// A host without its port.
fn name_of(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        // The colons within the brackets are those of an IPv6 address.
        Some((name, port)) if !port.contains(']') => name,
        _ => authority,
    }
}

/// Adds what every answer carries.
pub(super) async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let always = [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "same-origin"),
        (
            HeaderName::from_static("permissions-policy"),
            "microphone=(self), camera=(self), geolocation=(), payment=(), usb=()",
        ),
    ];
    for (name, value) in always {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // What is not the page (JSON, errors) runs nothing at all.
    headers
        .entry(CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(
            "default-src 'none'; frame-ancestors 'none'",
        ));
    response
}

/// Contents of the `script` elements that have no `src`.
fn inline_scripts(page: &str) -> Vec<&str> {
    let mut scripts = Vec::new();
    let mut rest = page;
    while let Some(start) = rest.find("<script") {
        let tag = &rest[start..];
        let Some(open) = tag.find('>') else { break };
        let Some(close) = tag.find("</script") else {
            break;
        };
        let has_source = tag[..open]
            .split_ascii_whitespace()
            .any(|attribute| attribute.starts_with("src="));
        if !has_source && open + 1 < close {
            scripts.push(&tag[open + 1..close]);
        }
        rest = &tag[close + 1..];
    }
    scripts
}

/// Base64 with padding (RFC 4648 section 4).
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let group = chunk
            .iter()
            .fold(0u32, |group, byte| group << 8 | u32::from(*byte))
            << (8 * (3 - chunk.len()));
        for position in 0..4 {
            if position <= chunk.len() {
                text.push(char::from(
                    ALPHABET[(group >> (18 - 6 * position) & 63) as usize],
                ));
            } else {
                text.push('=');
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_of_rfc_4648_section_10() {
        let pairs = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
        ];
        for (plain, coded) in pairs {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }

    #[test]
    fn inline_scripts_are_allowed_by_hash_and_no_other() {
        let page = "<html><script src=\"/a.js\"></script><script type=\"module\">alert(1)</script><script>\nlet a;</script>";
        assert_eq!(inline_scripts(page), ["alert(1)", "\nlet a;"]);
        let policy = Policy::new(&Config::demo().unwrap());
        let policy = policy.of_page("<script>alert(1)</script>", None);
        // echo -n 'alert(1)' | openssl dgst -sha256 -binary | base64
        assert!(
            policy.contains("'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe-inline"));
        assert!(policy.ends_with("frame-ancestors 'self'"));
    }

    #[test]
    fn a_crm_may_embed_only_where_the_file_names_it() {
        let mut config = Config::demo().unwrap();
        config.http.embed = vec!["https://crm.example.com".into()];
        let policy = Policy::new(&config).of_page("", None);
        assert!(policy.ends_with("frame-ancestors 'self' https://crm.example.com"));
    }

    #[test]
    fn the_page_connects_to_where_it_came_from_and_to_the_sip_server() {
        let mut config = Config::demo().unwrap();
        let connects = |config: &Config, host: Option<&str>| {
            let policy = Policy::new(config).of_page("", host);
            let mut parts = policy.split("; ");
            parts.find_map(|part| part.strip_prefix("connect-src ").map(str::to_owned))
        };
        assert_eq!(connects(&config, None).unwrap(), "'self'");
        assert_eq!(
            connects(&config, Some("localhost:8080")).unwrap(),
            "'self' ws://localhost:8080 wss://localhost:8080"
        );
        // Nothing can be slipped into the policy, and what it cannot say is `'self'` alone.
        for host in ["a; script-src *", "a *", "[::1]:8080", ""] {
            assert_eq!(connects(&config, Some(host)).unwrap(), "'self'", "{host}");
        }
        config.http.sip_url = "wss://pbx.example.com/sip".into();
        let connects = connects(&config, Some("a.example")).unwrap();
        assert_eq!(
            connects,
            "'self' wss://pbx.example.com ws://a.example wss://a.example"
        );
    }

    fn headers(host: &str, origins: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, host.parse().unwrap());
        for origin in origins {
            headers.append(ORIGIN, origin.parse().unwrap());
        }
        headers
    }

    #[test]
    fn pages_of_other_origins_do_not_connect() {
        let mut config = Config::demo().unwrap().http;
        config.origins = vec![
            "https://Phone.example.com".into(),
            "http://localhost:8081".into(),
        ];
        for (host, origins, allowed) in [
            ("localhost:8080", &[][..], true),
            ("localhost:8080", &["http://localhost:8080"], true),
            // A proxy on the way: both names are its own.
            ("localhost:40001", &["http://localhost:40001"], true),
            ("pbx.example.com", &["https://pbx.example.com"], true),
            ("pbx.example.com:443", &["https://PBX.example.com"], true),
            ("pbx.example.com", &["http://pbx.example.com:80"], true),
            ("[::1]:8080", &["http://[::1]:8080"], true),
            // `trunk serve`, and what else is named.
            ("localhost:8080", &["http://localhost:8081"], true),
            ("10.0.0.1:8080", &["https://phone.example.com:443"], true),
            ("10.0.0.1:8080", &["http://phone.example.com"], false),
            ("localhost:8080", &["http://localhost:8082"], false),
            ("localhost:8080", &["http://localhost"], false),
            ("localhost:8080", &["https://evil.example"], false),
            (
                "localhost:8080",
                &["http://localhost:8080.evil.example"],
                false,
            ),
            ("localhost:8080", &["null"], false),
            ("localhost:8080", &[""], false),
            ("localhost:8080", &["://"], false),
            (
                "localhost:8080",
                &["http://localhost:8080", "https://evil.example"],
                false,
            ),
        ] {
            assert_eq!(
                origin_allowed(&headers(host, origins), &config),
                allowed,
                "{origins:?} at {host}"
            );
        }
    }

    #[test]
    fn a_local_server_answers_for_itself_only() {
        let mut config = Config::demo().unwrap().http;
        config.origins = vec!["https://phone.example.com".into()];
        for (host, allowed) in [
            ("localhost", true),
            ("LOCALHOST:8080", true),
            ("localhost:40001", true),
            ("127.0.0.1:8080", true),
            ("127.1.2.3", true),
            ("[::1]:8080", true),
            ("[::1]", true),
            ("phone.example.com", true),
            ("phone.example.com:8080", true),
            ("evil.example", false),
            ("evil.example:8080", false),
            ("localhost.evil.example", false),
            ("192.0.2.1:8080", false),
            ("", false),
        ] {
            assert_eq!(host_allowed(host, &config), allowed, "{host:?}");
        }
    }
}
