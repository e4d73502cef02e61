//! The call centre and the softphone in virtual time: the real parts on both sides, no socket between them,
//! and media that is at once what it is asked to be.

use std::collections::BTreeMap;
use std::sync::Arc;

use alo_pbx::center::{Center, Output, Seeds};
use alo_pbx::config::{Config, Strategy};
use alo_pbx::media::MediaEvent;
use alo_pbx::media_io::{MediaDone, MediaRequest};
use alo_phone::io::{
    self, ConnectionState, Input, MediaRequest as PhoneMedia, MicrophoneState, SocketEvent,
    SocketRequest,
};
use alo_phone::language::{Command, Event, Millis, PersonStatus, Secret, SignIn, State};
use alo_phone::{Phone, PhoneConfig};
use alo_sip::time::Instant;
use alo_sip::ua::{FlowId, FlowInfo, Transport};

const SDP: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n\
    m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=rtpmap:111 opus/48000/2\r\na=sendrecv\r\n";

/// Hotline straight to the queue of sales.
pub(crate) const SALES: &str = "+842873001001";
/// The customer, who calls from a web page.
pub(crate) const CUSTOMER: &str = "customer";

/// One softphone and its WebSocket.
struct Tab {
    phone: Phone,
    flow: Option<FlowId>,
    /// It waits for a WebSocket.
    opening: bool,
    events: Vec<Event>,
    /// Messages of the call centre that are still on their way, where the way is slow.
    late: Option<Vec<SocketEvent>>,
}

/// All of it.
pub(crate) struct World {
    now: Millis,
    config: Arc<Config>,
    center: Center,
    tabs: BTreeMap<&'static str, Tab>,
    flows: u64,
    /// What the media server has still to do, where it is slow.
    media: Option<Vec<MediaDone>>,
}

