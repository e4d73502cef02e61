//! The clock that the phone is driven by.

use std::cell::Cell;

use alo_phone::language::Millis;

use super::page::window;

/// The steady clock of a page may stand still while the machine sleeps. When the time of day is ahead
/// of it by more than this, in milliseconds, it did.
const SLEPT_MS: f64 = 2_000.0;

thread_local! {
    static CLOCK: Cell<Clock> = const { Cell::new(Clock { added: 0.0, slept: false }) };
}

/// Milliseconds since the Unix epoch that never go backwards: the time origin of the page is fixed
/// once and `performance.now()` is monotonic (High Resolution Time, section 5), whereas
/// `Date.now()` jumps when the system's clock is set. What the machine slept is added.
pub(crate) fn now() -> Millis {
    let day = js_sys::Date::now();
    let Some(performance) = window().performance() else {
        return day as Millis;
    };
    let steady = performance.time_origin() + performance.now();
    CLOCK.with(|cell| {
        let mut clock = cell.get();
        let now = clock.read(steady, day);
        cell.set(clock);
        now as Millis
    })
}

/// Whether the machine slept since this was asked last: no network, no socket and no path is what it
/// was before.
pub(crate) fn has_slept() -> bool {
    CLOCK.with(|cell| {
        let mut clock = cell.get();
        let slept = std::mem::take(&mut clock.slept);
        cell.set(clock);
        slept
    })
}

/// What is added to the steady clock.
#[derive(Debug, Clone, Copy)]
struct Clock {
    added: f64,
    slept: bool,
}

impl Clock {
    /// The time, by the steady clock and the time of day.
    fn read(&mut self, steady: f64, day: f64) -> f64 {
        let behind = day - (steady + self.added);
        if behind > SLEPT_MS {
            self.added += behind;
            self.slept = true;
        }
        steady + self.added
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::Clock;

    const NEW: Clock = Clock {
        added: 0.0,
        slept: false,
    };

    #[test]
    fn a_sleep_is_made_up_for_and_told() {
        let mut clock = NEW;
        assert_eq!(clock.read(1_000.0, 1_900.0), 1_000.0);
        assert!(!clock.slept);
        assert_eq!(clock.read(2_000.0, 62_000.0), 62_000.0);
        assert!(clock.slept);
        assert_eq!(clock.read(3_000.0, 63_000.0), 63_000.0);
    }

    #[test]
    fn a_clock_that_is_set_back_changes_nothing() {
        let mut clock = NEW;
        clock.read(1_000.0, 10_000.0);
        assert_eq!(clock.read(2_000.0, 500.0), 11_000.0);
        assert_eq!(clock.read(3_000.0, 11_900.0), 12_000.0);
    }
}
