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
use tokio::sync::mpsc;

use crate::center::{Center, Output};
use crate::media::{Media, MediaEvent};
use crate::media_io::{MediaDone, MediaRequest};

/// Messages of all connections that wait for the call control; a full queue slows the readers.
const INPUTS: usize = 1024;
/// Messages that wait for one connection; one that does not take them is closed.
const OUTGOING: usize = 256;

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
    /// Hang up everywhere, and end.
    Stop,
}

/// A handle of the call control; cheap to clone.
#[derive(Debug, Clone)]
pub struct Control {
    inputs: mpsc::Sender<ControlInput>,
    flows: Arc<AtomicU64>,
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
        };
        (control, receiver)
    }

    /// Whether the task runs.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        !self.inputs.is_closed()
    }

    /// A connection opened; `None` when the call control has stopped.
    pub async fn open(&self, info: FlowInfo) -> Option<Flow> {
        let id = FlowId(self.flows.fetch_add(1, Ordering::Relaxed));
        let (sender, outgoing) = mpsc::channel(OUTGOING);
        let input = ControlInput::Opened {
            flow: id,
            info,
            outgoing: sender,
        };
        self.inputs.send(input).await.ok()?;
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
) -> Ended {
    let started = tokio::time::Instant::now();
    let (done, mut media_done) = mpsc::unbounded_channel();
    let mut edge = Edge {
        flows: BTreeMap::new(),
        media,
        done,
    };
    let (mut wake, mut end) = (None, None);
    let ended = loop {
        let now = || Instant::from_millis(started.elapsed().as_millis() as u64);
        tokio::select! {
            input = inputs.recv() => match input {
                None => break Ended::Asked,
                Some(ControlInput::Opened { flow, info, outgoing }) => {
                    edge.flows.insert(flow, outgoing);
                    center.flow_opened(now(), flow, info);
                }
                Some(ControlInput::Received { flow, bytes }) => center.received(now(), flow, bytes),
                Some(ControlInput::Closed { flow }) => {
                    edge.flows.remove(&flow);
                    center.flow_closed(now(), flow);
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
                    edge.carry_out(&mut center);
                    break Ended::NoMedia;
                }
            },
            Some(result) = media_done.recv() => center.media_done(now(), result),
            () = until(wake) => center.timeout(now()),
            () = until(end) => break Ended::Asked,
        }
        wake = edge
            .carry_out(&mut center)
            .map(|at| started + Duration::from_millis(at.as_millis()));
    };
    // Before the connections learn of it, so that they can say why they close.
    inputs.close();
    ended
}

/// Sleeps until then; for ever where it does not say when.
async fn until(at: Option<tokio::time::Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// What the centre's outputs are carried out with.
struct Edge {
    flows: BTreeMap<FlowId, mpsc::Sender<Bytes>>,
    media: Media,
    done: mpsc::UnboundedSender<MediaDone>,
}

impl Edge {
    /// Carries out everything; says when the centre wants to be woken.
    fn carry_out(&mut self, center: &mut Center) -> Option<Instant> {
        loop {
            match center.poll_output() {
                Output::Timeout(at) => return at,
                Output::Transmit { flow, bytes } => self.transmit(flow, bytes),
                Output::CloseFlow { flow } => {
                    self.flows.remove(&flow);
                }
                Output::Media(request) => self.ask_media(request),
            }
        }
    }

    fn transmit(&mut self, flow: FlowId, bytes: Bytes) {
        let Some(outgoing) = self.flows.get(&flow) else {
            return;
        };
        if outgoing.try_send(bytes).is_err() {
            // It does not read, or is gone already; its reader says so when it notices.
            tracing::warn!(
                flow = flow.0,
                "connection does not take its messages, closing it"
            );
            self.flows.remove(&flow);
        }
    }

    /// At most one request that has a result is under way in a leg at a time (see `leg`), so
    /// tasks cannot overtake one another.
    fn ask_media(&self, request: MediaRequest) {
        let (media, done) = (self.media.clone(), self.done.clone());
        match request {
            MediaRequest::CancelOffer { leg } => media.cancel_offer(leg),
            MediaRequest::Hear { leg, source } => media.hear(leg, source),
            MediaRequest::SendDigits {
                leg,
                digits,
                duration_ms,
            } => media.send_digits(leg, digits, duration_ms),
            MediaRequest::Close { leg } => media.close(leg),
            MediaRequest::CreateOffer { leg, allow } => {
                tokio::spawn(async move {
                    let result = media.create_offer(leg, allow).await;
                    let _ = done.send(MediaDone::Offer { leg, result });
                });
            }
            MediaRequest::AcceptOffer { leg, sdp, allow } => {
                tokio::spawn(async move {
                    let result = media.accept_offer(leg, sdp, allow).await;
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
            task: tokio::spawn(run(center, inputs, media, from_media)),
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
