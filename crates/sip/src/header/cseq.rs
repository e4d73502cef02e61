//! `CSeq` (RFC 3261 20.16) and `RAck` (RFC 3262 7.2).

use core::fmt;
use core::str::FromStr;

use crate::method::Method;
use crate::syntax::{Fault, is_space, number, trim};

/// The number and method of a request within its dialog.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CSeq {
    /// The sequence number.
    pub seq: u32,
    /// The method, which is that of the request.
    pub method: Method,
}

/// Cuts at the first run of spaces.
fn two_words(text: &str) -> Result<(&str, &str), Fault> {
    let at = text.bytes().position(is_space).ok_or(Fault::Missing)?;
    Ok((&text[..at], trim(&text[at..])))
}

impl FromStr for CSeq {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let (seq, method) = two_words(trim(text))?;
        Ok(Self {
            seq: number(seq)?,
            method: method.parse().map_err(|_| Fault::Token)?,
        })
    }
}

impl fmt::Display for CSeq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.seq, self.method)
    }
}

/// Which provisional response a PRACK acknowledges.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RAck {
    /// The RSeq of the response.
    pub rseq: u32,
    /// The CSeq of the response.
    pub cseq: CSeq,
}

impl FromStr for RAck {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let (rseq, cseq) = two_words(trim(text))?;
        Ok(Self {
            rseq: number(rseq)?,
            cseq: cseq.parse()?,
        })
    }
}

impl fmt::Display for RAck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.rseq, self.cseq)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leading_zeros_and_spaces() {
        let cseq: CSeq = "0009   INVITE".parse().unwrap();
        assert_eq!(
            cseq,
            CSeq {
                seq: 9,
                method: Method::Invite
            }
        );
        assert_eq!(cseq.to_string(), "9 INVITE");
    }

    #[test]
    fn numbers_are_bounded() {
        for bad in [
            "",
            "5",
            "INVITE",
            "36893488147419103232 REGISTER",
            "-1 INVITE",
            "1 IN VITE",
            "+1 ACK",
        ] {
            assert!(bad.parse::<CSeq>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn rack_names_response_and_request() {
        let rack: RAck = "776656 1 INVITE".parse().unwrap();
        assert_eq!((rack.rseq, rack.cseq.seq), (776_656, 1));
        assert_eq!(rack.to_string(), "776656 1 INVITE");
        assert!("776656 INVITE".parse::<RAck>().is_err());
    }
}
