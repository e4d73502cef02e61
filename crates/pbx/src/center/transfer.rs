//! A transfer that is under way, and what its asker is told of it (RFC 3515 section 2.4.5).

use alo_api::header;
use alo_sip::header::HeaderName;
use alo_sip::sipfrag::Fragment;
use alo_sip::status::StatusCode;
use alo_sip::time::Instant;
use alo_sip::ua::ReferredId;
use alo_sip::uri::{NameAddr, Uri};

use super::Center;
use super::active::CallId;
use crate::call::{Outcome, Person};
use crate::leg::End;
use crate::records::TransferEnd;

/// The value of [`header::THEN`] for a customer who comes back.
const RETURNS: &str = "returns";

/// Somebody or something that has an address here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Extension or number, or id of a queue or tree.
    pub(super) user: String,
    /// Name; empty where there is none.
    pub(super) name: String,
}

/// Where a transfer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// An agent or a number is rung: where that comes to nothing, the customer comes back.
    Tried,
    /// The customer is in a queue or a tree: he goes on by its rules.
    Handed,
    /// Whoever transferred him is rung.
    Recalled,
    /// The place is rung that is for those whom nobody has taken.
    FallenBack,
}

/// A transfer that is under way. It is over when the customer is with somebody.
#[derive(Debug)]
pub(super) struct Transfer {
    /// Who wants to know what becomes of it, for as long as he is told.
    referred: Option<ReferredId>,
    /// Extension of the agent who asked for it.
    pub(super) by: String,
    /// Where to.
    pub(super) to: Place,
    pub(super) stage: Stage,
    /// The last status that was told.
    told: Option<StatusCode>,
}

/// Why a transfer came to nothing, as it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) status: StatusCode,
    pub(super) reason: &'static str,
}

/// What becomes of a customer whom the target did not take.
#[derive(Debug, Clone, Copy)]
pub(super) enum Then<'a> {
    /// He comes back.
    Returns,
    /// He goes there, or nowhere.
    Goes(Option<&'a Place>),
}

impl Transfer {
    pub(super) fn new(referred: Option<ReferredId>, by: &str, to: Place, stage: Stage) -> Self {
        Self {
            referred,
            by: by.to_owned(),
            to,
            stage,
            told: None,
        }
    }

    pub(super) fn set_stage(&mut self, new: Stage, reason: &str) {
        tracing::debug!(old = ?self.stage, ?new, reason, "transfer");
        self.stage = new;
    }
}

impl Failure {
    /// Of whoever was rung, and refused with this status.
    pub(super) fn of(status: u16, rang: bool) -> Self {
        let (status, reason) = match status {
            480 if rang => (StatusCode::TEMPORARILY_UNAVAILABLE, "No Answer"),
            480 => (StatusCode::TEMPORARILY_UNAVAILABLE, "Unavailable"),
            // Departs from RFC 3261 section 21.6: one status for whoever does not want to.
            600..700 => (StatusCode::DECLINE, StatusCode::DECLINE.reason()),
            status => {
                let status = StatusCode::new(status).unwrap_or(StatusCode::SERVER_INTERNAL_ERROR);
                (status, status.reason())
            }
        };
        Self { status, reason }
    }

    /// As it is recorded.
    pub(super) fn end(&self) -> TransferEnd {
        match self.status.code() {
            486 => TransferEnd::Busy,
            603 => TransferEnd::Declined,
            480 if self.reason == "No Answer" => TransferEnd::NoAnswer,
            _ => TransferEnd::Unreachable,
        }
    }

    fn fragment(&self) -> Fragment {
        Fragment::new(self.status).with_reason(self.reason)
    }
}

impl Center {
    /// The name and address of a place.
    pub(super) fn place_address(&self, place: &Place) -> Option<NameAddr> {
        let uri = Uri::sip(Some(&place.user), &self.config.domain).ok()?;
        Some(NameAddr::new(uri).with_display(&place.name))
    }

    /// Where somebody is.
    pub(super) fn place_of(&self, person: &Person) -> Place {
        let agent = match person {
            Person::Agent(extension) => self.config.agent(extension),
            Person::Number(_) => None,
        };
        Place {
            user: person.name().to_owned(),
            name: agent.map_or_else(String::new, |agent| agent.name.clone()),
        }
    }

