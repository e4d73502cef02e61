//! The app: what every page has, and which page an address shows.

use leptos::prelude::*;
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::path;

use crate::pages::{CallPage, DeskPage, NotFoundPage, WidgetPage};
use crate::preferences::Preferences;

/// The app.
#[component]
pub fn App() -> impl IntoView {
    Preferences::provide();
    view! {
        <Router>
            <FlatRoutes fallback=NotFoundPage>
                <Route path=path!("/") view=DeskPage/>
                <Route path=path!("/widget") view=WidgetPage/>
                <Route path=path!("/call") view=CallPage/>
            </FlatRoutes>
        </Router>
    }
}
