//! What is done with descriptions, and the legs that are opened by them.

use std::time::Instant;

use str0m::media::Frequency;

use super::Server;
use crate::media::api::{LegId, LegKind, MediaError};
use crate::media::codec::AudioCodec;
use crate::media::leg::Leg;
use crate::media::outlet::Outlet;
use crate::media::plain::Plain;
use crate::media::sdp;
use crate::media::transport::Transport;
use crate::media::webrtc::WebRtc;

/// As many legs as there may be.
pub(super) const MOST_LEGS: usize = if cfg!(test) { 10 } else { 2000 };

/// What a new leg is.
#[derive(Clone, Copy)]
pub(super) enum Open {
    /// A peer connection with telephone-event of this clock.
    WebRtc(Frequency),
    /// A leg to the telephone network.
    Rtp,
}

impl Open {
    /// A leg of this kind that begins with this offer of the far end, or with an own one.
    pub(super) fn of(kind: LegKind, offer: Option<&str>) -> Self {
        match kind {
            LegKind::Rtp => Self::Rtp,
            LegKind::WebRtc => Self::WebRtc(offer.map_or(Frequency::FORTY_EIGHT_KHZ, event_clock)),
        }
    }
}

impl Server {
    /// Does something with descriptions; opens the leg where this is its first one and `open` says
    /// how.
    pub(super) fn describe<T>(
        &mut self,
        now: Instant,
        id: LegId,
        open: Option<Open>,
        sdp: &str,
        what: impl FnOnce(&mut Leg) -> Result<T, MediaError>,
    ) -> Result<T, MediaError> {
        if sdp.len() > sdp::LONGEST {
            return Err(MediaError::Sdp {
                leg: id,
                why: "too long".to_owned(),
            });
        }
        let is_new = !self.legs.contains_key(&id);
        if is_new {
            // A leg that died stays dead: what is left of its call cannot be put together again.
            let open = open.filter(|_| !self.dead.contains(&id));
            self.open(now, id, open.ok_or(MediaError::UnknownLeg(id))?)?;
        }
        let done = self.guard(id, |leg, _, _, _| (what(leg), leg.ufrag()));
        let Some((done, ufrag)) = done else {
            return Err(MediaError::Sdp {
                leg: id,
                why: "it cannot be carried out".to_owned(),
            });
        };
        if is_new && done.is_err() {
            self.close(id);
        } else {
            // An ICE restart changes the name.
            self.ufrags.retain(|_, leg| *leg != id);
            if let Some(ufrag) = ufrag {
                self.ufrags.insert(ufrag, id);
            }
            self.drain(now, id);
        }
        done
    }

    /// A new leg.
    fn open(&mut self, now: Instant, id: LegId, open: Open) -> Result<(), MediaError> {
        if self.legs.len() + self.dead.len() >= MOST_LEGS {
            return Err(MediaError::TooManyLegs(id));
        }
        let transport = match open {
            Open::WebRtc(event_clock) => {
                let (cert, candidates) = (self.cert.clone(), self.net.candidates());
                let webrtc = WebRtc::new(id, now, cert, candidates, event_clock);
                Transport::WebRtc(Box::new(webrtc))
            }
            Open::Rtp => {
                let ports = self.ports.as_mut().ok_or(MediaError::NoRtp(id))?;
                Transport::Rtp(Box::new(Plain::open(id, ports, random())?))
            }
        };
        let [a, b, c, d, e, f] = random();
        let outlet = Outlet::new(
            AudioCodec::Opus,
            u16::from_be_bytes([a, b]),
            u32::from_be_bytes([c, d, e, f]),
        );
        self.legs.insert(id, Leg::new(id, transport, outlet));
        Ok(())
    }
}

/// The clock of telephone-event that is answered with. Browsers offer several and are to take
/// 48 kHz; where there is no such one, the 8 kHz of telephones.
fn event_clock(offer: &str) -> Frequency {
    let slow = sdp::audio_line(offer).is_some_and(|line| !line.event_48k);
    Frequency::new(8_000)
        .filter(|_| slow)
        .unwrap_or(Frequency::FORTY_EIGHT_KHZ)
}

/// Random bytes to begin numbers with.
fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // Without randomness they begin at 0: RFC 3550's wish, SRTP's need for it is none.
    let _ = getrandom::fill(&mut bytes);
    bytes
}
