//! Numbers in virtual time.

use super::*;

const CLOCK: u32 = 48_000;

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

fn arrival(seq: u64, timestamp: u32) -> Arrival {
    Arrival {
        seq,
        timestamp,
        samples: 960,
    }
}

/// A stream that sent one packet at `now`.
fn begun(now: Instant) -> Numbering {
    let mut out = Numbering::new(CLOCK, 100, 5000);
    let first = out.next(now, 960, false);
    assert_eq!(
        first,
        Stamp {
            seq: 100,
            timestamp: 5000,
            marker: true
        }
    );
    out
}

#[test]
fn made_packets_follow_each_other_however_the_thread_was_scheduled() {
    let start = Instant::now();
    let mut out = begun(start);
    for (n, late) in [0, 7, 0, 90, 3].into_iter().enumerate() {
        let n = n as u64 + 1;
        let stamp = out.next(start + ms(20 * n + late), 960, false);
        assert_eq!(
            (stamp.seq, stamp.timestamp),
            (100 + n, 5000 + 960 * n as u32)
        );
        assert!(!stamp.marker);
    }
}

#[test]
fn a_pause_is_a_step_in_time_and_not_in_numbers() {
    let start = Instant::now();
    let mut out = begun(start);
    let stamp = out.next(start + ms(1000), 960, false);
    assert_eq!(
        stamp,
        Stamp {
            seq: 101,
            timestamp: 5000 + 48_000,
            marker: true
        }
    );
}

#[test]
fn the_first_sequence_number_leaves_the_rollover_counter_alone() {
    let mut out = Numbering::new(CLOCK, u16::MAX, 0);
    assert!(out.next(Instant::now(), 960, false).seq < 0x8000);
}

#[test]
fn loss_and_order_of_the_source_are_kept() {
    let start = Instant::now();
    let mut out = begun(start);
    let mut relay = Relay::new();
    let mut at = |n: u64, seq| {
        let stamp = relay.forward(&mut out, start + ms(20 * n), arrival(seq, seq as u32 * 960));
        stamp.map(|s| (s.seq, s.timestamp))
    };
    assert_eq!(at(1, 70_000), Some((101, 5960)));
    // 70001 is late, 70003 is lost.
    assert_eq!(at(2, 70_002), Some((103, 5960 + 1920)));
    assert_eq!(at(2, 70_001), Some((102, 5960 + 960)));
    assert_eq!(at(4, 70_004), Some((105, 5960 + 3840)));
    assert_eq!(at(4, 69_999), None, "it came before the switch");
}

#[test]
fn a_switch_goes_on_in_number_and_time() {
    let start = Instant::now();
    let mut out = begun(start);
    let mut relay = Relay::new();
    // 5 ms after the last packet the listener has 15 ms left of it.
    assert_eq!(relay.forward(&mut out, start + ms(5), arrival(9, 0)), None);
    let stamp = relay.forward(&mut out, start + ms(25), arrival(10, 960));
    assert_eq!(
        stamp,
        Some(Stamp {
            seq: 101,
            timestamp: 5000 + 1200,
            marker: true
        })
    );
    // Another source with other numbers.
    relay.cut();
    let stamp = relay
        .forward(&mut out, start + ms(45), arrival(60_000, 0xffff_ff00))
        .unwrap();
    assert_eq!((stamp.seq, stamp.timestamp), (102, 6200 + 960));
    let wrapped = relay
        .forward(
            &mut out,
            start + ms(65),
            arrival(60_001, 0xffff_ff00_u32.wrapping_add(960)),
        )
        .unwrap();
    assert_eq!((wrapped.seq, wrapped.timestamp), (103, 7160 + 960));
    assert!(!wrapped.marker);
}

#[test]
fn many_switches_do_not_run_ahead_of_time() {
    let start = Instant::now();
    let mut out = begun(start);
    let mut relay = Relay::new();
    let mut last = 5000;
    for n in 1..500u64 {
        // Sources of any phase, a new one for every third packet.
        let now = start + ms(20 * n + (n * 7) % 20);
        if n % 3 == 0 {
            relay.cut();
        }
        let packet = arrival(n * 1000 * (n % 3 + 1), (n as u32).wrapping_mul(77_777_777));
        if let Some(stamp) = relay.forward(&mut out, now, packet) {
            let media = i64::from(stamp.timestamp - 5000) / 48;
            let time = (now - start).as_millis() as i64;
            assert!((media - time).abs() < 40, "{media} ms at {time} ms");
            assert!(stamp.timestamp > last);
            last = stamp.timestamp;
        }
    }
    assert!(last > 5000 + 48_000 * 9, "most packets were relayed");
}

#[test]
fn a_source_that_starts_anew_is_joined_anew() {
    let start = Instant::now();
    let mut out = begun(start);
    let mut relay = Relay::new();
    relay.forward(&mut out, start + ms(20), arrival(30_000, 1_000_000));
    // Its numbers jump back, without a cut.
    let stamp = relay
        .forward(&mut out, start + ms(40), arrival(5, 77))
        .unwrap();
    assert_eq!(
        (stamp.seq, stamp.timestamp, stamp.marker),
        (102, 6920, true)
    );
    // It was on hold for a minute, and its timestamps stood still.
    let stamp = relay
        .forward(&mut out, start + ms(60_040), arrival(6, 77 + 960))
        .unwrap();
    assert_eq!(
        (stamp.seq, stamp.timestamp, stamp.marker),
        (103, 6920 + 48_000 * 60, true)
    );
}

#[test]
fn what_is_skipped_is_no_loss() {
    let start = Instant::now();
    let mut out = begun(start);
    let mut relay = Relay::new();
    relay.forward(&mut out, start + ms(20), arrival(50, 0));
    for seq in 51..56 {
        relay.skip(seq);
    }
    let stamp = relay
        .forward(&mut out, start + ms(140), arrival(56, 960 * 6))
        .unwrap();
    assert_eq!((stamp.seq, stamp.timestamp), (102, 5960 + 960 * 6));
    assert_eq!(
        relay.forward(&mut out, start + ms(141), arrival(49, 0)),
        None
    );
}

#[test]
fn what_follows_an_event_is_after_its_end() {
    let start = Instant::now();
    let mut out = begun(start);
    let event = out.start_event(start + ms(20));
    for n in 1..=5 {
        let stamp = out.next_of_event(event, 960 * n, n == 1);
        assert_eq!((stamp.seq, stamp.timestamp), (100 + u64::from(n), 5960));
    }
    let stamp = out.next(start + ms(220), 960, true);
    assert_eq!((stamp.seq, stamp.timestamp), (106, 5960 + 9600));
}

#[test]
fn another_clock_keeps_the_time() {
    let start = Instant::now();
    let mut out = begun(start);
    out.set_clock(8_000);
    assert_eq!(out.due(), Some(start + ms(20)));
    assert_eq!(out.next(start + ms(20), 160, false).timestamp, 5160);
}
