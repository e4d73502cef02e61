//! Alo, the browser softphone of contact-centre agents: SIP over WebSocket and WebRTC.

// The component macro leaves a `pub fn` beside what a module re-exports, which the lint takes for
// an item that nobody can reach.
#![allow(unreachable_pub)]

pub mod app;
pub mod components;
pub mod embed;
pub mod engine;
pub mod i18n;
mod media;
pub mod pages;
pub mod panel;
mod platform;
pub mod preferences;
mod signaling;
mod storage;
