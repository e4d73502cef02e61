//! REFER: an agent transfers a call of his (RFC 3515, RFC 5589), or makes one of two (RFC 3911).
//!
//! What can be refused is refused before anything has changed. What is taken is done at once: the agent is out
//! of the call, and the customer's leg is not touched.

use std::sync::Arc;

use alo_sip::header::{HeaderName, Join, ReferTo, Replaces};
use alo_sip::message::Request;
use alo_sip::method::Method;
use alo_sip::status::StatusCode;
use alo_sip::time::Instant;
use alo_sip::ua::{ReferredId, SessionId};

use super::Center;
use super::active::CallId;
use super::asked::Origin;
use super::going::{Manner, Rung, refusal};
use super::invites::user;
use super::joining::note;
use super::recall::{past_hotline, place};
use super::ringing::Fields;
use super::transfer::{Place, Stage, Transfer};
use crate::call::{Given, Meanwhile, Next, Person};
use crate::config::Config;
use crate::leg::{HangUp, Refusal};
use crate::logging::Shown;
use crate::media::LegId;
use crate::records::{TransferEnd, TransferKind};
use crate::routing::{self, NoRoute, Route};

/// A REFER of an agent in a call of his.
#[derive(Debug)]
struct Asked {
    id: ReferredId,
    call: CallId,
    /// His leg.
    leg: LegId,
    /// Extension.
    agent: String,
}

/// Where a call is to go.
struct Target<'a> {
    route: Route<'a>,
    to: Place,
    /// Who is rung there; nobody in a queue or a tree.
    rung: Rung,
    /// Who goes there.
    customer: Origin,
}

/// The call that a REFER names.
#[derive(Debug)]
struct Named {
    call: CallId,
    /// The agent's leg of it.
    leg: LegId,
}

impl Center {
    /// Somebody asks that a call go elsewhere.
    pub(super) fn referred(
        &mut self,
        now: Instant,
        id: ReferredId,
        session: Option<SessionId>,
        (request, refer): (&Request, &ReferTo),
    ) {
        self.heard(now, session);
        let span = self.span_of(session);
        let _entered = span.enter();
        let taken =
            self.asks(id, session, refer)
                .and_then(|asked| match (&refer.replaces, &refer.join) {
                    (Some(replaces), _) => self.complete(now, &asked, replaces),
                    (None, Some(join)) => self.merge(now, &asked, join),
                    (None, None) => self.transfer(now, &asked, request, refer),
                });
        let Err(refusal) = taken else {
            return;
        };
        tracing::info!(
            status = refusal.status,
            why = refusal.text,
            "not transferred"
        );
        let status = StatusCode::new(refusal.status).unwrap_or(StatusCode::SERVER_INTERNAL_ERROR);
        let warning = format!("399 {} \"{}\"", self.config.domain, refusal.text);
        let headers = vec![(HeaderName::from_static("Warning"), warning)];
        if let Err(error) = self.ua.reject_refer(now, id, status, headers) {
            tracing::debug!(%error, "nobody wants to know");
        }
    }

    fn span_of(&self, session: Option<SessionId>) -> tracing::Span {
        let leg = session.and_then(|session| self.sessions.get(&session));
        let info = leg.and_then(|leg| self.legs.get(leg));
        let active = info.and_then(|info| self.calls.get(&info.call));
        active.map_or_else(tracing::Span::none, |active| active.span.clone())
    }

    /// Who asks, in which call.
    ///
    /// # Errors
    /// Where he may not, or the call is not one that can be transferred.
    fn asks(
        &self,
        id: ReferredId,
        session: Option<SessionId>,
        refer: &ReferTo,
    ) -> Result<Asked, Refusal> {
        let outside = || refusal(403, "Calls are transferred from within");
        let session = session.ok_or_else(outside)?;
        let leg = *self.sessions.get(&session).ok_or_else(outside)?;
        let call = self.legs.get(&leg).ok_or_else(outside)?.call;
        let active = self.calls.get(&call).ok_or_else(outside)?;
        let Some(Person::Agent(agent)) = active.call.person(leg) else {
            return Err(refusal(403, "Only agents transfer calls"));
        };
        if refer.method != Method::Invite {
            return Err(refusal(403, "Only calls are made for others"));
        }
        if active.transfer.is_some() {
            return Err(refusal(491, "This call is being transferred"));
        }
        if active.call.partners(leg).is_empty() {
            return Err(refusal(403, "Nobody talks in this call"));
        }
        let agent = agent.clone();
        Ok(Asked {
            id,
            call,
            leg,
            agent,
        })
    }

