//! The call centre without I/O: all calls, the registrar and the SIP user agent.
//!
//! The loop that drives a [`Center`]: hand in what happened ([`Center::received`],
//! [`Center::media_done`], ...) with the present instant; carry out what
//! [`Center::poll_output`] says until it says [`Output::Timeout`]; wait, at most until then.
//!
//! Three decisions of the signalling:
//! * An agent's INVITE over the connection that he registered over is taken without a new challenge:
//!   who could slip a request into that connection could as well have taken the registration. It
//!   spares a round trip between click and ring. Over any other connection it is challenged (401, as
//!   a user agent server does: RFC 3261 section 22.1).
//! * A phone that comes back on a new connection takes its calls with it: by a REGISTER with the
//!   same `+sip.instance` and `reg-id`, or (a guest, who does not register) by any request in the
//!   dialog.
//! * A transfer is made here: the agent who asks for it by REFER is out of the call at once, and the
//!   customer's phone is asked for nothing. Until somebody has him he hears music; where nobody takes him he
//!   comes back, or goes where those go whom nobody has taken.

mod access;
mod active;
mod asked;
mod distribution;
mod flows;
mod going;
mod invites;
mod joining;
mod presence;
mod publications;
mod rates;
mod recall;
mod records;
mod registrations;
mod requests;
mod ringing;
mod screen;
mod sessions;
mod transfer;
mod transferring;
mod trunk;
mod word;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::sync::Arc;

use alo_sip::method::Method;
use alo_sip::presence::PIDF;
use alo_sip::time::Instant;
use alo_sip::ua::{self, FlowId, FlowInfo, NotifierId, Role, SessionId, UserAgent};
use bytes::Bytes;

use self::access::Access;
use self::active::{Active, CallId, LegInfo};
use self::distribution::Engaged;
use self::flows::Known;
use self::rates::Buckets;
pub use self::records::Finished;
use self::trunk::Trunk;
use crate::acd::{self, Acd};
use crate::config::Config;
use crate::leg;
use crate::media::{LegId, MediaEvent};
use crate::media_io::{MediaDone, MediaRequest};
use crate::peer::Peer;
use crate::presence::publications::{Limits, Publications};
use crate::presence::queues::QueueWatchers;
use crate::presence::watchers::Watchers;
use crate::registrar::{self, Registrar};
use crate::trunk::Health;

/// What has to come from outside, since nothing random is drawn and no clock is read here.
pub struct Seeds {
    /// For tags, branches and the like.
    pub user_agent: [u8; 32],
    /// For nonces.
    pub nonce_secret: [u8; 32],
    /// Number of the first call, so that numbers of a log do not repeat after a restart.
    pub first_call: u64,
}

impl fmt::Debug for Seeds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seeds").finish_non_exhaustive()
    }
}

/// Something to carry out.
#[derive(Debug)]
pub enum Output {
    /// Send a message.
    Transmit {
        /// Over this connection.
        flow: FlowId,
        /// The message.
        bytes: Bytes,
    },
    /// Close a connection: its phone is on another one now, or it is nobody's phone.
    CloseFlow {
        /// Which.
        flow: FlowId,
    },
    /// For the media server.
    Media(MediaRequest),
    /// A call is over; to be recorded.
    Record(Box<Finished>),
    /// How the phone network is, from now on.
    TrunkHealth(Health),
    /// Nothing more; come back then.
    Timeout(Option<Instant>),
}

/// The call centre.
#[derive(Debug)]
pub struct Center {
    config: Arc<Config>,
    ua: UserAgent,
    ua_timeout: Option<Instant>,
    registrar: Registrar,
    access: Access,
    flows: BTreeMap<FlowId, Known>,
    trunk: Option<Trunk>,
    publications: Publications,
    watchers: Watchers<NotifierId>,
    queue_watchers: QueueWatchers<NotifierId>,
    /// Calls that changed, of which phones may have to be told.
    words_due: BTreeSet<CallId>,
    /// How often guests may call.
    guest_invites: Buckets<Peer>,
    /// No more calls are taken.
    stopping: bool,
    calls: BTreeMap<CallId, Active>,
    legs: BTreeMap<LegId, LegInfo>,
    sessions: BTreeMap<SessionId, LegId>,
    /// The queues.
    acd: Acd,
    /// What happened that they have not been told yet.
    acd_inputs: VecDeque<acd::Input>,
    /// Agents in calls that are not of a queue.
    engaged: BTreeMap<String, Engaged>,
    /// Agents who have a phone.
    reachable: BTreeSet<String>,
    next_call: u64,
    next_leg: u64,
    outputs: VecDeque<Output>,
}

