//! SIP over WebSocket (RFC 7118): one SIP message is one WebSocket message.

use std::fmt::Display;
use std::net::SocketAddr;
use std::time::Duration;

use alo_sip::ua::{FlowInfo, Transport};
use axum::extract::ws::{CloseFrame, Message, WebSocketUpgrade, close_code};
use axum::extract::{ConnectInfo, State};
use axum::http::header::ORIGIN;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::{Sink, SinkExt, Stream, StreamExt};
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::{Web, security};
use crate::control::{Control, Flow};
use crate::peer::Peer;

/// Longest SIP message that is taken; longer ones close the connection (1009).
const MAX_MESSAGE: usize = 64 * 1024;
/// How often the browser is asked whether it is there (RFC 6455 section 5.5.2)...
const PING_EVERY: Duration = Duration::from_secs(15);
/// ... and after how much silence it is taken for gone.
const SILENCE: Duration = Duration::from_secs(40);
/// A browser that does not read what is sent for so long is taken for gone too.
const STUCK: Duration = Duration::from_secs(10);

/// `GET /sip`
pub(super) async fn upgrade(
    State(web): State<Web>,
    ConnectInfo(remote): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if !security::origin_allowed(&headers, &web.config.http) {
        tracing::info!(%remote, origin = ?headers.get(ORIGIN), "a page of another origin is refused");
        let text = "Pages of this origin may not connect. Name it in http.origins.\n";
        return (StatusCode::FORBIDDEN, text).into_response();
    }
    let upgrade = upgrade
        .protocols(["sip"])
        .max_message_size(MAX_MESSAGE)
        .max_frame_size(MAX_MESSAGE);
    // RFC 7118 section 4.1: the client names the subprotocol `sip`; nothing else is spoken here.
    if upgrade.selected_protocol().is_none() {
        let text = "The WebSocket subprotocol `sip` is wanted (RFC 7118).\n";
        return (StatusCode::BAD_REQUEST, text).into_response();
    }
    let Some(connection) = web.connections.open(Peer::of(Some(remote))) else {
        let text = "There are too many connections.\n";
        return (StatusCode::SERVICE_UNAVAILABLE, text).into_response();
    };
    let info = flow_info(&web, remote);
    let control = web.control;
    upgrade.on_upgrade(move |socket| async move {
        let (sink, stream) = socket.split();
        pump(stream, sink, &control, info).await;
        drop(connection);
    })
}

fn flow_info(web: &Web, remote: SocketAddr) -> FlowInfo {
    FlowInfo {
        transport: if web.config.http.tls.is_some() {
            Transport::Wss
        } else {
            Transport::Ws
        },
        sent_by: web.config.domain.clone(),
        remote: Some(remote),
        keep_alive: None,
    }
}

/// Carries messages between one connection and the call control until either side ends.
pub async fn pump<In, Out, Error>(mut stream: In, mut sink: Out, control: &Control, info: FlowInfo)
where
    In: Stream<Item = Result<Message, Error>> + Unpin,
    Out: Sink<Message> + Unpin,
    Error: Display,
{
    let Some(mut flow) = control.open(info).await else {
        let _ = sink.send(close(close_code::AWAY, "stopping")).await;
        return;
    };
    let why = exchange(&mut stream, &mut sink, control, &mut flow).await;
    tracing::debug!(flow = flow.id.0, why, "connection closed");
    control.close(flow.id).await;
    let _ = sink.close().await;
}

async fn exchange<In, Out, Error>(
    stream: &mut In,
    sink: &mut Out,
    control: &Control,
    flow: &mut Flow,
) -> &'static str
where
    In: Stream<Item = Result<Message, Error>> + Unpin,
    Out: Sink<Message> + Unpin,
    Error: Display,
{
    let mut ping = interval(PING_EVERY);
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ping.reset();
    let mut heard = Instant::now();
    loop {
        tokio::select! {
            received = stream.next() => {
                heard = Instant::now();
                let bytes = match received {
                    Some(Ok(Message::Text(text))) => Bytes::from(text),
                    Some(Ok(Message::Binary(bytes))) => bytes,
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                    Some(Ok(Message::Close(_))) | None => return "closed by the browser",
                    Some(Err(error)) => {
                        tracing::debug!(flow = flow.id.0, %error, "connection broken");
                        return "broken";
                    }
                };
                if !control.received(flow.id, bytes).await {
                    return "the call control has stopped";
                }
            }
            outgoing = flow.outgoing.recv() => {
                let Some(bytes) = outgoing else {
                    // RFC 6455 section 7.4.1: going away is not the same as done with this one.
                    let farewell = if control.is_alive() {
                        close(close_code::NORMAL, "")
                    } else {
                        close(close_code::AWAY, "stopping")
                    };
                    let _ = sink.send(farewell).await;
                    return "closed by the call control";
                };
                if !sent(sink, frame(bytes)).await {
                    return "broken";
                }
            }
            _ = ping.tick() => {
                if heard.elapsed() > SILENCE {
                    return "silent";
                }
                if !sent(sink, Message::Ping(Bytes::new())).await {
                    return "broken";
                }
            }
        }
    }
}

