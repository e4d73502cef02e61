//! Call records on a real disk: what a killed server, a torn line, a rotation and a full disk leave.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant as Clock};

use alo_pbx::config::{Records, SyncPolicy};
use alo_pbx::records::{
    Beginning, CallRecord, Direction, EndedBy, Ending, Track, WallClock, Writer,
};
use alo_sip::time::Instant;

const PATIENCE: Duration = Duration::from_secs(20);

/// A path of an own file that is not there.
fn path(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("records-{name}.jsonl"));
    let _ = fs::remove_file(&path);
    path
}

fn record(call: u64) -> CallRecord {
    let beginning = Beginning {
        call,
        direction: Direction::In,
        caller: "+84900000001".into(),
        caller_name: Some("Nguyễn \"Tí\"\nÁnh".into()),
        called: "+842873001001".into(),
        hotline: Some("+842873001001".into()),
    };
    let mut track = Track::begin(Instant::ZERO, beginning);
    track.queue(Instant::ZERO, "sales");
    let ending = Ending {
        by: EndedBy::Caller,
        reason: "the caller gave up".into(),
        status: None,
    };
    let clock = WallClock {
        at: Instant::ZERO,
        said: "2026-03-01T08:00:00Z".parse().unwrap(),
    };
    track.finish(Instant::from_millis(1500), ending, clock)
}

fn start(path: &Path, sync: SyncPolicy) -> Writer {
    let settings = Records {
        file: Some(path.to_owned()),
        sync,
    };
    Writer::start(&settings).unwrap().unwrap()
}

/// The numbers of the calls in a file, each line of which must be a record.
fn calls(path: &Path) -> Vec<u64> {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'), "a line has no end");
    let records = text.lines().map(|line| {
        let record: CallRecord =
            serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        let (_, call) = record.id.split_once('-').unwrap();
        call.parse().unwrap()
    });
    records.collect()
}

#[test]
fn records_are_appended_in_order_and_closing_loses_none() {
    for sync in [
        SyncPolicy::Every,
        SyncPolicy::Interval(Duration::from_secs(3600)),
    ] {
        let path = path("order");
        for run in 0..3 {
            let writer = start(&path, sync);
            for call in 0..500 {
                writer.write(&record(run * 500 + call));
            }
            writer.close();
        }
        assert_eq!(calls(&path), (0..1500).collect::<Vec<_>>());
    }
}

#[test]
fn without_a_file_there_are_no_records() {
    let settings = Records {
        file: None,
        sync: SyncPolicy::Every,
    };
    assert!(Writer::start(&settings).unwrap().is_none());
    let nowhere = Records {
        file: Some("/no/such/folder/calls.jsonl".into()),
        sync: SyncPolicy::Every,
    };
    let error = Writer::start(&nowhere).unwrap_err().to_string();
    let expected = "call records cannot be written to /no/such/folder/calls.jsonl: ";
    assert!(error.starts_with(expected), "{error}");
}

/// Where the killed writer writes; only set in the process that is to be killed.
const VICTIM: &str = "ALO_TEST_RECORDS";

#[test]
fn a_killed_process_leaves_every_record_that_was_confirmed() {
    if let Some(path) = std::env::var_os(VICTIM) {
        write_until_killed(Path::new(&path));
    }
    for (turn, confirmed) in [1_u64, 40, 300].into_iter().enumerate() {
        let path = path(&format!("killed-{turn}"));
        let name = "a_killed_process_leaves_every_record_that_was_confirmed";
        let mut victim = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture"])
            .env(VICTIM, &path)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let said = BufReader::new(victim.stdout.take().unwrap()).lines();
        // It is killed in the middle of its work.
        let last = said
            .map_while(Result::ok)
            .filter_map(|line| line.strip_prefix("confirmed ")?.parse::<u64>().ok())
            .find(|call| *call >= confirmed);
        victim.kill().unwrap();
        victim.wait().unwrap();
        assert!(last.is_some(), "it confirmed nothing");
        // The next run finds them all, in order, and goes on behind them.
        let writer = start(&path, SyncPolicy::Every);
        writer.write(&record(999_999));
        writer.close();
        let found = calls(&path);
        assert!(
            found.len() as u64 > confirmed,
            "{} of {confirmed}",
            found.len()
        );
        let (own, before) = found.split_last().unwrap();
        assert_eq!(*own, 999_999);
        assert_eq!(before, (0..before.len() as u64).collect::<Vec<_>>());
    }
}

