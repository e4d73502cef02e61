//! Which language the app speaks, and the reactive way to its words.

use leptos::prelude::*;

use super::{Catalogue, EN, VI};

/// A language that the app speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    En,
    /// Vietnamese.
    Vi,
}

impl Language {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Language; 2] = [Language::Vi, Language::En];

    /// Reads a language tag (BCP 47): `vi`, `vi-VN`, `en-GB`; `None` for a language that the app
    /// does not speak.
    pub fn from_tag(tag: &str) -> Option<Language> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        Language::ALL
            .into_iter()
            .find(|language| primary.eq_ignore_ascii_case(language.tag()))
    }

    /// The first language of a wish list (most wanted first) that the app speaks; English if none.
    pub fn choose<'a>(wishes: impl IntoIterator<Item = &'a str>) -> Language {
        wishes
            .into_iter()
            .find_map(Language::from_tag)
            .unwrap_or(Language::En)
    }

    /// The language tag (BCP 47).
    pub fn tag(self) -> &'static str {
        match self {
            Language::En => "en",
            Language::Vi => "vi",
        }
    }

    /// The language's own name for itself, which is never translated.
    pub fn own_name(self) -> &'static str {
        match self {
            Language::En => "English",
            Language::Vi => "Tiếng Việt",
        }
    }

    /// The words.
    pub fn words(self) -> &'static Catalogue {
        match self {
            Language::En => &EN,
            Language::Vi => &VI,
        }
    }
}

/// The language of the page, as a context.
#[derive(Debug, Clone, Copy)]
pub struct I18n {
    language: RwSignal<Language>,
}

impl I18n {
    /// Makes a context with this language.
    pub fn new(language: Language) -> I18n {
        I18n {
            language: RwSignal::new(language),
        }
    }

    /// The language of the page.
    pub fn language(self) -> Signal<Language> {
        self.language.into()
    }

    /// Speaks another language from now on.
    pub fn speak(self, language: Language) {
        self.language.set(language);
    }

    /// The words; tracks the language.
    pub fn words(self) -> &'static Catalogue {
        self.language.get().words()
    }
}

/// The language of the page, from the context.
pub fn use_i18n() -> I18n {
    expect_context::<I18n>()
}
