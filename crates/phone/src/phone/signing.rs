//! Signing in and out, and the way to the server in between.

use core::time::Duration;

use alo_sip::method::Method;
use alo_sip::time::Instant;
use alo_sip::ua::{FlowInfo, OutOfDialog, Transport};
use bytes::Bytes;

use super::Refusal;
use super::account::Account;
use super::connection::{Link, Proof};
use super::machine::{Phone, Presence, user_agent};
use super::presence::Desk;
use super::registration::{Registration, RegistrationNews};
use crate::io::{MediaRequest, SocketEvent, SocketRequest};
use crate::language::{Event, Millis, Outcome, SignIn};

/// For the registrar to confirm that the phone is no longer registered.
const LEAVE: Millis = 2_000;

/// A keep-alive of RFC 5626, section 3.5.1.
const PING: &[u8] = b"\r\n\r\n";

impl Phone {
    /// Starts over with this account.
    pub(super) fn sign_in(&mut self, now: Millis, sign_in: &SignIn) -> Result<(), Refusal> {
        if self.lines.iter().any(super::line::Line::is_live) {
            return Err(Refusal::CallsInProgress);
        }
        // RFC 7118, section 5: a browser has no address that it knows of.
        let sent_by = [&self.rng.token(), ".invalid"].concat();
        let account = Account::new(now, sign_in, &self.config, &sent_by, &mut self.rng)
            .ok_or(Refusal::NotAnAccount)?;
        if self.account.is_some() {
            self.sign_out(now);
        }
        self.close_connection(now);
        if !account.shown.guest {
            self.ask_for_devices();
        }
        self.presence = if account.shown.guest {
            Presence::Off
        } else {
            Presence::On(Box::new(Desk::new(&self.config, &account)))
        };
        self.account = Some(account);
        self.open(now, "signed in");
        Ok(())
    }

    /// Ends the calls, unregisters, and closes the connection.
    pub(super) fn sign_out(&mut self, now: Millis) {
        let (mut cx, lines) = self.parts(now);
        for line in lines {
            let outcome = if line.is_talking() {
                Outcome::HungUpHere
            } else if line.is_ringing() {
                Outcome::Declined
            } else {
                Outcome::Cancelled
            };
            line.leave(&mut cx, outcome);
        }
        self.forget_transfers(now);
        self.late.clear();
        self.leave_desk(now);
        self.account = None;
        self.out.event(Event::SignedOut);
        let registered = self
            .registration
            .id()
            .filter(|_| !self.registration.is_final());
        match registered {
            Some(id) if self.connection.leaving(now + LEAVE) => {
                self.ua.unregister(Instant::from_millis(now), id);
            }
            _ => self.close_connection(now),
        }
    }

    /// Closes the WebSocket for good, with everything that was bound to it.
    pub(super) fn close_connection(&mut self, now: Millis) {
        if self.connection.link() == Link::Off {
            return;
        }
        self.drain_wire(now);
        self.out.socket(SocketRequest::Close);
        self.connection.off();
        self.registration = Registration::None;
        self.presence = Presence::Off;
        self.ua = user_agent(&self.config, &mut self.rng);
        self.ua_wakes_at = None;
    }

    fn open(&mut self, now: Millis, reason: &'static str) {
        self.connection.opening(now, &self.config.times, reason);
        self.out.socket(SocketRequest::Open);
    }

    /// Asks for microphone and sound.
    pub(super) fn ask_for_devices(&mut self) {
        self.devices.asked();
        self.out.media(MediaRequest::Enable);
    }

