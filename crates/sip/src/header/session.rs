//! `Session-Expires` (RFC 4028 4).

use core::fmt;
use core::str::FromStr;

use crate::syntax::{Fault, Params, check_params, number, trim};

/// Who refreshes the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refresher {
    /// The side that sent the request.
    Uac,
    /// The side that answered it.
    Uas,
}

/// The session interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionExpires {
    /// Seconds.
    pub seconds: u32,
    /// Who refreshes, if it is said.
    pub refresher: Option<Refresher>,
}

impl FromStr for SessionExpires {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let at = text.find(';').unwrap_or(text.len());
        check_params(text, at)?;
        let refresher = match Params::new(&text[at..]).get("refresher").flatten() {
            None => None,
            Some(who) if who.eq_ignore_ascii_case("uac") => Some(Refresher::Uac),
            Some(who) if who.eq_ignore_ascii_case("uas") => Some(Refresher::Uas),
            Some(_) => return Err(Fault::Parameter),
        };
        Ok(Self {
            seconds: number(trim(&text[..at]))?,
            refresher,
        })
    }
}

impl fmt::Display for SessionExpires {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.seconds)?;
        match self.refresher {
            None => Ok(()),
            Some(Refresher::Uac) => f.write_str(";refresher=uac"),
            Some(Refresher::Uas) => f.write_str(";refresher=uas"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip() {
        let read: SessionExpires = "4000 ; refresher = UAC".parse().unwrap();
        assert_eq!(
            read,
            SessionExpires {
                seconds: 4000,
                refresher: Some(Refresher::Uac)
            }
        );
        assert_eq!(read.to_string().parse(), Ok(read));
        assert!("4000;refresher=proxy".parse::<SessionExpires>().is_err());
        assert!(";refresher=uac".parse::<SessionExpires>().is_err());
    }
}
