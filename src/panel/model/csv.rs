//! The history as a table for a spreadsheet (RFC 4180).
//!
//! The file is UTF-8 and begins with a byte order mark, without which Excel takes it for the code page of
//! the machine. A cell that a spreadsheet would take for a formula gets an apostrophe before it, because
//! the names in it come from the network. The one exception is a phone number as it is dialled, `+` and
//! digits: no formula is made of digits alone, and so a number stays a number for whatever reads the file.

use alo_api::Directory;
use alo_phone::language::{CallDirection, Millis, Outcome};

use super::history::{Entry, Standing};
use super::outcome::short_outcome;
use super::party::{listed_name, name_of, number_of};
use crate::i18n::Catalogue;

/// The byte order mark of UTF-8.
const MARK: char = '\u{feff}';

/// The whole file. `written` puts an instant into words.
pub fn csv(
    entries: &[Entry],
    directory: &Directory,
    words: &Catalogue,
    written: impl Fn(Millis) -> String,
) -> String {
    let mut text = String::from(MARK);
    let heads = [
        words.column_began,
        words.column_direction,
        words.column_name,
        words.column_number,
        words.column_queue,
        words.column_hotline,
        words.column_outcome,
        words.column_waited,
        words.column_talked,
        words.column_transferred,
    ];
    line(&mut text, &heads.map(str::to_owned));
    for entry in entries {
        let direction = match entry.direction {
            CallDirection::Incoming => words.history_incoming,
            CallDirection::Outgoing => words.history_outgoing,
        };
        let hotline = entry.hotline.as_deref();
        let hotline = hotline.map(|it| listed_name(it, directory).unwrap_or_else(|| it.to_owned()));
        let seconds = |span: Option<Millis>| span.map(|span| (span / 1000).to_string());
        let cells = [
            Some(written(entry.began)),
            Some(direction.to_owned()),
            name_of(&entry.remote, directory),
            number_of(&entry.remote),
            entry.queue.clone(),
            hotline,
            Some(short_outcome(entry, directory, words)),
            seconds(entry.waited()),
            seconds(entry.talked()),
            transferred_to(entry).map(str::to_owned),
        ];
        line(&mut text, &cells.map(Option::unwrap_or_default));
    }
    text
}

/// The number, extension, queue or IVR tree that a call was transferred to.
fn transferred_to(entry: &Entry) -> Option<&str> {
    match &entry.standing {
        Standing::Over {
            outcome: Outcome::Transferred { target },
            ..
        } => Some(&target.address),
        _ => None,
    }
}

fn line<const N: usize>(text: &mut String, cells: &[String; N]) {
    for (at, cell) in cells.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        write_cell(text, cell);
    }
    text.push_str("\r\n");
}

fn write_cell(text: &mut String, cell: &str) {
    let mark = if is_formula(cell) { "'" } else { "" };
    if cell.contains(['"', ',', '\r', '\n']) {
        text.push('"');
        text.push_str(mark);
        text.push_str(&cell.replace('"', "\"\""));
        text.push('"');
    } else {
        text.push_str(mark);
        text.push_str(cell);
    }
}

/// Whether a spreadsheet would calculate the cell: by its first character, tab and line breaks
/// included, which some leave out. Characters of full width are read as their narrow ones.
fn is_formula(cell: &str) -> bool {
    let number = cell.strip_prefix('+').unwrap_or_default();
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let first = [
        '=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
    ];
    cell.starts_with(first) && !is_number
}

// The crate that reads the table back is there on this machine only.
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use alo_phone::language::{CallId, Party, TargetKind, TransferTarget};

    use super::*;
    use crate::i18n::{EN, VI};
    use crate::panel::model::history::Standing;
    use crate::panel::model::samples::directory;

    fn entry(name: &str, number: &str) -> Entry {
        Entry {
            call: CallId("a".into()),
            direction: CallDirection::Incoming,
            remote: Party {
                name: Some(name.into()),
                number: number.into(),
            },
            queue: Some("Sales, North".into()),
            hotline: Some("+842873001001".into()),
            began: 1_000,
            waited_before: Some(84_000),
            standing: Standing::Over {
                outcome: Outcome::HungUpHere,
                rang: 3_999,
                talked: Some(61_000),
            },
        }
    }

    fn table(entries: &[Entry], words: &Catalogue) -> Vec<Vec<String>> {
        let text = csv(entries, &directory(), words, |at| format!("at {at}"));
        let text = text.strip_prefix(MARK).expect("a byte order mark");
        let mut reader = ::csv::ReaderBuilder::new()
            .has_headers(false)
            .terminator(::csv::Terminator::CRLF)
            .from_reader(text.as_bytes());
        let records = reader.records().map(|record| record.expect("a record"));
        let cells = |record: ::csv::StringRecord| record.iter().map(str::to_owned).collect();
        records.map(cells).collect()
    }

    #[test]
    fn a_call_is_a_line_whose_cells_come_back() {
        let rows = table(&[entry("Lan \"Na\" Phạm\r\nsales", "+84901234567")], &EN);
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0][3], "Number");
        let expected = [
            "at 1000",
            "Incoming",
            "Lan \"Na\" Phạm\r\nsales",
            "+84901234567",
            "Sales, North",
            "Sales",
            "Answered",
            "87",
            "61",
            "",
        ];
        assert_eq!(rows[1], expected);
    }

    #[test]
    fn a_transferred_call_says_where_to() {
        let mut sent = entry("Lan", "+84901234567");
        sent.standing = Standing::Over {
            outcome: Outcome::Transferred {
                target: TransferTarget {
                    kind: TargetKind::Number,
                    address: "+84900000001".into(),
                    name: None,
                },
            },
            rang: 3_999,
            talked: Some(61_000),
        };
        let rows = table(&[sent], &EN);
        assert_eq!(rows[1][6], "Transferred to +84 90 000 0001");
        assert_eq!(rows[1][9], "+84900000001");
    }

    #[test]
    fn nothing_from_the_network_is_calculated() {
        let formulas = [
            "=HYPERLINK(\"http://x\",1)",
            "+1+cmd|' /C calc'!A0",
            "-2+3",
            "@SUM(1)",
            "\t=1",
            "\u{ff1d}1",
            "+",
        ];
        for formula in formulas {
            let rows = table(&[entry(formula, "101")], &VI);
            // A name has no space around it.
            assert_eq!(rows[1][2], format!("'{}", formula.trim()));
        }
        let rows = table(&[entry("+84901234567", "+84901234567+1")], &EN);
        assert_eq!(rows[1][2], "+84901234567", "a number that is a name, too");
        assert_eq!(rows[1][3], "'+84901234567+1");
    }

    #[test]
    fn a_history_of_nothing_has_its_heads() {
        assert_eq!(table(&[], &VI).len(), 1);
    }
}
