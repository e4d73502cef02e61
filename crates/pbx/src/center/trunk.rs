//! The phone network, as the centre sees it: calls that go out to it and come in from it, and whether
//! it can be reached.
//!
//! Whoever sends from the peer's address *is* the peer: what comes over a flow of the trunk is never
//! taken for an agent's, whatever its `From` says, and reaches hotlines only, so that nobody calls
//! the world at our cost.
//!
//! An ACK that is lost over UDP for good (RFC 3261 section 13.3.1.4 has the call ended then) ends nothing
//! by itself here: the leg is in doubt, and ends when there is no media either (see [`crate::leg`]).

use std::collections::BTreeSet;

use alo_sip::dialog::HeaderFields;
use alo_sip::header::{HeaderName, Reason};
use alo_sip::message::{Request, Response};
use alo_sip::method::Method;
use alo_sip::time::Instant;
use alo_sip::ua::{
    EndedBy, FlowId, FlowInfo, Invite, OutOfDialog, Register, RegistrationEvent, RegistrationId,
    RequestId, RequestTimeout, SessionEvent, SessionId,
};
use alo_sip::uri::{NameAddr, Uri};

use super::asked::{Asked, Origin, Refused, Who};
use super::{Center, Output, invites, screen};
use crate::call::Outcome;
use crate::config::{self, Hotline};
use crate::leg::Refusal;
use crate::media::{LegId, LegKind};
use crate::trunk::link::{Input, Link};
use crate::trunk::{causes, link, messages, number};

/// Requests of the phone network that are remembered at a time. Each call that was accepted is one for 32
/// seconds, which makes 380 calls a second; of the 16,384 in all, what is left is for browsers.
const TRANSACTIONS: usize = 12_288;

/// The way to the phone network.
#[derive(Debug)]
pub(super) struct Trunk {
    link: Link,
    /// Flows to all addresses that the peer was heard from.
    flows: BTreeSet<FlowId>,
    /// The one that calls go out over.
    main: Option<Main>,
    /// Flows that closed while there was no main one; what was on them moves to the next.
    lost: BTreeSet<FlowId>,
    registration: Option<RegistrationId>,
    /// The OPTIONS that is not answered yet.
    asked: Option<RequestId>,
}

/// Why the phone network did not connect a call.
#[derive(Debug)]
pub(super) struct NetworkRefusal {
    /// For people.
    text: &'static str,
    /// The cause of the network, to be passed on.
    reason: Option<Reason>,
}

impl NetworkRefusal {
    /// How a call ended that the network refused, in its words.
    pub(super) fn explained(&self, outcome: &Outcome) -> Option<Outcome> {
        let Outcome::Refused(refusal) = outcome else {
            return None;
        };
        Some(Outcome::Refused(Refusal {
            status: refusal.status,
            text: self.text.into(),
        }))
    }
}

#[derive(Debug, Clone)]
struct Main {
    flow: FlowId,
    /// This side, as the peer reaches it.
    sent_by: String,
}

impl Trunk {
    /// As the configuration has it.
    pub(super) fn new(config: &config::Trunk) -> Self {
        Self {
            link: Link::new(config.register),
            flows: BTreeSet::new(),
            main: None,
            lost: BTreeSet::new(),
            registration: None,
            asked: None,
        }
    }

    /// When it wants to be woken.
    pub(super) fn next_timeout(&self) -> Option<Instant> {
        self.link.next_timeout()
    }
}

impl Center {
    /// There is an address of the phone network to send to. Where `main` says so, calls go out over it
    /// from now on, and those that there are move to it.
    pub fn trunk_opened(&mut self, now: Instant, flow: FlowId, info: FlowInfo, main: bool) {
        let sent_by = info.sent_by.clone();
        self.ua.flow_opened(now, flow, info);
        self.ua.set_transactions_per_flow(flow, TRANSACTIONS);
        let Some(trunk) = &mut self.trunk else {
            return;
        };
        trunk.flows.insert(flow);
        if main {
            let old = trunk.main.replace(Main { flow, sent_by });
            let lost = std::mem::take(&mut trunk.lost);
            for old in old.map(|old| old.flow).into_iter().chain(lost) {
                self.ua.rebind(now, old, flow);
            }
            self.trunk_step(now, Input::Opened);
        }
        self.run(now);
    }

    /// A flow is closed. The calls on it go on over the main one.
    pub(super) fn trunk_closed(&mut self, now: Instant, flow: FlowId) {
        let Some(trunk) = &mut self.trunk else {
            return;
        };
        if !trunk.flows.remove(&flow) {
            return;
        }
        if let Some(main) = trunk.main.as_ref().filter(|main| main.flow != flow) {
            return self.ua.rebind(now, flow, main.flow);
        }
        trunk.lost.insert(flow);
        if trunk.main.take().is_some() {
            trunk.asked = None;
            self.trunk_step(now, Input::Closed);
        }
    }

