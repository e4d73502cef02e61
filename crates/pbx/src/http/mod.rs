//! The web server: the built app, its two JSON files, SIP over WebSocket, and health.

mod app_files;
mod connections;
mod json;
mod security;
mod socket;

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;

use crate::config::Config;
use crate::control::Control;

pub use connections::{Connection, Connections};
pub use security::Policy;
pub use socket::pump;

/// What the handlers share.
#[derive(Debug, Clone)]
pub struct Web {
    config: Arc<Config>,
    policy: Arc<Policy>,
    control: Control,
    connections: Arc<Connections>,
}

/// All routes.
pub fn router(config: Arc<Config>, control: Control, connections: Arc<Connections>) -> Router {
    let policy = Arc::new(Policy::new(&config));
    let web = Web {
        config,
        policy,
        control,
        connections,
    };
    Router::new()
        .route("/sip", get(socket::upgrade))
        .route("/config.json", get(json::config))
        .route("/directory.json", get(json::directory))
        .route("/healthz", get(health))
        .fallback_service(get(app_files::serve).with_state(web.clone()))
        .layer(axum::middleware::from_fn_with_state(
            web.clone(),
            security::host,
        ))
        .layer(axum::middleware::from_fn(security::headers))
        .with_state(web)
}

/// Answers when the call control answers.
async fn health(
    axum::extract::State(web): axum::extract::State<Web>,
) -> (StatusCode, &'static str) {
    if web.control.is_alive() {
        (StatusCode::OK, "ok\n")
    } else {
        (
            StatusCode::SERVICE_UNAVAILABLE,
            "the call control has stopped\n",
        )
    }
}
