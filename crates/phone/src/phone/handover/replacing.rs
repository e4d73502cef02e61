//! An INVITE with `Replaces` (RFC 3891, section 3): it takes the place of a call of this phone, or is refused.

use alo_sip::header::{HeaderName, Replaces};
use alo_sip::message::Request;
use alo_sip::status::StatusCode;
use alo_sip::time::Instant;
use alo_sip::ua::SessionId;

use crate::language::{CallId, Millis};
use crate::phone::invitation::caller;
use crate::phone::line::{Successor, introduction, request_joins};
use crate::phone::machine::Phone;

impl Phone {
    /// Whether this INVITE is to take the place of a call; it is answered here then.
    pub(in crate::phone) fn replaces(
        &mut self,
        now: Millis,
        session: SessionId,
        request: &Request,
        offer: Option<&String>,
    ) -> bool {
        if !request.headers().has(&HeaderName::Replaces) {
            return false;
        }
        let wanted = request.headers().replaces();
        // Section 3: more than one, or one that cannot be read, is a bad request.
        let found = wanted.ok_or(StatusCode::BAD_REQUEST);
        match found.and_then(|replaces| self.replaced(&replaces)) {
            Ok(call) => {
                let limits = self.config.limits;
                let successor = Successor {
                    session,
                    remote: caller(request, limits.text),
                    introduction: introduction(request, &limits),
                    joins: request_joins(request),
                    offer: offer.cloned(),
                };
                self.with_line(now, &call, |line, cx| line.take_over(cx, successor));
            }
            Err(status) => {
                tracing::debug!(status = status.code(), "call not replaced");
                let instant = Instant::from_millis(now);
                let _ = self.ua.reject(instant, session, status, vec![]);
            }
        }
        true
    }

    fn replaced(&self, replaces: &Replaces) -> Result<CallId, StatusCode> {
        let gone = StatusCode::CALL_DOES_NOT_EXIST;
        let session = self
            .ua
            .find_dialog(&replaces.call_id, &replaces.to_tag, &replaces.from_tag)
            .ok_or(gone)?;
        let mut lines = self.lines.iter();
        let line = lines.find(|line| line.session == Some(session));
        let line = line.ok_or(gone)?;
        line.may_be_replaced(replaces.early_only)?;
        Ok(line.id.clone())
    }
}
