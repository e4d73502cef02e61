//! A phone without a browser: a real WebSocket, Alo's own SIP user agent, and the media of
//! [`Browser`].

#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "not every test uses all of it"
)]

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant as Clock};

use alo_sip::auth::Credentials;
use alo_sip::header::{HeaderName, Reason};
use alo_sip::message::Request;
use alo_sip::time::Instant;
use alo_sip::ua::{
    Config, EndedBy, Event, FlowId, FlowInfo, Invite, Output, Register, RegistrationEvent,
    RegistrationId, SessionEvent, SessionId, Transport, UserAgent,
};
use alo_sip::uri::{NameAddr, Uri};
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::browser::{Browser, Setup};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

const PATIENCE: Duration = Duration::from_secs(10);

static SEEDS: AtomicU64 = AtomicU64::new(1);

/// One phone.
pub struct Phone {
    pub browser: Browser,
    pub user: String,
    /// How long anything may take.
    pub patience: Duration,
    ua: UserAgent,
    url: String,
    socket: Option<Socket>,
    flow: FlowId,
    instance: String,
    registration: Option<RegistrationId>,
    started: Clock,
    events: VecDeque<Event>,
    offers_taken: usize,
}

/// How a call of this phone ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Ended {
    Refused { status: u16, warning: String },
    ByRemote,
    Cancelled(Option<Reason>),
}

/// A seed from a small number.
fn padded(seed: u64) -> [u8; 32] {
    let mut padded = [0; 32];
    padded[..8].copy_from_slice(&seed.to_le_bytes());
    padded
}

impl Phone {
    /// A phone of nobody yet, connected.
    pub async fn connect(url: &str, user: &str, setup: Setup) -> Self {
        let seed = SEEDS.fetch_add(1, Ordering::Relaxed);
        let mut phone = Self {
            browser: Browser::new(setup),
            user: user.into(),
            patience: PATIENCE,
            ua: UserAgent::new(Config::default(), padded(seed)),
            url: url.into(),
            socket: None,
            flow: FlowId(0),
            instance: format!("urn:uuid:00000000-0000-4000-8000-{seed:012}"),
            registration: None,
            started: Clock::now(),
            events: VecDeque::new(),
            offers_taken: 0,
        };
        phone.open().await;
        phone
    }

    /// An agent of the demo, signed in, whose microphone hears this tone.
    pub async fn agent(url: &str, extension: &str, tone: f64) -> Self {
        let setup = Setup {
            tone: Some(tone),
            ..Setup::default()
        };
        let mut phone = Self::connect(url, extension, setup).await;
        let signed_in = phone.sign_in(&format!("alo-{extension}")).await;
        assert_eq!(signed_in, Ok(()));
        phone
    }

