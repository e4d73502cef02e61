//! Somebody calls: who it is, and whether there is room.

use std::sync::Arc;

use alo_api::header;
use alo_sip::header::HeaderName;
use alo_sip::message::Request;
use alo_sip::time::Instant;
use alo_sip::ua::{FlowId, SessionId};
use alo_sip::uri::{NameAddr, Uri};
use tracing::info_span;

use super::access::retry_after;
use super::active::{Active, CallId};
pub(super) use super::asked::Refused;
use super::asked::{Asked, Origin, Who};
use super::word::Told;
use super::{Center, records, screen};
use crate::call::{Call, Caller, Person};
use crate::config::Config;
use crate::leg::{Leg, Refusal};
use crate::logging::Shown;
use crate::media::LegKind;
use crate::peer::Peer;
use crate::routing::{self, NoRoute, Route};

/// How the user part of somebody without an account begins.
pub(super) const GUEST: &str = "guest-";

/// A guest needs no account: one connection must not ring every agent for ever.
const CALLS_OF_A_GUEST: usize = 1;

/// When somebody for whom there is no room may try again.
pub(super) const ROOM_AFTER: std::time::Duration = std::time::Duration::from_secs(10);

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
        let read = if self.is_trunk(flow) {
            Ok(self.read_from_trunk((session, flow), request, offer))
        } else {
            self.read(now, (session, flow), request, offer)
        };
        let headers = request.headers();
        let placed = read.and_then(|asked| match headers.replaces() {
            Some(replaces) => self.replace(now, asked, &replaces),
            // RFC 3911 section 4: nobody comes into a call who is not asked for by one of its people.
            None if headers.join().is_some() => {
                Err(Refused::because(403, "Calls are joined by REFER"))
            }
            None => self.place(now, asked, request),
        });
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
        let who = match agent {
            Some(extension) if self.registrar.is_bound(&extension, flow) => Who::Agent(extension),
            Some(extension) => {
                let proved = self.prove(now, flow, request, &extension);
                proved.map_err(Refused::Denied)?;
                Who::Agent(extension)
            }
            None if user.starts_with(GUEST) => {
                let peer = self.peer(flow);
                let taken = self.guest_invites.take(now, peer);
                taken.map_err(|wait| Refused::later(wait, "Too many calls in a minute"))?;
                Who::Guest
            }
            None => return Err(Refused::because(403, "There is no such account")),
        };
        let known = match &who {
            Who::Agent(extension) => self.config.agent(extension).map(|agent| &agent.name),
            Who::Guest | Who::Network => None,
        };
        let name = match known {
            Some(name) => name.clone(),
            None => from
                .display()
                .map_or_else(String::new, |name| screen::name(&name)),
        };
        let hotline = HeaderName::from_static(header::HOTLINE);
        let hotline = request.headers().get(&hotline);
        Ok(Asked {
            session,
            flow,
            kind: LegKind::WebRtc,
            offer,
            origin: Origin {
                user: screen::user(&user),
                name,
                who,
                called: None,
                calls_from: None,
            },
            dialled: self::user(&target),
            hotline: hotline.map(|value| value.trim().to_owned()),
        })
    }

    /// Takes a call, and lets it go where it is to go.
    fn place(&mut self, now: Instant, mut asked: Asked, request: &Request) -> Result<(), Refused> {
        let guest = asked.origin.who == Who::Guest;
        let guest = guest.then(|| self.peer(asked.flow));
        let config = Arc::clone(&self.config);
        let caller = match &asked.origin.who {
            Who::Agent(extension) => config
                .agent(extension)
                .map_or(routing::Caller::Guest, routing::Caller::Agent),
            Who::Network => routing::Caller::Network,
            Who::Guest => routing::Caller::Guest,
        };
        let id = CallId(self.next_call);
        self.next_call += 1;
        let route = routing::route(&config, caller, &asked.dialled);
        let taken = self.take(&mut asked, guest, route.as_ref());
        let about = self.consults(&mut asked.origin, request);
        let origin = asked.origin;
        let track = records::track(now, id, &origin, &asked.dialled, route.as_ref().ok());
        let (route, offer) = match taken {
            Ok(taken) => taken,
            Err(refused) => {
                if let Some(refusal) = refused.refusal() {
                    self.record_refused(now, track, refusal);
                }
                return Err(refused);
            }
        };
        let span = info_span!("call", id = id.0);
        let _entered = span.enter();
        tracing::info!(
            from = %Shown::new(&origin.user, &config.log),
            to = %Shown::new(&asked.dialled, &config.log),
            hotline = origin.hotline(),
            "calls"
        );
        let leg = self.new_leg(id, Some(asked.session), Some(asked.flow), None);
        let dialled = self.address(&asked.dialled).map(NameAddr::new).ok();
        if let Some(info) = self.legs.get_mut(&leg) {
            info.told = Told::caller(&origin, dialled.as_ref());
        }
        let call = Call::new(Caller {
            id: leg,
            leg: Leg::incoming(leg, asked.kind, self.patience(), offer),
            person: match &origin.who {
                Who::Agent(extension) => Some(Person::Agent(extension.clone())),
                Who::Network => Some(Person::Number(origin.user.clone())),
                Who::Guest => None,
            },
        });
        let mut active = Active::new(call, span.clone(), origin, guest, track);
        if let Some(about) = about {
            active.introduction = self.introduction_of(&about, request);
            active.about = Some(about);
        }
        self.calls.insert(id, active);
        self.go(now, id, route);
        Ok(())
    }

    /// Whether a call is taken that goes this way: the way, and its offer.
    fn take<'a>(
        &self,
        asked: &mut Asked,
        guest: Option<Peer>,
        route: Result<&'a Route<'a>, &NoRoute>,
    ) -> Result<(&'a Route<'a>, String), Refused> {
        let nowhere = |none: &NoRoute| Refused::because(none.status(), none.to_string());
        if let Ok(Route::Hotline(hotline)) = route {
            asked.origin.called = Some(hotline.number.clone());
        }
        self.has_room(asked.flow, guest)?;
        let route = route.map_err(nowhere)?;
        if !matches!(route, Route::Hotline(_)) {
            asked.origin.calls_from = calls_from(&self.config, asked.hotline.as_deref())?;
        }
        let offer = asked.offer.take();
        let offer =
            offer.ok_or_else(|| Refused::because(488, "An INVITE with an offer is wanted"))?;
        Ok((route, offer))
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
}

/// The user part of a URI, escapes resolved.
pub(super) fn user(uri: &Uri) -> String {
    uri.user()
        .map(std::borrow::Cow::into_owned)
        .unwrap_or_default()
}

/// Number of the hotline that an agent calls from: the one that he chose, or the first.
fn calls_from(config: &Config, chosen: Option<&str>) -> Result<Option<String>, Refused> {
    let hotline = match chosen {
        Some(number) => Some(
            config
                .hotline(number)
                .ok_or_else(|| Refused::because(403, "There is no such hotline to call from"))?,
        ),
        None => config.hotlines.first(),
    };
    Ok(hotline.map(|hotline| hotline.number.clone()))
}
