//! The choices, as a context that tells the document and the store.

use leptos::prelude::*;

use super::wishes;
use crate::i18n::{I18n, Language};
use crate::platform::storage;

const LANGUAGE: &str = "alo.language";
const THEME: &str = "alo.theme";
const SHORTCUTS: &str = "alo.shortcuts";

/// Dark or light.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// As the system has it.
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Theme; 3] = [Theme::System, Theme::Light, Theme::Dark];

    /// For the style sheet and the store.
    pub fn name(self) -> &'static str {
        match self {
            Theme::System => "system",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    /// The theme of that name; the system's for any other.
    pub fn from_name(name: &str) -> Theme {
        Theme::ALL
            .into_iter()
            .find(|theme| theme.name() == name)
            .unwrap_or(Theme::System)
    }
}

/// What the person chose.
#[derive(Debug, Clone, Copy)]
pub struct Preferences {
    theme: RwSignal<Theme>,
    shortcuts: RwSignal<bool>,
    i18n: I18n,
}

impl Preferences {
    /// Reads the choices, puts them into force, and into the context together with [`I18n`].
    ///
    /// Language: `?lang=` of the page's address, then what was chosen before, then what the
    /// browser asks for.
    pub fn provide() -> Preferences {
        let preferences = Preferences {
            theme: RwSignal::new(Theme::from_name(&stored(THEME))),
            shortcuts: RwSignal::new(stored(SHORTCUTS) != "off"),
            i18n: I18n::new(first_language()),
        };
        provide_context(preferences.i18n);
        provide_context(preferences);
        // The document is the world outside; it follows.
        Effect::new(move || {
            if let Some(root) = document().document_element() {
                let _set = root.set_attribute("data-theme", preferences.theme.get().name());
            }
        });
        Effect::new(move || {
            if let Some(root) = document().document_element() {
                let tag = preferences.i18n.language().get().tag();
                let _set = root.set_attribute("lang", tag);
            }
        });
        preferences
    }

    /// Dark or light.
    pub fn theme(self) -> Signal<Theme> {
        self.theme.into()
    }

    /// Chooses dark or light, for good.
    pub fn choose_theme(self, theme: Theme) {
        storage::save(THEME, Some(theme.name()));
        self.theme.set(theme);
    }

    /// Chooses the language, for good.
    pub fn choose_language(self, language: Language) {
        storage::save(LANGUAGE, Some(language.tag()));
        self.i18n.speak(language);
    }

    /// Whether single keys do something.
    pub fn shortcuts(self) -> Signal<bool> {
        self.shortcuts.into()
    }

    /// Switches single keys on or off, for good.
    pub fn choose_shortcuts(self, on: bool) {
        storage::save(SHORTCUTS, Some(if on { "on" } else { "off" }));
        self.shortcuts.set(on);
    }
}

/// What the person chose, from the context.
pub fn use_preferences() -> Preferences {
    expect_context::<Preferences>()
}

fn stored(key: &str) -> String {
    storage::load(key).unwrap_or_default()
}

fn first_language() -> Language {
    let mut wishes = Vec::new();
    wishes.extend(wishes::parameter("lang"));
    wishes.extend(storage::load(LANGUAGE));
    wishes.extend(wishes::browser_languages());
    Language::choose(wishes.iter().map(String::as_str))
}
