//! What is on its way between phones, call centre and media, and how it arrives.

use alo_pbx::center::Output;
use alo_pbx::media::{Digit, LegId, MediaEvent};
use alo_pbx::media_io::{MediaDone, MediaRequest};
use alo_phone::io::{
    self, ConnectionState, Input, MediaEvent as PhoneEvent, MediaRequest as PhoneMedia,
    SocketEvent, SocketRequest,
};
use alo_phone::language::{CallId, Millis};
use alo_sip::ua::{FlowId, FlowInfo, Transport};
use bytes::Bytes;

use super::tab::{Tab, TabId};
use super::{Who, World};

/// A browser sees so late that nothing comes any more from the media server.
const SEEN_LATE: Millis = 5_000;

/// Something that is on its way.
#[derive(Debug)]
pub(super) enum Happening {
    ToPhone(Who, FlowId, SocketEvent),
    ToCenter(FlowId, Bytes),
    Opened(Who, TabId, FlowId),
    Refused(Who, TabId, FlowId),
    PhoneLoses(Who, TabId, FlowId),
    CenterLoses(FlowId),
    /// The media engine of a phone tells something.
    Engine(Who, TabId, PhoneEvent),
    /// The media server has done something...
    Done(MediaDone),
    /// ... or tells something.
    Studio(MediaEvent),
}

impl Happening {
    /// Keep-alives, and the end of what is being said, which comes when it is said.
    pub(super) fn is_routine(&self) -> bool {
        match self {
            Self::Studio(MediaEvent::PromptEnded(..)) => true,
            Self::ToPhone(_, _, SocketEvent::Received(bytes)) | Self::ToCenter(_, bytes) => {
                bytes.len() <= 4
            }
            _ => false,
        }
    }
}

impl World {
    pub(super) fn happen(&mut self, happening: Happening) {
        let now = self.now;
        match happening {
            Happening::ToPhone(who, flow, event) => self.reaches_phone(who, flow, event),
            Happening::ToCenter(flow, bytes) => {
                if self.flows.contains_key(&flow) && !self.broken.contains(&flow) {
                    self.note(|| format!("> {}", first_line(&bytes)));
                    self.center.received(self.instant(), flow, bytes);
                    self.poll_center();
                }
            }
            Happening::Opened(who, id, flow) => self.opened(who, id, flow),
            Happening::Refused(who, id, flow) => {
                if let Some(tab) = self.is(who, id)
                    && tab.opening == Some(flow)
                {
                    tab.opening = None;
                    let closed = Input::Socket(SocketEvent::Closed);
                    tab.phone.handle_input(now, closed);
                    self.poll_phone(who);
                }
            }
            Happening::PhoneLoses(who, id, flow) => {
                if let Some(tab) = self.is(who, id)
                    && tab.socket == Some(flow)
                {
                    tab.socket = None;
                    let closed = Input::Socket(SocketEvent::Closed);
                    tab.phone.handle_input(now, closed);
                    self.poll_phone(who);
                }
            }
            Happening::CenterLoses(flow) => self.center_loses(flow),
            Happening::Engine(who, id, event) => {
                if let Some(tab) = self.is(who, id) {
                    tab.is_told(&event);
                    tab.phone.handle_input(now, Input::Media(event));
                    self.poll_phone(who);
                }
            }
            Happening::Done(done) => {
                if let Some(media) = &mut self.media {
                    return media.push(done);
                }
                self.center.media_done(self.instant(), done);
                self.poll_center();
            }
            Happening::Studio(event) => {
                if self.studio.is_told(&event) {
                    self.center.media_event(self.instant(), &event);
                    self.poll_center();
                }
            }
        }
    }

    fn is(&mut self, who: &str, id: TabId) -> Option<&mut Tab> {
        self.tabs.get_mut(who).filter(|tab| tab.id == id)
    }

    fn reaches_phone(&mut self, who: Who, flow: FlowId, event: SocketEvent) {
        let now = self.now;
        let broken = self.broken.contains(&flow);
        let Some(tab) = self.tabs.get_mut(who) else {
            return;
        };
        if tab.socket != Some(flow) || broken {
            return;
        }
        if matches!(event, SocketEvent::Closed) {
            tab.socket = None;
        }
        if let Some(late) = &mut tab.late {
            return late.push(event);
        }
        if let SocketEvent::Received(bytes) = &event {
            let line = first_line(bytes);
            self.note(|| format!("< {who} {line}"));
        }
        self.tab(who).phone.handle_input(now, Input::Socket(event));
        self.poll_phone(who);
    }

