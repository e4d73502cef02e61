//! A call as it is stored: flat, with words of its own for how it ended, so that what an earlier
//! version of the app has stored can be read whatever the language of the phone has become since.

use alo_phone::language::{
    CallDirection, CallId, Millis, Outcome, Party, TargetKind, TransferTarget,
};
use serde::{Deserialize, Serialize};

use crate::panel::model::history::{Entry, Standing};

/// A stored call. Nothing in it is secret: no digits, no password, nothing that was said.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Record {
    /// Whose call: first part of the key.
    pub(super) account: String,
    /// When it began, in milliseconds since the Unix epoch: second part of the key.
    pub(super) began: Millis,
    /// The call's id: last part of the key.
    pub(super) call: String,
    incoming: bool,
    name: Option<String>,
    number: String,
    queue: Option<String>,
    hotline: Option<String>,
    waited_before: Option<Millis>,
    rang: Option<Millis>,
    talked: Option<Millis>,
    /// How it ended; absent while it goes on.
    end: Option<String>,
    /// Who answered elsewhere, or the server's reason.
    detail: Option<String>,
    /// The server's status code.
    status: Option<u16>,
    /// Where it was transferred to: the kind of target, its address, and its name where it was known.
    target_kind: Option<String>,
    target: Option<String>,
    target_name: Option<String>,
}

/// Properties of the key, in their order.
pub(super) const KEY: [&str; 3] = ["account", "began", "call"];

impl Record {
    /// The call of an account.
    pub(super) fn new(account: &str, entry: &Entry) -> Record {
        let mut record = Record {
            account: account.to_owned(),
            began: entry.began,
            call: entry.call.0.clone(),
            incoming: entry.direction == CallDirection::Incoming,
            name: entry.remote.name.clone(),
            number: entry.remote.number.clone(),
            queue: entry.queue.clone(),
            hotline: entry.hotline.clone(),
            waited_before: entry.waited_before,
            ..Record::default()
        };
        match &entry.standing {
            Standing::Rings => {}
            Standing::Joined { rang } => record.rang = Some(*rang),
            Standing::Over {
                outcome,
                rang,
                talked,
            } => {
                record.rang = Some(*rang);
                record.talked = *talked;
                record.write_end(outcome);
            }
            Standing::CutOff => record.end = Some("cut-off".to_owned()),
        }
        record
    }

    fn write_end(&mut self, outcome: &Outcome) {
        let word = match outcome {
            Outcome::HungUpHere => "hung-up-here",
            Outcome::HungUpThere => "hung-up-there",
            Outcome::Transferred { target } => {
                self.target_kind = Some(kind_word(target.kind).to_owned());
                self.target = Some(target.address.clone());
                self.target_name.clone_from(&target.name);
                "transferred"
            }
            Outcome::Merged => "merged",
            Outcome::Cancelled => "cancelled",
            Outcome::Declined => "declined",
            Outcome::Missed => "missed",
            Outcome::AnsweredElsewhere { by } => {
                self.detail.clone_from(by);
                "answered-elsewhere"
            }
            Outcome::Busy => "busy",
            Outcome::NoAnswer => "no-answer",
            Outcome::DeclinedThere => "declined-there",
            Outcome::UnknownNumber => "unknown-number",
            Outcome::Unavailable => "unavailable",
            Outcome::NetworkFailed { status } => {
                self.status = Some(*status);
                "network-failed"
            }
            Outcome::Refused { status, reason } => {
                self.status = Some(*status);
                self.detail = Some(reason.clone());
                "refused"
            }
            Outcome::MediaFailed => "media-failed",
            Outcome::NoMicrophone => "no-microphone",
        };
        self.end = Some(word.to_owned());
    }

    fn read_target(&self) -> TransferTarget {
        TransferTarget {
            kind: kind_of(self.target_kind.as_deref().unwrap_or_default()),
            address: self.target.clone().unwrap_or_default(),
            name: self.target_name.clone(),
        }
    }

    /// The call. One whose end this version of the app has no word for has none on record.
    pub(super) fn entry(self) -> Entry {
        let standing = self.standing();
        Entry {
            call: CallId(self.call),
            direction: if self.incoming {
                CallDirection::Incoming
            } else {
                CallDirection::Outgoing
            },
            remote: Party {
                name: self.name,
                number: self.number,
            },
            queue: self.queue,
            hotline: self.hotline,
            began: self.began,
            waited_before: self.waited_before,
            standing,
        }
    }

