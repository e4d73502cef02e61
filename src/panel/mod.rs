//! The phone as the agent sees it: one panel from 280x480 up, and a bar for when it is minimised.
//!
//! A view reads [`PhoneHandle`] and sends commands; what it shows is worked out in [`model`].

mod call_controls;
mod call_header;
mod call_view;
mod dial_view;
mod ended_view;
mod handle;
mod history_view;
mod incoming_view;
mod minimised_bar;
pub mod model;
mod notices;
mod other_calls;
mod panel_header;
mod people_view;
mod phone_panel;
mod recovery_banner;
mod settings_view;
mod shortcut_keys;
mod ui;
mod waiting_call;

pub use call_controls::{KeypadPad, MuteControl};
pub use call_view::Hearing;
pub use ended_view::EndedReason;
pub use handle::{PhoneHandle, use_phone};
pub use history_view::HistoryList;
pub use minimised_bar::MinimisedBar;
pub use notices::Notices;
pub use phone_panel::PhonePanel;
pub use ui::{PanelUi, Section, use_panel_ui};