    /// Blind: the agent is out, and the customer goes there.
    fn transfer(
        &mut self,
        now: Instant,
        asked: &Asked,
        request: &Request,
        refer: &ReferTo,
    ) -> Result<(), Refusal> {
        let config = Arc::clone(&self.config);
        let target = self.target(&config, asked, refer)?;
        let introduction = self.introduced(&asked.agent, note(request));
        let who = target.rung.who();
        let next = if target.rung.phones.is_empty() {
            None
        } else {
            let manner = Manner {
                ring: config.transfer.ring,
                meanwhile: Meanwhile::Music,
                fields: introduction.clone(),
            };
            let phones = target.rung.phones;
            Some(self.hunt(asked.call, &target.customer, phones, manner)?)
        };
        if !self.accept(now, asked.id) {
            self.forget_branches(next);
            return Ok(());
        }
        let to = target.to;
        tracing::info!(by = asked.agent, to = %Shown::new(&to.user, &config.log), "transfers");
        let stage = if next.is_some() {
            Stage::Tried
        } else {
            Stage::Handed
        };
        self.leaves(now, asked, (to, stage, TransferKind::Blind), introduction);
        match next {
            Some(next) => {
                self.note_rung(now, asked.call, who);
                self.enter(now, asked.call, next);
            }
            None => self.go(now, asked.call, &target.route),
        }
        Ok(())
    }

