//! Call records: one JSON object a line, for every call, when it is over.
//!
//! A [`Track`] goes along with a call, without a clock and without I/O, and becomes a [`CallRecord`] at
//! its end. A [`Writer`] appends records to the file of the configuration on a thread of its own, so
//! that no call ever waits for a disk.
//!
//! A transfer is a step of the path of the customer's call: who transferred it, where to, in what way, and
//! what became of it. Where it came to nothing the same step says how the call back to whoever transferred
//! it ended (`recall`), and where the customer went when he was not taken there either (`fallback`). The
//! phones that rang for it, the queues and the talks are steps of their own behind it:
//!
//! ```json
//! {"step":"transfer","by":"101","to":"102","kind":"blind","how":"noAnswer","atS":40.5,"forS":20.0,
//!  "recall":"declined","fallback":"sales"}
//! ```
//!
//! The call in which somebody was consulted has a record of its own.
//!
//! What is promised about the file:
//!
//! * Records are only ever appended, whole, in the order in which calls ended.
//! * With `sync_seconds = 0` each record, or those few that came together, is followed by `fdatasync`
//!   before the next is written: a power cut costs what had not reached the thread yet. With a longer
//!   interval it costs the records of that interval. A killed process (`kill -9`, a crash) loses none
//!   that the thread has written, with either; [`Writer::flush`] waits until it has.
//! * A server that is asked to stop (SIGTERM) writes and syncs everything before it ends
//!   ([`Writer::close`]).
//! * A line that was torn by a crash is mended when the file is opened next: completed where only its
//!   end of line is missing, else taken out, with a warning in the log.
//! * A full disk, or one that cannot be written, is an error in the log. What comes meanwhile is kept,
//!   up to 65,536 records, and written when there is room again. Calls do not notice.
//! * The file may be renamed or deleted at any time (logrotate, without `copytruncate` or with it): the
//!   path is looked at before each write, and a new file is begun where it is another one. No signal
//!   is needed.

mod appender;
mod record;
mod track;
mod writer;

pub use record::{
    CallRecord, Direction, EndedBy, OfferEnd, Seconds, Step, TransferEnd, TransferKind,
};
pub use track::{Beginning, Ending, Track, WallClock};
pub use writer::{RecordsError, Writer};
