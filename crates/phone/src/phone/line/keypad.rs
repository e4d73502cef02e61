//! Digits of one call, from the keypad to the far end.

use alo_sip::status::StatusCode;

use super::digits::{Step, dtmf_relay};
use super::path::Path;
use super::record::{Line, Progress, Stage};
use crate::io::{Ask, MediaRequest};
use crate::language::{Digits, Trouble};
use crate::phone::context::Context;

impl Line {
    /// Whether somebody, or some machine, at the far end could take digits now.
    pub(crate) fn takes_digits(&self) -> bool {
        match self.stage {
            _ if self.bound.is_leaving() => false,
            Stage::Inviting(Progress::EarlyMedia { .. }) => true,
            Stage::Talking { .. } => self.hold.is_off(),
            _ => false,
        }
    }

    /// Sends what can be sent now.
    pub(super) fn press_keys(&mut self, cx: &mut Context<'_>) {
        if !self.takes_digits() {
            return;
        }
        let flows = self.path == Path::Up && !self.held_by_remote;
        let pause = cx.config.times.digit_pause;
        match self.digits.step(cx.now, pause, flows) {
            Some(Step::Events { ask, digits }) => cx.media(MediaRequest::SendDigits {
                call: self.id.clone(),
                ask,
                digits,
            }),
            Some(Step::Info(digit)) => self.send_info(cx, digit),
            None => {}
        }
    }

    fn send_info(&mut self, cx: &mut Context<'_>, digit: char) {
        let Some(session) = self.session else { return };
        let body = dtmf_relay(digit);
        match cx
            .ua
            .info(cx.instant(), session, "application/dtmf-relay", body)
        {
            Ok(request) => self.digits.info_sent(request),
            Err(error) => {
                tracing::debug!(call = %self.id.0, %error, "INFO not sent");
                self.give_digits_up(cx);
            }
        }
    }

    /// The far end has no telephone-event.
    pub(crate) fn on_digits_refused(&mut self, ask: Ask, digits: &Digits) {
        self.digits.events_refused(ask, digits);
    }

    /// Sending came to a stop.
    pub(crate) fn on_digits_left(&mut self, cx: &mut Context<'_>, ask: Ask, digits: &Digits) {
        if !self.digits.events_left(ask, digits) {
            self.give_digits_up(cx);
        }
    }

    pub(super) fn info_answered(&mut self, cx: &mut Context<'_>, status: Option<StatusCode>) {
        if !status.is_some_and(StatusCode::is_success) {
            self.give_digits_up(cx);
        }
    }

    /// What was not sent is dropped, and the person is told: half of a number that arrives much
    /// later is worse than none.
    pub(super) fn give_digits_up(&mut self, cx: &mut Context<'_>) {
        self.digits.clear();
        cx.trouble(&self.id, Trouble::DigitsNotSent);
    }
}