    /// Whether a call is on this connection.
    pub(crate) fn has_calls_on(&self, flow: FlowId) -> bool {
        self.legs_on(flow) > 0
    }

    /// Whether a flow is one to the phone network.
    pub(super) fn is_trunk(&self, flow: FlowId) -> bool {
        let trunk = self.trunk.as_ref();
        trunk.is_some_and(|trunk| trunk.flows.contains(&flow))
    }

    /// Time passed.
    pub(super) fn trunk_timeout(&mut self, now: Instant) {
        self.trunk_step(now, Input::Timeout);
    }

    /// News of the registration with the provider.
    pub(super) fn trunk_registration(&mut self, now: Instant, event: RegistrationEvent) {
        let input = match event {
            RegistrationEvent::Registered { expires, first } => {
                if first {
                    tracing::info!(seconds = expires.as_secs(), "registered with the provider");
                }
                Input::Registered
            }
            RegistrationEvent::Refused {
                status,
                reason,
                retry_at,
            } => Input::NotRegistered {
                status: status.code(),
                reason,
                tried_again: retry_at.is_some(),
            },
            RegistrationEvent::Unregistered => return,
        };
        self.trunk_step(now, input);
    }

    /// A request of ours was answered, or was not; says whether it was the trunk's.
    pub(super) fn trunk_answered(
        &mut self,
        now: Instant,
        id: RequestId,
        response: &Result<Response, RequestTimeout>,
    ) -> bool {
        let Some(trunk) = self.trunk.as_mut().filter(|trunk| trunk.asked == Some(id)) else {
            return false;
        };
        trunk.asked = None;
        let status = response
            .as_ref()
            .ok()
            .map(|response| response.status().code());
        self.trunk_step(now, Input::Answered(status));
        true
    }

    /// The call centre stops: the provider is told that it need not send calls here any more.
    pub(super) fn trunk_stop(&mut self, now: Instant) {
        let registration = self
            .trunk
            .as_mut()
            .and_then(|trunk| trunk.registration.take());
        if let Some(registration) = registration {
            self.ua.unregister(now, registration);
        }
    }

    fn trunk_step(&mut self, now: Instant, input: Input) {
        let Some(trunk) = &mut self.trunk else {
            return;
        };
        for output in trunk.link.step(now, input) {
            match output {
                link::Output::Ask => self.trunk_ask(now),
                link::Output::Register => self.trunk_register(now),
                link::Output::RegisterAgain => {
                    let registration = self.trunk.as_ref().and_then(|trunk| trunk.registration);
                    if let Some(registration) = registration {
                        self.ua.register_now(now, registration);
                    }
                }
                link::Output::Changed => {
                    let health = self.trunk.as_ref().map(|trunk| trunk.link.health().clone());
                    self.outputs.extend(health.map(Output::TrunkHealth));
                }
            }
        }
    }

    /// OPTIONS to the peer.
    fn trunk_ask(&mut self, now: Instant) {
        let config = self.config.clone();
        let (Some(settings), Some(flow)) = (&config.trunk, self.trunk_flow()) else {
            return;
        };
        let (Ok(target), Ok(own)) = (
            messages::peer(settings, None),
            messages::own(settings, None),
        ) else {
            return;
        };
        let request = OutOfDialog {
            method: Method::Options,
            to: NameAddr::new(target.clone()),
            target,
            from: NameAddr::new(own),
            headers: HeaderFields::new(),
            body: None,
            credentials: None,
        };
        // OPTIONS belongs to no session, which is all that could be wrong.
        let asked = self.ua.send_request(now, flow, request).ok();
        if let Some(trunk) = &mut self.trunk {
            trunk.asked = asked;
        }
    }

    fn trunk_register(&mut self, now: Instant) {
        let config = self.config.clone();
        let (Some(settings), Some(flow)) = (&config.trunk, self.trunk_flow()) else {
            return;
        };
        let Some(account) = &settings.account else {
            return;
        };
        let user = account.username.as_str();
        let (Ok(registrar), Ok(aor)) = (
            Uri::sip(None, &settings.domain),
            messages::own(settings, Some(user)),
        ) else {
            return;
        };
        let register = Register {
            registrar,
            aor: NameAddr::new(aor),
            contact_user: user.to_owned(),
            instance: messages::instance(settings, user),
            reg_id: 1,
            expires: u32::try_from(settings.expires.as_secs()).unwrap_or(u32::MAX),
            credentials: Some(messages::credentials(account)),
            headers: HeaderFields::new(),
        };
        let registration = self.ua.register(now, flow, register);
        if let Some(trunk) = &mut self.trunk {
            trunk.registration = Some(registration);
        }
    }

