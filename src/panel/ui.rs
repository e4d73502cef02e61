//! What the panel itself remembers: the open section, what was typed.

use alo_phone::language::{Call, CallId, Command, Digits};
use leptos::{html, prelude::*};

use super::handle::PhoneHandle;
use super::watching::Watching;

/// A section of the idle panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Section {
    /// Dialling.
    #[default]
    Keypad,
    /// Colleagues.
    People,
    /// Earlier calls.
    History,
    /// Settings.
    Settings,
}

impl Section {
    /// All of them, in the order of their tabs.
    pub(super) const ALL: [Section; 4] = [
        Section::Keypad,
        Section::People,
        Section::History,
        Section::Settings,
    ];
}

/// Digits that were pressed in a call, as long as it is shown. They stay in the panel: the state
/// has none (they may be a PIN).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Pressed {
    call: Option<CallId>,
    digits: String,
}

/// What the panel remembers, from the context.
#[derive(Clone, Copy)]
pub struct PanelUi {
    /// The open section.
    pub section: RwSignal<Section>,
    /// What is typed for dialling.
    pub typed: RwSignal<String>,
    /// The hotline that calls go out from; `None`: the first one.
    pub hotline: RwSignal<Option<String>>,
    /// The call that rings without its popup having the keyboard.
    pub rings_unseen: RwSignal<Option<CallId>>,
    /// The call that the dialog for a transfer is open for.
    pub transfer_of: RwSignal<Option<CallId>>,
    /// The control that opens that dialog.
    pub(super) transfer_button: NodeRef<html::Button>,
    pub(super) watching: Watching,
    keypad_of: RwSignal<Option<CallId>>,
    pressed: RwSignal<Pressed>,
}

impl PanelUi {
    /// Puts a fresh one into the context.
    pub fn provide() -> PanelUi {
        let ui = PanelUi {
            section: RwSignal::new(Section::default()),
            typed: RwSignal::new(String::new()),
            hotline: RwSignal::new(None),
            rings_unseen: RwSignal::new(None),
            transfer_of: RwSignal::new(None),
            transfer_button: NodeRef::new(),
            watching: Watching::new(),
            keypad_of: RwSignal::new(None),
            pressed: RwSignal::new(Pressed::default()),
        };
        provide_context(ui);
        ui
    }

    /// Whether the keypad of this call is open.
    pub fn keypad_is_open(self, call: &CallId) -> bool {
        self.keypad_of.with(|open| open.as_ref() == Some(call))
    }

    /// Opens or closes the keypad of this call.
    pub fn toggle_keypad(self, call: &CallId) {
        self.keypad_of.update(|open| {
            *open = (open.as_ref() != Some(call)).then(|| call.clone());
        });
    }

    /// The digits that were pressed in this call.
    pub fn pressed_in(self, call: &CallId) -> String {
        self.pressed.with(|pressed| {
            if pressed.call.as_ref() == Some(call) {
                pressed.digits.clone()
            } else {
                String::new()
            }
        })
    }

    /// Sends a digit in a call, and shows it, with the keypad if that was closed: what was sent by
    /// a key is seen, too. `false` where the call takes no digits now.
    pub fn press(self, phone: PhoneHandle, call: &Call, digit: char) -> bool {
        let Some(Command::SendDigits { call: id, .. }) = &call.actions.send_digits else {
            return false;
        };
        if !self
            .keypad_of
            .with_untracked(|open| open.as_ref() == Some(id))
        {
            self.keypad_of.set(Some(id.clone()));
        }
        phone.send.run(Command::SendDigits {
            call: id.clone(),
            digits: Digits(digit.to_string()),
        });
        self.pressed.update(|pressed| {
            if pressed.call.as_ref() != Some(id) {
                *pressed = Pressed {
                    call: Some(id.clone()),
                    digits: String::new(),
                };
            }
            pressed.digits.push(digit);
        });
        true
    }
}

/// What the panel remembers, from the context.
pub fn use_panel_ui() -> PanelUi {
    expect_context::<PanelUi>()
}
