//! Call records: one JSON object a line, for every call, when it is over.
//!
//! A [`Track`] goes along with a call, without a clock and without I/O, and becomes a [`CallRecord`] at
//! its end. A [`Writer`] appends records to the file of the configuration on a thread of its own, so
//! that no call ever waits for a disk.
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

pub use record::{CallRecord, Direction, EndedBy, OfferEnd, Seconds, Step};
pub use track::{Beginning, Ending, Track, WallClock};
pub use writer::{RecordsError, Writer};