impl World {
    /// The demo's call centre with these agents signed in; An (101) and Bình (102) take calls.
    pub(crate) fn with(agents: &[&'static str]) -> Self {
        Self::with_strategy(agents, Strategy::LongestIdle)
    }

    /// The same; Sales calls go to its agents in this way.
    pub(crate) fn with_strategy(agents: &[&'static str], sales: Strategy) -> Self {
        let config = Arc::new(config(sales));
        let mut world = Self {
            now: 1_000_000,
            center: center(&config),
            config,
            tabs: BTreeMap::new(),
            flows: 0,
            media: None,
        };
        for agent in agents {
            world.sign_in(agent);
        }
        world
    }

    /// Signs in as the agent of this extension, or as a guest.
    pub(crate) fn sign_in(&mut self, who: &'static str) {
        let instance = format!("urn:uuid:00000000-0000-4000-8000-{who:0>12}");
        let mut seed = [0; 32];
        seed[..who.len()].copy_from_slice(who.as_bytes());
        let tab = Tab {
            phone: Phone::new(PhoneConfig::new("alo.local", instance), seed),
            flow: None,
            opening: false,
            events: Vec::new(),
            late: None,
        };
        self.tabs.insert(who, tab);
        let guest = who == CUSTOMER;
        let sign_in = SignIn {
            extension: String::from(if guest { "" } else { who }),
            name: None,
            password: (!guest).then(|| Secret(format!("alo-{who}"))),
        };
        self.command(who, Command::SignIn(sign_in));
        self.run(1_000);
    }

    /// Does what this person asks for.
    pub(crate) fn command(&mut self, who: &str, command: Command) {
        let now = self.now;
        let done = self.tab(who).phone.command(now, command);
        assert_eq!(done, Ok(()));
        self.settle();
    }

    /// What the phone of this person shows.
    pub(crate) fn state(&self, who: &str) -> &State {
        self.tabs[who].phone.state()
    }

    /// What happened to this person.
    pub(crate) fn events(&self, who: &str) -> &[Event] {
        &self.tabs[who].events
    }

    /// What this person sees of a colleague.
    pub(crate) fn sees(&self, who: &str, extension: &str) -> Option<PersonStatus> {
        let mut people = self.state(who).people.iter();
        let person = people.find(|person| person.extension == extension)?;
        Some(person.status.clone())
    }

    /// The present instant.
    pub(crate) fn now(&self) -> Millis {
        self.now
    }

    /// Lets so many milliseconds pass.
    pub(crate) fn run(&mut self, millis: Millis) {
        let end = self.now + millis;
        while self.now < end {
            self.now = (self.now + 100).min(end);
            self.center.timeout(self.instant());
            for tab in self.tabs.values_mut() {
                tab.phone.handle_input(self.now, Input::Timeout);
            }
            self.settle();
        }
    }

    /// The WebSocket of this person is gone.
    pub(crate) fn cut(&mut self, who: &str) {
        let (now, at) = (self.now, self.instant());
        let tab = self.tab(who);
        if let Some(flow) = tab.flow.take() {
            tab.phone
                .handle_input(now, Input::Socket(SocketEvent::Closed));
            self.center.flow_closed(at, flow);
        }
        self.settle();
    }

    /// What the call centre sends to this person from now on is on its way until it arrives.
    pub(crate) fn slow(&mut self, who: &str) {
        self.tab(who).late = Some(Vec::new());
    }

    /// All of it arrives, and the way is fast again.
    pub(crate) fn arrives(&mut self, who: &str) {
        let now = self.now;
        let tab = self.tab(who);
        for event in tab.late.take().into_iter().flatten() {
            tab.phone.handle_input(now, Input::Socket(event));
        }
        self.settle();
    }

    /// The media server takes its time.
    pub(crate) fn slow_media(&mut self) {
        self.media = Some(Vec::new());
    }

    /// It has done all that it was asked for.
    pub(crate) fn media_catches_up(&mut self) {
        for done in self.media.take().into_iter().flatten() {
            self.media_is_done(done);
        }
        self.settle();
    }

    /// The call centre starts anew, and knows nothing.
    pub(crate) fn restart(&mut self) {
        self.center = center(&self.config);
        for tab in self.tabs.values_mut() {
            tab.flow = None;
            tab.phone
                .handle_input(self.now, Input::Socket(SocketEvent::Closed));
        }
        self.settle();
    }

    fn tab(&mut self, who: &str) -> &mut Tab {
        self.tabs.get_mut(who).expect("is signed in")
    }

    fn instant(&self) -> Instant {
        Instant::from_millis(self.now)
    }

    /// Carries messages until nobody has any.
    fn settle(&mut self) {
        let who: Vec<_> = self.tabs.keys().copied().collect();
        loop {
            let mut moved = self.settle_center();
            for who in &who {
                moved |= self.settle_phone(who);
            }
            if !moved {
                return;
            }
        }
    }

    fn settle_center(&mut self) -> bool {
        let mut moved = false;
        loop {
            match self.center.poll_output() {
                Output::Timeout(_) => return moved,
                Output::Transmit { flow, bytes } => {
                    self.tell(flow, SocketEvent::Received(bytes));
                }
                Output::CloseFlow { flow } => {
                    self.center.flow_closed(self.instant(), flow);
                    self.tell(flow, SocketEvent::Closed);
                }
                Output::Media(request) => self.media_of_center(&request),
                Output::TrunkHealth(_) | Output::Record(_) => {}
            }
            moved = true;
        }
    }

    fn tell(&mut self, flow: FlowId, event: SocketEvent) {
        let mut tabs = self.tabs.values_mut();
        let Some(tab) = tabs.find(|tab| tab.flow == Some(flow)) else {
            return;
        };
        if matches!(event, SocketEvent::Closed) {
            tab.flow = None;
        }
        if let Some(late) = &mut tab.late {
            return late.push(event);
        }
        tab.phone.handle_input(self.now, Input::Socket(event));
    }

    fn media_of_center(&mut self, request: &MediaRequest) {
        let sdp = || Ok(SDP.into());
        let done = match *request {
            MediaRequest::CreateOffer { leg, .. } => MediaDone::Offer { leg, result: sdp() },
            MediaRequest::AcceptOffer { leg, .. } => MediaDone::Answer { leg, result: sdp() },
            MediaRequest::SetAnswer { leg, .. } => MediaDone::AnswerSet {
                leg,
                result: Ok(()),
            },
            _ => return,
        };
        if let Some(media) = &mut self.media {
            return media.push(done);
        }
        self.media_is_done(done);
    }

    fn media_is_done(&mut self, done: MediaDone) {
        let (at, leg) = (self.instant(), done.leg());
        self.center.media_done(at, done);
        self.center.media_event(at, &MediaEvent::Connected(leg));
    }

    fn settle_phone(&mut self, who: &str) -> bool {
        let at = self.instant();
        let mut moved = false;
        let mut media = Vec::new();
        loop {
            let tab = self.tab(who);
            match tab.phone.poll_output() {
                io::Output::Timeout(_) => break,
                io::Output::StateChanged => {}
                io::Output::Event(event) => tab.events.push(event),
                io::Output::Media(request) => media.extend(media_of_phone(request)),
                io::Output::Socket(SocketRequest::Open) => tab.opening = true,
                io::Output::Socket(SocketRequest::Close) => {
                    tab.opening = false;
                    if let Some(flow) = tab.flow.take() {
                        self.center.flow_closed(at, flow);
                    }
                }
                io::Output::Socket(SocketRequest::Send(bytes)) => {
                    if let Some(flow) = tab.flow {
                        self.center.received(at, flow, bytes);
                    }
                }
            }
            moved = true;
        }
        let now = self.now;
        for event in media {
            self.tab(who).phone.handle_input(now, Input::Media(event));
        }
        self.open(who) || moved
    }

    /// Opens the WebSocket that this phone waits for.
    fn open(&mut self, who: &str) -> bool {
        if !std::mem::take(&mut self.tab(who).opening) {
            return false;
        }
        self.flows += 1;
        let (flow, now) = (FlowId(self.flows), self.now);
        let info = FlowInfo {
            transport: Transport::Ws,
            sent_by: "alo.local".into(),
            remote: None,
            keep_alive: None,
        };
        self.center.flow_opened(self.instant(), flow, info);
        let tab = self.tab(who);
        tab.flow = Some(flow);
        tab.phone
            .handle_input(now, Input::Socket(SocketEvent::Opened));
        true
    }
}

fn config(sales: Strategy) -> Config {
    let mut config = Config::demo().expect("the demo is in order");
    for queue in &mut config.queues {
        queue
            .agents
            .retain(|agent| agent == "101" || agent == "102");
        if queue.id == "sales" {
            queue.strategy = sales;
        }
    }
    config
}

fn center(config: &Arc<Config>) -> Center {
    let seeds = Seeds {
        user_agent: [7; 32],
        nonce_secret: [7; 32],
        first_call: 1,
    };
    Center::new(Arc::clone(config), &seeds)
}

fn media_of_phone(request: PhoneMedia) -> Vec<io::MediaEvent> {
    let connected = |call| io::MediaEvent::Connection {
        call,
        state: ConnectionState::Connected,
    };
    match request {
        PhoneMedia::CreateOffer { call, ask, .. } | PhoneMedia::AcceptOffer { call, ask, .. } => {
            let microphone = io::MediaEvent::CallMicrophone {
                call: call.clone(),
                state: MicrophoneState::Ready,
            };
            let description = io::MediaEvent::LocalDescription {
                call: call.clone(),
                ask,
                sdp: SDP.into(),
            };
            vec![microphone, description, connected(call)]
        }
        PhoneMedia::SetAnswer { call, ask, .. } => {
            let applied = io::MediaEvent::AnswerApplied {
                call: call.clone(),
                ask,
            };
            vec![applied, connected(call)]
        }
        PhoneMedia::Enable => vec![
            io::MediaEvent::Microphone(MicrophoneState::Ready),
            io::MediaEvent::Sound { allowed: true },
        ],
        _ => vec![],
    }
}
