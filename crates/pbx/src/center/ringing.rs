//! Who rings, and what is sent to the phones.

use alo_sip::header::HeaderName;
use alo_sip::ua::{FlowId, Invite, SessionId};
use alo_sip::uri::{NameAddr, Uri};

use super::Center;
use super::active::{CallId, LegInfo};
use super::asked::{Origin, Refused};
use super::word::Told;
use crate::call::{Branch, Endpoint, Person};
use crate::leg::{Leg, Patience, Refusal};
use crate::media::{LegId, LegKind};
use crate::simulated::Phone;

/// One phone that is to ring.
#[derive(Debug)]
pub(super) struct Ringer {
    pub(super) person: Person,
    pub(super) phone: RingingPhone,
}

#[derive(Debug)]
pub(super) enum RingingPhone {
    /// Over the connection of a binding.
    Bound { flow: FlowId, contact: Uri },
    /// Over the trunk: whoever has this number.
    Trunk { number: String },
    /// Of the simulated phone network.
    Simulated(Phone),
}

/// Header fields that an INVITE has besides those of SIP.
pub(super) type Fields = Vec<(HeaderName, String)>;

impl Center {
    /// All phones that an extension is signed in with.
    pub(super) fn phones_of(&self, extension: &str) -> Vec<Ringer> {
        let bound = self.registrar.reachable(extension);
        bound
            .filter_map(|binding| {
                let contact = Uri::parse(&binding.contact).ok()?;
                Some(Ringer {
                    person: Person::Agent(extension.to_owned()),
                    phone: RingingPhone::Bound {
                        flow: binding.flow,
                        contact,
                    },
                })
            })
            .collect()
    }

    /// Legs for phones that are to ring; those that cannot be reached are left out, and the last
    /// reason is told where none is left.
    pub(super) fn branches(
        &mut self,
        call: CallId,
        origin: &Origin,
        ringers: Vec<Ringer>,
        fields: &Fields,
    ) -> Result<Vec<Branch>, Refusal> {
        let (mut branches, mut refused) = (Vec::new(), None);
        for ringer in ringers {
            match self.branch(call, origin, ringer, fields) {
                Ok(branch) => branches.push(branch),
                Err(refusal) => refused = Some(refusal),
            }
        }
        match refused {
            Some(refusal) if branches.is_empty() => Err(refusal),
            _ => Ok(branches),
        }
    }

    /// A leg and its branch for one phone.
    fn branch(
        &mut self,
        call: CallId,
        origin: &Origin,
        ringer: Ringer,
        fields: &Fields,
    ) -> Result<Branch, Refusal> {
        let (kind, flow, invite) = match ringer.phone {
            RingingPhone::Simulated(phone) => {
                return Ok(Branch {
                    leg: self.new_leg(call, None, None, None),
                    person: ringer.person,
                    endpoint: Endpoint::Phone(phone),
                });
            }
            RingingPhone::Bound { flow, contact } => {
                let invite = self.invite_for(origin, ringer.person.name(), contact, fields)?;
                (LegKind::WebRtc, flow, invite)
            }
            RingingPhone::Trunk { number } => {
                let hotline = origin.hotline();
                let hotline = hotline.and_then(|number| self.config.hotline(number));
                let (flow, invite) = self
                    .trunk_invite(hotline, &number)
                    .map_err(Refused::into_refusal)?;
                (LegKind::Rtp, flow, invite)
            }
        };
        let leg = self.new_leg(call, None, Some(flow), Some(invite));
        Ok(Branch {
            leg,
            person: ringer.person,
            endpoint: Endpoint::Sip(Leg::outgoing(leg, kind, self.patience())),
        })
    }

    /// The INVITE for a phone, without its offer.
    fn invite_for(
        &self,
        origin: &Origin,
        extension: &str,
        contact: Uri,
        fields: &Fields,
    ) -> Result<Invite, Refusal> {
        let caller = self.caller_uri(origin)?;
        let called = self.address(extension)?;
        Ok(Invite {
            target: contact,
            from: NameAddr::new(caller.clone()).with_display(&origin.name),
            to: NameAddr::new(called),
            contact: caller,
            headers: fields.clone(),
            route: Vec::new(),
            offer: None,
            credentials: None,
        })
    }

    /// The caller's address, as the phones are told it.
    ///
    /// # Errors
    /// Where it cannot be written: no phone at all can be rung for this caller.
    pub(super) fn caller_uri(&self, origin: &Origin) -> Result<Uri, Refusal> {
        self.address(&origin.user)
    }

    pub(super) fn address(&self, user: &str) -> Result<Uri, Refusal> {
        Uri::sip(Some(user), &self.config.domain).map_err(|_| Refusal {
            status: 400,
            text: "A name of the INVITE cannot be passed on".into(),
        })
    }

    pub(super) fn new_leg(
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
            told: Told::default(),
        };
        self.legs.insert(leg, info);
        leg
    }

    pub(super) fn patience(&self) -> Patience {
        Patience {
            media: self.config.calls.lost_media,
            signalling: self.config.calls.lost_signalling,
        }
    }
}

/// Header fields by their names of `alo_api::header`.
pub(super) fn fields(named: impl IntoIterator<Item = (&'static str, String)>) -> Fields {
    let field = |(name, value)| (HeaderName::from_static(name), value);
    named.into_iter().map(field).collect()
}
