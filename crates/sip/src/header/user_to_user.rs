//! `User-to-User` (RFC 7433): what one user tells the other along with a call.

use core::fmt;
use core::str::FromStr;

use crate::syntax::{Fault, Params, check_params, trim, unquote};

/// Data in hexadecimal encoding (RFC 7433 4.1), the only one that there is.
///
/// `Debug` prints only how long it is: it may be a note about a person.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct UserToUser {
    /// The data.
    pub data: Vec<u8>,
}

impl UserToUser {
    /// The UTF-8 of a text, of at most so many bytes: a longer one is cut where a character ends.
    #[must_use]
    pub fn from_text(text: &str, max: usize) -> Self {
        let mut end = text.len().min(max);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        Self {
            data: text.as_bytes()[..end].to_vec(),
        }
    }

    /// The data as text; `None` where it is no UTF-8.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        String::from_utf8(self.data.clone()).ok()
    }
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

impl FromStr for UserToUser {
    type Err = Fault;

    /// Without `encoding` it is hexadecimal (RFC 7433 4.1).
    fn from_str(text: &str) -> Result<Self, Fault> {
        let quoted = text.trim_start().starts_with('"');
        let from = if quoted {
            let open = text.find('"').unwrap_or_default();
            crate::syntax::quoted_end(text.as_bytes(), open)?
        } else {
            0
        };
        let at = text[from..].find(';').map_or(text.len(), |at| at + from);
        check_params(text, at)?;
        let params = Params::new(&text[at..]);
        let hex = params
            .value("encoding")
            .is_none_or(|encoding| encoding.eq_ignore_ascii_case("hex"));
        let digits = unquote(trim(&text[..at])).into_owned();
        let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
        if !hex || pairs.is_empty() || !rest.is_empty() {
            return Err(Fault::Token);
        }
        let byte = |[high, low]: &[u8; 2]| Some(digit(*high)? << 4 | digit(*low)?);
        let data: Option<Vec<u8>> = pairs.iter().map(byte).collect();
        data.map(|data| Self { data }).ok_or(Fault::Token)
    }
}

impl fmt::Display for UserToUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in &self.data {
            write!(f, "{byte:02x}")?;
        }
        f.write_str(";encoding=hex")
    }
}

impl fmt::Debug for UserToUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UserToUser({} bytes)", self.data.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_goes_there_and_back() {
        let note = "Hỏi về hóa đơn\r\ntháng 3 \"gấp\"; 🙂";
        let field = UserToUser::from_text(note, 600);
        assert_eq!(field.to_string().parse(), Ok(field.clone()));
        assert_eq!(field.text().as_deref(), Some(note));
        assert!(!format!("{field:?}").contains("48"), "{field:?}");
    }

    #[test]
    fn a_long_note_is_cut_where_a_character_ends() {
        assert_eq!(
            UserToUser::from_text("ơơơ", 5).text().as_deref(),
            Some("ơơ")
        );
        assert_eq!(UserToUser::from_text("abc", 0).data, Vec::<u8>::new());
    }

    /// RFC 7433 4.1
    #[test]
    fn the_examples_of_the_rfc() {
        let plain = "56a390f3d2b7310023a2;encoding=hex;purpose=foo;content=bar";
        assert_eq!(plain.parse::<UserToUser>().unwrap().data[..2], [0x56, 0xa3]);
        let quoted: UserToUser = "\"56A390\" ;purpose=foo".parse().unwrap();
        assert_eq!(quoted.data, [0x56, 0xa3, 0x90]);
        for bad in [
            "",
            ";encoding=hex",
            "5",
            "5g",
            "56;encoding=text",
            "56,57",
            "\"56",
        ] {
            assert!(bad.parse::<UserToUser>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn what_is_no_text_is_none() {
        assert_eq!(UserToUser { data: vec![0xff] }.text(), None);
    }
}
