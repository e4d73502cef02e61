//! What a catalogue is: a struct with one field a key, so that a missing or a surplus key in any
//! language does not compile.

/// Defines [`Catalogue`](super::Catalogue)'s keys and the English texts in one list.
///
/// The English text is also the documentation of the key. `{name}` is a place to be filled by
/// [`fill`](super::fill); where a name begins with a capital, so does what is filled in.
macro_rules! catalogue {
    ($($key:ident = $text:literal;)*) => {
        /// Every text that the app shows, in one language.
        #[derive(Debug)]
        pub struct Catalogue {
            $(#[doc = $text] pub $key: &'static str,)*
        }

        /// English.
        pub static EN: Catalogue = Catalogue { $($key: $text,)* };

        impl Catalogue {
            /// Every key with its text, for tests.
            #[cfg(test)]
            pub(crate) fn entries(&self) -> Vec<(&'static str, &'static str)> {
                vec![$((stringify!($key), self.$key),)*]
            }
        }
    };
}

pub(crate) use catalogue;
