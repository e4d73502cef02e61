//! The phone, running: [`alo_phone::phone::Phone`] between the WebSocket and the media engine.
//!
//! Everything above reads [`Engine::state`] and calls [`Engine::send`], nothing else.

mod attention;
mod core;
mod handle;
mod lifecycle;
mod load;
mod ticker;

pub use attention::Words;
pub use handle::{Engine, use_engine};
pub use load::{LoadError, load_config, load_directory};