impl Center {
    /// Without calls.
    #[must_use]
    pub fn new(config: Arc<Config>, seeds: &Seeds) -> Self {
        let registrar = Registrar::new(registrar::Limits {
            min_expires: config.registrations.min_expires,
            max_expires: config.registrations.max_expires,
            max_bindings: config.registrations.max_bindings,
        });
        let publication_limits = Limits {
            min_expires: config.registrations.min_expires,
            ..Limits::default()
        };
        Self {
            ua: UserAgent::new(user_agent(), seeds.user_agent),
            ua_timeout: None,
            registrar,
            access: Access::new(&config, &seeds.nonce_secret),
            flows: BTreeMap::new(),
            trunk: config.trunk.as_ref().map(Trunk::new),
            publications: Publications::new(publication_limits, seeds.first_call),
            watchers: Watchers::default(),
            queue_watchers: QueueWatchers::default(),
            words_due: BTreeSet::new(),
            guest_invites: Buckets::new(config.calls.guest_invites_per_minute),
            stopping: false,
            calls: BTreeMap::new(),
            legs: BTreeMap::new(),
            sessions: BTreeMap::new(),
            acd: Acd::new(Arc::clone(&config)),
            acd_inputs: VecDeque::new(),
            engaged: BTreeMap::new(),
            reachable: BTreeSet::new(),
            next_call: seeds.first_call,
            next_leg: 1,
            outputs: VecDeque::new(),
            config,
        }
    }

    /// A connection is open.
    pub fn flow_opened(&mut self, now: Instant, flow: FlowId, info: FlowInfo) {
        self.flows.insert(flow, Known::new(Peer::of(info.remote)));
        self.ua.flow_opened(now, flow, info);
        self.run(now);
    }

    /// A message arrived.
    pub fn received(&mut self, now: Instant, flow: FlowId, bytes: Bytes) {
        if self.is_closing(flow) {
            return;
        }
        self.ua.handle_input(now, flow, bytes);
        self.run(now);
    }

    /// A connection is gone. Calls go on, and wait for their phones.
    pub fn flow_closed(&mut self, now: Instant, flow: FlowId) {
        self.flows.remove(&flow);
        self.trunk_closed(now, flow);
        self.follow_flows(now);
        self.ua.flow_closed(now, flow);
        // Closing a flow is never refused.
        let _ = self.registrar.step(now, registrar::Input::FlowClosed(flow));
        self.check_all_reachable();
        let mut legs = Vec::new();
        for (leg, info) in &mut self.legs {
            if info.flow == Some(flow) {
                info.open = false;
                legs.push(*leg);
            }
        }
        for leg in legs {
            self.feed(now, leg, leg::Input::Connection(false));
        }
        self.run(now);
    }

    /// A result of the media server.
    pub fn media_done(&mut self, now: Instant, done: MediaDone) {
        let leg = done.leg();
        if self.legs.contains_key(&leg) {
            self.feed(now, leg, leg::Input::Media(done));
        } else {
            // The leg ended while the media server opened it.
            let close = MediaRequest::Close { leg };
            self.outputs.push_back(Output::Media(close));
        }
        self.run(now);
    }

    /// The media server tells something.
    pub fn media_event(&mut self, now: Instant, event: &MediaEvent) {
        let (leg, input) = match *event {
            MediaEvent::Connected(leg) => (leg, leg::Input::MediaPath(true)),
            MediaEvent::Disconnected(leg) => (leg, leg::Input::MediaPath(false)),
            MediaEvent::Failed(leg) => {
                tracing::info!(leg = leg.0, "the media path is closed");
                (leg, leg::Input::MediaPath(false))
            }
            MediaEvent::Digit {
                leg,
                digit,
                duration_ms,
            } => (leg, leg::Input::Pressed(digit, duration_ms)),
            MediaEvent::DigitsSent { leg, count } => (leg, leg::Input::DigitsSent(count)),
            MediaEvent::DigitsRefused(leg) => (leg, leg::Input::DigitsRefused),
            MediaEvent::PromptEnded(leg, turn) => (leg, leg::Input::PromptEnded(turn)),
        };
        self.feed(now, leg, input);
        self.run(now);
    }

    /// The instant of [`Output::Timeout`] has come.
    pub fn timeout(&mut self, now: Instant) {
        let is_due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        self.ua.handle_timeout(now);
        if is_due(self.registrar.next_timeout()) {
            // Time alone is never refused.
            let _ = self.registrar.step(now, registrar::Input::Timeout);
            self.check_all_reachable();
        }
        if is_due(self.acd.next_timeout()) {
            self.tell_acd(acd::Input::Timeout);
        }
        self.trunk_timeout(now);
        let calls = self.calls.iter();
        let calls: Vec<_> = calls
            .filter(|(_, active)| is_due(active.call.next_timeout()))
            .map(|(id, _)| *id)
            .collect();
        for id in calls {
            self.call_timeout(now, id);
        }
        self.run(now);
    }