    fn opened(&mut self, who: Who, id: TabId, flow: FlowId) {
        let now = self.now;
        let Some(tab) = self.is(who, id).filter(|tab| tab.opening == Some(flow)) else {
            return;
        };
        tab.opening = None;
        tab.socket = Some(flow);
        let info = FlowInfo {
            transport: Transport::Ws,
            sent_by: "alo.local".into(),
            remote: None,
            keep_alive: None,
        };
        self.flows.insert(flow, who);
        self.center.flow_opened(self.instant(), flow, info);
        self.poll_center();
        self.note(|| format!("  {who} is connected"));
        self.tab(who)
            .phone
            .handle_input(now, Input::Socket(SocketEvent::Opened));
        self.poll_phone(who);
    }

    fn center_loses(&mut self, flow: FlowId) {
        if self.flows.remove(&flow).is_some() {
            self.note(|| format!("  connection {} is gone", flow.0));
            self.center.flow_closed(self.instant(), flow);
            self.poll_center();
        }
    }

    /// What this person sent last, and got an answer to or not, arrives at the call centre again.
    pub(crate) fn repeat(&mut self, who: Who, count: usize) {
        let tab = self.tab(who);
        let Some(flow) = tab.socket else {
            return;
        };
        let from = tab.sent.len().saturating_sub(count);
        let again: Vec<_> = tab.sent.iter().skip(from).cloned().collect();
        for bytes in again {
            self.send_to_center(who, flow, bytes);
        }
        self.settle();
    }

    /// Carries out what the call centre wants.
    pub(super) fn poll_center(&mut self) {
        loop {
            match self.center.poll_output() {
                Output::Timeout(at) => {
                    self.center_wakes = at.map(alo_sip::time::Instant::as_millis);
                    return;
                }
                Output::Transmit { flow, bytes } => {
                    let event = SocketEvent::Received(bytes);
                    self.send_to_phone(flow, event);
                }
                Output::CloseFlow { flow } => {
                    self.send_to_phone(flow, SocketEvent::Closed);
                    self.flows.remove(&flow);
                    self.center.flow_closed(self.instant(), flow);
                }
                Output::Media(request) => self.media_of_center(request),
                Output::TrunkHealth(_) | Output::Record(_) => {}
            }
        }
    }

    fn send_to_phone(&mut self, flow: FlowId, event: SocketEvent) {
        let Some(who) = self.flows.get(&flow).copied() else {
            return;
        };
        let takes = self.delay(who);
        let now = self.now;
        let Some(tab) = self.tabs.get_mut(who) else {
            return;
        };
        tab.arrives.1 = tab.arrives.1.max(now + takes);
        let at = tab.arrives.1;
        self.at(at, Happening::ToPhone(who, flow, event));
    }

    fn send_to_center(&mut self, who: Who, flow: FlowId, bytes: Bytes) {
        let takes = self.delay(who);
        let now = self.now;
        let tab = self.tab(who);
        tab.arrives.0 = tab.arrives.0.max(now + takes);
        let at = tab.arrives.0;
        self.at(at, Happening::ToCenter(flow, bytes));
    }

    /// How long a message takes.
    fn delay(&mut self, who: Who) -> Millis {
        let Some(pace) = self.tabs.get(who).map(|tab| tab.pace) else {
            return 0;
        };
        pace.latency + self.rng.below(pace.jitter + 1)
    }

    fn media_of_center(&mut self, request: MediaRequest) {
        let (least, most) = self.studio_pace;
        let takes = least + self.rng.below(most + 1);
        let made = self.studio.media(self.now, takes, request);
        if let Some((at, done)) = made.done {
            self.at(at, Happening::Done(done));
        }
        if let Some((at, event)) = made.told {
            self.at(at, Happening::Studio(event));
        }
        if let Some(leg) = made.applied {
            self.connects(leg);
        }
        if let Some((who, id, call)) = made.closed.and_then(|far| self.named(&far)) {
            let state = ConnectionState::Disconnected;
            let event = PhoneEvent::Connection { call, state };
            self.later(SEEN_LATE, Happening::Engine(who, id, event));
        }
    }

    /// Carries out what a phone wants.
    pub(super) fn poll_phone(&mut self, who: Who) {
        loop {
            let tab = self.tab(who);
            match tab.phone.poll_output() {
                io::Output::Timeout(at) => {
                    tab.wakes = at;
                    return;
                }
                io::Output::StateChanged => {}
                io::Output::Event(event) => tab.events.push(event),
                io::Output::Media(request) => self.media_of_phone(who, request),
                io::Output::Socket(SocketRequest::Open) => self.open(who),
                io::Output::Socket(SocketRequest::Close) => self.close(who),
                io::Output::Socket(SocketRequest::Send(bytes)) => {
                    if let Some(flow) = tab.socket {
                        tab.remember(bytes.clone());
                        self.send_to_center(who, flow, bytes);
                    }
                }
            }
        }
    }

