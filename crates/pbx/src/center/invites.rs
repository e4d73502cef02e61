//! Somebody calls: who it is, where it goes, who rings.

use std::sync::Arc;
use std::time::Duration;

use alo_api::header;
use alo_sip::header::HeaderName;
use alo_sip::message::Request;
use alo_sip::time::Instant;
use alo_sip::ua::{FlowId, Invite, SessionId};
use alo_sip::uri::{NameAddr, Uri};
use tracing::info_span;

use super::access::{Denied, retry_after};
use super::active::{Active, CallId, LegInfo};
use super::requests::percent_encode;
use super::{Center, screen};
use crate::call::{Branch, Call, Endpoint, Plan};
use crate::config::{Config, Hotline, Queue};
use crate::leg::{Leg, Patience, Refusal};
use crate::logging::Shown;
use crate::media::{LegId, MusicId};
use crate::peer::Peer;
use crate::routing::{self, Caller, Route};
use crate::simulated::Phone;

/// How the user part of somebody without an account begins.
const GUEST: &str = "guest-";

/// A guest needs no account: one connection must not ring every agent for ever.
const CALLS_OF_A_GUEST: usize = 1;

/// When somebody for whom there is no room may try again.
const ROOM_AFTER: Duration = Duration::from_secs(10);

/// Why an INVITE is not taken.
pub(super) enum Refused {
    /// For good.
    Final(Refusal),
    /// For so long.
    Later(Refusal, Duration),
    /// Until it comes with good credentials.
    Denied(Denied),
}

impl Refused {
    fn because(status: u16, text: impl Into<String>) -> Self {
        Self::Final(Refusal {
            status,
            text: text.into(),
        })
    }

    /// 503 with `Retry-After` (RFC 3261 section 21.5.4).
    fn later(wait: Duration, text: impl Into<String>) -> Self {
        let refusal = Refusal {
            status: 503,
            text: text.into(),
        };
        Self::Later(refusal, wait)
    }
}

/// An INVITE, read.
struct Asked {
    session: SessionId,
    flow: FlowId,
    offer: String,
    from: NameAddr,
    /// Its user part, fit to be shown.
    user: String,
    dialled: String,
    hotline: Option<String>,
    /// Extension of the agent who calls; none: a guest.
    agent: Option<String>,
}

/// Who is to ring, and for what.
struct Ringing<'a> {
    phones: Vec<Ringer>,
    ring: Duration,
    music: &'a str,
    /// The hotline, where that is what was called.
    hotline: Option<&'a Hotline>,
    /// What was called, for the log.
    to: &'a str,
}

/// One phone that is to ring.
struct Ringer {
    /// Extension or number.
    person: String,
    phone: RingingPhone,
}

enum RingingPhone {
    /// Over the connection of a binding.
    Bound {
        flow: FlowId,
        contact: Uri,
    },
    Simulated(Phone),
}

impl Center {
    /// An INVITE that begins a session.
    pub(super) fn invited(
        &mut self,
        now: Instant,
        session: SessionId,
        flow: FlowId,
        request: &Request,
        offer: Option<String>,
    ) {
        let read = self.read(now, (session, flow), request, offer);
        let placed = read.and_then(|asked| self.place(now, asked));
        let (refusal, headers) = match placed {
            Ok(()) => return,
            Err(Refused::Final(refusal)) => (refusal, Vec::new()),
            Err(Refused::Later(refusal, wait)) => (refusal, vec![retry_after(wait)]),
            Err(Refused::Denied(denied)) => {
                let (status, headers) = denied.answer();
                let refusal = Refusal {
                    status: status.code(),
                    text: "Who calls?".into(),
                };
                (refusal, headers)
            }
        };
        if refusal.status != 401 {
            tracing::info!(
                flow = flow.0,
                status = refusal.status,
                why = refusal.text,
                "call refused"
            );
        }
        if let Err(error) = self.reject(now, session, &refusal, headers) {
            tracing::debug!(%error, "the caller was faster");
        }
    }