/// Sends, unless the far end reads nothing for so long that it has to be taken for gone.
async fn sent(sink: &mut (impl Sink<Message> + Unpin), message: Message) -> bool {
    matches!(
        tokio::time::timeout(STUCK, sink.send(message)).await,
        Ok(Ok(()))
    )
}

/// A SIP message as a frame: text where it is UTF-8 (RFC 7118 section 4.2), which all of Alo's own
/// messages are.
fn frame(bytes: Bytes) -> Message {
    match axum::extract::ws::Utf8Bytes::try_from(bytes.clone()) {
        Ok(text) => Message::Text(text),
        Err(_) => Message::Binary(bytes),
    }
}

fn close(code: u16, reason: &'static str) -> Message {
    Message::Close(Some(CloseFrame {
        code,
        reason: reason.into(),
    }))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::stream;
    use tokio::sync::mpsc;

    use super::*;
    use crate::control::ControlInput;

    fn info() -> FlowInfo {
        FlowInfo {
            transport: Transport::Ws,
            sent_by: "alo.local".into(),
            remote: None,
            keep_alive: None,
        }
    }

    /// A sink that keeps what it is given.
    fn sink() -> (impl Sink<Message> + Unpin, mpsc::UnboundedReceiver<Message>) {
        let (kept, seen) = mpsc::unbounded_channel();
        let sink = futures_util::sink::unfold(kept, |kept, message| async move {
            let _ = kept.send(message);
            Ok::<_, Infallible>(kept)
        });
        (Box::pin(sink), seen)
    }

    #[tokio::test]
    async fn messages_go_to_the_call_control_and_its_answers_come_back() {
        let (control, mut inputs) = Control::channel();
        let received = [
            Message::Ping(Bytes::new()),
            Message::Text("one".into()),
            Message::Binary(Bytes::from_static(b"two\xff")),
        ];
        let stream = stream::iter(received.map(Ok::<_, Infallible>)).chain(stream::pending());
        let (sink, mut sent) = sink();
        let served = tokio::spawn(async move {
            pump(Box::pin(stream), sink, &control, info()).await;
        });

        let Some(ControlInput::Opened { flow, outgoing, .. }) = inputs.recv().await else {
            panic!("the flow is told of first");
        };
        for expected in [&b"one"[..], b"two\xff"] {
            let Some(ControlInput::Received { flow: from, bytes }) = inputs.recv().await else {
                panic!("each message is one input");
            };
            assert_eq!((from, &bytes[..]), (flow, expected));
        }
        outgoing
            .send(Bytes::from_static("ô".as_bytes()))
            .await
            .unwrap();
        outgoing.send(Bytes::from_static(b"\xff")).await.unwrap();
        assert_eq!(sent.recv().await, Some(Message::Text("ô".into())));
        assert_eq!(
            sent.recv().await,
            Some(Message::Binary(Bytes::from_static(b"\xff")))
        );
        drop(outgoing);
        assert!(
            matches!(sent.recv().await, Some(Message::Close(Some(frame))) if frame.code == 1000)
        );
        served.await.unwrap();
        assert!(
            matches!(inputs.recv().await, Some(ControlInput::Closed { flow: gone }) if gone == flow)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_browser_that_falls_silent_is_pinged_and_given_up() {
        let (control, mut inputs) = Control::channel();
        let stream = stream::pending::<Result<Message, Infallible>>();
        let (sink, mut sent) = sink();
        tokio::spawn(async move { pump(stream, sink, &control, info()).await });
        let _opened = inputs.recv().await;
        assert_eq!(sent.recv().await, Some(Message::Ping(Bytes::new())));
        assert!(matches!(
            inputs.recv().await,
            Some(ControlInput::Closed { .. })
        ));
    }
}
