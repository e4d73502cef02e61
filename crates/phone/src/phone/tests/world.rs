//! Phone, network, media engine and server in virtual time.

use std::collections::BTreeMap;

use alo_sip::header::HeaderName;
use alo_sip::presence::Presence;
use alo_sip::ua::{FlowId, SessionEvent, SessionId};
use bytes::Bytes;

use super::engine::Engine;
use super::invariants;
use super::presence_server::OWN;
use super::server::{Act, Server};
use crate::io::{ConnectionState, Input, MediaEvent, Output, SocketEvent, SocketRequest};
use crate::language::{
    Call, CallId, Command, Digits, Event, Millis, Outcome, Phase, Secret, SignIn, State,
};
use crate::phone::context::Context;
use crate::phone::line::Line;
use crate::phone::rng::{Rng, padded};
use crate::phone::{Phone, PhoneConfig, Refusal};

/// Something that happens at its time.
#[derive(Debug)]
enum Happening {
    ToPhone(FlowId, Bytes),
    ToServer(FlowId, Bytes),
    SocketOpened(FlowId),
    SocketRefused(FlowId),
    Media(MediaEvent),
    Act(Act),
}

/// The network between phone and server.
pub(super) struct Net {
    /// The server can be reached.
    pub(super) up: bool,
    /// Bytes vanish, and nobody says so.
    pub(super) black_hole: bool,
    /// Messages that begin like this vanish, either way.
    pub(super) swallows: Option<&'static str>,
    /// At any time since the beginning.
    pub(super) was_black_hole: bool,
    pub(super) latency: Millis,
    /// Latency varies by up to this much; a WebSocket keeps the order.
    pub(super) jitter: Millis,
    /// One message of so many is delivered twice; 0: none.
    pub(super) repeat_one_in: u64,
    socket: Option<FlowId>,
    sockets: u64,
    last_to_phone: Millis,
    last_to_server: Millis,
}