fn write_until_killed(path: &Path) -> ! {
    let writer = start(path, SyncPolicy::Every);
    for call in 0.. {
        writer.write(&record(call));
        if call % 3 == 0 {
            assert!(writer.flush(PATIENCE));
            let mut out = std::io::stdout().lock();
            writeln!(out, "confirmed {call}").unwrap();
            out.flush().unwrap();
        }
    }
    unreachable!("it is killed before")
}

#[test]
fn a_torn_line_is_mended_when_the_file_is_opened() {
    let whole = serde_json::to_string(&record(1)).unwrap();
    let long = format!("{{\"id\":\"{}", "x".repeat(200_000));
    let lines = [
        // What is in the file, and what of it is left.
        (format!("{whole}\n{{\"id\":\"19c"), format!("{whole}\n")),
        (format!("{whole}\n{long}"), format!("{whole}\n")),
        (long, String::new()),
        (format!("{whole}\n\0\0\0\0\0\0"), format!("{whole}\n")),
        (whole.clone(), format!("{whole}\n")),
        (format!("{whole}\n"), format!("{whole}\n")),
        // Somebody's own words are not thrown away.
        ("# a remark".into(), "# a remark\n".into()),
    ];
    for (index, (before, left)) in lines.into_iter().enumerate() {
        let path = path(&format!("torn-{index}"));
        fs::write(&path, before).unwrap();
        let writer = start(&path, SyncPolicy::Every);
        writer.write(&record(2));
        writer.close();
        let expected = format!("{left}{}\n", serde_json::to_string(&record(2)).unwrap());
        assert_eq!(fs::read_to_string(&path).unwrap(), expected, "case {index}");
    }
}

#[test]
fn a_renamed_or_deleted_file_is_followed_by_a_new_one() {
    let (path, old) = (path("rotated"), path("rotated-1"));
    let writer = start(&path, SyncPolicy::Every);
    writer.write(&record(1));
    assert!(writer.flush(PATIENCE));
    fs::rename(&path, &old).unwrap();
    writer.write(&record(2));
    assert!(writer.flush(PATIENCE));
    assert_eq!((calls(&old), calls(&path)), (vec![1], vec![2]));
    fs::remove_file(&path).unwrap();
    writer.write(&record(3));
    assert!(writer.flush(PATIENCE));
    assert_eq!(calls(&path), [3]);
    // As `copytruncate` does it.
    fs::OpenOptions::new()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(0)
        .unwrap();
    writer.write(&record(4));
    writer.close();
    assert_eq!(calls(&path), [4]);
}

#[test]
fn a_full_disk_holds_nobody_up_and_loses_nothing_when_there_is_room_again() {
    let (path, roomy) = (path("full"), path("full-roomy"));
    symlink("/dev/full", &path).unwrap();
    let writer = start(&path, SyncPolicy::Every);
    let begun = Clock::now();
    for call in 0..2_000 {
        writer.write(&record(call));
    }
    assert!(
        begun.elapsed() < Duration::from_secs(2),
        "calls wait for the disk"
    );
    assert!(
        !writer.flush(Duration::from_millis(50)),
        "it is not on the disk"
    );
    // The operator makes room.
    fs::write(&roomy, "").unwrap();
    fs::remove_file(&path).unwrap();
    symlink(&roomy, &path).unwrap();
    assert!(writer.flush(PATIENCE));
    assert_eq!(calls(&roomy), (0..2_000).collect::<Vec<_>>());
    writer.close();
}

#[test]
fn a_disk_that_stays_full_does_not_hold_up_the_stop() {
    let path = path("full-for-ever");
    symlink("/dev/full", &path).unwrap();
    let writer = start(&path, SyncPolicy::Every);
    writer.write(&record(1));
    let begun = Clock::now();
    writer.close();
    assert!(begun.elapsed() < Duration::from_secs(8));
}
