//! Waiting for the first usable ICE candidate.
//!
//! An offer that waits for gathering to complete waits for the slowest STUN server, 10 to 40 s
//! where one is dead. One candidate is enough: the far end's checks and ours find the other
//! paths as peer-reflexive candidates (RFC 8445, section 7.2.5.3.1).

use gloo::events::EventListener;
use gloo::timers::callback::Timeout;
use js_sys::{Function, Promise};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{RtcIceGatheringState, RtcPeerConnection, RtcPeerConnectionIceEvent};

/// Watches from before `setLocalDescription`, so that no candidate is missed.
pub(crate) struct FirstCandidate {
    found: Promise,
    _listeners: [EventListener; 2],
    _cap: Timeout,
}

impl FirstCandidate {
    /// Watches this connection for at most `cap_ms`.
    pub(crate) fn watch(peer: &RtcPeerConnection, cap_ms: u32) -> Self {
        let mut resolve = None;
        let found = Promise::new(&mut |done, _| resolve = Some(done));
        // The executor of a promise is called before the constructor returns.
        let resolve: Function = resolve.unwrap_or_default();
        let candidate = {
            let resolve = resolve.clone();
            EventListener::new(peer, "icecandidate", move |event| {
                let candidate = event
                    .dyn_ref::<RtcPeerConnectionIceEvent>()
                    .and_then(RtcPeerConnectionIceEvent::candidate);
                // `null` is the end of gathering: nothing better comes.
                if candidate.is_none_or(|candidate| is_usable(&candidate.candidate())) {
                    settle(&resolve);
                }
            })
        };
        let gathered = {
            let (peer, resolve) = (peer.clone(), resolve.clone());
            EventListener::new(&peer.clone(), "icegatheringstatechange", move |_| {
                if peer.ice_gathering_state() == RtcIceGatheringState::Complete {
                    settle(&resolve);
                }
            })
        };
        let cap = Timeout::new(cap_ms, move || settle(&resolve));
        Self {
            found,
            _listeners: [candidate, gathered],
            _cap: cap,
        }
    }

    /// Returns when there is one in the description `sdp`, when one is found, when there are no
    /// more, or when it has taken too long: then the far end has to find us by our checks alone.
    pub(crate) async fn found(self, sdp: &str) {
        if !has_usable(sdp) {
            // Resolved only, never rejected.
            let _ = JsFuture::from(self.found.clone()).await;
        }
    }
}

fn settle(resolve: &Function) {
    let _ = resolve.call0(&JsValue::UNDEFINED);
}

/// Whether a description carries a usable candidate already, as after a change without ICE restart.
fn has_usable(sdp: &str) -> bool {
    sdp.lines()
        .filter_map(|line| line.trim_end().strip_prefix("a="))
        .any(is_usable)
}

/// A TCP candidate of a browser is active only, its port is a placeholder (RFC 6544, section 4.5):
/// nobody can send anything there.
fn is_usable(candidate: &str) -> bool {
    let Some(fields) = candidate.strip_prefix("candidate:") else {
        return false;
    };
    fields
        .split_ascii_whitespace()
        .nth(2)
        .is_some_and(|protocol| protocol.eq_ignore_ascii_case("udp"))
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::{has_usable, is_usable};

    #[test]
    fn a_host_candidate_over_udp_is_usable() {
        assert!(is_usable(
            "candidate:1 1 udp 2113937151 192.0.2.7 50000 typ host generation 0"
        ));
        assert!(is_usable("candidate:1 1 UDP 1 0b1c.local 50000 typ host"));
    }

    #[test]
    fn an_active_tcp_candidate_is_not() {
        assert!(!is_usable(
            "candidate:2 1 tcp 1518280447 192.0.2.7 9 typ host tcptype active"
        ));
        assert!(!is_usable(""));
    }

    #[test]
    fn a_description_tells_whether_it_has_one() {
        assert!(!has_usable("v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"));
        assert!(has_usable(
            "m=audio 5 UDP/TLS/RTP/SAVPF 111\r\na=candidate:1 1 udp 1 192.0.2.7 5 typ host\r\n"
        ));
    }
}