    /// Remembers why the phone network does not connect a call.
    pub(super) fn note_network_refusal(&mut self, leg: LegId, event: &SessionEvent) {
        let SessionEvent::Ended {
            by: EndedBy::Refused {
                status, response, ..
            },
            ..
        } = event
        else {
            return;
        };
        let Some(info) = self.legs.get(&leg) else {
            return;
        };
        if !info.flow.is_some_and(|flow| self.is_trunk(flow)) {
            return;
        }
        let reasons = response.headers().reasons();
        let refusal = NetworkRefusal {
            text: causes::explain(status.code(), &reasons),
            reason: causes::network_reason(&reasons).cloned(),
        };
        let (status, text) = (status.code(), refusal.text);
        tracing::info!(
            leg = leg.0,
            status,
            cause = refusal.reason.as_ref().and_then(|reason| reason.cause),
            text,
            "refused by the phone network"
        );
        if let Some(active) = self.calls.get_mut(&info.call) {
            active.network_refusal = Some(refusal);
        }
    }

    /// How the caller is told that his call is refused: where the phone network refused it, for its
    /// reasons, and with its own cause (RFC 3326, RFC 6432).
    pub(super) fn in_words_of_the_network(
        &self,
        leg: LegId,
        refusal: Refusal,
    ) -> (Refusal, Vec<(HeaderName, String)>) {
        let call = self
            .legs
            .get(&leg)
            .and_then(|info| self.calls.get(&info.call));
        let Some(network) = call.and_then(|active| active.network_refusal.as_ref()) else {
            return (refusal, Vec::new());
        };
        let reason = network.reason.as_ref().map(ToString::to_string);
        let refusal = Refusal {
            text: network.text.into(),
            ..refusal
        };
        (
            refusal,
            reason
                .map(|reason| (HeaderName::Reason, reason))
                .into_iter()
                .collect(),
        )
    }

    /// Whether this registration is that with the provider.
    pub(super) fn is_trunk_registration(&self, id: RegistrationId) -> bool {
        let trunk = self.trunk.as_ref();
        trunk.is_some_and(|trunk| trunk.registration == Some(id))
    }

    fn trunk_flow(&self) -> Option<FlowId> {
        let main = self.trunk.as_ref()?.main.as_ref()?;
        Some(main.flow)
    }

    /// Somebody in the phone network calls. Where it is for no hotline, what was dialled is left as it
    /// came, and leads nowhere.
    pub(super) fn read_from_trunk(
        &self,
        (session, flow): (SessionId, FlowId),
        request: &Request,
        offer: Option<String>,
    ) -> Asked {
        let hotline = number::hotline(&self.config, request);
        let dialled = match hotline {
            Some(hotline) => hotline.number.clone(),
            None => request
                .target()
                .as_ref()
                .map(invites::user)
                .unwrap_or_default(),
        };
        let (user, name) = match number::caller(&self.config, request) {
            number::Caller::Number { number, name } => {
                let name = name.as_deref().map(screen::name);
                (screen::user(&number), name.unwrap_or_default())
            }
            number::Caller::Anonymous => (String::new(), String::new()),
        };
        let (user, name) = if user.is_empty() {
            // RFC 3323 section 4.1.1.3. So is a number of which nothing can be shown: no INVITE could
            // name it.
            ("anonymous".into(), "Anonymous".into())
        } else {
            (user, name)
        };
        Asked {
            session,
            flow,
            kind: LegKind::Rtp,
            offer,
            origin: Origin {
                user,
                name,
                who: Who::Network,
                called: None,
                calls_from: None,
            },
            dialled,
            hotline: None,
        }
    }

    /// The INVITE to a number of the phone network, from a hotline, without its offer; and the flow
    /// that it goes out over.
    ///
    /// # Errors
    /// Where the network cannot be reached.
    pub(super) fn trunk_invite(
        &self,
        hotline: Option<&Hotline>,
        number: &str,
    ) -> Result<(FlowId, Invite), Refused> {
        let away = || Refused::because(503, "The phone network cannot be reached");
        let settings = self.config.trunk.as_ref().ok_or_else(away)?;
        let trunk = self.trunk.as_ref().ok_or_else(away)?;
        let takes_calls = trunk.link.health().takes_calls();
        let main = trunk
            .main
            .as_ref()
            .filter(|_| takes_calls)
            .ok_or_else(away)?;
        let invite = messages::invite(&self.config, settings, &main.sent_by, (hotline, number));
        let invite = invite.map_err(|_| Refused::because(484, "This number cannot be dialled"))?;
        Ok((main.flow, invite))
    }
}