    fn read(
        &mut self,
        now: Instant,
        (session, flow): (SessionId, FlowId),
        request: &Request,
        offer: Option<String>,
    ) -> Result<Asked, Refused> {
        let unreadable = |_| Refused::because(400, "The INVITE cannot be read");
        let target = request
            .target()
            .map_err(|_| Refused::because(400, "The Request-URI cannot be read"))?;
        let from = request.headers().from().map_err(unreadable)?;
        let from = from.ok_or_else(|| Refused::because(400, "From is missing"))?;
        if !target.host_str().eq_ignore_ascii_case(&self.config.domain) {
            return Err(Refused::because(404, "This domain is not served here"));
        }
        let user = user(from.uri());
        let agent = self
            .config
            .agent(&user)
            .map(|agent| agent.extension.clone());
        match &agent {
            Some(extension) if self.registrar.is_bound(extension, flow) => {}
            Some(extension) => {
                let proved = self.prove(now, flow, request, extension);
                proved.map_err(Refused::Denied)?;
            }
            None if user.starts_with(GUEST) => {
                let peer = self.peer(flow);
                let taken = self.guest_invites.take(now, peer);
                taken.map_err(|wait| Refused::later(wait, "Too many calls in a minute"))?;
            }
            None => return Err(Refused::because(403, "There is no such account")),
        }
        let Some(offer) = offer else {
            return Err(Refused::because(488, "An INVITE with an offer is wanted"));
        };
        let hotline = HeaderName::from_static(header::HOTLINE);
        Ok(Asked {
            session,
            flow,
            offer,
            from,
            user: screen::user(&user),
            dialled: self::user(&target),
            hotline: request
                .headers()
                .get(&hotline)
                .map(|value| value.trim().to_owned()),
            agent,
        })
    }

    /// Finds out who rings, and lets them ring.
    fn place(&mut self, now: Instant, asked: Asked) -> Result<(), Refused> {
        let guest = asked.agent.is_none().then(|| self.peer(asked.flow));
        self.has_room(asked.flow, guest)?;
        let config = Arc::clone(&self.config);
        let ringing = self.ringing(&config, &asked)?;
        let id = CallId(self.next_call);
        self.next_call += 1;
        let span = info_span!("call", id = id.0);
        let _entered = span.enter();
        tracing::info!(
            from = %Shown::new(&asked.user, &config.log),
            to = %Shown::new(ringing.to, &config.log),
            hotline = asked.hotline.as_deref(),
            phones = ringing.phones.len(),
            "calls"
        );
        let headers = queue_headers(&ringing);
        let caller_id = self.new_leg(id, Some(asked.session), Some(asked.flow), None);
        let mut branches = Vec::new();
        for ringer in ringing.phones {
            let branch = self.branch(id, &asked, ringer, &headers);
            branches.push(branch.inspect_err(|_| self.forget_legs(id))?);
        }
        let plan = Plan {
            caller: Leg::incoming(caller_id, self.patience(), asked.offer),
            caller_id,
            caller_person: asked.agent,
            branches,
            ring: ringing.ring,
            music: MusicId(ringing.music.to_owned()),
            group: ringing.hotline.is_some(),
        };
        let (call, outputs) = Call::begin(now, plan);
        let active = Active {
            call,
            span: span.clone(),
            answered_at: None,
            answered_by: None,
            guest,
        };
        self.calls.insert(id, active);
        self.carry_out(now, id, outputs);
        Ok(())
    }

    /// Whether there may be one more call over this connection; `guest` says where a guest is.
    fn has_room(&self, flow: FlowId, guest: Option<Peer>) -> Result<(), Refused> {
        let limits = &self.config.calls;
        if self.stopping {
            return Err(Refused::later(ROOM_AFTER, "The call centre stops"));
        }
        if self.calls.len() >= limits.max_calls {
            return Err(Refused::later(ROOM_AFTER, "Too many calls"));
        }
        let Some(peer) = guest else {
            return Ok(());
        };
        if self.legs_on(flow) >= CALLS_OF_A_GUEST {
            return Err(Refused::because(486, "One call at a time"));
        }
        let guests = || self.calls.values().filter_map(|active| active.guest);
        if guests().count() >= limits.max_guest_calls {
            return Err(Refused::later(ROOM_AFTER, "Too many calls"));
        }
        if guests().filter(|other| *other == peer).count() >= limits.guest_calls_per_address {
            return Err(Refused::later(ROOM_AFTER, "Too many calls from one place"));
        }
        Ok(())
    }