    /// The call centre is about to stop: everybody is hung up on, and no call is taken any more.
    /// Says whether there was a call.
    pub fn stop(&mut self, now: Instant) -> bool {
        self.stopping = true;
        let calls: Vec<_> = self.calls.keys().copied().collect();
        for id in &calls {
            if let Some(active) = self.calls.get_mut(id) {
                let span = active.span.clone();
                let _entered = span.enter();
                let outputs = active.call.stop(now);
                self.carry_out(now, *id, outputs);
            }
        }
        self.trunk_stop(now);
        self.run(now);
        !calls.is_empty()
    }

    /// What to do next.
    pub fn poll_output(&mut self) -> Output {
        if let Some(output) = self.outputs.pop_front() {
            return output;
        }
        let calls = self
            .calls
            .values()
            .filter_map(|active| active.call.next_timeout());
        let others = [
            self.ua_timeout,
            self.registrar.next_timeout(),
            self.trunk.as_ref().and_then(Trunk::next_timeout),
            self.acd.next_timeout(),
            self.queue_watchers.next_timeout(),
        ];
        Output::Timeout(calls.chain(others.into_iter().flatten()).min())
    }

    /// Takes everything out of the user agent and the queues.
    fn run(&mut self, now: Instant) {
        loop {
            match self.ua.poll_output() {
                ua::Output::Transmit { flow, bytes } => {
                    self.outputs.push_back(Output::Transmit { flow, bytes });
                }
                ua::Output::Event(event) => self.event(now, event),
                ua::Output::Timeout(at) => {
                    self.ua_timeout = at;
                    if !self.distribute(now) && !self.tell(now) {
                        break;
                    }
                }
            }
        }
    }

    /// Tells everybody what is new to him, when all that has happened is done; says whether there was
    /// anything.
    fn tell(&mut self, now: Instant) -> bool {
        self.follow_flows(now);
        self.tell_watchers(now) | self.tell_words(now)
    }

    fn event(&mut self, now: Instant, event: ua::Event) {
        match event {
            ua::Event::Invited {
                session,
                flow,
                request,
                offer,
            } => self.invited(now, session, flow, &request, offer),
            ua::Event::Session { id, event } => self.session_event(now, id, event),
            ua::Event::Request {
                tx,
                session,
                flow,
                request,
            } => {
                self.heard(now, session);
                self.request(now, tx, session, flow, &request);
            }
            ua::Event::Response {
                response,
                session,
                id,
            } => {
                if self.trunk_answered(now, id, &response) {
                    return;
                }
                // Only INFO is sent in calls, and nothing hangs on its answer but that there is one.
                if let Ok(response) = response {
                    tracing::debug!(status = response.status().code(), "INFO answered");
                    if response.status().is_success() {
                        self.heard(now, session);
                    }
                }
            }
            ua::Event::Malformed {
                flow,
                error,
                answered,
            } => self.malformed(flow, &error, answered),
            ua::Event::Registration { id, event } => {
                if self.is_trunk_registration(id) {
                    self.trunk_registration(now, event);
                }
            }
            ua::Event::Subscribed { id, flow, request } => self.subscribed(now, id, flow, &request),
            ua::Event::Referred {
                id,
                session,
                request,
                refer,
                ..
            } => self.referred(now, id, session, (&request, &refer)),
            ua::Event::Notifier { id, event } => self.notifier_event(id, event),
            // Nothing is asked, subscribed to or published from here.
            ua::Event::Referral { .. }
            | ua::Event::Subscription { .. }
            | ua::Event::Publication { .. } => {}
            // Pings are the client's to send.
            ua::Event::FlowFailed { .. } => {}
        }
    }
}

/// The settings of the user agent.
fn user_agent() -> ua::Config {
    let mut config = ua::Config {
        user_agent: concat!("Alo-PBX/", env!("CARGO_PKG_VERSION")).into(),
        role: Role::Server,
        ..ua::Config::default()
    };
    config
        .allow
        .retain(|method| !matches!(method, Method::Notify | Method::Message));
    config.allow.extend([Method::Register, Method::Publish]);
    config.events = presence::EVENTS.map(String::from).to_vec();
    config.supported = ["timer", "outbound", "replaces", "join", "tdialog"]
        .map(String::from)
        .to_vec();
    config.accept = [
        "application/sdp",
        requests::DTMF_RELAY,
        requests::DTMF,
        PIDF,
    ]
    .map(String::from)
    .to_vec();
    config
}

#[cfg(test)]
mod tests;
