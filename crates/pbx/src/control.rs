//! The edge between the sans-IO [`Center`] and the world: one task owns it and carries out what it
//! says.
//!
//! The loop: wait for a message of a connection, an event or a result of the media server, or the
//! centre's own timeout; hand it in; carry out all that comes out.
//!
//! It ends when it is asked to, and when the media server has died: calls without audio would go on
//! as if nothing were, so the whole server ends and is started anew by whoever watches over it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use alo_sip::time::Instant;
use alo_sip::ua::{FlowId, FlowInfo};
use bytes::Bytes;
use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot, watch};

use crate::center::{Center, Finished, Output};
use crate::media::{Media, MediaEvent};
use crate::media_io::{MediaDone, MediaRequest};
use crate::records::{WallClock, Writer};
use crate::trunk::Health;

/// Messages of all connections that wait for the call control; a full queue slows the readers.
const INPUTS: usize = 1024;
/// Messages that wait for one connection; one that does not take them is closed.
const OUTGOING: usize = 256;
/// Datagrams that wait for one address of the phone network. Nobody there can be slow, only the socket of
/// this side; a hotline that hangs up on everybody at once sends that many in one go.
const OUTGOING_DATAGRAMS: usize = 8192;

/// After everybody is hung up on, phones are heard for so long: one that was not heard of yet has to
/// say that it rings before it can be told to stop (RFC 3261 section 9.1).
const DRAIN: Duration = Duration::from_millis(300);

/// Why the call control ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It was asked to.
    Asked,
    /// The media server is gone.
    NoMedia,
}

/// What connections tell the call control.
#[derive(Debug)]
pub enum ControlInput {
    /// A connection is open.
    Opened {
        /// Its number.
        flow: FlowId,
        /// What SIP has to know of it.
        info: FlowInfo,
        /// Where messages for it go; dropping it closes the connection.
        outgoing: mpsc::Sender<Bytes>,
    },
    /// There is an address of the phone network to send to.
    TrunkOpened {
        /// Number of the flow to it.
        flow: FlowId,
        /// What SIP has to know of it.
        info: FlowInfo,
        /// Where messages for it go; dropping it closes the flow.
        outgoing: mpsc::Sender<Bytes>,
        /// Whether calls go out over it, instead of over the one before.
        main: bool,
        /// Where it is told how the phone network is.
        health: Arc<watch::Sender<Option<Health>>>,
    },
    /// A message.
    Received {
        /// From which connection.
        flow: FlowId,
        /// The message.
        bytes: Bytes,
    },
    /// A connection is gone.
    Closed {
        /// Which.
        flow: FlowId,
    },
    /// One of these flows of the phone network may go.
    CloseIdle {
        /// Those that may go, the first one first.
        flows: Vec<FlowId>,
        /// Which one is gone; none where each has a call.
        closed: oneshot::Sender<Option<FlowId>>,
    },
    /// Hang up everywhere, and end.
    Stop,
}

/// A handle of the call control; cheap to clone.
#[derive(Debug, Clone)]
pub struct Control {
    inputs: mpsc::Sender<ControlInput>,
    flows: Arc<AtomicU64>,
    trunk: Arc<watch::Sender<Option<Health>>>,
}

/// One connection, as its reader and writer has it.
#[derive(Debug)]
pub struct Flow {
    /// Its number.
    pub id: FlowId,
    /// Messages to send; its end says: close.
    pub outgoing: mpsc::Receiver<Bytes>,
}

impl Control {
    /// A handle, and the end that the task reads.
    #[must_use]
    pub fn channel() -> (Self, mpsc::Receiver<ControlInput>) {
        let (inputs, receiver) = mpsc::channel(INPUTS);
        let control = Self {
            inputs,
            flows: Arc::default(),
            trunk: Arc::new(watch::Sender::new(None)),
        };
        (control, receiver)
    }

