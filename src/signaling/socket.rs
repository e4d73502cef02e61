//! One WebSocket at a time.

use std::cell::RefCell;
use std::rc::Rc;

use alo_phone::io::{SocketEvent, SocketRequest};
use bytes::Bytes;
use gloo::events::EventListener;
use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::JsCast;
use web_sys::{BinaryType, CloseEvent, MessageEvent, WebSocket};

/// Subprotocol of SIP over WebSocket (RFC 7118, section 4).
const SUBPROTOCOL: &str = "sip";

/// Status of a closing handshake that says that all is well (RFC 6455, section 7.4.1).
const NORMAL: u16 = 1000;

type Sink = Rc<dyn Fn(SocketEvent)>;

/// Opens, uses and closes the WebSocket, and tells what becomes of it.
pub(crate) struct Signaling {
    url: String,
    sink: Sink,
    open: RefCell<Option<Socket>>,
}

impl Signaling {
    /// Nothing is opened yet. `sink` is never called from within [`carry_out`](Self::carry_out).
    pub(crate) fn new(url: String, sink: impl Fn(SocketEvent) + 'static) -> Self {
        Self {
            url,
            sink: Rc::new(sink),
            open: RefCell::new(None),
        }
    }

    /// Does what the phone asks for.
    pub(crate) fn carry_out(&self, request: SocketRequest) {
        match request {
            SocketRequest::Open => {
                // The old one first: nothing more is to come from it.
                self.open.take();
                *self.open.borrow_mut() = Socket::open(&self.url, &self.sink);
            }
            SocketRequest::Send(bytes) => {
                if let Some(socket) = self.open.borrow().as_ref() {
                    socket.send(&bytes);
                }
            }
            SocketRequest::Close => {
                self.open.take();
            }
        }
    }
}

/// A WebSocket that is closed when dropped, and silent from then on.
struct Socket {
    socket: WebSocket,
    _listeners: [EventListener; 3],
}

impl Socket {
    fn open(url: &str, sink: &Sink) -> Option<Self> {
        let Ok(socket) = WebSocket::new_with_str(url, SUBPROTOCOL) else {
            // A URL that cannot be used, or forbidden by the page's policy: told like a socket that
            // did not open, after this call.
            let sink = Rc::clone(sink);
            wasm_bindgen_futures::spawn_local(async move { sink(SocketEvent::Closed) });
            return None;
        };
        socket.set_binary_type(BinaryType::Arraybuffer);
        let opened = {
            let sink = Rc::clone(sink);
            EventListener::new(&socket, "open", move |_| sink(SocketEvent::Opened))
        };
        let message = {
            let sink = Rc::clone(sink);
            EventListener::new(&socket, "message", move |event| {
                if let Some(bytes) = event.dyn_ref().and_then(payload) {
                    sink(SocketEvent::Received(bytes));
                }
            })
        };
        let closed = {
            let sink = Rc::clone(sink);
            EventListener::new(&socket, "close", move |event| {
                if let Some(event) = event.dyn_ref::<CloseEvent>().filter(|e| e.code() != NORMAL) {
                    log_close(event);
                }
                sink(SocketEvent::Closed);
            })
        };
        Some(Self {
            socket,
            _listeners: [opened, message, closed],
        })
    }

    /// A text frame for what is UTF-8, a binary frame for the rest; both are allowed (RFC 7118,
    /// section 5.1), and text is what a person sees in the browser's tools.
    fn send(&self, bytes: &Bytes) {
        // Fails only before it is open, which the phone waits for. One that is closing discards.
        let _ = match std::str::from_utf8(bytes) {
            Ok(text) => self.socket.send_with_str(text),
            Err(_) => self.socket.send_with_u8_array(bytes),
        };
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // The listeners go with `self`; what was sent before is still sent (RFC 6455, section 7.1.2).
        let _ = self.socket.close_with_code(NORMAL);
    }
}

fn payload(event: &MessageEvent) -> Option<Bytes> {
    let data = event.data();
    if let Some(text) = data.as_string() {
        return Some(Bytes::from(text));
    }
    let buffer = data.dyn_ref::<ArrayBuffer>()?;
    Some(Bytes::from(Uint8Array::new(buffer).to_vec()))
}

/// Why it closed is for whoever looks after the server; the page says what is being done.
fn log_close(event: &CloseEvent) {
    let text = format!(
        "Alo: the WebSocket closed: {} {}",
        event.code(),
        event.reason()
    );
    web_sys::console::debug_1(&text.into());
}
