//! The phone as the agent sees it: one panel from 280x480 up, and a bar for when it is minimised.
//!
//! A view reads [`PhoneHandle`] and sends commands; of one call it holds a [`CallRef`]. What is shown
//! is worked out in [`model`].

mod account_menu;
mod action_button;
mod action_icon;
mod announcement;
mod answer_buttons;
mod bar_call;
mod bar_ended;
mod bar_ringing;
mod call_controls;
mod call_header;
mod call_ref;
mod call_view;
mod dial_view;
mod ended_card;
mod ended_reason;
mod handle;
mod hearing;
mod history_view;
mod hold_control;
mod incoming_view;
mod keypad_control;
mod keypad_pad;
mod mend_buttons;
mod minimised_bar;
pub mod model;
mod mute_control;
mod notices;
mod other_calls;
mod panel_header;
mod people_view;
mod phone_panel;
mod phone_status;
mod queue_facts_list;
mod recovery_banner;
mod sections;
mod settings_view;
mod shortcut_keys;
mod ui;
mod video_control;
mod waiting_call;
mod who;

pub use action_button::ActionButton;
pub use announcement::Announcement;
pub use call_ref::{Action, CallRef};
pub use ended_reason::EndedReason;
pub use handle::{DirectoryState, PhoneHandle, use_phone};
pub use hearing::Hearing;
pub use history_view::HistoryList;
pub use keypad_control::KeypadControl;
pub use keypad_pad::KeypadPad;
pub use mend_buttons::MendButtons;
pub use minimised_bar::MinimisedBar;
pub use mute_control::MuteControl;
pub use notices::Notices;
pub use phone_panel::PhonePanel;
pub use phone_status::PhoneStatus;
pub use shortcut_keys::listen_for_digits;
pub use ui::{PanelUi, Section, use_panel_ui};
pub use video_control::VideoControl;
