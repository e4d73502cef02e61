//! A long list of which only what is on the screen is in the document.

use std::ops::Range;
use std::sync::Arc;

use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::roving::focus_stays_inside;
use crate::i18n::Text;

/// Height of a row in pixels; the style sheet has the same.
pub const ROW: u32 = 60;

/// The rows come and go so many at a time.
const PART: usize = 8;

/// So many rows before and after what is seen are there at least: the next one is there when the
/// keyboard or a quick finger comes to it.
const MARGIN: usize = 4;

/// A list of rows of one height in a frame that scrolls. Screen readers learn how many rows there
/// are and which this is (`aria-setsize`, `aria-posinset`); the row that has the keyboard stays,
/// wherever the list is scrolled to. Arrow keys move from row to row, and along the buttons of one.
///
/// Every part of the list has its place in the document, filled or not, and nothing is ever moved:
/// an element that is moved loses the keyboard.
#[component]
pub fn RowWindow(
    /// The accessible name of the list.
    #[prop(into)]
    label: Text,
    /// What each row is about.
    #[prop(into)]
    rows: Signal<Arc<Vec<String>>>,
    /// What the rows were searched for: what another search finds is seen from its beginning.
    #[prop(into)]
    found_by: Signal<String>,
    /// Draws a row.
    row: fn(String) -> AnyView,
    /// Which rows are there: set whenever that changes.
    shown: RwSignal<Range<usize>>,
    /// Whether somebody is at work with the rows (pointer, keyboard, scrolled away from the top), so
    /// that none may change its place: set whenever that changes.
    in_use: RwSignal<bool>,
    /// The frame, for [`SearchField`](super::SearchField).
    frame: NodeRef<html::Div>,
    /// The field that the rows are searched with, which the keyboard goes back to.
    search: NodeRef<html::Input>,
) -> impl IntoView {
    // Where the list is scrolled to, and how much of it is seen, in pixels.
    let seen = RwSignal::new((0, 12 * ROW));
    // The part that has the keyboard.
    let focused = RwSignal::new(None::<usize>);
    let pointed = RwSignal::new(false);
    let measure = move || {
        if let Some(frame) = frame.get_untracked() {
            let pixels = |length: i32| u32::try_from(length).unwrap_or_default();
            seen.set((pixels(frame.scroll_top()), pixels(frame.client_height())));
        }
    };
    Effect::new(move || {
        frame.track();
        measure();
    });
    Effect::new(move || {
        found_by.track();
        if let Some(frame) = frame.get_untracked() {
            frame.set_scroll_top(0);
        }
    });
    let resized = window_event_listener(ev::resize, move |_| measure());
    on_cleanup(move || resized.remove());
    let count = Memo::new(move |_| rows.with(|rows| rows.len()));
    let parts = Memo::new(move |_| {
        let (top, height) = seen.get();
        parts_between(top, height, count.get())
    });
    Effect::new(move || {
        let parts = parts.get();
        shown.set(parts.start * PART..(parts.end * PART).min(count.get()));
    });
    let used = Memo::new(move |_| {
        pointed.get() || focused.get().is_some() || seen.with(|(top, _)| *top > 0)
    });
    Effect::new(move || in_use.set(used.get()));
    let part = move |rows: Arc<Vec<String>>, number: usize| {
        let is_there =
            Memo::new(move |_| parts.get().contains(&number) || focused.get() == Some(number));
        let lines = move || {
            let places = (number * PART..rows.len()).take(PART);
            places
                .map(|at| {
                    view! {
                        <div
                            class="row-window__row"
                            role="listitem"
                            style:top=format!("{}px", pixels_of(at))
                            aria-setsize=rows.len().to_string()
                            aria-posinset=(at + 1).to_string()
                        >
                            {row(rows[at].clone())}
                        </div>
                    }
                })
                .collect_view()
        };
        view! {
            <div
                on:focusin=move |_| focused.set(Some(number))
                on:focusout=move |event| {
                    if !focus_stays_inside(&event) {
                        focused.set(None);
                    }
                }
            >
                {move || is_there.get().then(&lines)}
            </div>
        }
    };
    let all = move || {
        let rows = rows.get();
        let numbers = 0..rows.len().div_ceil(PART);
        numbers
            .map(|number| part(Arc::clone(&rows), number))
            .collect_view()
    };
    view! {
        <div
            class="row-window"
            node_ref=frame
            on:keydown=move |event| walk(&event, frame, search)
            on:scroll=move |_| measure()
            on:pointerenter=move |_| pointed.set(true)
            on:pointerleave=move |_| pointed.set(false)
        >
            <div
                class="row-window__rows"
                role="list"
                aria-label=label
                style:height=move || format!("{}px", pixels_of(count.get()))
            >
                {all}
            </div>
        </div>
    }
}

