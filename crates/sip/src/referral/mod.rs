//! REFER (RFC 3515) on both sides, and the subscription that it makes in the dialog that it came in (RFC
//! 6665, RFC 5057).

mod asked;
mod asking;
mod error;
mod event;
mod name;
mod refer;

pub(crate) use asked::{Referred, ReferredStep, ReferredTimer};
pub(crate) use asking::{Referral, ReferralStep, ReferralTimer};
pub use error::ReferError;
pub use event::ReferralEvent;
pub(crate) use name::refer_of;
pub use refer::Refer;
