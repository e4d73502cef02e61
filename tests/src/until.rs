//! Waiting for something to become true.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use tokio::time::sleep;

/// How long anything may take that a person waits for. Generous: a busy machine is slow, and a
/// test that passes never waits this long.
pub const PATIENCE: Duration = Duration::from_secs(15);

const PAUSE: Duration = Duration::from_millis(40);

/// Asks `probe` until it gives a value; after `patience` the error says what it last said instead.
///
/// # Errors
/// When patience is over.
pub async fn until<T>(
    what: &str,
    patience: Duration,
    mut probe: impl AsyncFnMut() -> Result<T>,
) -> Result<T> {
    let deadline = Instant::now() + patience;
    loop {
        match probe().await {
            Ok(value) => return Ok(value),
            Err(error) if Instant::now() >= deadline => {
                bail!("waited {} s for {what}: {error:#}", patience.as_secs())
            }
            Err(_) => sleep(PAUSE).await,
        }
    }
}
