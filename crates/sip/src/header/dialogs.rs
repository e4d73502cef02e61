//! Fields that name a dialog: `Replaces` (RFC 3891), `Join` (RFC 3911), `Target-Dialog` (RFC 4538).

use core::fmt;
use core::str::FromStr;

use crate::syntax::{self, Fault, Params, check_params, trim};

/// A dialog as one of its ends knows it (RFC 3261 12).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DialogId {
    /// `Call-ID`.
    pub call_id: String,
    /// Tag of this end.
    pub local_tag: String,
    /// Tag of the other end; empty where it gave none (RFC 2543).
    pub remote_tag: String,
}

impl DialogId {
    /// The same dialog as its other end knows it.
    #[must_use]
    pub fn mirrored(self) -> Self {
        Self {
            call_id: self.call_id,
            local_tag: self.remote_tag,
            remote_tag: self.local_tag,
        }
    }
}

/// Which dialog an INVITE takes the place of (RFC 3891 6.1).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Replaces {
    /// Its Call-ID.
    pub call_id: String,
    /// Its tag at the side that receives this.
    pub to_tag: String,
    /// Its tag at the other side.
    pub from_tag: String,
    /// Only if it is not answered yet.
    pub early_only: bool,
}

/// Which dialog an INVITE wants to come into (RFC 3911 7.1).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Join {
    /// Its Call-ID.
    pub call_id: String,
    /// Its tag at the side that receives this.
    pub to_tag: String,
    /// Its tag at the other side.
    pub from_tag: String,
}

/// Which dialog its sender knows (RFC 4538 7): an INVITE with it is about the call of that dialog.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TargetDialog {
    /// Its Call-ID.
    pub call_id: String,
    /// Its tag at the side that receives this.
    pub local_tag: String,
    /// Its tag at the other side.
    pub remote_tag: String,
}

/// A Call-ID before parameters, and the parameters.
fn call_id_and_params(text: &str) -> Result<(String, Params<'_>), Fault> {
    let at = text.find(';').ok_or(Fault::Missing)?;
    check_params(text, at)?;
    let call_id = trim(&text[..at]);
    if !is_call_id(call_id) {
        return Err(Fault::Token);
    }
    Ok((call_id.to_owned(), Params::new(&text[at..])))
}

/// A tag, which has to be there once.
fn tag(params: &Params<'_>, name: &str) -> Result<String, Fault> {
    let mut found = params
        .clone()
        .filter(|(other, _)| other.eq_ignore_ascii_case(name));
    let (_, value) = found.next().ok_or(Fault::Missing)?;
    if found.next().is_some() {
        return Err(Fault::Repeated);
    }
    let value = value.ok_or(Fault::Missing)?;
    if syntax::is_token(value) {
        Ok(value.to_owned())
    } else {
        Err(Fault::Token)
    }
}

/// A tag as it can be written; "0" is what stands for none (RFC 3891 6.1, RFC 3911 7.1).
fn written(tag: &str) -> &str {
    if syntax::is_token(tag) { tag } else { "0" }
}

/// `callid = word [ "@" word ]`.
pub(crate) fn is_call_id(text: &str) -> bool {
    let word = |w: &str| !w.is_empty() && w.bytes().all(|b| syntax::is(b, syntax::class::WORD));
    text.split_once('@')
        .map_or_else(|| word(text), |(left, right)| word(left) && word(right))
}

impl FromStr for Replaces {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let (call_id, params) = call_id_and_params(text)?;
        Ok(Self {
            call_id,
            to_tag: tag(&params, "to-tag")?,
            from_tag: tag(&params, "from-tag")?,
            early_only: params.has("early-only"),
        })
    }
}

impl fmt::Display for Replaces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (to, from) = (written(&self.to_tag), written(&self.from_tag));
        write!(f, "{};to-tag={to};from-tag={from}", self.call_id)?;
        if self.early_only {
            f.write_str(";early-only")
        } else {
            Ok(())
        }
    }
}

impl FromStr for Join {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let (call_id, params) = call_id_and_params(text)?;
        Ok(Self {
            call_id,
            to_tag: tag(&params, "to-tag")?,
            from_tag: tag(&params, "from-tag")?,
        })
    }
}

impl fmt::Display for Join {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (to, from) = (written(&self.to_tag), written(&self.from_tag));
        write!(f, "{};to-tag={to};from-tag={from}", self.call_id)
    }
}

impl FromStr for TargetDialog {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let (call_id, params) = call_id_and_params(text)?;
        Ok(Self {
            call_id,
            local_tag: tag(&params, "local-tag")?,
            remote_tag: tag(&params, "remote-tag")?,
        })
    }
}

impl fmt::Display for TargetDialog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (local, remote) = (written(&self.local_tag), written(&self.remote_tag));
        write!(f, "{};local-tag={local};remote-tag={remote}", self.call_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_round_trip() {
        let text = "98732@sip.example.com ;from-tag=r33th4x0r ;to-tag=ff87ff;early-only";
        let replaces: Replaces = text.parse().unwrap();
        assert_eq!(
            (replaces.from_tag.as_str(), replaces.early_only),
            ("r33th4x0r", true)
        );
        assert_eq!(replaces.to_string().parse(), Ok(replaces));
    }

    /// RFC 3911 7.1
    #[test]
    fn join_round_trip() {
        let text = "12adf2f34456gs5;to-tag=12345;from-tag=54321";
        let join: Join = text.parse().unwrap();
        assert_eq!(join.to_string(), text);
        assert_eq!(join.to_tag, "12345");
    }

    /// RFC 4538 7
    #[test]
    fn target_dialog_round_trip() {
        let text = "fa77as7dad8-sd98ajzz@host.example.com;local-tag=kkaz-;remote-tag=6544";
        let target: TargetDialog = text.parse().unwrap();
        assert_eq!(target.to_string(), text);
        assert_eq!(target.remote_tag, "6544");
    }

    #[test]
    fn a_dialog_has_a_call_id_and_both_tags_once() {
        for bad in [
            "",
            "98732@sip.example.com",
            "98732@sip.example.com;to-tag=1",
            "98732@sip.example.com;from-tag=1",
            ";to-tag=1;from-tag=2",
            "a b;to-tag=1;from-tag=2",
            "a;to-tag;from-tag=2",
            "a;to-tag=;from-tag=2",
            "a;to-tag=1;from-tag=2;to-tag=3",
            "a;to-tag=\"1\";from-tag=2",
            "a;to-tag=1;from-tag=2, b;to-tag=1;from-tag=2",
        ] {
            assert!(bad.parse::<Replaces>().is_err(), "{bad:?}");
            assert!(bad.parse::<Join>().is_err(), "{bad:?}");
            let target = bad
                .replace("to-tag", "local-tag")
                .replace("from-tag", "remote-tag");
            assert!(target.parse::<TargetDialog>().is_err(), "{target:?}");
        }
    }
}
