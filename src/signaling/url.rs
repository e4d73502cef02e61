//! Where the WebSocket goes to.

use crate::platform::page::window;

/// The absolute URL of the WebSocket: `wss://pbx.example.com/sip` as it is, a path on the host and
/// with the security of the page.
pub(crate) fn resolve(sip_url: &str) -> String {
    let location = window().location();
    absolute(
        sip_url,
        &location.protocol().unwrap_or_default(),
        &location.host().unwrap_or_default(),
    )
}

/// Whether a WebSocket URL is a secure one.
pub(crate) fn is_secure(url: &str) -> bool {
    url.starts_with("wss:")
}

fn absolute(sip_url: &str, protocol: &str, host: &str) -> String {
    if sip_url.starts_with("ws:") || sip_url.starts_with("wss:") {
        return sip_url.to_owned();
    }
    let scheme = if protocol == "https:" { "wss" } else { "ws" };
    let slash = if sip_url.starts_with('/') { "" } else { "/" };
    format!("{scheme}://{host}{slash}{sip_url}")
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::absolute;

    #[test]
    fn a_path_is_on_the_host_of_the_page() {
        assert_eq!(
            absolute("/sip", "http:", "localhost:8080"),
            "ws://localhost:8080/sip"
        );
        assert_eq!(
            absolute("sip", "https:", "alo.example"),
            "wss://alo.example/sip"
        );
    }

    #[test]
    fn a_whole_url_is_taken_as_it_is() {
        assert_eq!(
            absolute("wss://pbx.example/ws", "http:", "localhost"),
            "wss://pbx.example/ws"
        );
    }
}
