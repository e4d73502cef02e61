//! What the browser offers besides sockets and media, each behind a small type that releases what
//! it holds when dropped: clock, random numbers, storage, downloads, title, notifications, page life cycle.

pub(crate) mod carry_over;
pub(crate) mod clock;
pub(crate) mod download;
pub(crate) mod focus;
pub(crate) mod js;
mod media_query;
pub(crate) mod notification;
pub(crate) mod page;
pub(crate) mod random;
pub(crate) mod storage;
pub(crate) mod task;
pub(crate) mod title;

pub(crate) use media_query::media_query;
pub(crate) use task::Task;
