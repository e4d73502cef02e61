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

/// Answers when the call control answers. A second line says how the phone network is, where there is
/// a trunk; that it is away is nothing that a new start of this server would mend.
async fn health(axum::extract::State(web): axum::extract::State<Web>) -> (StatusCode, String) {
    if !web.control.is_alive() {
        let text = "the call control has stopped\n";
        return (StatusCode::SERVICE_UNAVAILABLE, text.into());
    }
    let trunk = web.control.trunk_health().borrow().clone();
    let trunk = trunk.map(|health| format!("phone network {health}\n"));
    (StatusCode::OK, format!("ok\n{}", trunk.unwrap_or_default()))
}
