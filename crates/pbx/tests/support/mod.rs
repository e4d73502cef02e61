//! What several tests share.

pub mod browser;
pub mod phone;
