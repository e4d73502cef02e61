//! Security headers, and the Content-Security-Policy of the app's page.

use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::{
    CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::middleware::Next;
use axum::response::Response;
use sha2::{Digest, Sha256};

use crate::config::Config;

/// The part of the Content-Security-Policy that the configuration decides.
#[derive(Debug)]
pub struct Policy {
    frame_ancestors: String,
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
        Self { frame_ancestors }
    }

    /// The policy of a page: strict, and each inline script of the page allowed by its hash
    /// (CSP Level 3, section 2.3.1), since the loader that Trunk writes is one.
    #[must_use]
    pub fn of_page(&self, page: &str) -> String {
        let mut scripts = String::from("'self' 'wasm-unsafe-eval'");
        for script in inline_scripts(page) {
            let hash = base64(&Sha256::digest(script.as_bytes()));
            scripts.push_str(&format!(" 'sha256-{hash}'"));
        }
        format!(
            "default-src 'self'; script-src {scripts}; style-src 'self'; connect-src 'self' ws: wss:; \
             img-src 'self' data:; media-src 'self' blob: mediastream:; object-src 'none'; \
             base-uri 'none'; form-action 'self'; frame-ancestors {}",
            self.frame_ancestors
        )
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
        let policy = Policy::new(&Config::demo().unwrap()).of_page("<script>alert(1)</script>");
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
        let policy = Policy::new(&config).of_page("");
        assert!(policy.ends_with("frame-ancestors 'self' https://crm.example.com"));
    }
}
