//! The state that follows from everything the phone knows.

use super::connection::Link;
use super::line::{Line, Surroundings};
use super::machine::Phone;
use super::registration::Registration;
use crate::language::{CallId, Check, Checks, Command, PhoneActions, Reachability, State, Trouble};

impl Phone {
    /// Works out the state, and says so where it changed.
    pub(super) fn publish(&mut self) {
        let state = self.view();
        if state != self.state {
            self.state = state;
            self.out.state_changed();
        }
    }

    fn view(&self) -> State {
        let away = self
            .connection
            .away_since()
            .filter(|_| !self.is_ready())
            .map(|since| (since, self.connection.retry_at()));
        State {
            account: self.account.as_ref().map(|account| account.shown.clone()),
            reachability: self.reachability(),
            checks: self.checks(),
            calls: self
                .lines
                .iter()
                .map(|line| line.view(&self.surroundings(line), away))
                .collect(),
            transfers: self.shown_transfers(),
            focus: self.focus(),
            dial: (self.can_signal() && self.has_room()).then(|| Command::Dial {
                target: String::new(),
                hotline: None,
                video: false,
            }),
            notices: self.notices.shown().to_vec(),
            working: self.working(),
            people: self.people(),
            devices: self.devices.devices.clone(),
            actions: self.phone_actions(),
        }
    }

    /// What the other calls have to do with this one.
    pub(super) fn surroundings(&self, line: &Line) -> Surroundings {
        let account = self.account.as_ref();
        let agent = account.is_some_and(|account| !account.shown.guest);
        Surroundings {
            active: self.active.as_ref() == Some(&line.id),
            others_stand: self
                .lines
                .iter()
                .any(|other| other.id != line.id && other.is_talking()),
            transfers: agent && self.is_ready(),
            room: self.can_signal() && self.has_room(),
            pair: self.pair(line, agent && self.is_ready()),
        }
    }

    /// Ringing ones first, then the one that the person talks to, then the latest.
    fn focus(&self) -> Option<CallId> {
        let ringing = self.lines.iter().find(|line| line.is_ringing());
        let latest = || self.lines.iter().rev().find(|line| line.is_live());
        ringing
            .map(|line| &line.id)
            .or(self.active.as_ref())
            .or_else(|| latest().or(self.lines.last()).map(|line| &line.id))
            .cloned()
    }

    fn reachability(&self) -> Reachability {
        let Some(account) = &self.account else {
            return Reachability::SignedOut;
        };
        let since = self.connection.away_since().unwrap_or(account.since);
        if let Registration::Refused { why, .. } = &self.registration
            && (self.registration.is_final() || matches!(self.connection.link(), Link::Up { .. }))
        {
            return Reachability::NotReachable {
                why: why.clone(),
                retry_at: self.registration.retry_at(),
            };
        }
        if !self.can_signal() {
            let retry_at = self.connection.retry_at();
            return if account.was_ready {
                Reachability::Reconnecting { since, retry_at }
            } else if self.connection.is_failing() && self.connection.flow().is_none() {
                Reachability::NotReachable {
                    why: Trouble::ServerDown,
                    retry_at,
                }
            } else {
                Reachability::Connecting { since }
            };
        }
        match self.devices.trouble() {
            Some(why) => Reachability::NotReachable {
                why,
                retry_at: None,
            },
            // A guest is asked for the microphone when it is needed, and nobody calls a guest.
            None if self.devices.is_ready() || account.shown.guest => Reachability::Ready,
            None => Reachability::Connecting { since },
        }
    }

    fn checks(&self) -> Checks {
        let socket = match self.connection.link() {
            Link::Off => Check::Unknown,
            Link::Up { .. } | Link::Leaving { .. } => Check::Good,
            Link::Opening { .. } if self.connection.is_failing() => Check::Bad,
            Link::Opening { .. } => Check::Pending,
            Link::Waiting { .. } => Check::Bad,
        };
        let registration = match &self.registration {
            Registration::None => Check::Unknown,
            Registration::Asked { .. } => Check::Pending,
            Registration::Good { .. } => Check::Good,
            Registration::Refused { .. } => Check::Bad,
        };
        Checks {
            socket,
            registration,
            microphone: self.devices.microphone_check(),
            sound: self.devices.sound_check(),
        }
    }

    fn phone_actions(&self) -> PhoneActions {
        let signed_in = self.account.is_some();
        let refused = matches!(self.registration, Registration::Refused { .. })
            && !self.registration.is_final()
            && self.connection.flow().is_some();
        let waits = signed_in && (self.connection.retry_at().is_some() || refused);
        let lacking = signed_in && !self.devices.is_ready();
        PhoneActions {
            sign_out: signed_in.then_some(Command::SignOut),
            retry: waits.then_some(Command::RetryNow),
            enable_devices: lacking.then_some(Command::EnableDevices),
            ..self.working_actions()
        }
    }
}
