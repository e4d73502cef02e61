//! The clock that the phone is driven by.

use alo_phone::language::Millis;

use super::page::window;

/// Milliseconds since the Unix epoch that never go backwards: the time origin of the page is fixed
/// once and `performance.now()` is monotonic (High Resolution Time, section 5), whereas
/// `Date.now()` jumps when the system's clock is set.
pub(crate) fn now() -> Millis {
    let Some(performance) = window().performance() else {
        return js_sys::Date::now() as Millis;
    };
    (performance.time_origin() + performance.now()) as Millis
}