    pub(super) fn on_socket(&mut self, now: Millis, event: SocketEvent) {
        match event {
            SocketEvent::Opened => self.on_opened(now),
            SocketEvent::Received(bytes) => {
                if let Some(flow) = self.connection.flow() {
                    self.connection.heard();
                    self.ua.handle_input(Instant::from_millis(now), flow, bytes);
                }
            }
            SocketEvent::Closed => self.on_lost(now, "closed"),
            SocketEvent::NetworkOnline => match self.connection.link() {
                // One that is being opened may be on its way through the network of before.
                Link::Waiting { .. } | Link::Opening { .. } => self.open(now, "network is back"),
                Link::Up { .. } => self.try_socket_out(now, "network is back"),
                Link::Off | Link::Leaving { .. } => {}
            },
        }
    }

    /// Asks something over the WebSocket that every server answers, be it with a refusal. If nothing
    /// at all comes, it is dead without knowing it.
    pub(super) fn try_socket_out(&mut self, now: Millis, reason: &'static str) {
        if !self.connection.try_out(now, &self.config.times, reason) {
            return;
        }
        let instant = Instant::from_millis(now);
        self.out
            .socket(SocketRequest::Send(Bytes::from_static(PING)));
        let registered = self
            .registration
            .id()
            .filter(|_| !self.registration.is_final());
        if let Some(id) = registered {
            self.ua.register_now(instant, id);
        } else if let (Some(account), Some(flow)) = (&self.account, self.connection.flow())
            && let Some((target, from)) = account.server()
        {
            let ask = OutOfDialog {
                method: Method::Options,
                to: from.clone(),
                target,
                from,
                headers: vec![],
                body: None,
                credentials: None,
            };
            if let Err(error) = self.ua.send_request(instant, flow, ask) {
                tracing::debug!(%error, "OPTIONS not sent");
            }
        }
    }

    fn on_opened(&mut self, now: Millis) {
        let Some((flow, old)) = self.connection.opened(now) else {
            return;
        };
        let Some(account) = &self.account else { return };
        let instant = Instant::from_millis(now);
        let info = FlowInfo {
            transport: if self.config.secure {
                Transport::Wss
            } else {
                Transport::Ws
            },
            sent_by: account.sent_by().to_owned(),
            remote: None,
            keep_alive: self.config.times.keep_alive.map(Duration::from_millis),
        };
        self.ua.flow_opened(instant, flow, info);
        if let Some(old) = old {
            self.ua.rebind(instant, old, flow);
        }
        match (account.register(&self.config), self.registration.id()) {
            (None, _) => self.reachable(now),
            (Some(_), Some(id)) => {
                if !self.registration.is_final() {
                    self.registration.asked(id);
                    self.ua.register_now(instant, id);
                }
            }
            (Some(register), None) => {
                let id = self.ua.register(instant, flow, register);
                self.registration.asked(id);
            }
        }
    }

    /// The WebSocket is gone, or did not open.
    fn on_lost(&mut self, now: Millis, reason: &'static str) {
        if matches!(self.connection.link(), Link::Leaving { .. }) {
            self.close_connection(now);
            return;
        }
        let first = self.connection.away_since().is_none();
        let times = &self.config.times;
        // A BYE that could not be sent keeps somebody waiting too.
        let in_call = self.lines.iter().any(super::line::Line::is_live) || !self.late.is_empty();
        let longest = if in_call {
            times.reconnect_in_call
        } else {
            times.reconnect_longest
        };
        let lost = self
            .connection
            .lost(now, times, longest, &mut self.rng, reason);
        if let Some(flow) = lost {
            self.ua.flow_closed(Instant::from_millis(now), flow);
        }
        self.registration.connection_lost();
        self.desk_is_away(now);
        for line in &mut self.lines {
            line.disturb();
        }
        if first
            && self
                .account
                .as_ref()
                .is_some_and(|account| account.was_ready)
        {
            self.out.event(Event::ConnectionLost);
        }
    }

    /// The WebSocket is open as far as the browser knows, but nobody answers over it.
    pub(super) fn on_dead_flow(&mut self, now: Millis, reason: &'static str) {
        if matches!(self.connection.link(), Link::Up { .. }) {
            self.out.socket(SocketRequest::Close);
            self.on_lost(now, reason);
        }
    }

