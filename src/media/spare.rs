//! A peer connection that is ready before the call: the person is about to place one, and its INVITE
//! is to leave with the click.
//!
//! Constructing a connection, making its offer and finding a first candidate take 30 to 150 ms. None
//! of it needs the microphone, and none of it is seen by anybody.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use alo_api::IceServer;
use alo_phone::io::{Direction, MediaError, MediaWants};
use alo_phone::language::Millis;
use js_sys::Array;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{RtcConfiguration, RtcIceServer, RtcPeerConnection, RtcRtpTransceiver};

use super::candidate::Gathering;
use super::negotiation;
use crate::platform::{Task, clock, js};

/// What a call of voice wants, which is what a spare connection offers.
pub(crate) const VOICE: MediaWants = MediaWants {
    audio: Direction::SendRecv,
    video: None,
};

/// Older ones may name ways that are gone, in milliseconds.
const FRESH: Millis = 60_000;

/// A prepared peer connection; closed when dropped.
pub(crate) struct Spare {
    prepared: Option<Prepared>,
    made_at: Millis,
}

/// A peer connection with an offer that is in force, or about to be.
pub(crate) struct Prepared {
    /// The connection. Whoever has taken it closes it.
    pub(crate) peer: RtcPeerConnection,
    /// Its one transceiver.
    pub(crate) audio: RtcRtpTransceiver,
    readiness: Rc<Readiness>,
    _making: Task,
}

impl Spare {
    /// Begins to prepare one.
    pub(crate) fn new(servers: &[IceServer], gathering: Gathering) -> Option<Self> {
        let peer = connection(servers).ok()?;
        let audio = negotiation::arrange(&peer, VOICE);
        let readiness = Rc::new(Readiness::default());
        let making = {
            let (peer, readiness) = (peer.clone(), Rc::clone(&readiness));
            Task::spawn(async move {
                let made = negotiation::offer(&peer, false, gathering).await;
                readiness.tell(made.is_ok());
            })
        };
        Some(Self {
            prepared: Some(Prepared {
                peer,
                audio,
                readiness,
                _making: making,
            }),
            made_at: clock::now(),
        })
    }

    /// Whether it is as good as a new one.
    pub(crate) fn is_fresh(&self) -> bool {
        clock::now().saturating_sub(self.made_at) < FRESH
    }

    /// Takes it for a call.
    pub(crate) fn take(mut self) -> Option<Prepared> {
        self.prepared.take()
    }
}

impl Drop for Spare {
    fn drop(&mut self) {
        if let Some(prepared) = self.prepared.take() {
            prepared.peer.close();
        }
    }
}

impl Prepared {
    /// The offer, at once where it is in force; `None` where it could not be made.
    pub(crate) async fn offer(self) -> Option<String> {
        if !self.readiness.wait().await {
            return None;
        }
        negotiation::local_sdp(&self.peer).ok()
    }
}

/// Whether the offer could be made, once that is known.
#[derive(Default)]
struct Readiness {
    made: Cell<Option<bool>>,
    waker: RefCell<Option<Waker>>,
}

impl Readiness {
    fn tell(&self, made: bool) {
        self.made.set(Some(made));
        if let Some(waker) = self.waker.borrow_mut().take() {
            waker.wake();
        }
    }

    async fn wait(&self) -> bool {
        poll_fn(|context| match self.made.get() {
            Some(made) => Poll::Ready(made),
            None => {
                *self.waker.borrow_mut() = Some(context.waker().clone());
                Poll::Pending
            }
        })
        .await
    }
}

/// A new peer connection.
pub(crate) fn connection(servers: &[IceServer]) -> Result<RtcPeerConnection, MediaError> {
    RtcPeerConnection::new_with_configuration(&configuration(servers))
        .map_err(|error| MediaError::State(js::error_text(&error)))
}

/// Lets the browser start what its first peer connection needs (threads, sockets, the generator of
/// certificates), so that the first call does not wait for it: 30 ms of its INVITE.
pub(crate) async fn warm_up() {
    let Ok(peer) = RtcPeerConnection::new().map(Passing) else {
        return;
    };
    negotiation::arrange(&peer.0, VOICE);
    let _ = JsFuture::from(peer.0.create_offer()).await;
}

/// A peer connection that is closed when dropped, also halfway.
struct Passing(RtcPeerConnection);

impl Drop for Passing {
    fn drop(&mut self) {
        self.0.close();
    }
}

fn configuration(servers: &[IceServer]) -> RtcConfiguration {
    let list = Array::new();
    for server in servers {
        let urls: Array = server
            .urls
            .iter()
            .map(|url| JsValue::from_str(url))
            .collect();
        let one = RtcIceServer::new();
        one.set_urls(&urls);
        if let Some(username) = &server.username {
            one.set_username(username);
        }
        if let Some(credential) = &server.credential {
            one.set_credential(credential);
        }
        list.push(&one);
    }
    let configuration = RtcConfiguration::new();
    configuration.set_ice_servers(&list);
    configuration
}