    /// Who is to ring for this call.
    fn ringing<'a>(&self, config: &'a Config, asked: &Asked) -> Result<Ringing<'a>, Refused> {
        let caller = match &asked.agent {
            Some(extension) => config.agent(extension).map_or(Caller::Guest, Caller::Agent),
            None => Caller::Guest,
        };
        let route = routing::route(config, caller, &asked.dialled)
            .map_err(|none| Refused::because(none.status(), none.to_string()))?;
        let from = self.calls_from(config, asked)?;
        let ringing = Ringing {
            phones: Vec::new(),
            ring: config.calls.ring,
            music: from.map_or("default", |queue| &queue.music),
            hotline: None,
            to: "",
        };
        match route {
            Route::Agent(agent) => {
                let phones = self.phones_of(&agent.extension);
                if phones.is_empty() {
                    let text = format!("{} is not signed in", agent.extension);
                    return Err(Refused::because(480, text));
                }
                let to = &agent.extension;
                Ok(Ringing {
                    phones,
                    to,
                    ..ringing
                })
            }
            Route::Hotline(hotline) => self.ringing_of(config, asked, hotline),
            Route::Phone(number) => Ok(Ringing {
                phones: vec![Ringer {
                    person: number.number.clone(),
                    phone: RingingPhone::Simulated(Phone::new(number, &config.network)),
                }],
                // The network itself says when nobody answers.
                ring: config.network.no_answer + Duration::from_secs(5),
                to: &number.number,
                ..ringing
            }),
            Route::Echo => Ok(Ringing {
                phones: vec![Ringer {
                    person: routing::ECHO.into(),
                    phone: RingingPhone::Simulated(Phone::echo()),
                }],
                to: routing::ECHO,
                ..ringing
            }),
        }
    }

    /// The agents of a hotline's queue who are signed in and in no call.
    fn ringing_of<'a>(
        &self,
        config: &'a Config,
        asked: &Asked,
        hotline: &'a Hotline,
    ) -> Result<Ringing<'a>, Refused> {
        // The configuration has checked that the queue is there.
        let queue = config
            .queue(&hotline.queue)
            .ok_or_else(|| Refused::because(500, "The hotline has no queue"))?;
        let (mut phones, mut busy) = (Vec::new(), false);
        let others = |extension: &&String| asked.agent.as_ref() != Some(*extension);
        for extension in queue.agents.iter().filter(others) {
            let bound = self.phones_of(extension);
            if !bound.is_empty()
                && self
                    .calls
                    .values()
                    .any(|active| active.call.occupies(extension))
            {
                busy = true;
            } else {
                phones.extend(bound);
            }
        }
        match (phones.is_empty(), busy) {
            (false, _) => Ok(Ringing {
                phones,
                ring: queue.ring,
                music: &queue.music,
                hotline: Some(hotline),
                to: &hotline.number,
            }),
            (true, true) => Err(Refused::because(486, "Everybody is in a call")),
            (true, false) => Err(Refused::because(480, "Nobody is signed in")),
        }
    }

    /// The queue of the hotline that an agent calls from, whose music the far end hears in hold.
    fn calls_from<'a>(
        &self,
        config: &'a Config,
        asked: &Asked,
    ) -> Result<Option<&'a Queue>, Refused> {
        let hotline =
            match &asked.hotline {
                Some(number) => Some(config.hotline(number).ok_or_else(|| {
                    Refused::because(403, "There is no such hotline to call from")
                })?),
                None => config.hotlines.first(),
            };
        Ok(hotline.and_then(|hotline| config.queue(&hotline.queue)))
    }

    /// All phones that an extension is signed in with.
    fn phones_of(&self, extension: &str) -> Vec<Ringer> {
        let bound = self.registrar.reachable(extension);
        bound
            .filter_map(|binding| {
                let contact = Uri::parse(&binding.contact).ok()?;
                Some(Ringer {
                    person: extension.to_owned(),
                    phone: RingingPhone::Bound {
                        flow: binding.flow,
                        contact,
                    },
                })
            })
            .collect()
    }

    /// A leg and its branch for one phone.
    fn branch(
        &mut self,
        call: CallId,
        asked: &Asked,
        ringer: Ringer,
        headers: &[(HeaderName, String)],
    ) -> Result<Branch, Refused> {
        let (leg, endpoint) = match ringer.phone {
            RingingPhone::Simulated(phone) => {
                (self.new_leg(call, None, None, None), Endpoint::Phone(phone))
            }
            RingingPhone::Bound { flow, contact } => {
                let invite = self.invite_for(asked, &ringer.person, contact, headers)?;
                let leg = self.new_leg(call, None, Some(flow), Some(invite));
                (leg, Endpoint::Sip(Leg::outgoing(leg, self.patience())))
            }
        };
        Ok(Branch {
            leg,
            person: ringer.person,
            endpoint,
        })
    }

    /// The INVITE for a phone, without its offer.
    fn invite_for(
        &self,
        asked: &Asked,
        extension: &str,
        contact: Uri,
        headers: &[(HeaderName, String)],
    ) -> Result<Invite, Refused> {
        let unwritable = |_| Refused::because(400, "A name of the INVITE cannot be passed on");
        let domain = &self.config.domain;
        let caller = Uri::sip(Some(&asked.user), domain).map_err(unwritable)?;
        let called = Uri::sip(Some(extension), domain).map_err(unwritable)?;
        let known = asked
            .agent
            .as_ref()
            .and_then(|agent| self.config.agent(agent));
        let name = match known {
            Some(agent) => agent.name.clone(),
            None => asked
                .from
                .display()
                .map(|name| screen::name(&name))
                .unwrap_or_default(),
        };
        Ok(Invite {
            target: contact,
            from: NameAddr::new(caller.clone()).with_display(&name),
            to: NameAddr::new(called),
            contact: caller,
            headers: headers.to_vec(),
            route: Vec::new(),
            offer: None,
            credentials: None,
        })
    }

    fn new_leg(
        &mut self,
        call: CallId,
        session: Option<SessionId>,
        flow: Option<FlowId>,
        invite: Option<Invite>,
    ) -> LegId {
        let leg = LegId(self.next_leg);
        self.next_leg += 1;
        self.sessions.extend(session.map(|session| (session, leg)));
        let info = LegInfo {
            call,
            session,
            flow,
            open: true,
            invite,
        };
        self.legs.insert(leg, info);
        leg
    }

    fn patience(&self) -> Patience {
        Patience {
            media: self.config.calls.lost_media,
            signalling: self.config.calls.lost_signalling,
        }
    }
}

/// What the phones of the agents are told besides who calls (`alo_api::header`).
fn queue_headers(ringing: &Ringing<'_>) -> Vec<(HeaderName, String)> {
    let mut headers = vec![(header::ANSWER_WITHIN, ringing.ring.as_secs().to_string())];
    if let Some(hotline) = ringing.hotline {
        headers.push((header::QUEUE, percent_encode(&hotline.name)));
        headers.push((header::CALLED, hotline.number.clone()));
        headers.push((header::WAITING, "0".into()));
        headers.push((header::WAITED, "0".into()));
    }
    let named = |(name, value)| (HeaderName::from_static(name), value);
    headers.into_iter().map(named).collect()
}

/// The user part of a URI, escapes resolved.
pub(super) fn user(uri: &Uri) -> String {
    uri.user()
        .map(std::borrow::Cow::into_owned)
        .unwrap_or_default()
}
