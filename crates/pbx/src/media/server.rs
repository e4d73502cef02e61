//! All legs, and who hears whom. Knows neither threads nor how to wait: whoever drives it brings
//! commands, datagrams and the time.

mod describe;
mod hearing;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use mio::Token;
use str0m::config::DtlsCert;
use tokio::sync::mpsc::UnboundedSender;

use super::api::{LegId, MediaEvent};
use super::command::Command;
use super::digits::Digits;
use super::leg::{FromLeg, Leg};
use super::library::Library;
use super::mix::{Mixed, Mixer};
use super::net::{Datagram, Inbox, Net};
use super::outlet::Outgoing;
use super::plain::Ports;
use super::stun;
use describe::Open;

/// A leg is called again after this time at the soonest, so that none can keep the thread.
const SOONEST: Duration = Duration::from_micros(100);

/// The media server without its thread.
pub(super) struct Server {
    net: Net,
    /// Of legs to the telephone network, where there are any.
    ports: Option<Ports>,
    cert: DtlsCert,
    library: Library,
    events: UnboundedSender<MediaEvent>,
    legs: HashMap<LegId, Leg>,
    /// Legs that died and were not closed yet: they are not opened again.
    dead: HashSet<LegId>,
    /// Who hears this leg.
    listeners: HashMap<LegId, Vec<LegId>>,
    /// Those who hear several at once.
    mixer: Mixer,
    /// Where datagrams of a leg came from.
    addresses: HashMap<SocketAddr, LegId>,
    /// By which name strangers ask for a leg.
    ufrags: HashMap<String, LegId>,
    /// When legs want to be called. A leg may want to be called later than it says here, and is in
    /// it at most twice.
    timers: BTreeSet<(Instant, LegId)>,
    scheduled: HashMap<LegId, Instant>,
    /// Room to work in.
    outbox: Vec<Outgoing>,
    mixed: Vec<Mixed>,
    from_legs: Vec<FromLeg>,
    spare: Vec<FromLeg>,
}

impl Server {
    pub(super) fn new(
        net: Net,
        ports: Option<Ports>,
        cert: DtlsCert,
        library: Library,
        events: UnboundedSender<MediaEvent>,
    ) -> Self {
        Self {
            net,
            ports,
            cert,
            library,
            events,
            legs: HashMap::new(),
            dead: HashSet::new(),
            listeners: HashMap::new(),
            mixer: Mixer::default(),
            addresses: HashMap::new(),
            ufrags: HashMap::new(),
            timers: BTreeSet::new(),
            scheduled: HashMap::new(),
            outbox: Vec::new(),
            mixed: Vec::new(),
            from_legs: Vec::new(),
            spare: Vec::new(),
        }
    }

    pub(super) fn net(&self) -> &Net {
        &self.net
    }

    pub(super) fn net_mut(&mut self) -> &mut Net {
        &mut self.net
    }

    /// Carries out a command.
    pub(super) fn command(&mut self, now: Instant, command: Command) {
        match command {
            Command::AcceptOffer {
                leg,
                kind,
                sdp,
                allow,
                reply,
            } => {
                let open = Open::of(kind, Some(&sdp));
                let done = self.describe(now, leg, Some(open), &sdp, |leg| {
                    leg.accept_offer(now, &sdp, allow)
                });
                let _ = reply.send(done);
            }
            Command::CreateOffer {
                leg,
                kind,
                allow,
                reply,
            } => {
                let open = Open::of(kind, None);
                let done = self.describe(now, leg, Some(open), "", |leg| leg.create_offer(allow));
                let _ = reply.send(done);
            }
            Command::SetAnswer { leg, sdp, reply } => {
                let done = self.describe(now, leg, None, &sdp, |leg| leg.set_answer(now, &sdp));
                let _ = reply.send(done);
            }
            Command::CancelOffer { leg } => {
                let _ = self.describe(now, leg, None, "", |leg| {
                    leg.cancel_offer();
                    Ok(())
                });
            }
            Command::Hear { leg, source, turn } => self.hear(now, leg, source, turn),
            Command::SendDigits {
                leg,
                digits,
                duration_ms,
            } => self.send_digits(now, leg, &digits, duration_ms),
            Command::Close { leg } => {
                self.dead.remove(&leg);
                self.close(leg);
            }
        }
    }

