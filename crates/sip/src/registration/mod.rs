//! Registration at a registrar (RFC 3261 10.2, RFC 5626).

mod event;
mod machine;
mod register;

pub use event::RegistrationEvent;
pub use machine::{BackOff, RegistrationAct, RegistrationTimer};
pub(crate) use machine::{Registration, RegistrationStep};
pub use register::Register;
