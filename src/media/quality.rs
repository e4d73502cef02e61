//! Statistics of a call, as figures and bars.

use alo_phone::language::Quality;
use js_sys::Map;
use wasm_bindgen::{JsCast, JsValue};

use crate::platform::js;

/// Counters of the sample before: what is shown is the last interval, not the whole call.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Counters {
    received: f64,
    lost: f64,
}

/// What a report says.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Figures {
    counters: Counters,
    jitter_s: f64,
    round_trip_s: Option<f64>,
}

/// Reads an `RTCStatsReport` (WebRTC statistics, section 8). `None` while nothing is received.
pub(crate) fn read(report: &JsValue, before: Counters) -> Option<(Quality, Counters)> {
    // Maplike (Web IDL, section 3.7.11): it has the methods of a Map without being one.
    let figures = figures(report.unchecked_ref())?;
    Some((quality(figures, before), figures.counters))
}

fn figures(report: &Map) -> Option<Figures> {
    let mut found = None;
    let mut round_trip = None;
    report.for_each(&mut |entry, _| match js::text(&entry, "type").as_deref() {
        Some("inbound-rtp") if js::text(&entry, "kind").as_deref() == Some("audio") => {
            found = Some(Figures {
                counters: Counters {
                    received: js::number(&entry, "packetsReceived").unwrap_or(0.0),
                    lost: js::number(&entry, "packetsLost").unwrap_or(0.0),
                },
                jitter_s: js::number(&entry, "jitter").unwrap_or(0.0),
                round_trip_s: None,
            });
        }
        // Of the pairs that were tried, the one in use has `nominated`.
        Some("candidate-pair") if js::get(&entry, "nominated").is_truthy() => {
            round_trip = js::number(&entry, "currentRoundTripTime").or(round_trip);
        }
        _ => {}
    });
    let found = found.filter(|figures: &Figures| figures.counters.received > 0.0)?;
    Some(Figures {
        round_trip_s: round_trip,
        ..found
    })
}

fn quality(figures: Figures, before: Counters) -> Quality {
    // A restarted stream counts anew.
    let received = (figures.counters.received - before.received).max(0.0);
    let lost = (figures.counters.lost - before.lost).max(0.0);
    let all = received + lost;
    let loss = if all > 0.0 { lost / all } else { 0.0 };
    let jitter_ms = figures.jitter_s * 1000.0;
    let round_trip_ms = figures.round_trip_s.map(|s| s * 1000.0);
    Quality {
        bars: if all > 0.0 {
            bars(loss, jitter_ms, round_trip_ms.unwrap_or(0.0))
        } else {
            // Nothing came at all in this interval.
            1
        },
        round_trip: round_trip_ms.map(|ms| ms as u32),
        lost_per_mille: (loss * 1000.0) as u16,
        jitter: jitter_ms as u32,
    }
}

/// The E-model in its short form (ITU-T G.107; impairments of delay after Cole and Rosenbluth, of
/// loss as G.113 has them for Opus-like concealment), with the user-satisfaction borders of G.109.
fn bars(loss: f64, jitter_ms: f64, round_trip_ms: f64) -> u8 {
    // One way, plus a jitter buffer of twice the jitter, plus coding.
    let delay = round_trip_ms / 2.0 + 2.0 * jitter_ms + 20.0;
    let late = (delay - 177.3).max(0.0);
    let delay_impairment = 0.024 * delay + 0.11 * late;
    let percent = loss * 100.0;
    let loss_impairment = 95.0 * percent / (percent + 15.0);
    let rating = 93.2 - delay_impairment - loss_impairment;
    match rating {
        r if r >= 80.0 => 4,
        r if r >= 70.0 => 3,
        r if r >= 60.0 => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::{Counters, Figures, bars, quality};

    #[test]
    fn a_good_line_has_four_bars() {
        assert_eq!(bars(0.0, 5.0, 40.0), 4);
    }

    #[test]
    fn loss_and_delay_take_bars_away() {
        assert_eq!(bars(0.03, 10.0, 60.0), 3);
        assert_eq!(bars(0.05, 10.0, 60.0), 2);
        assert_eq!(bars(0.20, 10.0, 60.0), 1);
        assert!(bars(0.0, 10.0, 900.0) <= 2);
    }

    #[test]
    fn only_the_last_interval_counts() {
        let before = Counters {
            received: 1000.0,
            lost: 500.0,
        };
        let figures = Figures {
            counters: Counters {
                received: 1099.0,
                lost: 501.0,
            },
            jitter_s: 0.004,
            round_trip_s: Some(0.050),
        };
        let quality = quality(figures, before);
        assert_eq!(quality.lost_per_mille, 10);
        assert_eq!(quality.round_trip, Some(50));
        assert_eq!(quality.jitter, 4);
    }

    #[test]
    fn silence_on_the_network_is_the_worst() {
        let counters = Counters {
            received: 10.0,
            lost: 0.0,
        };
        let figures = Figures {
            counters,
            ..Figures::default()
        };
        assert_eq!(quality(figures, counters).bars, 1);
    }
}
