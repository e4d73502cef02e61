//! Calls that have to do with each other: who takes the place of whom, who is left, and what a call is
//! about.

use alo_api::header;
use alo_sip::header::{HeaderName, Replaces};
use alo_sip::message::Request;
use alo_sip::time::Instant;

use super::Center;
use super::active::{About, Active, CallId};
use super::asked::{Asked, Origin, Refused, Who};
use super::ringing::{Fields, fields};
use super::transfer::Place;
use crate::call::{Caller, Person};
use crate::leg::Leg;
use crate::media::LegId;

impl Center {
    /// An INVITE that takes the place of a leg (RFC 3891): only an agent's, and only that of a leg of his own.
    pub(super) fn replace(
        &mut self,
        now: Instant,
        asked: Asked,
        replaces: &Replaces,
    ) -> Result<(), Refused> {
        let Who::Agent(agent) = &asked.origin.who else {
            return Err(Refused::because(403, "Only agents take over calls"));
        };
        if self.stopping {
            return Err(Refused::later(
                super::invites::ROOM_AFTER,
                "The call centre stops",
            ));
        }
        let unknown = || Refused::because(481, "There is no such call");
        let leg = self.leg_of(&replaces.call_id, (&replaces.to_tag, &replaces.from_tag));
        let leg = leg.ok_or_else(unknown)?;
        let id = self.legs.get(&leg).ok_or_else(unknown)?.call;
        let active = self.calls.get(&id).ok_or_else(unknown)?;
        if active.call.person(leg) != Some(&Person::Agent(agent.clone())) {
            return Err(Refused::because(403, "That is a call of somebody else"));
        }
        // RFC 3891 section 3: a dialog that this side did not begin cannot be replaced before it is
        // answered; and who waits for somebody goes on waiting at the phone that he has in his hand.
        if active.call.partners(leg).is_empty() {
            return Err(unknown());
        }
        if replaces.early_only {
            return Err(Refused::because(486, "That call was answered"));
        }
        if active.call.replacement_of(leg).is_some() {
            return Err(Refused::because(491, "Another phone takes it over"));
        }
        let wanted = || Refused::because(488, "An INVITE with an offer is wanted");
        let offer = asked.offer.ok_or_else(wanted)?;
        let person = Some(Person::Agent(agent.clone()));
        let new = self.new_leg(id, Some(asked.session), Some(asked.flow), None);
        let caller = Caller {
            id: new,
            leg: Leg::incoming(new, asked.kind, self.patience(), offer),
            person,
        };
        if let Some(active) = self.calls.get_mut(&id) {
            let span = active.span.clone();
            let _entered = span.enter();
            tracing::info!(old = leg.0, new = new.0, "goes on at another phone");
            let outputs = active.call.replace(now, leg, caller);
            self.carry_out(now, id, outputs);
        }
        Ok(())
    }

    /// The leg of a dialog as a request names it: the tag of this side first.
    pub(super) fn leg_of(&self, call_id: &str, (local, remote): (&str, &str)) -> Option<LegId> {
        let session = self.ua.find_dialog(call_id, local, remote)?;
        self.sessions.get(&session).copied()
    }

    /// A leg has the place of another.
    pub(super) fn leg_replaced(&mut self, id: CallId, old: LegId, new: LegId) {
        if let Some(active) = self.calls.get_mut(&id)
            && active.origin_leg == old
        {
            active.origin_leg = new;
        }
    }

    /// Somebody left a meeting that goes on.
    pub(super) fn parted(&mut self, id: CallId, person: Option<&Person>) {
        self.follow_who_stays(id);
        let Some(active) = self.calls.get_mut(&id) else {
            return;
        };
        if let Some(Person::Agent(agent)) = person
            && active.agent() == Some(agent)
        {
            let left = active.leaves_queue_to_others(id);
            self.acd_inputs.extend(left);
        }
    }