    /// Whether the task runs.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        !self.inputs.is_closed()
    }

    /// Done when the task has ended.
    pub async fn stopped(&self) {
        self.inputs.closed().await;
    }

    /// How the phone network is; `None` where there is no trunk, or nothing is known of it yet.
    #[must_use]
    pub fn trunk_health(&self) -> watch::Receiver<Option<Health>> {
        self.trunk.subscribe()
    }

    /// A connection opened; `None` when the call control has stopped.
    pub async fn open(&self, info: FlowInfo) -> Option<Flow> {
        self.opened(OUTGOING, |flow, outgoing| ControlInput::Opened {
            flow,
            info,
            outgoing,
        })
        .await
    }

    /// There is an address of the phone network to send to; `None` when the call control has stopped.
    pub async fn open_trunk(&self, info: FlowInfo, main: bool) -> Option<Flow> {
        let health = Arc::clone(&self.trunk);
        self.opened(OUTGOING_DATAGRAMS, |flow, outgoing| {
            ControlInput::TrunkOpened {
                flow,
                info,
                outgoing,
                main,
                health,
            }
        })
        .await
    }

    async fn opened(
        &self,
        depth: usize,
        input: impl FnOnce(FlowId, mpsc::Sender<Bytes>) -> ControlInput,
    ) -> Option<Flow> {
        let id = FlowId(self.flows.fetch_add(1, Ordering::Relaxed));
        let (sender, outgoing) = mpsc::channel(depth);
        self.inputs.send(input(id, sender)).await.ok()?;
        Some(Flow { id, outgoing })
    }

    /// A message arrived; `false` when the call control has stopped.
    pub async fn received(&self, flow: FlowId, bytes: Bytes) -> bool {
        let input = ControlInput::Received { flow, bytes };
        self.inputs.send(input).await.is_ok()
    }

    /// A connection is gone.
    pub async fn close(&self, flow: FlowId) {
        // Nobody is left to be told where this fails.
        let _ = self.inputs.send(ControlInput::Closed { flow }).await;
    }

    /// Closes the first of these flows of the phone network that has no call, and says which.
    pub async fn close_idle(&self, flows: Vec<FlowId>) -> Option<FlowId> {
        let (closed, answer) = oneshot::channel();
        let input = ControlInput::CloseIdle { flows, closed };
        self.inputs.send(input).await.ok()?;
        answer.await.ok()?
    }

    /// Hangs up all calls and ends the call control, soon.
    pub async fn stop(&self) {
        // Where this fails it has ended already.
        let _ = self.inputs.send(ControlInput::Stop).await;
    }
}

/// Runs the call control until it is asked to end, all handles are gone, or there is no media.
pub async fn run(
    mut center: Center,
    mut inputs: mpsc::Receiver<ControlInput>,
    media: Media,
    mut media_events: mpsc::UnboundedReceiver<MediaEvent>,
    records: Option<Writer>,
) -> Ended {
    let started = tokio::time::Instant::now();
    let (done, mut media_done) = mpsc::unbounded_channel();
    let mut edge = Edge {
        flows: BTreeMap::new(),
        trunk: None,
        media,
        done,
        records,
    };
    let (mut wake, mut end) = (None, None);
    let ended = loop {
        let now = || Instant::from_millis(started.elapsed().as_millis() as u64);
        tokio::select! {
            input = inputs.recv() => match input {
                None => break Ended::Asked,
                Some(ControlInput::Opened { flow, info, outgoing }) => {
                    edge.flows.insert(flow, Outgoing::Stream(outgoing));
                    center.flow_opened(now(), flow, info);
                }
                Some(ControlInput::TrunkOpened { flow, info, outgoing, main, health }) => {
                    edge.flows.insert(flow, Outgoing::Datagrams { outgoing, dropped: 0 });
                    edge.trunk = Some(health);
                    center.trunk_opened(now(), flow, info, main);
                }
                Some(ControlInput::Received { flow, bytes }) => center.received(now(), flow, bytes),
                Some(ControlInput::Closed { flow }) => {
                    edge.flows.remove(&flow);
                    center.flow_closed(now(), flow);
                }
                Some(ControlInput::CloseIdle { flows, closed }) => {
                    let idle = flows.into_iter().find(|flow| !center.has_calls_on(*flow));
                    if let Some(flow) = idle {
                        edge.flows.remove(&flow);
                        center.flow_closed(now(), flow);
                    }
                    // Where nobody waits for it any more, all ends.
                    let _ = closed.send(idle);
                }
                Some(ControlInput::Stop) => {
                    let called = center.stop(now());
                    let drain = if called { DRAIN } else { Duration::ZERO };
                    end = Some(tokio::time::Instant::now() + drain);
                }
            },
            event = media_events.recv() => match event {
                Some(event) => center.media_event(now(), &event),
                None => {
                    tracing::error!("the media thread has died, and with it all audio: ending");
                    center.stop(now());
                    edge.carry_out(now(), &mut center);
                    break Ended::NoMedia;
                }
            },
            Some(result) = media_done.recv() => center.media_done(now(), result),
            () = until(wake) => center.timeout(now()),
            () = until(end) => break Ended::Asked,
        }
        wake = edge
            .carry_out(now(), &mut center)
            .map(|at| started + Duration::from_millis(at.as_millis()));
    };
    // Before the connections learn of it, so that they can say why they close.
    inputs.close();
    if let Some(records) = edge.records {
        // A disk may be slow; the thread of this task is not to be.
        let _ = tokio::task::spawn_blocking(move || records.close()).await;
    }
    ended
}

