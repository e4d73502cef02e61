//! The thread that writes records.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender, TrySendError};
use std::thread;
use std::time::{Duration, Instant};

use super::appender::Appender;
use super::record::CallRecord;
use crate::config::{Records, SyncPolicy};

/// Most records that are kept while the disk takes none.
const MOST: usize = 65_536;
/// Most bytes that the thread itself holds of them.
const BATCH: usize = 1 << 20;
/// How often a disk that took nothing is tried again.
const RETRY: Duration = Duration::from_secs(1);
/// How long a stop waits for a disk that takes nothing.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why records cannot be written.
#[derive(Debug)]
pub struct RecordsError {
    /// The file.
    pub file: PathBuf,
    /// What is wrong with it.
    pub error: io::Error,
}

impl fmt::Display for RecordsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.display();
        write!(
            f,
            "call records cannot be written to {file}: {}",
            self.error
        )
    }
}

impl std::error::Error for RecordsError {}

/// What the thread is asked for.
enum Message {
    Line(Vec<u8>),
    /// Told when everything before is on the disk.
    Flush(SyncSender<()>),
}

/// Writes records to the file of the configuration. Dropped, it writes what it has in the background;
/// [`Writer::close`] waits for that.
#[derive(Debug)]
pub struct Writer {
    messages: SyncSender<Message>,
    /// Told nothing; gone when the thread is.
    ended: Receiver<()>,
    lost: AtomicU64,
}

impl Writer {
    /// Opens the file and starts the thread; `None` where no records are wanted.
    ///
    /// # Errors
    /// Where the file cannot be opened.
    pub fn start(settings: &Records) -> Result<Option<Self>, RecordsError> {
        let Some(file) = &settings.file else {
            return Ok(None);
        };
        let failed = |error| RecordsError {
            file: file.clone(),
            error,
        };
        let appender = Appender::open(file).map_err(failed)?;
        let (messages, inbox) = mpsc::sync_channel(MOST);
        let (alive, ended) = mpsc::sync_channel(0);
        let sync = settings.sync;
        let run = move || {
            Desk {
                appender,
                sync,
                synced: Instant::now(),
                troubled: false,
                askers: Vec::new(),
            }
            .run(&inbox);
            drop(alive);
        };
        let name = "call-records".to_owned();
        thread::Builder::new()
            .name(name)
            .spawn(run)
            .map_err(failed)?;
        Ok(Some(Self {
            messages,
            ended,
            lost: AtomicU64::new(0),
        }))
    }

    /// Hands a record over; never waits.
    pub fn write(&self, record: &CallRecord) {
        let line = serde_json::to_vec(record).map(|mut line| {
            line.push(b'\n');
            line
        });
        let taken = match line {
            Ok(line) => self.messages.try_send(Message::Line(line)),
            Err(error) => {
                tracing::error!(%error, call = record.id, "a call record cannot be written");
                return;
            }
        };
        if let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) = taken {
            let lost = self.lost.fetch_add(1, Ordering::Relaxed) + 1;
            // Once for each thousand: the log is on a disk too.
            if lost % 1000 == 1 {
                tracing::error!(lost, "call records are lost: the disk takes none");
            }
        }
    }

    /// Waits until everything that was handed over before is on the disk; says whether it is by then.
    #[must_use]
    pub fn flush(&self, patience: Duration) -> bool {
        let (asker, told) = mpsc::sync_channel(1);
        let asked = self.messages.try_send(Message::Flush(asker));
        asked.is_ok() && told.recv_timeout(patience).is_ok()
    }

    /// Writes and syncs everything, and ends the thread. Gives up where the disk takes nothing for
    /// some seconds: a stop does not hang.
    pub fn close(self) {
        let Self {
            messages, ended, ..
        } = self;
        // Its end is the thread's word to finish.
        drop(messages);
        if let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(PATIENCE + RETRY) {
            tracing::error!("the file of the call records does not answer");
        }
    }
}

/// The thread's own.
struct Desk {
    appender: Appender,
    sync: SyncPolicy,
    synced: Instant,
    /// The last attempt failed, and was told of.
    troubled: bool,
    askers: Vec<SyncSender<()>>,
}

impl Desk {
    fn run(mut self, inbox: &Receiver<Message>) {
        loop {
            let first = match self.wait() {
                Some(wait) => inbox.recv_timeout(wait),
                None => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match first {
                Ok(message) => self.take(message),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return self.finish(),
            }
            // What came with it shares its sync.
            while self.appender.pending() < BATCH
                && let Ok(message) = inbox.try_recv()
            {
                self.take(message);
            }
            self.work();
            while self.appender.pending() >= BATCH {
                // No more is taken on before this is gone.
                thread::sleep(RETRY);
                self.work();
            }
        }
    }

    /// For how long there is nothing to do unless something comes.
    fn wait(&self) -> Option<Duration> {
        if self.troubled {
            return Some(RETRY);
        }
        match self.sync {
            SyncPolicy::Interval(interval) if self.appender.unsynced() => {
                Some(interval.saturating_sub(self.synced.elapsed()))
            }
            _ => None,
        }
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Line(line) => self.appender.push(&line),
            Message::Flush(asker) => self.askers.push(asker),
        }
    }

    /// Writes what there is, and syncs it where that is due.
    fn work(&mut self) {
        let due = match self.sync {
            SyncPolicy::Every => true,
            SyncPolicy::Interval(interval) => {
                !self.askers.is_empty() || self.synced.elapsed() >= interval
            }
        };
        let done = self.appender.write().and_then(|()| {
            if due {
                self.appender.sync()?;
                self.synced = Instant::now();
            }
            Ok(())
        });
        match done {
            Ok(()) => {
                if self.troubled {
                    tracing::info!("call records are written again");
                }
                self.troubled = false;
                for asker in self.askers.drain(..) {
                    // Who does not wait any more does not care.
                    let _ = asker.try_send(());
                }
            }
            Err(error) => {
                if !self.troubled {
                    tracing::error!(%error, "call records cannot be written; they are kept");
                }
                self.troubled = true;
            }
        }
    }

    /// Nobody hands anything over any more.
    fn finish(mut self) {
        self.sync = SyncPolicy::Every;
        let until = Instant::now() + PATIENCE;
        self.work();
        while self.troubled && Instant::now() < until {
            thread::sleep(RETRY);
            self.work();
        }
        if self.troubled {
            let lost = self.appender.pending_lines();
            tracing::error!(lost, "call records are lost: the disk takes none");
        }
    }
}