/// Gives the keyboard to the first button of the first row.
pub(super) fn enter(frame: NodeRef<html::Div>) -> bool {
    let frame = frame.get_untracked();
    frame.is_some_and(|frame| focus_button(&frame, 1, 0))
}

/// Moves the keyboard to the next row, to the next button of this one, or back to the search. A key that is
/// held presses nothing: Enter in the search would go on to press the button that it came to.
fn walk(event: &ev::KeyboardEvent, frame: NodeRef<html::Div>, search: NodeRef<html::Input>) {
    let (down, right) = match event.key().as_str() {
        "ArrowDown" => (1, 0),
        "ArrowUp" => (-1, 0),
        "ArrowRight" => (0, 1),
        "ArrowLeft" => (0, -1),
        "Enter" if event.repeat() => return event.prevent_default(),
        _ => return,
    };
    let Some((frame, (row, button))) = frame.get_untracked().zip(place(event)) else {
        return;
    };
    event.prevent_default();
    let (row, button) = (row.saturating_add(down), button.saturating_add(right));
    if row > 0 {
        focus_button(&frame, row, button);
    } else if let Some(search) = search.get_untracked() {
        let _focused = search.focus();
    }
}

/// In which row, and on which of its buttons, a key was pressed.
fn place(event: &ev::KeyboardEvent) -> Option<(i32, i32)> {
    let target: Element = event.target()?.dyn_into().ok()?;
    let row = target.closest("[aria-posinset]").ok()??;
    let buttons = row.get_elements_by_tag_name("button");
    let at = (0..buttons.length()).find(|at| buttons.item(*at).as_ref() == Some(&target))?;
    let row = row.get_attribute("aria-posinset")?.parse().ok()?;
    Some((row, i32::try_from(at).ok()?))
}

/// Gives the keyboard to a button of a row: to the last one where there are not so many.
fn focus_button(frame: &Element, row: i32, button: i32) -> bool {
    let found = frame.query_selector(&format!("[aria-posinset=\"{row}\"]"));
    let Ok(Some(row)) = found else {
        return false;
    };
    let buttons = row.get_elements_by_tag_name("button");
    let last = buttons.length().saturating_sub(1);
    let at = u32::try_from(button).unwrap_or_default().min(last);
    let found = buttons
        .item(at)
        .and_then(|it| it.dyn_into::<HtmlElement>().ok());
    found.is_some_and(|button| button.focus().is_ok())
}

/// Where a row begins, in pixels.
fn pixels_of(row: usize) -> u64 {
    row as u64 * u64::from(ROW)
}

/// The parts that are to be there while `height` pixels are seen from `top` on, of `count` rows.
fn parts_between(top: u32, height: u32, count: usize) -> Range<usize> {
    let first = (top / ROW) as usize;
    let end = (top.saturating_add(height)).div_ceil(ROW) as usize;
    let first = first.saturating_sub(MARGIN) / PART;
    // A list that got shorter is scrolled back by the browser; until then its end is there.
    let end = (end + MARGIN).min(count).div_ceil(PART);
    first.min(end)..end
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    /// The rows of the parts.
    fn rows_between(top: u32, height: u32, count: usize) -> Range<usize> {
        let parts = parts_between(top, height, count);
        parts.start * PART..(parts.end * PART).min(count)
    }

    #[test]
    fn what_is_seen_is_always_there_and_little_else() {
        for count in [1, 11, 2000] {
            for top in (0..count as u32 * ROW).step_by(17) {
                let there = rows_between(top, 400, count);
                let first = (top / ROW) as usize;
                let last = (((top + 399) / ROW) as usize).min(count - 1);
                assert!(there.start <= first && last < there.end, "{top}: {there:?}");
                assert!(there.len() <= 8 + 2 * MARGIN + 2 * (PART - 1), "{there:?}");
            }
        }
    }

    #[test]
    fn the_row_before_and_after_is_there_for_the_keyboard() {
        let there = rows_between(40 * ROW, 6 * ROW, 2000);
        assert!(there.start < 40 && there.end > 46, "{there:?}");
    }

    #[test]
    fn a_step_of_the_wheel_mostly_changes_nothing() {
        let steps = (0..100).map(|step| parts_between(step * 20, 400, 2000));
        let steps: Vec<Range<usize>> = steps.collect();
        let changed = steps.windows(2).filter(|pair| pair[0] != pair[1]).count();
        assert!(changed <= 9, "{changed} of 100");
    }

    #[test]
    fn a_list_that_got_shorter_is_not_read_past_its_end() {
        assert!(rows_between(60_000, 400, 3).len() <= 3);
        assert_eq!(rows_between(0, 400, 3), 0..3);
        assert_eq!(rows_between(0, 400, 0), 0..0);
    }
}