/// All of it.
pub(super) struct World {
    pub(super) now: Millis,
    pub(super) phone: Phone,
    pub(super) engine: Engine,
    pub(super) server: Server,
    pub(super) net: Net,
    pub(super) events: Vec<Event>,
    pub(super) rng: Rng,
    agenda: BTreeMap<(Millis, u64), Happening>,
    serial: u64,
    phone_wakes_at: Option<Millis>,
    server_wakes_at: Option<Millis>,
    pub(super) sockets_opened: Vec<Millis>,
    /// The agent's own working state in the last document that the phone took.
    pub(super) told: Option<String>,
    /// The one in the message that reaches the phone just now.
    telling: Option<String>,
    /// What the world looked like after the step before, for the invariants.
    pub(super) before: Option<State>,
    /// The step that is being checked is a command.
    pub(super) by_person: bool,
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        Self::with_config(seed, |_| {})
    }

    pub(super) fn with_config(seed: u64, change: impl FnOnce(&mut PhoneConfig)) -> Self {
        let mut config =
            PhoneConfig::new("alo.test", "urn:uuid:00000000-0000-4000-8000-000000000101");
        change(&mut config);
        Self {
            now: 1_000_000,
            phone: Phone::new(config, padded(seed)),
            engine: Engine::new(),
            server: Server::new(seed ^ 0x5eed),
            net: Net {
                up: true,
                black_hole: false,
                swallows: None,
                was_black_hole: false,
                latency: 10,
                jitter: 0,
                repeat_one_in: 0,
                socket: None,
                sockets: 0,
                last_to_phone: 0,
                last_to_server: 0,
            },
            events: Vec::new(),
            rng: Rng::new(seed ^ 0x0041_104f),
            agenda: BTreeMap::new(),
            serial: 0,
            phone_wakes_at: None,
            server_wakes_at: None,
            sockets_opened: Vec::new(),
            told: None,
            telling: None,
            before: None,
            by_person: false,
        }
    }

    /// Signed in as 101 and ready.
    pub(super) fn ready(seed: u64) -> Self {
        let mut world = Self::new(seed);
        world.sign_in();
        world.run(300);
        world
    }

    pub(super) fn sign_in(&mut self) {
        self.command(Command::SignIn(SignIn {
            extension: "101".into(),
            name: Some("An Nguyễn".into()),
            password: Some(Secret("alo-101".into())),
        }))
        .unwrap();
    }

    pub(super) fn sign_in_as_guest(&mut self) {
        self.command(Command::SignIn(SignIn {
            extension: String::new(),
            name: Some("Khách".into()),
            password: None,
        }))
        .unwrap();
    }

    // --- the person

    pub(super) fn command(&mut self, command: Command) -> Result<(), Refusal> {
        let done = self.phone.command(self.now, command);
        self.by_person = true;
        self.after_step();
        self.by_person = false;
        done
    }

    pub(super) fn dial(&mut self, target: &str) -> CallId {
        self.command(Command::Dial {
            target: target.into(),
            hotline: None,
            video: false,
        })
        .unwrap();
        self.phone.state().calls.last().unwrap().id.clone()
    }

    pub(super) fn answer(&mut self, call: &CallId) {
        self.command(Command::Answer {
            call: call.clone(),
            video: false,
        })
        .unwrap();
    }

    pub(super) fn hang_up(&mut self, call: &CallId) {
        self.command(Command::HangUp { call: call.clone() })
            .unwrap();
    }

    pub(super) fn hold(&mut self, call: &CallId, held: bool) {
        self.command(Command::SetHold {
            call: call.clone(),
            held,
        })
        .unwrap();
    }

    pub(super) fn press(&mut self, call: &CallId, digits: &str) {
        self.command(Command::SendDigits {
            call: call.clone(),
            digits: Digits(digits.into()),
        })
        .unwrap();
    }

    // --- looking

    pub(super) fn call(&self, id: &CallId) -> &Call {
        let mut calls = self.phone.state().calls.iter();
        calls
            .find(|call| call.id == *id)
            .expect("the call is shown")
    }

    pub(super) fn outcome(&self, id: &CallId) -> Option<Outcome> {
        match &self.call(id).phase {
            Phase::Ended { outcome, .. } => Some(outcome.clone()),
            _ => None,
        }
    }

    pub(super) fn is_talking(&self, id: &CallId) -> bool {
        matches!(self.call(id).phase, Phase::Talking { .. })
    }

    /// Whether the microphone reaches this call: it is let through, and there is one.
    pub(super) fn microphone(&self, id: &CallId) -> bool {
        let leg = self.engine.legs.get(id);
        leg.is_some_and(|leg| leg.microphone && leg.captured)
    }

    /// The server's side of the latest call.
    pub(super) fn last_session(&self) -> SessionId {
        *self
            .server
            .calls
            .keys()
            .last()
            .expect("a call at the server")
    }

    // --- the far end

    pub(super) fn rings(&mut self, user: &str) -> (CallId, SessionId) {
        self.rings_with(user, vec![], true)
    }

    pub(super) fn rings_with(
        &mut self,
        user: &str,
        headers: Vec<(HeaderName, String)>,
        offer: bool,
    ) -> (CallId, SessionId) {
        let session = self
            .server
            .call_phone(self.now, user, headers, offer)
            .expect("the phone is registered");
        self.after_step();
        self.run(100);
        let call = self.phone.state().calls.last().unwrap().id.clone();
        (call, session)
    }

    /// Something that the server does by itself.
    pub(super) fn server<T>(&mut self, act: impl FnOnce(&mut Server, Millis) -> T) -> T {
        let done = act(&mut self.server, self.now);
        self.after_step();
        done
    }

    pub(super) fn input(&mut self, input: Input) {
        if let Input::Media(event) = &input {
            self.engine.told(event);
        }
        self.phone.handle_input(self.now, input);
        self.after_step();
    }

    pub(super) fn connection(&mut self, call: &CallId, state: ConnectionState) {
        let call = call.clone();
        self.input(Input::Media(MediaEvent::Connection { call, state }));
    }

    /// Something that the media engine does by itself.
    pub(super) fn media(
        &mut self,
        act: impl FnOnce(&mut Engine, Millis) -> Vec<(Millis, MediaEvent)>,
    ) {
        for (at, event) in act(&mut self.engine, self.now) {
            self.later(at, Happening::Media(event));
        }
    }

    /// The user agent tells something of this call, as if it had come from the far end.
    pub(super) fn wire_tells(&mut self, call: &CallId, event: SessionEvent) {
        let told = |line: &mut Line, cx: &mut Context<'_>| line.on_session(cx, event);
        self.phone.with_line(self.now, call, told);
        self.input(Input::Timeout);
    }

    // --- the network

    /// The WebSocket closes; what was on its way is lost.
    pub(super) fn drop_socket(&mut self) {
        if let Some(flow) = self.net.socket.take() {
            self.server.closed(self.now, flow);
            self.input(Input::Socket(SocketEvent::Closed));
        }
    }

    // --- time

    /// Lets so much time pass.
    pub(super) fn run(&mut self, millis: Millis) {
        let end = self.now + millis;
        while let Some(at) = self.next_at().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.step();
        }
        self.now = end;
    }

    /// Lets time pass until something is so; panics if it takes too long.
    pub(super) fn run_until(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let end = self.now + 300_000;
        while !is_so(self) {
            let at = self.next_at().filter(|at| *at <= end);
            self.now = self
                .now
                .max(at.unwrap_or_else(|| panic!("never came: {what}")));
            self.step();
        }
    }

    fn next_at(&self) -> Option<Millis> {
        let agenda = self.agenda.keys().next().map(|(at, _)| *at);
        let all = [agenda, self.phone_wakes_at, self.server_wakes_at];
        all.into_iter().flatten().min()
    }

    fn step(&mut self) {
        let first = self.agenda.first_key_value().map(|(key, _)| *key);
        if let Some(key) = first.filter(|(at, _)| *at <= self.now) {
            if let Some(happening) = self.agenda.remove(&key) {
                self.happen(happening);
            }
        } else if self.server_wakes_at.is_some_and(|at| at <= self.now) {
            let instant = alo_sip::time::Instant::from_millis(self.now);
            self.server.ua.handle_timeout(instant);
        } else {
            self.phone.handle_input(self.now, Input::Timeout);
            self.after_step();
            invariants::timers_lie_ahead(self);
            return;
        }
        self.after_step();
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::ToPhone(flow, bytes) => {
                if self.net.socket == Some(flow) {
                    self.telling = told_own(&bytes);
                    let received = SocketEvent::Received(bytes);
                    self.phone.handle_input(self.now, Input::Socket(received));
                }
            }
            Happening::ToServer(flow, bytes) => {
                if self.net.socket == Some(flow) {
                    self.server.receive(self.now, flow, bytes);
                }
            }
            Happening::SocketOpened(flow) => {
                if self.net.sockets == flow.0 {
                    self.net.socket = Some(flow);
                    self.server.opened(self.now, flow);
                    self.phone
                        .handle_input(self.now, Input::Socket(SocketEvent::Opened));
                }
            }
            Happening::SocketRefused(flow) => {
                if self.net.sockets == flow.0 {
                    self.phone
                        .handle_input(self.now, Input::Socket(SocketEvent::Closed));
                }
            }
            Happening::Media(event) => {
                self.engine.told(&event);
                self.phone.handle_input(self.now, Input::Media(event));
            }
            Happening::Act(act) => self.server.act(self.now, act),
        }
    }

    fn later(&mut self, at: Millis, happening: Happening) {
        self.serial += 1;
        self.agenda.insert((at, self.serial), happening);
    }

    /// Carries out what phone and server want, and checks what must always be so.
    fn after_step(&mut self) {
        loop {
            match self.phone.poll_output() {
                Output::Socket(request) => self.socket(request),
                Output::Media(request) => {
                    for (at, event) in self.engine.handle(self.now, request) {
                        self.later(at, Happening::Media(event));
                    }
                }
                Output::StateChanged => {}
                Output::Event(event) => self.events.push(event),
                Output::Timeout(at) => {
                    self.phone_wakes_at = at;
                    break;
                }
            }
        }
        let (sent, wakes_at) = self.server.poll(self.now);
        self.server_wakes_at = wakes_at;
        for (flow, bytes) in sent {
            self.send(flow, &bytes, false);
        }
        for (at, act) in std::mem::take(&mut self.server.agenda) {
            self.later(at, Happening::Act(act));
        }
        invariants::check(self);
    }

    fn socket(&mut self, request: SocketRequest) {
        match request {
            SocketRequest::Open => {
                self.sockets_opened.push(self.now);
                self.close();
                self.net.sockets += 1;
                let flow = FlowId(self.net.sockets);
                let at = self.now + 3 * self.net.latency;
                let outcome = if self.net.up {
                    Happening::SocketOpened(flow)
                } else {
                    Happening::SocketRefused(flow)
                };
                self.later(at, outcome);
            }
            SocketRequest::Send(bytes) => {
                if let Some(flow) = self.net.socket {
                    self.send(flow, &bytes, true);
                }
            }
            SocketRequest::Close => {
                self.close();
                // What was being opened is given up too.
                self.net.sockets += 1;
            }
        }
    }

    fn close(&mut self) {
        if let Some(flow) = self.net.socket.take() {
            self.server.closed(self.now, flow);
        }
    }

    fn send(&mut self, flow: FlowId, bytes: &Bytes, to_server: bool) {
        if to_server && is_taken(bytes) {
            self.told = self.telling.take().or(self.told.take());
        }
        let swallowed = |start: &str| bytes.starts_with(start.as_bytes());
        if self.net.black_hole || self.net.swallows.is_some_and(swallowed) {
            return;
        }
        let copies = match self.net.repeat_one_in {
            0 => 1,
            n => 1 + u64::from(self.rng.next().is_multiple_of(n)),
        };
        for _ in 0..copies {
            let delay = self.net.latency + self.rng.next() % (self.net.jitter + 1);
            let last = if to_server {
                &mut self.net.last_to_server
            } else {
                &mut self.net.last_to_phone
            };
            *last = (*last).max(self.now + delay);
            let at = *last;
            let happening = if to_server {
                Happening::ToServer(flow, bytes.clone())
            } else {
                Happening::ToPhone(flow, bytes.clone())
            };
            self.later(at, happening);
        }
    }
}

/// A NOTIFY of a dialog that the phone gave up is answered by 481, and tells nothing.
fn is_taken(message: &[u8]) -> bool {
    let text = std::str::from_utf8(message).unwrap_or_default();
    text.starts_with("SIP/2.0 200 ") && text.contains(" NOTIFY\r\n")
}

/// The working state in a NOTIFY about the agent itself.
fn told_own(message: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(message).ok()?;
    let (_, body) = text.strip_prefix("NOTIFY ")?.split_once("\r\n\r\n")?;
    let presence = Presence::parse(body.as_bytes()).ok()?;
    let own = ["sip:", OWN, "@"].concat();
    presence.state.filter(|_| presence.entity.starts_with(&own))
}
