//! [`Text`], what a component shows or is called.

use std::borrow::Cow;
use std::sync::{Arc, Mutex};

use leptos::prelude::*;
use leptos::tachys::reactive_graph::{ReactiveFunction, SharedReactiveFunction};

use super::{Catalogue, I18n, use_i18n};

/// A text of the catalogue.
pub type Key = fn(&'static Catalogue) -> &'static str;

/// A text on the screen: a word of the catalogue, or a sentence that is made of data. It goes into
/// a view as it is, as a child or as an attribute, and follows language and data there.
#[derive(Clone, Copy, Default)]
pub enum Text {
    /// None, where a component can do without.
    #[default]
    Nothing,
    /// Of the catalogue, in the language of the page.
    Word(I18n, Key),
    /// Made of data.
    Made(Signal<Cow<'static, str>>),
}

impl Text {
    /// The text as it is now; tracks what it depends on.
    pub fn get(self) -> Cow<'static, str> {
        match self {
            Text::Nothing => Cow::Borrowed(""),
            Text::Word(i18n, key) => Cow::Borrowed(key(i18n.words())),
            Text::Made(text) => text.get(),
        }
    }

    /// For an attribute that is left out where there is no text.
    pub fn given(self) -> Option<Text> {
        (!matches!(self, Text::Nothing)).then_some(self)
    }
}

/// One text of the catalogue.
pub fn t(key: Key) -> Text {
    Text::Word(use_i18n(), key)
}

impl<F, T> From<F> for Text
where
    F: Fn() -> T + Send + Sync + 'static,
    T: Into<Cow<'static, str>>,
{
    fn from(make: F) -> Self {
        Text::Made(Signal::derive(move || make().into()))
    }
}

impl From<Memo<String>> for Text {
    fn from(memo: Memo<String>) -> Self {
        Text::from(move || memo.get())
    }
}

/// What lets a text stand in a view.
impl ReactiveFunction for Text {
    type Output = Cow<'static, str>;

    fn invoke(&mut self) -> Self::Output {
        self.get()
    }

    fn into_shared(self) -> SharedReactiveFunction<Self::Output> {
        Arc::new(Mutex::new(move || self.get()))
    }
}