    /// Lets a leg do something, with the socket and the room that it needs. What str0m makes of
    /// malicious input must not end the calls of others, so a panic only ends this leg: `None`.
    fn guard<T>(
        &mut self,
        id: LegId,
        what: impl FnOnce(&mut Leg, &Net, &mut Vec<Outgoing>, &mut Vec<FromLeg>) -> T,
    ) -> Option<T> {
        let leg = self.legs.get_mut(&id)?;
        let (net, outbox, from_legs) = (&self.net, &mut self.outbox, &mut self.from_legs);
        let done = catch_unwind(AssertUnwindSafe(|| what(leg, net, outbox, from_legs)));
        if done.is_err() {
            tracing::error!(leg = id.0, "a leg broke");
            self.outbox.clear();
            self.fail(id);
        }
        done.ok()
    }

    /// Takes note of who hears whom.
    fn listen(&mut self, listener: LegId, before: Option<LegId>, after: Option<LegId>) {
        if let Some(listeners) = before.and_then(|leg| self.listeners.get_mut(&leg)) {
            listeners.retain(|leg| *leg != listener);
        }
        if let Some(leg) = before
            && self.listeners.get(&leg).is_some_and(Vec::is_empty)
        {
            self.listeners.remove(&leg);
        }
        if let Some(leg) = after {
            self.listeners.entry(leg).or_default().push(listener);
        }
    }

    fn send_digits(&mut self, now: Instant, id: LegId, digits: &Digits, duration_ms: u16) {
        let Some(leg) = self.legs.get_mut(&id) else {
            return;
        };
        if !leg.send_digits(digits, duration_ms) {
            let _ = self.events.send(MediaEvent::DigitsRefused(id));
        }
        self.schedule(now, id);
    }

    /// Forgets a leg. Those who heard it hear silence until they are told otherwise.
    fn close(&mut self, id: LegId) {
        let Some(leg) = self.legs.remove(&id) else {
            return;
        };
        self.listen(id, leg.hears(), None);
        self.mixer.leave(id);
        if let (Some(port), Some(ports)) = (leg.port(), &mut self.ports) {
            ports.close(port);
        }
        for listener in self.listeners.remove(&id).unwrap_or_default() {
            if let Some(leg) = self.legs.get_mut(&listener) {
                leg.hear_nothing();
            }
        }
        self.addresses.retain(|_, leg| *leg != id);
        self.ufrags.retain(|_, leg| *leg != id);
        if let Some(at) = self.scheduled.remove(&id) {
            self.timers.remove(&(at, id));
        }
    }

    fn fail(&mut self, id: LegId) {
        tracing::info!(leg = id.0, "leg is dead");
        self.close(id);
        self.dead.insert(id);
        let _ = self.events.send(MediaEvent::Failed(id));
    }

    /// Reads one system call's worth of datagrams of the socket of all; `false` when there were none.
    pub(super) fn receive(&mut self, now: Instant, inbox: &mut Inbox) -> bool {
        let Some(count) = self.net.port.receive(inbox) else {
            return false;
        };
        for read in inbox.read(count) {
            let destination = self.net.known_as(read.to);
            for bytes in read.datagrams() {
                let datagram = Datagram {
                    source: read.from,
                    destination,
                    bytes,
                };
                self.datagram(now, &datagram);
            }
        }
        true
    }

    /// Reads a socket of a leg's own, one system call's worth; `true` where there may be more.
    pub(super) fn receive_at(&mut self, now: Instant, token: Token, inbox: &mut Inbox) -> bool {
        let owner = self.ports.as_ref().and_then(|ports| ports.owner(token));
        let Some((id, rtcp)) = owner else {
            return false;
        };
        let more = self.guard(id, |leg, net, _, from_legs| {
            let more = leg.read(now, rtcp, inbox);
            leg.drain(now, net, from_legs);
            more
        });
        self.settle(now, id);
        more.unwrap_or(false)
    }

    /// A datagram came to the socket of all.
    fn datagram(&mut self, now: Instant, datagram: &Datagram<'_>) {
        let Some(id) = self.owner(now, datagram) else {
            return;
        };
        self.guard(id, |leg, net, _, from_legs| {
            leg.handle_datagram(now, datagram);
            leg.drain(now, net, from_legs);
        });
        self.settle(now, id);
    }

