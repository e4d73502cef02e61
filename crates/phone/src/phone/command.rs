//! What a person, or a page, asks for.

use alo_sip::status::StatusCode;

use super::Refusal;
use super::line::{Dialling, Line, Stage, permits};
use super::machine::Phone;
use crate::io::MediaRequest;
use crate::language::{CallId, Command, Digits, Millis, Outcome};

impl Phone {
    /// Carries out a command.
    pub(super) fn carry_out(&mut self, now: Millis, command: Command) -> Result<(), Refusal> {
        match command {
            Command::SignIn(sign_in) => return self.sign_in(now, &sign_in),
            Command::SignOut => {
                self.account.as_ref().ok_or(Refusal::SignedOut)?;
                self.sign_out(now);
            }
            Command::RetryNow => return self.retry_now(now),
            Command::EnableDevices => self.ask_for_devices(),
            Command::Dial {
                target,
                hotline,
                video,
            } => return self.dial(now, &target, hotline, video),
            Command::DismissNotice { notice } => {
                if !self.notices.dismiss(notice) {
                    return Err(Refusal::NoSuchNotice(notice));
                }
            }
            Command::DismissTransfer { transfer } => {
                return self.dismiss_transfer(now, transfer);
            }
            Command::SetWorking { state } => return self.set_working(now, &state),
            Command::WatchPeople { extensions } => return self.watch_people(now, extensions),
            Command::ChooseDevice { kind, id } => {
                self.out.media(MediaRequest::ChooseDevice { kind, id });
            }
            of_call => {
                let call = self.permitted(&of_call)?;
                return self.command_of_call(now, &call, of_call);
            }
        }
        Ok(())
    }

    /// The call of a command, if its actions contain the command.
    fn permitted(&self, command: &Command) -> Result<CallId, Refusal> {
        let (Command::Answer { call, .. }
        | Command::Decline { call }
        | Command::HangUp { call }
        | Command::SetMute { call, .. }
        | Command::SetHold { call, .. }
        | Command::SendDigits { call, .. }
        | Command::SwapTo { call }
        | Command::Transfer { call, .. }
        | Command::Consult { call, .. }
        | Command::CompleteTransfer { call }
        | Command::Merge { call }
        | Command::BackToCustomer { call }
        | Command::DismissCall { call }) = command
        else {
            return Err(Refusal::SignedOut);
        };
        let line = self
            .lines
            .iter()
            .find(|line| line.id == *call)
            .ok_or_else(|| Refusal::NoSuchCall(call.clone()))?;
        if permits(&line.actions(&self.surroundings(line)), command) {
            Ok(call.clone())
        } else {
            Err(Refusal::NotNow(call.clone()))
        }
    }

    fn command_of_call(
        &mut self,
        now: Millis,
        call: &CallId,
        command: Command,
    ) -> Result<(), Refusal> {
        match command {
            Command::Answer { video, .. } => {
                self.turn_to(now, call);
                self.with_line(now, call, |line, _| line.answer(video));
            }
            Command::Decline { .. } => {
                self.with_line(now, call, |line, cx| {
                    line.refuse(cx, StatusCode::DECLINE, Outcome::Declined);
                });
            }
            Command::HangUp { .. } => self.hang_up(now, call),
            Command::SetMute { muted, .. } => {
                self.with_line(now, call, |line, cx| line.set_muted(cx, muted));
            }
            Command::SetHold { held: true, .. } => {
                self.with_line(now, call, |line, _| {
                    line.gate = None;
                    line.hold.ask(now, true);
                });
            }
            Command::SetHold { held: false, .. } | Command::SwapTo { .. } => {
                self.turn_to(now, call);
            }
            Command::SendDigits { digits, .. } => return self.send_digits(now, call, &digits),
            Command::DismissCall { .. } => {
                self.lines.retain(|line| line.id != *call);
                self.notices.forget_call(call);
            }
            other => return self.hand_over(now, call, other),
        }
        Ok(())
    }

    fn dial(
        &mut self,
        now: Millis,
        target: &str,
        hotline: Option<String>,
        video: bool,
    ) -> Result<(), Refusal> {
        let account = self.account.as_ref().ok_or(Refusal::SignedOut)?;
        if !self.can_signal() {
            return Err(Refusal::NotConnected);
        }
        if !self.has_room() {
            return Err(Refusal::TooManyCalls);
        }
        let dialling = account
            .dialling(target, hotline, video, self.config.limits.text)
            .ok_or(Refusal::NotANumber)?;
        self.place(now, dialling);
        Ok(())
    }

    /// Places a call; the others are held first.
    pub(super) fn place(&mut self, now: Millis, dialling: Dialling) -> CallId {
        let id = self.new_call_id();
        self.turn_to(now, &id);
        self.set_switches(now);
        let gate = self.gate(now, &id);
        let (mut cx, lines) = self.parts(now);
        let mut line = Line::dial(&mut cx, id.clone(), dialling);
        line.gate = gate;
        lines.push(line);
        id
    }

    /// New calls can be placed.
    pub(super) fn can_signal(&self) -> bool {
        let guest = self
            .account
            .as_ref()
            .is_some_and(|account| account.shown.guest);
        self.is_ready() && (guest || self.registration.is_good())
    }

    /// One more call fits.
    pub(super) fn has_room(&self) -> bool {
        let live = self.lines.iter().filter(|line| line.is_live()).count();
        live < self.config.limits.calls
    }

    /// The person turns to this call: all others are held, and it is taken back when they are.
    pub(super) fn turn_to(&mut self, now: Millis, call: &CallId) {
        self.active = Some(call.clone());
        for line in &mut self.lines {
            let other = line.id != *call;
            if other && line.is_live() && !line.is_ringing() {
                line.gate = None;
                line.hold.ask(now, true);
            } else if !other {
                line.hold.ask(now, false);
            }
        }
        let gate = self.gate(now, call);
        if let Some(line) = self.lines.iter_mut().find(|line| line.id == *call) {
            line.gate = gate;
        }
    }

    /// Until when this call waits for the others to be held.
    fn gate(&self, now: Millis, call: &CallId) -> Option<Millis> {
        self.lines
            .iter()
            .any(|line| line.id != *call && line.is_yet_to_be_held())
            .then_some(now + self.config.times.hold_first)
    }

    pub(super) fn hang_up(&mut self, now: Millis, call: &CallId) {
        self.with_line(now, call, |line, cx| match line.stage {
            Stage::Ringing { .. } => line.refuse(cx, StatusCode::DECLINE, Outcome::Declined),
            Stage::Preparing { .. } | Stage::Inviting(_) => {
                line.end(cx, Outcome::Cancelled, "cancelled here");
            }
            Stage::Answering(_) | Stage::Talking { .. } => {
                line.end(cx, Outcome::HungUpHere, "hung up here");
            }
            Stage::Ended { .. } => {}
        });
    }

    fn send_digits(&mut self, now: Millis, call: &CallId, digits: &Digits) -> Result<(), Refusal> {
        let most = self.config.limits.digits;
        match self.with_line(now, call, |line, _| line.digits.push(digits, most)) {
            Some(true) => Ok(()),
            _ => Err(Refusal::TooManyDigits(call.clone())),
        }
    }
}
