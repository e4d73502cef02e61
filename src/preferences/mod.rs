//! What the person chose for this browser: language, theme, shortcuts. Kept in `localStorage`;
//! a page that may not use it (an iframe with blocked storage) forgets, and works.

mod choices;
mod wishes;

pub use choices::{Preferences, Theme, use_preferences};
