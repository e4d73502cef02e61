//! Registration at a registrar (RFC 3261 10.2, RFC 5626).

mod event;
mod machine;
mod register;

pub use event::RegistrationEvent;
pub(crate) use machine::{Registration, RegistrationStep, RegistrationTimer};
pub use register::Register;
