//! Descriptions of media that say no more than who speaks them and which ways audio flows.

use alo_pbx::media::{Allow, LegId};
use alo_phone::io::Direction;

/// Which ways audio flows, seen from whoever says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ways {
    pub(crate) send: bool,
    pub(crate) recv: bool,
}

impl Ways {
    /// What is left of these, towards a far end that says those (RFC 3264 section 6.1).
    pub(crate) fn meet(self, far: Self) -> Self {
        Self {
            send: self.send && far.recv,
            recv: self.recv && far.send,
        }
    }

    /// What a description says.
    pub(crate) fn of(sdp: &str) -> Self {
        let says = |attribute: &str| sdp.contains(attribute);
        Self {
            send: !says("a=recvonly") && !says("a=inactive"),
            recv: !says("a=sendonly") && !says("a=inactive"),
        }
    }

    fn attribute(self) -> &'static str {
        match (self.send, self.recv) {
            (true, true) => "sendrecv",
            (true, false) => "sendonly",
            (false, true) => "recvonly",
            (false, false) => "inactive",
        }
    }
}

impl From<Direction> for Ways {
    fn from(direction: Direction) -> Self {
        Self {
            send: matches!(direction, Direction::SendRecv | Direction::SendOnly),
            recv: matches!(direction, Direction::SendRecv | Direction::RecvOnly),
        }
    }
}

impl From<Allow> for Ways {
    fn from(allow: Allow) -> Self {
        Self {
            send: allow.send,
            recv: allow.recv,
        }
    }
}

/// A description by this end.
pub(crate) fn describe(by: &str, ways: Ways) -> String {
    let ways = ways.attribute();
    format!(
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns={by}\r\nt=0 0\r\n\
         m=audio 9 UDP/TLS/RTP/SAVPF 111 110\r\nc=IN IP4 127.0.0.1\r\na=rtpmap:111 opus/48000/2\r\n\
         a=rtpmap:110 telephone-event/48000\r\na={ways}\r\n"
    )
}

/// By whom a description is.
pub(crate) fn speaker(sdp: &str) -> Option<&str> {
    sdp.lines().find_map(|line| line.strip_prefix("s="))
}

/// How the media server names a leg in its descriptions.
pub(crate) fn leg_name(leg: LegId) -> String {
    format!("leg-{leg}")
}

/// The leg of that name.
pub(crate) fn leg_of(sdp: &str) -> Option<LegId> {
    let number = speaker(sdp)?.strip_prefix("leg-")?;
    number.parse().ok().map(LegId)
}
