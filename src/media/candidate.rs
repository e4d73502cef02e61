//! Waiting for the first usable ICE candidate.
//!
//! An offer that waits for gathering to complete waits for the slowest STUN server, 10 to 40 s
//! where one is dead. One candidate is enough: the far end's checks and ours find the other
//! paths as peer-reflexive candidates (RFC 8445, section 7.2.5.3.1).

use std::cell::RefCell;
use std::rc::Rc;

use gloo::events::EventListener;
use gloo::timers::callback::Timeout;
use js_sys::{Function, Promise};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{RtcIceGatheringState, RtcPeerConnection, RtcPeerConnectionIceEvent};

/// How much longer a description that names this side only by a `.local` name waits for a candidate
/// that a server elsewhere can use, in milliseconds.
const BETTER_MS: u32 = 120;

/// How candidates are gathered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gathering {
    /// Longest wait for a first candidate, in milliseconds.
    pub(crate) cap_ms: u32,
    /// There are STUN or TURN servers: candidates come that do not hide the address.
    pub(crate) has_servers: bool,
}

/// What a candidate is worth to the far end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Worth {
    /// Nobody can send anything there.
    Nothing,
    /// Only who resolves multicast DNS names finds it (draft-ietf-mmusic-mdns-ice-candidates).
    Local,
    /// It can be used.
    Usable,
}

/// Watches from before `setLocalDescription`, so that no candidate is missed.
pub(crate) struct FirstCandidate {
    peer: RtcPeerConnection,
    found: Promise,
    watch: Rc<Watch>,
    _listeners: [EventListener; 2],
    _cap: Timeout,
}

struct Watch {
    resolve: Function,
    gathering: Gathering,
    /// Runs from the first `.local` candidate on.
    grace: RefCell<Option<Timeout>>,
}

impl FirstCandidate {
    /// Watches this connection.
    pub(crate) fn watch(peer: &RtcPeerConnection, gathering: Gathering) -> Self {
        let mut resolve = None;
        let found = Promise::new(&mut |done, _| resolve = Some(done));
        let watch = Rc::new(Watch {
            // The executor of a promise is called before the constructor returns.
            resolve: resolve.unwrap_or_default(),
            gathering,
            grace: RefCell::default(),
        });
        let candidate = {
            let watch = Rc::clone(&watch);
            EventListener::new(peer, "icecandidate", move |event| {
                let candidate = event
                    .dyn_ref::<RtcPeerConnectionIceEvent>()
                    .and_then(RtcPeerConnectionIceEvent::candidate);
                match candidate {
                    Some(candidate) => watch.see(worth(&candidate.candidate())),
                    // The end of gathering: nothing better comes.
                    None => watch.settle(),
                }
            })
        };
        let gathered = {
            let (of, watch) = (peer.clone(), Rc::clone(&watch));
            EventListener::new(peer, "icegatheringstatechange", move |_| {
                if of.ice_gathering_state() == RtcIceGatheringState::Complete {
                    watch.settle();
                }
            })
        };
        let cap = {
            let watch = Rc::clone(&watch);
            Timeout::new(gathering.cap_ms, move || watch.settle())
        };
        Self {
            peer: peer.clone(),
            found,
            watch,
            _listeners: [candidate, gathered],
            _cap: cap,
        }
    }

    /// Returns when there is one in the description `sdp`, when one is found, when there are no
    /// more, or when it has taken too long: then the far end has to find us by our checks alone.
    pub(crate) async fn found(self, sdp: &str) {
        let best = best_of(sdp);
        let gathered = self.peer.ice_gathering_state() == RtcIceGatheringState::Complete;
        if best == Worth::Usable || (best == Worth::Local && gathered) {
            return;
        }
        self.watch.see(best);
        // Resolved only, never rejected.
        let _ = JsFuture::from(self.found.clone()).await;
    }
}

impl Watch {
    fn see(self: &Rc<Self>, worth: Worth) {
        match worth {
            Worth::Nothing => {}
            Worth::Local if self.gathering.has_servers => {
                let mut grace = self.grace.borrow_mut();
                if grace.is_none() {
                    let resolve = self.resolve.clone();
                    *grace = Some(Timeout::new(BETTER_MS, move || settle(&resolve)));
                }
            }
            Worth::Local | Worth::Usable => self.settle(),
        }
    }

    fn settle(&self) {
        settle(&self.resolve);
    }
}

fn settle(resolve: &Function) {
    let _ = resolve.call0(&JsValue::UNDEFINED);
}

/// The best candidate that a description carries already, as after a change without ICE restart.
fn best_of(sdp: &str) -> Worth {
    sdp.lines()
        .filter_map(|line| line.trim_end().strip_prefix("a="))
        .map(worth)
        .max()
        .unwrap_or(Worth::Nothing)
}

/// A TCP candidate of a browser is active only, its port is a placeholder (RFC 6544, section 4.5):
/// nobody can send anything there.
fn worth(candidate: &str) -> Worth {
    let Some(fields) = candidate.strip_prefix("candidate:") else {
        return Worth::Nothing;
    };
    // foundation component transport priority address port (RFC 8839, section 5.1)
    let mut fields = fields.split_ascii_whitespace().skip(2);
    let (transport, address) = (fields.next(), fields.nth(1));
    match (transport, address) {
        (Some(transport), Some(address)) if transport.eq_ignore_ascii_case("udp") => {
            if address.ends_with(".local") {
                Worth::Local
            } else {
                Worth::Usable
            }
        }
        _ => Worth::Nothing,
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::{Worth, best_of, worth};

    #[test]
    fn a_candidate_over_udp_is_usable() {
        let host = "candidate:1 1 udp 2113937151 192.0.2.7 50000 typ host generation 0";
        assert_eq!(worth(host), Worth::Usable);
        let reflexive = "candidate:2 1 UDP 1 203.0.113.9 5 typ srflx raddr 0.0.0.0 rport 0";
        assert_eq!(worth(reflexive), Worth::Usable);
    }

    #[test]
    fn a_name_that_hides_the_address_is_worth_less() {
        let hidden = "candidate:1 1 UDP 1 0b1c.local 50000 typ host";
        assert_eq!(worth(hidden), Worth::Local);
    }

    #[test]
    fn an_active_tcp_candidate_is_of_no_use() {
        let tcp = "candidate:2 1 tcp 1518280447 192.0.2.7 9 typ host tcptype active";
        assert_eq!(worth(tcp), Worth::Nothing);
        assert_eq!(worth(""), Worth::Nothing);
        assert_eq!(worth("candidate:1 1 udp"), Worth::Nothing);
    }

    #[test]
    fn a_description_is_worth_its_best_candidate() {
        let none = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n";
        assert_eq!(best_of(none), Worth::Nothing);
        let hidden = "a=candidate:1 1 udp 1 0b1c.local 5 typ host\r\n";
        assert_eq!(best_of(hidden), Worth::Local);
        let both = [hidden, "a=candidate:2 1 udp 1 192.0.2.7 5 typ srflx\r\n"].concat();
        assert_eq!(best_of(&both), Worth::Usable);
    }
}
