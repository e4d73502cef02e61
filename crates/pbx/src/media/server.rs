//! All legs, and who hears whom. Knows neither threads nor how to wait: whoever drives it brings
//! commands, datagrams and the time.

use std::collections::{BTreeSet, HashMap};
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use str0m::config::DtlsCert;
use str0m::media::Frequency;
use tokio::sync::mpsc::UnboundedSender;

use super::api::{Failure, LegId, MediaError, MediaEvent, Repeat, Source};
use super::codec::AudioCodec;
use super::command::Command;
use super::digits::Digits;
use super::leg::{FromLeg, Leg, Transport};
use super::library::Library;
use super::net::{Datagram, Inbox, Net};
use super::outlet::{Feed, Outgoing, Outlet};
use super::sdp;
use super::webrtc::WebRtc;

/// As many legs as there may be.
const MOST_LEGS: usize = if cfg!(test) { 10 } else { 2000 };

/// Addresses of far ends that are remembered, per leg.
const ADDRESSES_PER_LEG: usize = 8;

/// A leg is called again after this time at the soonest, so that none can keep the thread.
const SOONEST: Duration = Duration::from_micros(100);

/// The media server without its thread.
pub(super) struct Server {
    net: Net,
    cert: DtlsCert,
    library: Library,
    events: UnboundedSender<MediaEvent>,
    legs: HashMap<LegId, Leg>,
    /// Who hears this leg.
    listeners: HashMap<LegId, Vec<LegId>>,
    /// Where datagrams of a leg came from last.
    addresses: HashMap<SocketAddr, LegId>,
    /// When legs want to be called. A leg may want to be called later than it says here, and is in
    /// it at most twice.
    timers: BTreeSet<(Instant, LegId)>,
    scheduled: HashMap<LegId, Instant>,
    /// Room to work in.
    outbox: Vec<Outgoing>,
    from_legs: Vec<FromLeg>,
    spare: Vec<FromLeg>,
}

impl Server {
    pub(super) fn new(
        net: Net,
        cert: DtlsCert,
        library: Library,
        events: UnboundedSender<MediaEvent>,
    ) -> Self {
        Self {
            net,
            cert,
            library,
            events,
            legs: HashMap::new(),
            listeners: HashMap::new(),
            addresses: HashMap::new(),
            timers: BTreeSet::new(),
            scheduled: HashMap::new(),
            outbox: Vec::new(),
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
                sdp,
                allow,
                reply,
            } => {
                let clock = event_clock(&sdp);
                let done = self.describe(now, leg, Some(clock), &sdp, |leg| {
                    leg.accept_offer(now, &sdp, allow)
                });
                let _ = reply.send(done);
            }
            Command::CreateOffer { leg, allow, reply } => {
                let clock = Some(Frequency::FORTY_EIGHT_KHZ);
                let done = self.describe(now, leg, clock, "", |leg| leg.create_offer(allow));
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
            Command::Hear { leg, source } => self.hear(now, leg, source),
            Command::SendDigits {
                leg,
                digits,
                duration_ms,
            } => self.send_digits(now, leg, &digits, duration_ms),
            Command::Close { leg } => self.close(leg),
        }
    }

    /// Does something with descriptions; opens the leg where it is new and `open` says how. What
    /// str0m makes of a malicious description must not end the calls of others, so a panic only
    /// ends this leg.
    fn describe<T>(
        &mut self,
        now: Instant,
        id: LegId,
        open: Option<Frequency>,
        sdp: &str,
        what: impl FnOnce(&mut Leg) -> Result<T, MediaError>,
    ) -> Result<T, MediaError> {
        if sdp.len() > sdp::LONGEST {
            return Err(MediaError::Sdp {
                leg: id,
                why: "too long".to_owned(),
            });
        }
        let is_new = !self.legs.contains_key(&id);
        if is_new {
            self.open(now, id, open.ok_or(MediaError::UnknownLeg(id))?)?;
        }
        let leg = self.legs.get_mut(&id).ok_or(MediaError::UnknownLeg(id))?;
        let done = catch_unwind(AssertUnwindSafe(|| what(leg)));
        match done {
            Ok(Ok(done)) => {
                self.drain(now, id);
                Ok(done)
            }
            Ok(Err(error)) => {
                if is_new {
                    self.close(id);
                } else {
                    self.drain(now, id);
                }
                Err(error)
            }
            Err(_) => {
                self.fail(id, Failure::Closed);
                Err(MediaError::Sdp {
                    leg: id,
                    why: "it cannot be carried out".to_owned(),
                })
            }
        }
    }

