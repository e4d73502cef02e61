//! The Chrome DevTools Protocol: JSON over one WebSocket.
//!
//! Flat sessions: one connection carries the browser and all pages, told apart by `sessionId`.
//! Only what the tests call exists here, so there are no generated types; a command is its name
//! and its parameters.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

/// What a command may take. Chromium answers in milliseconds; a page that hangs does not at all.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

type Listener = Arc<dyn Fn(&str, &Value) + Send + Sync>;

/// The connection to one browser. Clones share it.
#[derive(Clone)]
pub struct Devtools {
    shared: Arc<Shared>,
}

struct Shared {
    next_id: AtomicU64,
    /// The browser closed the connection: nothing will be answered any more.
    gone: AtomicBool,
    outgoing: mpsc::UnboundedSender<Message>,
    waiting: Mutex<HashMap<u64, oneshot::Sender<Result<Value>>>>,
    listeners: Mutex<HashMap<String, Listener>>,
}

impl Devtools {
    /// Connects to the address that Chromium prints when it starts.
    ///
    /// # Errors
    /// When nothing answers there.
    pub async fn connect(address: &str) -> Result<Self> {
        let (socket, _) = tokio_tungstenite::connect_async(address)
            .await
            .with_context(|| format!("connecting to {address}"))?;
        let (mut sink, mut stream) = socket.split();
        let (outgoing, mut queue) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            next_id: AtomicU64::new(1),
            gone: AtomicBool::new(false),
            outgoing,
            waiting: Mutex::default(),
            listeners: Mutex::default(),
        });
        tokio::spawn(async move {
            while let Some(message) = queue.recv().await {
                if sink.send(message).await.is_err() {
                    return;
                }
            }
        });
        let receiver = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Some(Ok(message)) = stream.next().await {
                if let Message::Text(text) = message {
                    receiver.receive(text.as_str());
                }
            }
            receiver.gone.store(true, Ordering::SeqCst);
            lock(&receiver.waiting).clear();
        });
        Ok(Self { shared })
    }

    /// Sends a command and waits for its result. `session` is empty for the browser itself.
    ///
    /// # Errors
    /// When the browser refuses it, or is gone.
    pub async fn call(&self, session: &str, method: &str, parameters: Value) -> Result<Value> {
        let id = self.shared.next_id.fetch_add(1, Ordering::Relaxed);
        let mut message = json!({ "id": id, "method": method, "params": parameters });
        if !session.is_empty() {
            message["sessionId"] = session.into();
        }
        let (sender, answer) = oneshot::channel();
        lock(&self.shared.waiting).insert(id, sender);
        if self.is_gone() {
            // Perhaps it went before this was in the list that is cleared then.
            lock(&self.shared.waiting).remove(&id);
        }
        self.shared
            .outgoing
            .send(Message::text(message.to_string()))
            .context("the browser is gone")?;
        timeout(ANSWER_WITHIN, answer)
            .await
            .with_context(|| format!("the browser did not answer {method}"))?
            .context("the browser is gone")?
            .with_context(|| method.to_owned())
    }

    /// Whether the browser closed the connection.
    pub fn is_gone(&self) -> bool {
        self.shared.gone.load(Ordering::SeqCst)
    }

    /// Has `listener` called with every event of a session.
    pub fn listen(&self, session: &str, listener: impl Fn(&str, &Value) + Send + Sync + 'static) {
        lock(&self.shared.listeners).insert(session.to_owned(), Arc::new(listener));
    }

    /// Ends [`Devtools::listen`].
    pub fn forget(&self, session: &str) {
        lock(&self.shared.listeners).remove(session);
    }
}

impl Shared {
    fn receive(&self, text: &str) {
        let Ok(mut message) = serde_json::from_str::<Value>(text) else {
            return;
        };
        if let Some(id) = message["id"].as_u64() {
            let Some(waiting) = lock(&self.waiting).remove(&id) else {
                return;
            };
            let result = match message.get("error") {
                Some(error) => Err(anyhow!("{error}")),
                None => Ok(message["result"].take()),
            };
            // Nobody waits any more after a time-out.
            let _ = waiting.send(result);
            return;
        }
        let listener = message["sessionId"]
            .as_str()
            .and_then(|session| lock(&self.listeners).get(session).cloned());
        if let (Some(listener), Some(method)) = (listener, message["method"].as_str()) {
            listener(method, &message["params"]);
        }
    }
}

/// Locks whatever a panicking test left behind: every critical section here leaves sound data.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
