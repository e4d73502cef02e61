//! An icon. It says nothing by itself: the control that it stands in has the name.

use leptos::prelude::*;
use leptos::svg;

/// Draws an icon in the colour and size of the text around it.
#[component]
pub fn Icon(
    /// Which.
    icon: icondata_core::Icon,
) -> impl IntoView {
    svg::svg()
        .attr("class", "icon")
        .attr("viewBox", "0 0 24 24")
        .attr("aria-hidden", "true")
        .attr("focusable", "false")
        .child(svg::InertElement::new(format!("<g>{}</g>", icon.data)))
}
