//! Small controls: props in, callbacks out. Nothing here knows of calls, of the engine or of the
//! catalogue; every text comes in as a prop.

mod alert;
mod avatar;
mod button;
mod facts;
mod field;
mod hearing_line;
mod icon;
mod icon_button;
pub mod icons;
mod keypad;
mod keypad_key;
mod live_region;
mod menu;
mod number;
mod quality_bars;
mod round_control;
mod seconds_ring;
mod segmented;
mod select;
mod status_light;
mod suggest_field;
mod switch;
mod tabs;

pub use alert::Alert;
pub use avatar::Avatar;
pub use button::{Button, Tone};
pub use facts::{Fact, Facts};
pub use field::TextField;
pub use hearing_line::HearingLine;
pub use icon::Icon;
pub use icon_button::IconButton;
pub use keypad::Keypad;
pub use keypad_key::KeypadKey;
pub use live_region::LiveRegion;
pub use menu::Menu;
pub use number::Number;
pub use quality_bars::QualityBars;
pub use round_control::RoundControl;
pub use seconds_ring::SecondsRing;
pub use segmented::Segmented;
pub use select::{Choice, Select};
pub use status_light::StatusLight;
pub use suggest_field::{SuggestField, Suggestion};
pub use switch::Switch;
pub use tabs::{Tab, Tabs};
