//! Refreshes of a session that change nothing (RFC 4028 7.4), and what becomes of them.

use super::act::{Act, Asked, Step, Usage, sdp_body};
use super::event::SessionTrouble;
use super::machine::Session;
use super::state::Exchange;
use crate::dialog::Draft;
use crate::message::Response;
use crate::method::Method;
use crate::status::StatusCode;

impl Session {
    /// Sends what refreshes the session without changing it (RFC 4028 7.4).
    pub(super) fn send_refresh(&mut self, method: &Method, step: &mut Step<'_>) {
        let headers = self.own_headers(step.profile);
        let Some(dialog) = self.state.dialog_mut() else {
            return;
        };
        let mut draft: Draft = dialog.draft(method.clone());
        draft.headers = headers;
        self.interval.demand(&mut draft);
        if *method == Method::Update {
            step.push(Act::Send(Asked::RefreshUpdate, draft));
        } else if let (Some(local), Exchange::Stable) = (&self.agreed.local, &self.exchange) {
            draft.body = Some(sdp_body(local));
            self.exchange = Exchange::Refreshing;
            step.push(Act::Send(Asked::RefreshInvite, draft));
        }
    }

    /// A response to a refresh.
    pub(super) fn on_refresh_response(
        &mut self,
        asked: Asked,
        response: &Response,
        step: &mut Step<'_>,
    ) {
        let status = response.status();
        if status.is_provisional() {
            return self.await_change(asked, step);
        }
        if asked == Asked::RefreshInvite && self.was_acknowledged(response) {
            return self.repeat_ack(response, step);
        }
        let awaited =
            asked == Asked::RefreshUpdate || matches!(self.exchange, Exchange::Refreshing);
        if asked == Asked::RefreshInvite && awaited {
            Self::change_over(asked, step);
            self.exchange = Exchange::Stable;
        }
        match status {
            _ if status.is_success() && !awaited => self.repeat_ack(response, step),
            _ if status.is_success() => self.take_success(asked, response, step),
            _ if self.is_over() => {}
            StatusCode::SESSION_INTERVAL_TOO_SMALL if self.lengthen_interval(response) => {
                self.refresh(step);
            }
            StatusCode::REQUEST_PENDING => {
                let draw = self.glare_draw(step);
                self.interval.retry_in(draw, step);
            }
            // The far end does not know UPDATE: next time, and now, by re-INVITE.
            StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED if self.peer.updates() => {
                self.peer.update = Some(false);
                self.refresh(step);
            }
            StatusCode::CALL_DOES_NOT_EXIST | StatusCode::REQUEST_TIMEOUT => {
                self.doubt(Usage::Session, status, step);
                self.interval.retry_later(step);
            }
            _ => self.on_refresh_failed(step),
        }
        self.flush_deferred(step);
    }

    /// A refresh was not answered in time.
    pub(super) fn on_refresh_timeout(&mut self, asked: Asked, step: &mut Step<'_>) {
        if asked == Asked::RefreshInvite && matches!(self.exchange, Exchange::Refreshing) {
            Self::change_over(asked, step);
            self.exchange = Exchange::Stable;
        }
        self.on_refresh_failed(step);
        self.flush_deferred(step);
    }

    /// A refresh failed. Departs from RFC 4028 10, which ends the session: the media may well go on.
    fn on_refresh_failed(&mut self, step: &mut Step<'_>) {
        if !self.is_over() {
            self.uncertain(SessionTrouble::RefreshFailed, step);
            self.interval.retry_later(step);
        }
    }
}