    fn standing(&self) -> Standing {
        let Some(end) = self.end.as_deref() else {
            return match self.rang {
                Some(rang) => Standing::Joined { rang },
                None => Standing::Rings,
            };
        };
        let status = self.status.unwrap_or_default();
        let outcome = match end {
            "hung-up-here" => Outcome::HungUpHere,
            "hung-up-there" => Outcome::HungUpThere,
            "transferred" => Outcome::Transferred {
                target: self.read_target(),
            },
            "merged" => Outcome::Merged,
            "cancelled" => Outcome::Cancelled,
            "declined" => Outcome::Declined,
            "missed" => Outcome::Missed,
            "answered-elsewhere" => Outcome::AnsweredElsewhere {
                by: self.detail.clone(),
            },
            "busy" => Outcome::Busy,
            "no-answer" => Outcome::NoAnswer,
            "declined-there" => Outcome::DeclinedThere,
            "unknown-number" => Outcome::UnknownNumber,
            "unavailable" => Outcome::Unavailable,
            "network-failed" => Outcome::NetworkFailed { status },
            "refused" => Outcome::Refused {
                status,
                reason: self.detail.clone().unwrap_or_default(),
            },
            "media-failed" => Outcome::MediaFailed,
            "no-microphone" => Outcome::NoMicrophone,
            _ => return Standing::CutOff,
        };
        Standing::Over {
            outcome,
            rang: self.rang.unwrap_or_default(),
            talked: self.talked,
        }
    }
}

fn kind_word(kind: TargetKind) -> &'static str {
    match kind {
        TargetKind::Agent => "agent",
        TargetKind::Number => "number",
        TargetKind::Queue => "queue",
        TargetKind::Ivr => "ivr",
    }
}

fn kind_of(word: &str) -> TargetKind {
    match word {
        "agent" => TargetKind::Agent,
        "queue" => TargetKind::Queue,
        "ivr" => TargetKind::Ivr,
        _ => TargetKind::Number,
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn entry(standing: Standing) -> Entry {
        Entry {
            call: CallId("a".into()),
            direction: CallDirection::Outgoing,
            remote: Party {
                name: Some("Lan Phạm".into()),
                number: "+84901234567".into(),
            },
            queue: Some("Sales".into()),
            hotline: Some("+842873001001".into()),
            began: 1_795_000_000_000,
            waited_before: Some(84_000),
            standing,
        }
    }

    fn every_standing() -> Vec<Standing> {
        let refused = Outcome::Refused {
            status: 403,
            reason: "Forbidden".into(),
        };
        let transferred = Outcome::Transferred {
            target: TransferTarget {
                kind: TargetKind::Queue,
                address: "support".into(),
                name: Some("Support".into()),
            },
        };
        let outcomes = [
            Outcome::HungUpHere,
            Outcome::HungUpThere,
            transferred,
            Outcome::Merged,
            Outcome::Cancelled,
            Outcome::Declined,
            Outcome::Missed,
            Outcome::AnsweredElsewhere { by: None },
            Outcome::AnsweredElsewhere {
                by: Some("Chi Lê".into()),
            },
            Outcome::Busy,
            Outcome::NoAnswer,
            Outcome::DeclinedThere,
            Outcome::UnknownNumber,
            Outcome::Unavailable,
            Outcome::NetworkFailed { status: 503 },
            refused,
            Outcome::MediaFailed,
            Outcome::NoMicrophone,
        ];
        let over = outcomes.map(|outcome| Standing::Over {
            outcome,
            rang: 2_000,
            talked: None,
        });
        let joined = Standing::Joined { rang: 2_000 };
        let mut all = vec![Standing::Rings, joined, Standing::CutOff];
        all.extend(over);
        all
    }

    #[test]
    fn every_call_is_stored_and_comes_back() {
        for standing in every_standing() {
            let entry = entry(standing);
            assert_eq!(Record::new("101", &entry).entry(), entry);
        }
    }

    #[test]
    #[cfg(target_arch = "wasm32")]
    fn every_record_comes_back_out_of_the_browser() {
        for standing in every_standing() {
            let record = Record::new("101", &entry(standing));
            let value = serde_wasm_bindgen::to_value(&record).expect("a plain object");
            let back: Record = serde_wasm_bindgen::from_value(value).expect("a record");
            assert_eq!(back, record);
        }
    }

    #[test]
    fn an_end_that_nobody_knows_any_more_is_none_on_record() {
        let mut record = Record::new("101", &entry(Standing::Rings));
        record.end = Some("abducted".to_owned());
        assert_eq!(record.entry().standing, Standing::CutOff);
    }
}