    /// Whoever stays in a call is another one than before, where its caller has left.
    pub(super) fn follow_who_stays(&mut self, id: CallId) {
        let Some(active) = self.calls.get(&id) else {
            return;
        };
        let stays = active.call.stays();
        if stays != active.origin_leg {
            let origin = self.origin_of(active, stays);
            if let Some(active) = self.calls.get_mut(&id) {
                active.origin = origin;
                active.origin_leg = stays;
                active.caller_left = true;
            }
        }
    }

    /// Who is at a leg of a call, as others are told it.
    pub(super) fn origin_of(&self, active: &Active, leg: LegId) -> Origin {
        if leg == active.origin_leg {
            return active.origin.clone();
        }
        let person = active.call.person(leg);
        // A customer who called is who he was, in whatever call.
        let known = self
            .legs
            .get(&leg)
            .and_then(|info| info.told.caller.as_ref());
        if let Some(known) = known.filter(|known| !matches!(known.who, Who::Agent(_))) {
            return known.clone();
        }
        let place = person.map(|person| self.place_of(person));
        let (user, name) = place.map_or_else(Default::default, |place| (place.user, place.name));
        let (who, hotline) = match person {
            Some(Person::Agent(extension)) => (Who::Agent(extension.clone()), None),
            // It is of the hotline that he was called from.
            Some(Person::Number(_)) => (Who::Network, active.origin.hotline()),
            None => (Who::Guest, active.origin.hotline()),
        };
        let calls_from = active.origin.hotline().filter(|_| hotline.is_none());
        Origin {
            user,
            name,
            who,
            called: hotline.map(str::to_owned),
            calls_from: calls_from.map(str::to_owned),
        }
    }

    /// A customer is given by his own call to another one: what is known of him goes with him.
    pub(super) fn customer_moves(&mut self, from: CallId, to: CallId) {
        let Some(left) = self.calls.get_mut(&from) else {
            return;
        };
        let (queue, guest) = (left.last_queue.clone(), left.guest.take());
        for active in self.calls.values_mut() {
            // Colleagues who are asked about him are to find him.
            if let Some(about) = active.about.as_mut().filter(|about| about.call == from) {
                about.call = to;
            }
        }
        if let Some(active) = self.calls.get_mut(&to) {
            active.last_queue = active.last_queue.take().or(queue);
            active.guest = active.guest.take().or(guest);
            active.about = active.about.take().filter(|about| about.call != to);
        }
    }

    /// The customer whom an agent's INVITE is about: of the dialog that it names (RFC 4538), where that is
    /// one of his. The call is of that customer's hotline.
    pub(super) fn consults(&self, origin: &mut Origin, request: &Request) -> Option<About> {
        let Who::Agent(agent) = &origin.who else {
            return None;
        };
        let target = request.headers().target_dialog()?;
        let leg = self.leg_of(&target.call_id, (&target.local_tag, &target.remote_tag))?;
        let call = self.legs.get(&leg)?.call;
        let active = self.calls.get(&call)?;
        let own = active.call.person(leg) == Some(&Person::Agent(agent.clone()));
        let customer = active.call.opposite(leg).filter(|_| own)?;
        let who = self.origin_of(active, customer);
        if origin.called.is_none()
            && let Some(hotline) = who.hotline()
        {
            origin.calls_from = Some(hotline.to_owned());
        }
        Some(About { call, who })
    }

    /// What phones are told that ring for a call which is about a customer.
    pub(super) fn introduction_of(&self, about: &About, request: &Request) -> Fields {
        let customer = Place {
            user: about.who.user.clone(),
            name: about.who.name.clone(),
        };
        let customer = self.place_address(&customer);
        let mut told = fields(customer.map(|customer| (header::ABOUT, customer.to_string())));
        told.extend(note(request));
        told
    }
}

/// What a colleague wrote (RFC 7433), passed on as it came.
pub(super) fn note(request: &Request) -> Option<(HeaderName, String)> {
    let note = request.headers().user_to_user()?;
    Some((HeaderName::UserToUser, note.to_string()))
}