    /// A new WebSocket; the old one, if any, is cut without a word.
    pub async fn open(&mut self) {
        let mut request = format!("{}sip", self.url.replacen("http", "ws", 1))
            .into_client_request()
            .unwrap();
        let headers = request.headers_mut();
        headers.insert("Sec-WebSocket-Protocol", "sip".parse().unwrap());
        let (socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
        let old = self.flow;
        self.flow = FlowId(old.0 + 1);
        let now = self.now();
        if self.socket.replace(socket).is_some() {
            self.ua.flow_closed(now, old);
        }
        let info = FlowInfo {
            transport: Transport::Ws,
            sent_by: format!("tab{}.invalid", self.flow.0),
            remote: None,
            keep_alive: None,
        };
        self.ua.flow_opened(now, self.flow, info);
        self.ua.rebind(now, old, self.flow);
    }

    /// Cuts the WebSocket without a word.
    pub fn cut(&mut self) {
        self.socket = None;
        self.ua.flow_closed(self.now(), self.flow);
    }

    /// Opens a new WebSocket after [`Phone::cut`], and says so to the registrar.
    pub async fn reconnect(&mut self) {
        self.open().await;
        if let Some(id) = self.registration {
            self.ua.register_now(self.now(), id);
            self.registered().await.unwrap();
        }
    }

    /// As [`Phone::reconnect`], and the call is over.
    pub async fn reconnect_and_wait_for_end(&mut self, session: SessionId) {
        self.open().await;
        let id = self.registration.unwrap();
        self.ua.register_now(self.now(), id);
        assert_eq!(self.ends(session).await, Ended::ByRemote);
    }

    /// Sends this text as a message, and says what comes back within a moment.
    pub async fn raw(&mut self, text: &str) -> String {
        let socket = self.socket.as_mut().unwrap();
        socket.send(Message::text(text)).await.unwrap();
        match timeout(Duration::from_millis(300), socket.next()).await {
            Ok(Some(Ok(Message::Text(text)))) => text.to_string(),
            Ok(other) => panic!("{other:?}"),
            Err(_) => String::new(),
        }
    }

    /// Signs in.
    ///
    /// # Errors
    /// Status of the refusal.
    pub async fn sign_in(&mut self, password: &str) -> Result<(), u16> {
        let aor = NameAddr::parse(&format!("<sip:{}@alo.local>", self.user)).unwrap();
        let register = Register {
            registrar: "sip:alo.local".parse().unwrap(),
            aor,
            contact_user: self.user.clone(),
            instance: self.instance.clone(),
            reg_id: 1,
            expires: 300,
            credentials: Some(Credentials::password(&self.user, password)),
            headers: Vec::new(),
        };
        self.registration = Some(self.ua.register(self.now(), self.flow, register));
        self.registered().await
    }

    async fn registered(&mut self) -> Result<(), u16> {
        self.wait_for("a registration", |event| match event {
            Event::Registration { event, .. } => match event {
                RegistrationEvent::Registered { .. } => Some(Ok(())),
                RegistrationEvent::Refused { status, .. } => Some(Err(status.code())),
                RegistrationEvent::Unregistered => None,
            },
            _ => None,
        })
        .await
    }

    /// Signs out.
    pub async fn sign_out(&mut self) {
        let id = self.registration.take().unwrap();
        self.ua.unregister(self.now(), id);
        self.wait_for("the end of the registration", |event| match event {
            Event::Registration { event, .. } => {
                matches!(event, RegistrationEvent::Unregistered).then_some(())
            }
            _ => None,
        })
        .await;
    }

    /// Calls somebody.
    pub fn call(&mut self, target: &str) -> SessionId {
        self.call_with(target, Vec::new())
    }

    /// Calls somebody with another browser behind this phone, since each has one call.
    pub async fn call_elsewhere(&mut self, target: &str) -> SessionId {
        self.browser = Browser::new(Setup::default());
        let session = self.call(target);
        self.flush().await;
        session
    }

    /// Calls somebody, ready to show its password.
    pub fn call_as(&mut self, target: &str, password: &str) -> SessionId {
        let credentials = Credentials::password(&self.user, password);
        self.invite(target, Vec::new(), Some(credentials))
    }

    /// Calls somebody, with more header fields.
    pub fn call_with(&mut self, target: &str, headers: Vec<(HeaderName, String)>) -> SessionId {
        self.invite(target, headers, None)
    }

    fn invite(
        &mut self,
        target: &str,
        headers: Vec<(HeaderName, String)>,
        credentials: Option<Credentials>,
    ) -> SessionId {
        let uri = Uri::sip(Some(target), "alo.local").unwrap();
        let from = format!("\"{0}\" <sip:{0}@alo.local>", self.user);
        let invite = Invite {
            target: uri.clone(),
            from: NameAddr::parse(&from).unwrap(),
            to: NameAddr::new(uri),
            contact: format!("sip:{}@tab.invalid;transport=ws", self.user)
                .parse()
                .unwrap(),
            headers,
            route: Vec::new(),
            offer: Some(self.browser.offer()),
            credentials,
        };
        self.ua.invite(self.now(), self.flow, invite)
    }

    /// Waits for ringing at the far end.
    pub async fn hears_ringing(&mut self, session: SessionId) {
        self.session_event(session, "ringing", |event| {
            matches!(event, SessionEvent::Provisional { status, .. } if status.code() == 180)
                .then_some(())
        })
        .await;
    }

    /// Waits for the answer to its call, and takes it.
    pub async fn is_answered(&mut self, session: SessionId) {
        let answer = self
            .session_event(session, "an answer", |event| match event {
                SessionEvent::Answered { sdp, .. } => sdp.clone(),
                _ => None,
            })
            .await;
        self.browser.take_answer(answer);
    }

    /// Waits for a call, and lets it ring here.
    pub async fn rings(&mut self) -> (SessionId, String, Request) {
        let (session, offer, request) = self
            .wait_for("a call", |event| match event {
                Event::Invited {
                    session,
                    offer,
                    request,
                    ..
                } => Some((*session, offer.clone().unwrap(), request.clone())),
                _ => None,
            })
            .await;
        let ringing = alo_sip::status::StatusCode::RINGING;
        let now = self.now();
        self.ua
            .progress(now, session, ringing, None, Vec::new())
            .unwrap();
        self.flush().await;
        (session, offer, request)
    }

    /// Answers a call.
    pub async fn answer(&mut self, session: SessionId, offer: String) {
        let answer = self.browser.answer(offer);
        self.ua
            .accept(self.now(), session, answer, Vec::new())
            .unwrap();
        self.session_event(session, "the ACK", |event| {
            matches!(event, SessionEvent::Established).then_some(())
        })
        .await;
    }

    /// Declines a call.
    pub async fn decline(&mut self, session: SessionId, status: u16) {
        let status = alo_sip::status::StatusCode::new(status).unwrap();
        self.ua
            .reject(self.now(), session, status, Vec::new())
            .unwrap();
        self.flush().await;
    }

    /// Hangs up, or gives up.
    pub async fn hang_up(&mut self, session: SessionId) {
        self.ua.hang_up(self.now(), session, None).unwrap();
        self.flush().await;
    }

    /// Makes an offer in a call and takes the answer; after glare it waits and tries again, as
    /// every phone has to (RFC 3261 section 14.1).
    pub async fn renegotiate(
        &mut self,
        session: SessionId,
        offer: impl Fn(&Browser) -> String,
    ) -> String {
        loop {
            let sdp = offer(&self.browser);
            let sent = self.ua.offer(self.now(), session, sdp);
            let answer = match sent {
                Err(_) => Err(Duration::from_millis(100)),
                Ok(()) => {
                    self.session_event(session, "an answer to the offer", |event| match event {
                        SessionEvent::OfferAnswered { sdp } => Some(Ok(sdp.clone())),
                        SessionEvent::OfferRefused {
                            retry_after: Some(delay),
                            ..
                        } => Some(Err(*delay)),
                        _ => None,
                    })
                    .await
                }
            };
            match answer {
                Ok(answer) => {
                    self.browser.take_answer(answer.clone());
                    return answer;
                }
                Err(delay) => {
                    let pause = async {
                        loop {
                            self.events.clear();
                            self.step().await;
                        }
                    };
                    let _ = timeout(delay, pause).await;
                }
            }
        }
    }

    /// Waits until it has answered this many offers of the server in all.
    pub async fn takes_offers(&mut self, how_many: usize) {
        let taken = timeout(self.patience, async {
            while self.offers_taken < how_many {
                self.events.clear();
                self.step().await;
            }
        });
        let taken = taken.await;
        assert!(taken.is_ok(), "{} of {how_many}", self.offers_taken);
    }

    /// A digit by INFO.
    pub async fn info(&mut self, session: SessionId, body: &str) {
        let now = self.now();
        let kind = "application/dtmf-relay";
        self.ua
            .info(now, session, kind, body.as_bytes().to_vec())
            .unwrap();
        self.flush().await;
    }

    /// Waits for an INFO in a call, and takes it; its body.
    pub async fn takes_info(&mut self) -> String {
        let (tx, body) = self
            .wait_for("an INFO", |event| match event {
                Event::Request { tx, request, .. } => {
                    let body = String::from_utf8(request.body().to_vec()).unwrap();
                    (*request.method() == alo_sip::method::Method::Info).then_some((*tx, body))
                }
                _ => None,
            })
            .await;
        let (now, ok) = (self.now(), alo_sip::status::StatusCode::OK);
        self.ua.respond(now, tx, ok, Vec::new(), None).unwrap();
        self.flush().await;
        body
    }

    /// Waits for the end of any call of this phone.
    pub async fn some_call_ends(&mut self) {
        self.wait_for("the end of a call", |event| match event {
            Event::Session { event, .. } => {
                matches!(event, SessionEvent::Ended { .. }).then_some(())
            }
            _ => None,
        })
        .await;
    }

    /// Any request in the dialog, by which the server learns of a new connection.
    pub async fn options_in_dialog(&mut self, session: SessionId) {
        let now = self.now();
        let method = alo_sip::method::Method::Options;
        self.ua
            .request(now, session, method, Vec::new(), None)
            .unwrap();
        self.wait_for("an answer to OPTIONS", |event| {
            matches!(
                event,
                Event::Response {
                    response: Ok(_),
                    ..
                }
            )
            .then_some(())
        })
        .await;
    }

    /// Waits for the end of a call.
    pub async fn ends(&mut self, session: SessionId) -> Ended {
        self.session_event(session, "the end", |event| match event {
            SessionEvent::Ended { by, reason } => Some(match by {
                EndedBy::Refused {
                    status, response, ..
                } => Ended::Refused {
                    status: status.code(),
                    warning: response
                        .headers()
                        .get(&HeaderName::from_static("Warning"))
                        .map(|value| value.into_owned())
                        .unwrap_or_default(),
                },
                EndedBy::Remote => Ended::ByRemote,
                EndedBy::Cancelled => Ended::Cancelled(reason.clone()),
                other => panic!("ended by {other:?}"),
            }),
            _ => None,
        })
        .await
    }

    /// Makes sure that for a while nobody calls and no call ends.
    pub async fn silence(&mut self, for_so_long: Duration) {
        let nothing = timeout(for_so_long, async {
            loop {
                while let Some(event) = self.events.pop_front() {
                    let ended = |event: &SessionEvent| matches!(event, SessionEvent::Ended { .. });
                    match event {
                        Event::Invited { .. } => panic!("{} is called", self.user),
                        Event::Session { event, .. } if ended(&event) => panic!("{event:?}"),
                        _ => {}
                    }
                }
                self.step().await;
            }
        });
        assert!(nothing.await.is_err());
    }

    async fn session_event<T>(
        &mut self,
        session: SessionId,
        what: &str,
        mut is_it: impl FnMut(&SessionEvent) -> Option<T>,
    ) -> T {
        self.wait_for(what, |event| match event {
            Event::Session { id, event } if *id == session => is_it(event),
            _ => None,
        })
        .await
    }

    /// Waits for an event; those before it are forgotten.
    async fn wait_for<T>(&mut self, what: &str, mut is_it: impl FnMut(&Event) -> Option<T>) -> T {
        let user = self.user.clone();
        let mut passed = Vec::new();
        let found = timeout(self.patience, async {
            loop {
                while let Some(event) = self.events.pop_front() {
                    if let Some(found) = is_it(&event) {
                        return found;
                    }
                    passed.push(format!("{event:?}"));
                }
                self.step().await;
            }
        })
        .await;
        found.unwrap_or_else(|_| panic!("{user} waited in vain for {what}; came: {passed:#?}"))
    }

    /// Sends all that is to be sent.
    pub async fn flush(&mut self) -> Option<Instant> {
        loop {
            match self.ua.poll_output() {
                Output::Transmit { flow, bytes } if flow == self.flow => {
                    let text = String::from_utf8(bytes.to_vec()).unwrap();
                    if let Some(socket) = &mut self.socket {
                        socket.send(Message::text(text)).await.unwrap();
                    }
                }
                Output::Transmit { .. } => {}
                Output::Event(Event::Session {
                    id,
                    event: SessionEvent::Offer { sdp },
                }) => {
                    let answer = self.browser.answer(sdp);
                    self.ua.answer(self.now(), id, answer).unwrap();
                    self.offers_taken += 1;
                }
                Output::Event(event) => self.events.push_back(event),
                Output::Timeout(at) => return at,
            }
        }
    }

    /// One turn: sends, then waits for a message or its own timeout.
    async fn step(&mut self) {
        let wake = self.flush().await;
        if !self.events.is_empty() {
            return;
        }
        let wait = wake.map_or(PATIENCE, |at| at - self.now());
        let Some(socket) = &mut self.socket else {
            tokio::time::sleep(wait).await;
            return self.ua.handle_timeout(self.now());
        };
        match timeout(wait, socket.next()).await {
            Err(_) => self.ua.handle_timeout(self.now()),
            Ok(Some(Ok(Message::Text(text)))) => {
                let bytes = bytes::Bytes::copy_from_slice(text.as_bytes());
                self.ua.handle_input(self.now(), self.flow, bytes);
            }
            Ok(Some(Ok(Message::Close(_))) | None) => self.cut(),
            Ok(other) => assert!(matches!(other, Some(Ok(_))), "{other:?}"),
        }
    }

    fn now(&self) -> Instant {
        Instant::from_millis(self.started.elapsed().as_millis() as u64)
    }
}
