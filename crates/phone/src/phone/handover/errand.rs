//! A REFER of somebody else (RFC 3515): this phone is asked to call somebody. It does so only for an agent, in
//! a call that is its only one and talks, to a target of the own domain, and not too often; the person is
//! told. The call of before ends when the new one is answered.
//!
//! RFC 3515, section 5.2, wants to know who asks. Behind an embedded call centre only the call centre can, as
//! it keeps the dialogs. A far end behind a plain proxy cannot be told from any other: it is believed within
//! the own domain, and nowhere else.

use alo_sip::header::{HeaderName, ReferTo};
use alo_sip::message::Request;
use alo_sip::method::Method;
use alo_sip::sipfrag::Fragment;
use alo_sip::status::StatusCode;
use alo_sip::time::Instant;
use alo_sip::ua::{ReferredId, SessionId};
use alo_sip::uri::Scheme;

use crate::language::{CallId, Millis, Outcome, Trouble};
use crate::phone::line::{Dialling, Line, Stage};
use crate::phone::machine::Phone;
use crate::phone::transfer::status_of;

/// A call that this phone places because the far end of another one asked it to.
#[derive(Debug)]
pub(crate) struct Errand {
    id: ReferredId,
    /// The call that it came in.
    from: CallId,
    /// The call that was placed.
    to: CallId,
    /// The asker knows that it rings.
    rings: bool,
}

impl Phone {
    /// Somebody asks this phone to call somebody.
    pub(in crate::phone) fn on_referred(
        &mut self,
        now: Millis,
        id: ReferredId,
        session: Option<SessionId>,
        request: &Request,
        refer: &ReferTo,
    ) {
        let instant = Instant::from_millis(now);
        let accepted = self
            .errand(now, session, request, refer)
            .and_then(|(from, dialling)| match self.ua.accept_refer(instant, id) {
                Ok(()) => Ok((from, dialling)),
                Err(error) => {
                    tracing::debug!(%error, "REFER not accepted");
                    Err(StatusCode::DECLINE)
                }
            });
        match accepted {
            Ok((from, dialling)) => self.run_errand(now, id, &from, dialling),
            Err(status) => {
                tracing::debug!(status = status.code(), "REFER not followed");
                if let Err(error) = self.ua.reject_refer(instant, id, status, vec![]) {
                    tracing::debug!(%error, "no REFER to refuse");
                }
            }
        }
    }

    /// What is to be dialled, if the policy lets it be.
    fn errand(
        &self,
        now: Millis,
        session: Option<SessionId>,
        request: &Request,
        refer: &ReferTo,
    ) -> Result<(CallId, Dialling), StatusCode> {
        let session = session.ok_or(StatusCode::FORBIDDEN)?;
        let account = self.account.as_ref().ok_or(StatusCode::FORBIDDEN)?;
        if account.shown.guest {
            return Err(StatusCode::DECLINE);
        }
        let live: Vec<_> = self.lines.iter().filter(|line| line.is_live()).collect();
        let [line] = live[..] else {
            return Err(StatusCode::DECLINE);
        };
        // Who put the call on hold is not to be heard anywhere else.
        let held = line.hold.wanted() || line.hold.confirmed();
        let talks = line.session == Some(session) && line.is_talking() && !held;
        let free = !line.bound.is_leaving() && line.successor().is_none();
        let lately = self.lately(now).count();
        let patient =
            lately < self.config.limits.errands && line.bound.sent_on < self.config.limits.sent_on;
        let plain = refer.method == Method::Invite && refer.join.is_none();
        if !(talks && free && patient && plain && self.can_signal() && self.has_room()) {
            return Err(StatusCode::DECLINE);
        }
        if refer.target().scheme() == Scheme::Other {
            return Err(StatusCode::UNSUPPORTED_URI_SCHEME);
        }
        // Only the number is shown: a name would be whatever the asker likes.
        let longest = self.config.limits.text;
        let mut dialling = account
            .dialling(refer.target().as_str(), None, false, longest)
            .filter(|dialling| account.is_at_home(&dialling.invite.target))
            .ok_or(StatusCode::DECLINE)?;
        let headers = &mut dialling.invite.headers;
        // RFC 3892, section 2.2: copied as it is. One that cannot be read is not passed on.
        if let Some(by) = request.headers().referred_by() {
            headers.push((HeaderName::ReferredBy, by.to_string()));
        }
        if let Some(replaces) = &refer.replaces {
            headers.push((HeaderName::Replaces, replaces.to_string()));
        }
        Ok((line.id.clone(), dialling))
    }

    /// When this phone did so in the last minute.
    fn lately(&self, now: Millis) -> impl Iterator<Item = Millis> {
        let pause = self.config.times.errand_pause;
        let all = self.transfers.errands_at.iter().copied();
        all.filter(move |at| now < at + pause)
    }

    fn run_errand(&mut self, now: Millis, id: ReferredId, from: &CallId, dialling: Dialling) {
        let to = dialling.remote.clone();
        let by = self.line(from).map(|line| line.about.remote.clone());
        let sent_on = self.line(from).map_or(0, |line| line.bound.sent_on) + 1;
        let muted = self.line(from).is_some_and(|line| line.muted);
        let call = self.place(now, dialling);
        for line in &mut self.lines {
            if line.id == *from || line.id == call {
                line.bound.sent_on = sent_on;
            }
        }
        // Nobody here asked for this call: who was muted stays so.
        self.with_line(now, &call, |line, cx| line.set_muted(cx, muted));
        self.transfers.errands_at = self.lately(now).chain([now]).collect();
        self.transfers.errand = Some(Errand {
            id,
            from: from.clone(),
            to: call.clone(),
            rings: false,
        });
        let by = by.unwrap_or_default();
        self.tell(now, Some(&call), Trouble::SentElsewhere { by, to });
    }

    /// Tells the asker how far the call is, and does what its end or its answer asks for.
    pub(in crate::phone) fn look_after_errand(&mut self, now: Millis) {
        let Some(errand) = &mut self.transfers.errand else {
            return;
        };
        let stage = self.lines.iter().find(|line| line.id == errand.to);
        let news = match stage.map(|line| &line.stage) {
            Some(Stage::Inviting(progress)) if progress.is_ringing() && !errand.rings => {
                errand.rings = true;
                StatusCode::RINGING
            }
            Some(Stage::Talking { .. }) => StatusCode::OK,
            Some(Stage::Ended { outcome, .. }) => status_of(outcome),
            Some(_) => return,
            None => StatusCode::REQUEST_TERMINATED,
        };
        let (id, from, to) = (errand.id, errand.from.clone(), errand.to.clone());
        self.tell_asker(now, id, news);
        if news.is_success() {
            self.transfers.errand = None;
            self.with_line(now, &from, |line, cx| {
                line.end(cx, Outcome::HungUpThere, "sent elsewhere");
            });
        } else if news.is_final() {
            self.transfers.errand = None;
            let muted = self.line(&to).is_some_and(|line| line.muted);
            if self.line(&from).is_some_and(Line::is_live) {
                self.take_back(now, &from, &to, muted);
            }
        }
    }

    fn tell_asker(&mut self, now: Millis, id: ReferredId, status: StatusCode) {
        let instant = Instant::from_millis(now);
        if let Err(error) = self.ua.refer_progress(instant, id, Fragment::new(status)) {
            tracing::debug!(%error, "nobody to tell");
        }
    }

    pub(super) fn forget_errand(&mut self, now: Millis) {
        if let Some(errand) = self.transfers.errand.take() {
            self.tell_asker(now, errand.id, StatusCode::REQUEST_TERMINATED);
        }
    }
}