    /// Tells whoever asked for the transfer of a call how it stands, where that changed.
    pub(super) fn tell_transfer(&mut self, now: Instant, id: CallId) {
        let Some(active) = self.calls.get_mut(&id) else {
            return;
        };
        let queued = active.waits();
        let rings = active.call.rings();
        let Some(transfer) = &mut active.transfer else {
            return;
        };
        let status = match transfer.stage {
            Stage::Tried | Stage::Handed if rings => StatusCode::RINGING,
            Stage::Handed if queued => StatusCode::QUEUED,
            _ => return,
        };
        let Some(referred) = transfer.referred.filter(|_| transfer.told != Some(status)) else {
            return;
        };
        transfer.told = Some(status);
        self.progress(now, referred, Fragment::new(status));
    }

    /// Somebody answered a call: its transfer, if there was one, is over.
    pub(super) fn transfer_answered(
        &mut self,
        now: Instant,
        transfer: Option<Transfer>,
        by: Option<&Person>,
    ) {
        if let Some(referred) = transfer.and_then(|transfer| transfer.referred) {
            let place = by.map(|person| self.place_of(person));
            let done = self.done(place.as_ref());
            self.progress(now, referred, done);
        }
    }

    /// A call came to a menu: a transfer there has come to where it was to go.
    pub(super) fn transferred_to_menu(&mut self, now: Instant, id: CallId) {
        let Some(active) = self.calls.get_mut(&id) else {
            return;
        };
        if let Some(transfer) = active.transfer.take() {
            active.track.transfer_over(now, TransferEnd::Done);
            if let Some(referred) = transfer.referred {
                let done = self.done(Some(&transfer.to));
                self.progress(now, referred, done);
            }
        }
    }

    /// A call that was transferred to a queue ends there: nobody took it, and it is told so.
    pub(super) fn transfer_found_nobody(&mut self, now: Instant, id: CallId) {
        let Some(active) = self.calls.get_mut(&id) else {
            return;
        };
        if let Some(transfer) = active.transfer.take() {
            let failure = Failure::of(480, transfer.told == Some(StatusCode::RINGING));
            active.track.transfer_over(now, failure.end());
            if let Some(referred) = transfer.referred {
                self.progress(now, referred, failure.fragment());
            }
        }
    }

    /// A call is over that was being transferred.
    pub(super) fn transfer_ended(&mut self, now: Instant, transfer: &Transfer, outcome: &Outcome) {
        let Some(referred) = transfer.referred else {
            return;
        };
        let fragment = match outcome {
            Outcome::Stopped => Fragment::new(StatusCode::SERVICE_UNAVAILABLE),
            // Its caller is the customer, whoever called.
            _ => {
                let gone = Fragment::new(StatusCode::REQUEST_TERMINATED);
                gone.with_reason(match outcome {
                    Outcome::Abandoned(end)
                    | Outcome::EndedByCaller(end)
                    | Outcome::EndedByOther(end)
                        if !matches!(end, End::HungUp | End::Left) =>
                    {
                        "Customer Lost"
                    }
                    _ => "Customer Hung Up",
                })
            }
        };
        self.progress(now, referred, fragment);
    }

    /// The target of a transfer does not take the call; where it goes is told, or that it comes back.
    pub(super) fn tell_failure(
        &mut self,
        now: Instant,
        id: CallId,
        failure: &Failure,
        then: Then<'_>,
    ) {
        let transfer = self.calls.get_mut(&id);
        let transfer = transfer.and_then(|active| active.transfer.as_mut());
        let Some(referred) = transfer.and_then(|transfer| transfer.referred.take()) else {
            return;
        };
        let then = match then {
            Then::Returns => Some(RETURNS.to_owned()),
            Then::Goes(to) => to
                .and_then(|place| self.place_address(place))
                .map(|place| place.to_string()),
        };
        let mut fragment = failure.fragment();
        if let Some(then) = then {
            fragment = fragment.with(HeaderName::from_static(header::THEN), then);
        }
        self.progress(now, referred, fragment);
    }

    /// What tells that a transfer is done, and who has the customer.
    pub(super) fn done(&self, by: Option<&Place>) -> Fragment {
        let done = Fragment::new(StatusCode::OK);
        match by.and_then(|place| self.place_address(place)) {
            Some(by) => done.with(HeaderName::To, by.to_string()),
            None => done,
        }
    }

    pub(super) fn progress(&mut self, now: Instant, referred: ReferredId, fragment: Fragment) {
        tracing::info!(status = fragment.status.code(), "the transfer stands so");
        if let Err(error) = self.ua.refer_progress(now, referred, fragment) {
            tracing::debug!(%error, "nobody wants to know");
        }
    }
}