    /// What the connection does when its time comes.
    pub(super) fn connection_time(&mut self, now: Millis) {
        if self.connection.wakes_at().is_none_or(|at| now < at) {
            return;
        }
        match self.connection.link() {
            Link::Opening { .. } => {
                self.out.socket(SocketRequest::Close);
                self.on_lost(now, "did not open");
            }
            Link::Waiting { .. } => self.open(now, "time to try again"),
            Link::Leaving { .. } => self.close_connection(now),
            Link::Up {
                proof: Proof::Awaited { .. },
                ..
            } => self.try_socket_out(now, "a request is not answered"),
            Link::Up {
                proof: Proof::TryingOut { .. },
                ..
            } => {
                self.on_dead_flow(now, "nothing comes over it");
                self.open(now, "the one before was dead");
            }
            Link::Off
            | Link::Up {
                proof: Proof::Fine, ..
            } => {}
        }
    }

    /// When a refused registration is to be tried again; only an open WebSocket carries it.
    pub(super) fn registration_due(&self) -> Option<Millis> {
        let open = matches!(self.connection.link(), Link::Up { .. });
        self.registration.wakes_at().filter(|_| open)
    }

    /// What the registration does when its time comes.
    pub(super) fn registration_time(&mut self, now: Millis) {
        if self.registration_due().is_some_and(|at| now >= at)
            && let Some(id) = self.registration.try_again()
        {
            self.ua.register_now(Instant::from_millis(now), id);
        }
    }

    /// Tries at once what would be tried again later.
    pub(super) fn retry_now(&mut self, now: Millis) -> Result<(), Refusal> {
        match self.connection.link() {
            Link::Waiting { .. } => self.open(now, "asked for"),
            Link::Up { .. } => {
                let again = self.registration.try_again();
                let id = again.ok_or(Refusal::NothingToRetry)?;
                self.ua.register_now(Instant::from_millis(now), id);
            }
            Link::Off | Link::Opening { .. } | Link::Leaving { .. } => {
                return Err(Refusal::NothingToRetry);
            }
        }
        Ok(())
    }

    pub(super) fn on_registration(&mut self, now: Millis, event: alo_sip::ua::RegistrationEvent) {
        let worked = self
            .account
            .as_ref()
            .is_some_and(|account| account.was_ready);
        let again_at = worked.then_some(now + self.config.times.register_again);
        let longest = self.config.limits.text;
        match self.registration.on_event(event, again_at, longest) {
            RegistrationNews::Same => {}
            RegistrationNews::Confirmed => self.reachable(now),
            RegistrationNews::Refused => {
                self.desk_is_away(now);
                self.catch_up(now);
            }
            RegistrationNews::Silence => self.on_dead_flow(now, "no answer to REGISTER"),
            RegistrationNews::Removed => {
                self.close_if_left(now);
            }
        }
    }

    /// Connected and registered: for the first time, or again.
    fn reachable(&mut self, now: Millis) {
        let Some(account) = &mut self.account else {
            return;
        };
        let away = self.connection.away_since().is_some();
        self.connection.back();
        if !account.was_ready {
            account.was_ready = true;
            let extension = account.shown.extension.clone();
            self.out.event(Event::SignedIn { extension });
        } else if away {
            self.out.event(Event::ConnectionBack);
        }
        self.catch_up(now);
        self.at_desk(now, Desk::reachable);
    }

    /// Requests are answered over this connection, whatever the registrar says: what waited for one
    /// goes out, and the calls are shown the new way.
    fn catch_up(&mut self, now: Millis) {
        if !self.connection.catch_up() {
            return;
        }
        for late in std::mem::take(&mut self.late) {
            let _ = self
                .ua
                .hang_up(Instant::from_millis(now), late.session, None);
        }
        let (mut cx, lines) = self.parts(now);
        for line in lines {
            line.probe(&mut cx);
        }
    }
}