/// Whether an event of this number is told of: each tenfold, or a flood fills the log.
pub(crate) fn is_power_of_ten(count: u64) -> bool {
    let digits = count.checked_ilog10();
    digits.is_some_and(|digits| 10_u64.pow(digits) == count)
}

/// Sleeps until then; for ever where it does not say when.
async fn until(at: Option<tokio::time::Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// Where messages for a flow go, and what becomes of those that are not taken.
enum Outgoing {
    /// A connection: one that does not take its messages is closed.
    Stream(mpsc::Sender<Bytes>),
    /// An address of the phone network: what does not find room is lost, as any datagram may be, and is
    /// sent again by its transaction. The flow is needed by all other calls.
    Datagrams {
        outgoing: mpsc::Sender<Bytes>,
        /// How many were lost.
        dropped: u64,
    },
}

/// What the centre's outputs are carried out with.
struct Edge {
    flows: BTreeMap<FlowId, Outgoing>,
    /// Who is told how the phone network is.
    trunk: Option<Arc<watch::Sender<Option<Health>>>>,
    media: Media,
    done: mpsc::UnboundedSender<MediaDone>,
    /// Where calls are recorded, if they are.
    records: Option<Writer>,
}

impl Edge {
    /// Carries out everything; says when the centre wants to be woken.
    fn carry_out(&mut self, now: Instant, center: &mut Center) -> Option<Instant> {
        loop {
            match center.poll_output() {
                Output::Timeout(at) => return at,
                Output::Transmit { flow, bytes } => self.transmit(flow, bytes),
                Output::CloseFlow { flow } => {
                    self.flows.remove(&flow);
                }
                Output::Media(request) => self.ask_media(request),
                Output::Record(finished) => self.record(now, *finished),
                Output::TrunkHealth(health) => {
                    if let Some(told) = &self.trunk {
                        told.send_replace(Some(health));
                    }
                }
            }
        }
    }

    fn record(&self, now: Instant, finished: Finished) {
        if let Some(records) = &self.records {
            let clock = WallClock {
                at: now,
                said: Timestamp::now(),
            };
            records.write(&finished.record(clock));
        }
    }

    fn transmit(&mut self, flow: FlowId, bytes: Bytes) {
        let Some(to) = self.flows.get_mut(&flow) else {
            return;
        };
        let taken = match to {
            Outgoing::Stream(outgoing) | Outgoing::Datagrams { outgoing, .. } => {
                outgoing.try_send(bytes).is_ok()
            }
        };
        match to {
            _ if taken => {}
            Outgoing::Stream(_) => {
                // It does not read, or is gone already; its reader says so when it notices.
                tracing::warn!(
                    flow = flow.0,
                    "connection does not take its messages, closing it"
                );
                self.flows.remove(&flow);
            }
            Outgoing::Datagrams { dropped, .. } => {
                *dropped += 1;
                if is_power_of_ten(*dropped) {
                    tracing::warn!(
                        flow = flow.0,
                        dropped = *dropped,
                        "no room for a datagram to the phone network: dropped"
                    );
                }
            }
        }
    }

    /// At most one request that has a result is under way in a leg at a time (see `leg`), so
    /// tasks cannot overtake one another.
    fn ask_media(&self, request: MediaRequest) {
        let (media, done) = (self.media.clone(), self.done.clone());
        match request {
            MediaRequest::CancelOffer { leg } => media.cancel_offer(leg),
            MediaRequest::Hear { leg, source, turn } => media.hear(leg, source, turn),
            MediaRequest::SendDigits {
                leg,
                digits,
                duration_ms,
            } => media.send_digits(leg, digits, duration_ms),
            MediaRequest::Close { leg } => media.close(leg),
            MediaRequest::CreateOffer { leg, kind, allow } => {
                tokio::spawn(async move {
                    let result = media.create_offer(leg, kind, allow).await;
                    let _ = done.send(MediaDone::Offer { leg, result });
                });
            }
            MediaRequest::AcceptOffer {
                leg,
                kind,
                sdp,
                allow,
            } => {
                tokio::spawn(async move {
                    let result = media.accept_offer(leg, kind, sdp, allow).await;
                    let _ = done.send(MediaDone::Answer { leg, result });
                });
            }
            MediaRequest::SetAnswer { leg, sdp } => {
                tokio::spawn(async move {
                    let result = media.set_answer(leg, sdp).await;
                    let _ = done.send(MediaDone::AnswerSet { leg, result });
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use alo_sip::ua::Transport;

    use super::*;
    use crate::center::Seeds;
    use crate::config::Config;
    use crate::media::MediaConfig;

    struct Running {
        control: Control,
        task: tokio::task::JoinHandle<Ended>,
        /// Dropped where the media thread dies.
        media_events: mpsc::UnboundedSender<MediaEvent>,
    }

    fn run_control() -> Running {
        let seeds = Seeds {
            user_agent: Default::default(),
            nonce_secret: [7; 32],
            first_call: 1,
        };
        let center = Center::new(Arc::new(Config::demo().unwrap()), &seeds);
        let media = MediaConfig {
            bind: ([127, 0, 0, 1], 0).into(),
            ..MediaConfig::default()
        };
        let (own_events, _) = mpsc::unbounded_channel();
        let media = Media::start(media, own_events).unwrap();
        let (control, inputs) = Control::channel();
        let (media_events, from_media) = mpsc::unbounded_channel();
        Running {
            control,
            task: tokio::spawn(run(center, inputs, media, from_media, None)),
            media_events,
        }
    }

    async fn open(control: &Control) -> Flow {
        let info = FlowInfo {
            transport: Transport::Ws,
            sent_by: "alo.local".into(),
            remote: None,
            keep_alive: None,
        };
        control.open(info).await.unwrap()
    }

    #[tokio::test]
    async fn without_media_it_ends_and_all_connections_with_it() {
        let running = run_control();
        let mut flow = open(&running.control).await;
        drop(running.media_events);
        assert_eq!(flow.outgoing.recv().await, None);
        assert!(!running.control.is_alive());
        assert_eq!(running.task.await.unwrap(), Ended::NoMedia);
    }

    /// An address of the phone network. Nothing is read here of what goes there.
    async fn open_trunk(control: &Control) -> Flow {
        let info = FlowInfo {
            transport: Transport::Udp,
            sent_by: "192.0.2.1:5060".into(),
            remote: Some(([192, 0, 2, 9], 5060).into()),
            keep_alive: None,
        };
        control.open_trunk(info, false).await.unwrap()
    }

    /// Requests that are answered at once.
    async fn ask(control: &Control, flow: &Flow, how_often: usize) {
        for n in 0..how_often {
            let request = format!(
                "OPTIONS sip:alo SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK{n}\r\n\
                 From: <sip:x@192.0.2.9>;tag=1\r\nTo: <sip:alo>\r\nCall-ID: {n}\r\n\
                 CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
            );
            assert!(control.received(flow.id, request.into()).await);
        }
    }

    #[tokio::test]
    async fn a_burst_closes_a_connection_but_not_the_way_to_the_phone_network() {
        let running = run_control();
        let mut flow = open(&running.control).await;
        let mut trunk = open_trunk(&running.control).await;
        for flow in [&flow, &trunk] {
            ask(&running.control, flow, OUTGOING_DATAGRAMS + 10).await;
        }
        // Nothing is asked, but with the answer all that was sent before has been done.
        assert_eq!(running.control.close_idle(Vec::new()).await, None);
        let count = |flow: &mut Flow| {
            let mut count = 0;
            while flow.outgoing.try_recv().is_ok() {
                count += 1;
            }
            count
        };
        assert_eq!(count(&mut flow), OUTGOING);
        assert!(flow.outgoing.is_closed());
        assert_eq!(count(&mut trunk), OUTGOING_DATAGRAMS);
        ask(&running.control, &trunk, 1).await;
        assert!(trunk.outgoing.recv().await.is_some(), "it goes on");
    }

    #[tokio::test]
    async fn an_idle_flow_of_the_phone_network_makes_room() {
        let running = run_control();
        let mut trunk = open_trunk(&running.control).await;
        let closed = running.control.close_idle(vec![trunk.id]).await;
        assert_eq!(closed, Some(trunk.id));
        assert_eq!(trunk.outgoing.recv().await, None);
    }

    #[tokio::test]
    async fn it_ends_when_it_is_asked_to() {
        let running = run_control();
        let mut flow = open(&running.control).await;
        running.control.stop().await;
        assert_eq!(flow.outgoing.recv().await, None);
        assert!(
            !running.control.is_alive(),
            "known before connections close"
        );
        assert_eq!(running.task.await.unwrap(), Ended::Asked);
    }
}
