//! What the person chose for this browser: language, theme, shortcuts, where calls were sent last. Kept in `localStorage`;
//! a page that may not use it (an iframe with blocked storage) forgets, and works.

mod choices;
pub(crate) mod last_targets;
mod wishes;

pub use choices::{Preferences, Theme, use_preferences};