    fn open(&mut self, who: Who) {
        self.close(who);
        self.serial += 1;
        let flow = FlowId(self.serial);
        let takes = 3 * self.delay(who);
        let tab = self.tab(who);
        tab.opening = Some(flow);
        let (id, online) = (tab.id, tab.online);
        let happening = if online {
            Happening::Opened(who, id, flow)
        } else {
            Happening::Refused(who, id, flow)
        };
        self.later(takes, happening);
    }

    fn close(&mut self, who: Who) {
        let takes = self.delay(who);
        let tab = self.tab(who);
        tab.opening = None;
        if let Some(flow) = tab.socket.take() {
            // What was sent before arrives before.
            let at = tab.arrives.0.max(self.now + takes);
            self.at(at, Happening::CenterLoses(flow));
        }
    }

    fn media_of_phone(&mut self, who: Who, request: PhoneMedia) {
        let pace = self.tab(who).pace;
        let takes = pace.media + self.rng.below(pace.media_jitter + 1);
        let now = self.now;
        let tab = self.tab(who);
        let id = tab.id;
        let done = tab.media(now, takes, request);
        for (at, event) in done.told {
            self.at(at, Happening::Engine(who, id, event));
        }
        if let Some(leg) = done
            .applied
            .and_then(|call| self.tabs.get(who)?.peers.get(&call)?.leg)
        {
            self.connects(leg);
        }
        if let Some((leg, keys)) = done.keys {
            self.press(leg, takes, &keys);
        }
        if let Some(leg) = done.closed {
            self.later(takes, Happening::Studio(MediaEvent::Failed(leg)));
        }
    }

    fn press(&mut self, leg: LegId, takes: Millis, keys: &str) {
        for (place, key) in keys.chars().enumerate() {
            if let Some(digit) = Digit::from_char(key) {
                let pressed = MediaEvent::Digit {
                    leg,
                    digit,
                    duration_ms: 160,
                };
                let after = takes + 200 * (place as Millis + 1);
                self.later(after, Happening::Studio(pressed));
            }
        }
    }

    /// A description was applied at one end of this leg: where both have one, media flows.
    fn connects(&mut self, leg: LegId) {
        let Some(open) = self.studio.legs.get_mut(&leg) else {
            return;
        };
        let Some(far) = open.far.clone().filter(|_| open.agreed.is_some()) else {
            return;
        };
        let Some((who, id, call)) = self.named(&far) else {
            return;
        };
        let (flows, at) = match self.tabs.get(who).and_then(|tab| tab.peers.get(&call)) {
            Some(peer) => (peer.leg == Some(leg) && peer.agreed.is_some(), self.now),
            None => return,
        };
        if !flows {
            return;
        }
        let takes = self.delay(who);
        if let Some(open) = self.studio.legs.get_mut(&leg)
            && !open.up
        {
            open.up = true;
            self.at(at + takes, Happening::Studio(MediaEvent::Connected(leg)));
        }
        let state = ConnectionState::Connected;
        let event = PhoneEvent::Connection { call, state };
        self.at(at + takes, Happening::Engine(who, id, event));
    }

    /// The peer connection that names itself so in its descriptions.
    pub(super) fn named(&self, far: &str) -> Option<(Who, TabId, CallId)> {
        let (id, call) = far.strip_prefix("tab-")?.split_once('-')?;
        let id = TabId(id.parse().ok()?);
        let (who, _) = self.tabs.iter().find(|(_, tab)| tab.id == id)?;
        Some((who, id, CallId(call.to_owned())))
    }

    /// Notes what went over the network.
    fn note(&mut self, line: impl FnOnce() -> String) {
        let now = self.now;
        if let Some(trace) = &mut self.trace {
            trace.push(format!("{:>9} {}", now - 1_000_000, line()));
        }
    }
}

/// What a message is, for the log.
fn first_line(bytes: &Bytes) -> String {
    let text = String::from_utf8_lossy(bytes);
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name));
    let call = field("Call-ID: ").unwrap_or_default();
    let of = call.get(..6).unwrap_or(call);
    let says = text
        .lines()
        .skip(1)
        .find(|line| TOLD.iter().any(|start| line.starts_with(start)));
    let line = text.lines().next().unwrap_or_default();
    let cseq = field("CSeq: ").unwrap_or_default();
    format!("{line} [{cseq} {of}] {}", says.unwrap_or_default())
}

/// What of a message is in the log: which ways audio flows, how a transfer stands, why a call is over.
const TOLD: [&str; 5] = ["a=send", "a=recv", "a=inactive", "SIP/2.0 ", "Reason: "];
