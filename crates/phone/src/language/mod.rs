//! The one language of the phone: [`Command`], [`State`] and [`Event`].
//!
//! The panel, the keyboard, a second tab and the page that embeds the widget speak exactly this,
//! and nothing else touches the engine. Everything here is plain data that serde can carry over a
//! message port.
//!
//! Two rules hold throughout:
//! * a [`State`] is what the wire or the media engine *confirmed*; what was asked for and is not
//!   yet answered stands beside it as [`Change::Requested`];
//! * what can be done now is data: an action is an `Option<Command>`, and a control is disabled
//!   because its action is `None`.

mod call;
mod command;
mod devices;
mod event;
mod hearing;
mod state;
mod transfer;
mod trouble;
mod values;
mod working;

pub use call::{Call, CallActions, CallDirection, Change, Outcome, Party, Phase, VideoState};
pub use command::{Command, SignIn};
pub use devices::{Device, DeviceKind, Devices};
pub use event::Event;
pub use hearing::{Hearing, Quality, Recovery, RecoveryKind, Sound};
pub use state::{AccountState, Check, Checks, PhoneActions, Reachability, State};
pub use transfer::{
    AfterFailure, Consultation, Introduced, Introduction, TargetKind, Transfer, TransferFailure,
    TransferStage, TransferTarget,
};
pub use trouble::{ChangeKind, Notice, Trouble};
pub use values::{CallId, Digits, Millis, Secret};
pub use working::{
    PersonPresence, PersonStatus, QueueLoad, Working, WorkingNow, WorkingState, WorkingSupport,
};