    /// A new leg.
    fn open(&mut self, now: Instant, id: LegId, event_clock: Frequency) -> Result<(), MediaError> {
        if self.legs.len() >= MOST_LEGS {
            return Err(MediaError::TooManyLegs(id));
        }
        let webrtc = WebRtc::new(
            id,
            now,
            self.cert.clone(),
            self.net.candidates(),
            event_clock,
        );
        let [a, b, c, d, e, f] = random();
        let outlet = Outlet::new(
            AudioCodec::Opus,
            u16::from_be_bytes([a, b]),
            u32::from_be_bytes([c, d, e, f]),
        );
        let leg = Leg::new(id, Transport::WebRtc(Box::new(webrtc)), outlet);
        self.legs.insert(id, leg);
        Ok(())
    }

    /// What a leg hears from now on.
    fn hear(&mut self, now: Instant, id: LegId, source: Source) {
        let feed = match source {
            Source::Silence => Some(Feed::Silence),
            Source::Leg(other) => Some(Feed::Leg(other)),
            Source::Echo => Some(Feed::Leg(id)),
            Source::Music(music) => self
                .library
                .music(&music)
                .map(|clip| Feed::Clip(clip, Repeat::Forever)),
            Source::Tone(tone) => self
                .library
                .tone(tone)
                .map(|clip| Feed::Clip(clip, Repeat::Forever)),
            Source::Prompt(prompt, repeat) => self
                .library
                .prompt(&prompt)
                .map(|clip| Feed::Clip(clip, repeat)),
        };
        let Some(leg) = self.legs.get_mut(&id) else {
            return;
        };
        let before = leg.hears();
        if feed.is_none() {
            tracing::warn!(leg = id.0, "there is no such prompt");
            let _ = self.events.send(MediaEvent::PromptEnded(id));
        }
        leg.hear(feed.unwrap_or(Feed::Silence));
        let after = leg.hears();
        self.listen(id, before, after);
        self.schedule(now, id);
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
        for listener in self.listeners.remove(&id).unwrap_or_default() {
            if let Some(leg) = self.legs.get_mut(&listener) {
                leg.hear(Feed::Silence);
            }
        }
        self.addresses.retain(|_, leg| *leg != id);
        if let Some(at) = self.scheduled.remove(&id) {
            self.timers.remove(&(at, id));
        }
    }

    fn fail(&mut self, id: LegId, failure: Failure) {
        tracing::info!(leg = id.0, %failure, "leg is dead");
        self.close(id);
        let _ = self.events.send(MediaEvent::Failed(id, failure));
    }

    /// Reads one system call's worth of datagrams; `false` when there were none.
    pub(super) fn receive(&mut self, now: Instant, inbox: &mut Inbox) -> bool {
        let Some(count) = self.net.receive(inbox) else {
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

    /// A datagram came.
    fn datagram(&mut self, now: Instant, datagram: &Datagram<'_>) {
        let Some(id) = self.owner(now, datagram) else {
            return;
        };
        let Some(leg) = self.legs.get_mut(&id) else {
            return;
        };
        if catch_unwind(AssertUnwindSafe(|| leg.handle_datagram(now, datagram))).is_err() {
            self.fail(id, Failure::Closed);
            return;
        }
        self.drain(now, id);
    }

    /// Whose datagram this is.
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
        let found = *self
            .legs
            .iter()
            .find(|(_, leg)| leg.accepts(now, datagram))?
            .0;
        if self.addresses.len() >= self.legs.len() * ADDRESSES_PER_LEG {
            self.addresses.clear();
        }
        self.addresses.insert(datagram.source, found);
        Some(found)
    }

    /// When to call [`handle_timeout`](Self::handle_timeout).
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.timers.first().map(|(at, _)| *at)
    }