    /// Whose datagram this is. A stranger is somebody only by a connectivity check that names a leg
    /// and proves its password, as every far end begins with (RFC 8445 section 7.3); no leg is
    /// bothered with anything else, so that a flood of strangers costs little.
    fn owner(&mut self, now: Instant, datagram: &Datagram<'_>) -> Option<LegId> {
        let known = self.addresses.get(&datagram.source).copied();
        let is_of = |leg: &LegId| {
            self.legs
                .get(leg)
                .is_some_and(|leg| leg.accepts(now, datagram))
        };
        if let Some(leg) = known.filter(is_of) {
            return Some(leg);
        }
        let asked_for = self.ufrags.get(stun::asked_for(datagram.bytes)?)?;
        let found = Some(*asked_for).filter(is_of)?;
        let forgotten = self.legs.get_mut(&found)?.comes_from(datagram.source);
        if let Some(address) = forgotten
            && self.addresses.get(&address) == Some(&found)
        {
            self.addresses.remove(&address);
        }
        self.addresses.insert(datagram.source, found);
        Some(found)
    }

    /// When to call [`handle_timeout`](Self::handle_timeout).
    pub(super) fn deadline(&self) -> Option<Instant> {
        let legs = self.timers.first().map(|(at, _)| *at);
        legs.into_iter().chain(self.mixer.deadline()).min()
    }

    /// Time passed.
    pub(super) fn handle_timeout(&mut self, now: Instant) {
        self.mix(now);
        while let Some((at, id)) = self.timers.first().copied() {
            if at > now {
                return;
            }
            self.timers.pop_first();
            self.scheduled.remove(&id);
            let Some(leg) = self.legs.get_mut(&id) else {
                continue;
            };
            if leg.deadline(now) > now {
                self.schedule(now, id);
                continue;
            }
            let heard = self.guard(id, |leg, net, outbox, from_legs| {
                let before = leg.hears();
                leg.handle_timeout(now, net, outbox, from_legs);
                (before, leg.hears())
            });
            if let Some((before, after)) = heard
                && before != after
            {
                self.listen(id, before, after);
            }
            self.settle(now, id);
        }
    }

    /// Lets a leg say what it has to say.
    fn drain(&mut self, now: Instant, id: LegId) {
        self.guard(id, |leg, net, _, from_legs| leg.drain(now, net, from_legs));
        self.settle(now, id);
    }

    /// Hands on what came from a leg, and looks whether it lives.
    fn settle(&mut self, now: Instant, id: LegId) {
        let mut batch = std::mem::take(&mut self.spare);
        while !self.from_legs.is_empty() {
            std::mem::swap(&mut batch, &mut self.from_legs);
            for from in batch.drain(..) {
                self.hand_on(now, from);
            }
        }
        self.spare = batch;
        if self.legs.get(&id).is_some_and(|leg| !leg.is_alive()) {
            self.fail(id);
        } else {
            self.schedule(now, id);
        }
    }

    /// Hands on one thing that came from a leg.
    fn hand_on(&mut self, now: Instant, from: FromLeg) {
        match from {
            FromLeg::Audio(leg, packet) => {
                self.mixer.packet(now, leg, &packet);
                self.each_listener(leg, |server, listener| {
                    server.guard(listener, |to, net, outbox, from_legs| {
                        to.hear_packet(now, net, leg, &packet, outbox, from_legs);
                    });
                    server.schedule(now, listener);
                });
            }
            FromLeg::Skip { leg, ssrc, seq } => {
                self.mixer.skip(leg, ssrc, seq);
                self.each_listener(leg, |server, listener| {
                    if let Some(to) = server.legs.get_mut(&listener) {
                        to.skip_packet(leg, ssrc, seq);
                    }
                });
            }
            FromLeg::Event(event) => {
                let _ = self.events.send(event);
            }
        }
    }

    /// Calls for everyone who hears this leg.
    fn each_listener(&mut self, leg: LegId, mut call: impl FnMut(&mut Self, LegId)) {
        let count = self.listeners.get(&leg).map_or(0, Vec::len);
        for index in 0..count {
            let listener = self.listeners.get(&leg).and_then(|l| l.get(index)).copied();
            if let Some(listener) = listener {
                call(self, listener);
            }
        }
    }

    /// Sees to it that a leg is called in time. It may be called too early, and is then put off.
    fn schedule(&mut self, now: Instant, id: LegId) {
        let Some(leg) = self.legs.get(&id) else {
            return;
        };
        let wanted = leg.deadline(now).max(now + SOONEST);
        match self.scheduled.get(&id) {
            Some(at) if *at <= wanted => return,
            Some(at) => {
                self.timers.remove(&(*at, id));
            }
            None => {}
        }
        self.timers.insert((wanted, id));
        self.scheduled.insert(id, wanted);
    }
}

#[cfg(test)]
mod tests;
