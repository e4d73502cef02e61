//! What else lives in the dialog of a session (RFC 5057), and what is told in it besides.

use super::act::{Act, Asked, Step, Usage};
use super::error::SessionError;
use super::machine::Session;
use super::state::State;
use crate::dialog::{Dialog, HeaderFields, Place};
use crate::message::{Request, Response};
use crate::method::Method;
use crate::status::StatusCode;

impl Session {
    /// The dialog with this remote tag, for another usage of it.
    pub(crate) fn place(&mut self, remote_tag: &str) -> Option<Place<'_>> {
        let alone = self.is_over();
        Some(Place {
            dialog: self.state.dialog_of(remote_tag)?,
            contact: &self.contact,
            alone,
        })
    }

    /// The dialog of a call that was answered, in which a REFER can be sent.
    pub(crate) fn place_to_refer(&mut self) -> Result<Place<'_>, SessionError> {
        let wrong_state = self.wrong_state();
        match &mut self.state {
            State::Answered { dialog } | State::Confirmed { dialog } => Ok(Place {
                dialog,
                contact: &self.contact,
                alone: false,
            }),
            _ => Err(wrong_state),
        }
    }

    /// A REFER in the dialog: a target refresh as every request that makes a subscription (RFC 6665 4.4.1).
    pub(crate) fn retarget(&mut self, remote_tag: &str, request: &Request) {
        if let Some(dialog) = self.state.dialog_of(remote_tag) {
            dialog.refresh_target(request.headers());
        }
    }

    /// Whether this side sent the first INVITE.
    pub(super) fn is_caller(&self) -> bool {
        let from = self.invite.headers().from().ok().flatten();
        from.as_ref().and_then(crate::uri::NameAddr::tag) == Some(self.local_tag.as_ref())
    }

    /// Whether a BYE of this side is under way.
    pub(crate) const fn is_leaving(&self) -> bool {
        matches!(self.state, State::Leaving { .. })
    }

    /// Whether a dialog is left of a session that is over.
    pub(crate) const fn leaves_dialog(&self) -> bool {
        matches!(self.state, State::Ended { dialog: Some(_) })
    }

    /// What is left of a session that is over: its dialog, and the contact of this side.
    pub(crate) fn into_rest(self) -> (Option<Dialog>, String) {
        (self.state.into_dialog(), self.contact)
    }

    /// Tells the far end something by an UPDATE without description (RFC 3311 5.1). One at a time: a far end
    /// that is still at the one before has to refuse the next (5.2). Of those that wait the latest goes out.
    pub(crate) fn inform(
        &mut self,
        headers: HeaderFields,
        step: &mut Step<'_>,
    ) -> Result<(), SessionError> {
        let wrong_state = self.wrong_state();
        if self.is_over() {
            return Err(wrong_state);
        }
        if self.peer.update == Some(false) {
            return Err(SessionError::NotAllowed(Method::Update));
        }
        if let Some(next) = &mut self.informing {
            *next = Some(headers);
            return Ok(());
        }
        let own = self.own_headers(step.profile);
        let dialog = self.state.dialog_mut().ok_or(wrong_state)?;
        let mut draft = dialog.draft(Method::Update);
        draft.headers = own;
        // RFC 4028 7.4: every UPDATE refreshes the session.
        self.interval.demand(&mut draft);
        draft.headers.extend(headers);
        self.informing = Some(None);
        step.push(Act::Send(Asked::Inform, draft));
        Ok(())
    }

    /// What came up while an UPDATE was under way.
    fn inform_next(&mut self, step: &mut Step<'_>) {
        let next = self.informing.take().flatten();
        if let Some(Err(error)) = next.map(|headers| self.inform(headers, step)) {
            tracing::debug!(%error, "UPDATE not sent");
        }
    }

    /// Nobody answered an UPDATE that tells something.
    pub(super) fn on_inform_timeout(&mut self, step: &mut Step<'_>) {
        self.doubt(Usage::Session, StatusCode::REQUEST_TIMEOUT, step);
        self.inform_next(step);
    }

    /// A response to an UPDATE that tells something. A refusal concerns nobody, unless it says something of
    /// the session.
    pub(super) fn on_inform_response(&mut self, response: &Response, step: &mut Step<'_>) {
        match response.status() {
            status if status.is_provisional() => {}
            status if status.is_success() => self.take_success(Asked::Inform, response, step),
            StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED => {
                self.peer.update = Some(false);
            }
            status => self.doubt(Usage::Session, status, step),
        }
        if response.status().is_final() {
            self.inform_next(step);
        }
    }
}