    /// Time passed.
    pub(super) fn handle_timeout(&mut self, now: Instant) {
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
            let before = leg.hears();
            leg.handle_timeout(now, &self.net, &mut self.outbox, &mut self.from_legs);
            let after = leg.hears();
            if before != after {
                self.listen(id, before, after);
            }
            self.settle(now, id);
        }
    }

    /// Lets a leg say what it has to say.
    fn drain(&mut self, now: Instant, id: LegId) {
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.drain(now, &self.net, &mut self.from_legs);
        }
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
        match self.legs.get(&id).and_then(|leg| leg.failure(now)) {
            Some(failure) => self.fail(id, failure),
            None => self.schedule(now, id),
        }
    }

    /// Hands on one thing that came from a leg.
    fn hand_on(&mut self, now: Instant, from: FromLeg) {
        match from {
            FromLeg::Audio(leg, packet) => self.each_listener(leg, |server, listener| {
                let Some(to) = server.legs.get_mut(&listener) else {
                    return;
                };
                to.hear_packet(
                    now,
                    &server.net,
                    leg,
                    &packet,
                    &mut server.outbox,
                    &mut server.from_legs,
                );
                server.schedule(now, listener);
            }),
            FromLeg::Skip { leg, ssrc, seq } => self.each_listener(leg, |server, listener| {
                if let Some(to) = server.legs.get_mut(&listener) {
                    to.skip_packet(leg, ssrc, seq);
                }
            }),
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

/// The clock of telephone-event that is answered with. Browsers offer several and are to take
/// 48 kHz; where there is no such one, the 8 kHz of telephones.
fn event_clock(offer: &str) -> Frequency {
    let slow = sdp::audio_line(offer).is_some_and(|line| !line.event_48k);
    Frequency::new(8_000)
        .filter(|_| slow)
        .unwrap_or(Frequency::FORTY_EIGHT_KHZ)
}

/// Random bytes to begin sequence numbers and timestamps with.
fn random() -> [u8; 6] {
    let mut bytes = [0; 6];
    // Without randomness they begin at 0: RFC 3550's wish, SRTP's need for it is none.
    let _ = getrandom::fill(&mut bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::{Allow, Digit, MediaConfig, MusicId};
    use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
    use tokio::sync::oneshot;

    const AN: LegId = LegId(1);
    const BINH: LegId = LegId(2);

    fn server() -> (Server, UnboundedReceiver<MediaEvent>) {
        let net = Net::open(MediaConfig {
            bind: "127.0.0.1:0".parse().unwrap(),
            ..MediaConfig::default()
        })
        .unwrap();
        let cert = str0m::crypto::from_feature_flags()
            .dtls_provider
            .generate_certificate()
            .unwrap();
        let (sender, events) = unbounded_channel();
        let library = Library::load(None).unwrap();
        (Server::new(net, cert, library, sender), events)
    }

    fn create_offer(server: &mut Server, now: Instant, leg: LegId) -> Result<String, MediaError> {
        let (reply, mut answer) = oneshot::channel();
        let allow = Allow::BOTH;
        server.command(now, Command::CreateOffer { leg, allow, reply });
        answer.try_recv().unwrap()
    }

    fn accept_offer(server: &mut Server, now: Instant, leg: LegId) -> String {
        // Another peer connection is as good as a browser's, but for ICE-lite.
        let offer = create_offer(server, now, LegId(leg.0 + 1000)).unwrap();
        let sdp = offer.replace("a=ice-lite\r\n", "");
        let (reply, mut answer) = oneshot::channel();
        let allow = Allow::BOTH;
        server.command(
            now,
            Command::AcceptOffer {
                leg,
                sdp,
                allow,
                reply,
            },
        );
        answer.try_recv().unwrap().unwrap()
    }

    #[test]
    fn an_offer_is_what_a_browser_wants() {
        let (mut server, _events) = server();
        let offer = create_offer(&mut server, Instant::now(), AN).unwrap();
        for line in [
            "a=ice-lite",
            "a=rtcp-mux",
            "a=rtpmap:111 opus/48000/2",
            "a=rtpmap:110 telephone-event/48000",
            "a=fmtp:110 0-16",
            "a=sendrecv",
            "a=setup:actpass",
        ] {
            assert!(offer.lines().any(|l| l == line), "{line} in {offer}");
        }
        assert!(!offer.contains("telephone-event/8000"));
        assert_eq!(offer.matches("a=candidate").count(), 1);
    }

    #[test]
    fn a_leg_that_never_comes_up_fails() {
        let (mut server, mut events) = server();
        let now = Instant::now();
        accept_offer(&mut server, now, AN);
        server.handle_timeout(now + Duration::from_secs(29));
        assert!(events.try_recv().is_err());
        server.handle_timeout(now + Duration::from_secs(31));
        let failed = MediaEvent::Failed(AN, Failure::NeverConnected);
        assert_eq!(events.try_recv(), Ok(failed));
        assert!(!server.legs.contains_key(&AN));
        // The one whose offer has no answer yet is still rung for.
        assert!(server.legs.contains_key(&LegId(1001)));
    }

    #[test]
    fn a_closed_leg_leaves_nothing() {
        let (mut server, _events) = server();
        let now = Instant::now();
        accept_offer(&mut server, now, AN);
        accept_offer(&mut server, now, BINH);
        for (leg, source) in [
            (AN, Source::Leg(BINH)),
            (BINH, Source::Leg(AN)),
            (BINH, Source::Echo),
            (AN, Source::Music(MusicId("default".into()))),
            (AN, Source::Leg(BINH)),
        ] {
            server.command(now, Command::Hear { leg, source });
        }
        let digits = Digits::from(Digit::from_char('1').unwrap());
        server.command(
            now,
            Command::SendDigits {
                leg: AN,
                digits,
                duration_ms: 100,
            },
        );
        for leg in [1, 2, 1001, 1002] {
            server.command(now, Command::Close { leg: LegId(leg) });
        }
        assert!(server.legs.is_empty());
        assert!(server.listeners.is_empty());
        assert!(server.timers.is_empty());
        assert!(server.scheduled.is_empty());
        assert_eq!(server.deadline(), None);
    }

    #[test]
    fn there_is_an_end_to_legs() {
        let (mut server, _events) = server();
        let now = Instant::now();
        for leg in 0..MOST_LEGS as u64 {
            create_offer(&mut server, now, LegId(leg)).unwrap();
        }
        let one_more = LegId(MOST_LEGS as u64);
        assert_eq!(
            create_offer(&mut server, now, one_more),
            Err(MediaError::TooManyLegs(one_more))
        );
    }

    #[test]
    fn strangers_are_not_remembered() {
        let (mut server, _events) = server();
        let now = Instant::now();
        accept_offer(&mut server, now, AN);
        for port in 1..5000 {
            let datagram = Datagram {
                source: SocketAddr::from(([192, 0, 2, 1], port)),
                destination: server.net.local(),
                bytes: &[0x80, 111, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7, 1, 2, 3],
            };
            server.datagram(now, &datagram);
        }
        assert!(server.addresses.is_empty());
    }
}