    /// Where a REFER leads.
    ///
    /// # Errors
    /// Where nobody is there, or could be at once.
    fn target<'a>(
        &self,
        config: &'a Config,
        asked: &Asked,
        refer: &ReferTo,
    ) -> Result<Target<'a>, Refusal> {
        let nowhere = |none: NoRoute| refusal(none.status(), &none.to_string());
        let unknown = || nowhere(NoRoute::Unknown);
        if !refer
            .target()
            .host_str()
            .eq_ignore_ascii_case(&config.domain)
        {
            return Err(refusal(404, "This domain is not served here"));
        }
        let agent = config.agent(&asked.agent).ok_or_else(unknown)?;
        let dialled = user(refer.target());
        let route = routing::route(config, routing::Caller::Agent(agent), &dialled);
        let route = past_hotline(config, route.map_err(nowhere)?).ok_or_else(unknown)?;
        // Nobody is there, for ever.
        if matches!(route, Route::Echo) {
            return Err(unknown());
        }
        let active = self.calls.get(&asked.call).ok_or_else(unknown)?;
        let Some(customer) = active.call.opposite(asked.leg) else {
            return Err(refusal(403, "More than two talk in this call"));
        };
        let to = place(&route);
        if active.call.person(customer).map(Person::name) == Some(&to.user) {
            return Err(refusal(486, "That is whom you talk with"));
        }
        let rung = self.rung(&route)?;
        let customer = self.origin_of(active, customer);
        Ok(Target {
            route,
            to,
            rung,
            customer,
        })
    }

    /// The agent leaves the call that he transfers; what comes next is up to the caller.
    fn leaves(
        &mut self,
        now: Instant,
        asked: &Asked,
        (to, stage, kind): (Place, Stage, TransferKind),
        introduction: Fields,
    ) {
        let Some(active) = self.calls.get_mut(&asked.call) else {
            return;
        };
        active.track.transferred(now, &asked.agent, &to.user, kind);
        active.transfer = Some(Transfer::new(Some(asked.id), &asked.agent, to, stage));
        active.introduction = introduction;
        self.acd_inputs.extend(active.leaves_queue(asked.call));
        let outputs = active.call.release(now, asked.leg, HangUp::Transferred);
        self.carry_out(now, asked.call, outputs);
        self.follow_who_stays(asked.call);
    }

    /// What the target's phones are told: who transfers (RFC 3892), and what he wrote (RFC 7433).
    fn introduced(&self, agent: &str, note: Option<(HeaderName, String)>) -> Fields {
        let by = self.place_of(&Person::Agent(agent.to_owned()));
        let by = self.place_address(&by);
        let by = by.map(|by| (HeaderName::ReferredBy, by.to_string()));
        by.into_iter().chain(note).collect()
    }

    /// Takes a REFER; says whether its sender is still there.
    fn accept(&mut self, now: Instant, id: ReferredId) -> bool {
        let accepted = self.ua.accept_refer(now, id);
        if let Err(error) = &accepted {
            tracing::debug!(%error, "the REFER is no more");
        }
        accepted.is_ok()
    }

    fn forget_branches(&mut self, next: Option<Next>) {
        if let Some(Next::Hunt { branches, .. }) = next {
            for branch in branches {
                self.legs.remove(&branch.leg);
            }
        }
    }

    /// The call that a REFER names, which has to be another one of the same agent.
    fn named(&self, asked: &Asked, leg: Option<LegId>) -> Result<Named, Refusal> {
        let unknown = || refusal(481, "There is no such call");
        let leg = leg.ok_or_else(unknown)?;
        let call = self.legs.get(&leg).ok_or_else(unknown)?.call;
        let active = self.calls.get(&call).ok_or_else(unknown)?;
        let own = active.call.person(leg) == Some(&Person::Agent(asked.agent.clone()));
        if !own || call == asked.call {
            return Err(refusal(403, "That is no other call of yours"));
        }
        if active.transfer.is_some() {
            return Err(refusal(491, "That call is being transferred"));
        }
        if !active.call.can_give(leg) {
            return Err(refusal(403, "Nobody is called in that call"));
        }
        if [call, asked.call].iter().any(|id| self.is_echo(*id)) {
            return Err(refusal(403, "Nobody is there but an echo"));
        }
        Ok(Named { call, leg })
    }

    /// Attended: the agent is out of both calls, and their other sides are one call; or the phones ring on
    /// for the customer.
    fn complete(
        &mut self,
        now: Instant,
        asked: &Asked,
        replaces: &Replaces,
    ) -> Result<(), Refusal> {
        let leg = self.leg_of(&replaces.call_id, (&replaces.to_tag, &replaces.from_tag));
        let named = self.named(asked, leg)?;
        let rings = self.is_calling(&named);
        if replaces.early_only && !rings {
            return Err(refusal(486, "That call was answered"));
        }
        let here = self.calls.get(&asked.call);
        if here.is_none_or(|active| active.call.opposite(asked.leg).is_none()) {
            return Err(refusal(403, "More than two talk in this call"));
        }
        if !self.accept(now, asked.id) {
            return Ok(());
        }
        let asking = self
            .calls
            .get(&named.call)
            .map(|active| &active.introduction);
        let mut told = asking.into_iter().flatten();
        // What he wrote when he called there is still of use, where nobody has read it.
        let note = told
            .find(|(name, _)| *name == HeaderName::UserToUser)
            .cloned();
        let introduction = self.introduced(&asked.agent, note);
        let Some((given, last)) = self.gives(now, asked, &named, HangUp::Transferred) else {
            return Ok(());
        };
        let to = self.place_of_given(&named, &given);
        let kind = if rings {
            TransferKind::Ringing
        } else {
            TransferKind::Attended
        };
        tracing::info!(by = asked.agent, ?kind, "transfers");
        self.leaves(now, asked, (to, Stage::Tried, kind), introduction);
        if rings {
            let who = given.person().map(|person| person.name().to_owned());
            self.note_rung(now, asked.call, who);
        }
        let ring = self.config.transfer.ring;
        if let Some(active) = self.calls.get_mut(&asked.call) {
            let outputs = active.call.take(now, given, ring);
            self.carry_out(now, asked.call, outputs);
        }
        self.carry_out(now, named.call, last);
        Ok(())
    }

    /// Both calls of an agent are one, and he stays in it.
    fn merge(&mut self, now: Instant, asked: &Asked, join: &Join) -> Result<(), Refusal> {
        let leg = self.leg_of(&join.call_id, (&join.to_tag, &join.from_tag));
        let named = self.named(asked, leg)?;
        if self.is_calling(&named) {
            return Err(refusal(403, "Nobody has answered in that call"));
        }
        if !self.accept(now, asked.id) {
            return Ok(());
        }
        let Some((given, last)) = self.gives(now, asked, &named, HangUp::Merged) else {
            return Ok(());
        };
        let to = self.place_of_given(&named, &given);
        tracing::info!(by = asked.agent, "merges");
        let done = self.done(Some(&to));
        if let Some(active) = self.calls.get_mut(&asked.call) {
            let (by, kind) = (&asked.agent, TransferKind::Merged);
            active.track.transferred(now, by, &to.user, kind);
            active.track.transfer_over(now, TransferEnd::Done);
            let outputs = active.call.admit(now, given);
            self.carry_out(now, asked.call, outputs);
        }
        self.carry_out(now, named.call, last);
        self.progress(now, asked.id, done);
        Ok(())
    }

    fn is_echo(&self, id: CallId) -> bool {
        let echo = Person::Number(routing::ECHO.to_owned());
        self.calls.get(&id).is_some_and(|active| {
            let mut legs = active.call.legs();
            legs.any(|leg| active.call.person(leg) == Some(&echo))
        })
    }

    fn is_calling(&self, named: &Named) -> bool {
        let active = self.calls.get(&named.call);
        active.is_some_and(|active| active.call.is_calling())
    }

    /// Takes the other side out of a call of the agent: what it is, and what ends that call, which is
    /// carried out when the other side has its new place, so that nobody seems free in between.
    fn gives(
        &mut self,
        now: Instant,
        asked: &Asked,
        named: &Named,
        why: HangUp,
    ) -> Option<(Given, Vec<crate::call::Output>)> {
        let active = self.calls.get_mut(&named.call)?;
        let customer = active.origin_leg;
        let (given, last) = active.call.give(now, named.leg, why)?;
        let is_customer = customer != named.leg && given.legs().any(|leg| leg == customer);
        if is_customer {
            self.customer_moves(named.call, asked.call);
        }
        for leg in given.legs() {
            if let Some(info) = self.legs.get_mut(&leg) {
                info.call = asked.call;
            }
        }
        Some((given, last))
    }

    fn place_of_given(&self, named: &Named, given: &Given) -> Place {
        let origin = self.calls.get(&named.call).map(|active| &active.origin);
        match (given.person(), origin) {
            (Some(person), _) => self.place_of(person),
            // A guest: he called there.
            (None, Some(origin)) => Place {
                user: origin.user.clone(),
                name: origin.name.clone(),
            },
            (None, None) => Place {
                user: String::new(),
                name: String::new(),
            },
        }
    }
}
