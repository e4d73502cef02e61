//! The log: structured, one span a call, and never a secret.

use std::fmt::{self, Write as _};

use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};
use tracing_subscriber::{Layer, fmt as lines};

use crate::config::{Log, LogFormat};

/// Starts writing the log to standard error; standard output is for the address alone.
///
/// # Errors
/// Where a log is written already.
pub fn start(log: &Log) -> Result<(), TryInitError> {
    start_to(log, std::io::stderr)
}

/// Starts writing the log somewhere else.
///
/// # Errors
/// Where a log is written already.
pub fn start_to<W>(log: &Log, writer: W) -> Result<(), TryInitError>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    // The configuration has read the filter once, so this cannot fail.
    let filter: Targets = log.filter.parse().unwrap_or_default();
    let lines = lines::layer().with_writer(writer);
    let layer = match log.format {
        LogFormat::Text => lines.with_ansi(false).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    tracing_subscriber::registry()
        .with(layer.with_filter(filter))
        .try_init()
}

/// A phone number as the log may show it: whole, or its last three digits.
#[derive(Clone, Copy)]
pub struct Shown<'a> {
    number: &'a str,
    whole: bool,
}

impl<'a> Shown<'a> {
    /// As the configuration wants it.
    #[must_use]
    pub fn new(number: &'a str, log: &Log) -> Self {
        Self {
            number,
            whole: !log.redact_numbers,
        }
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.number.chars().filter(char::is_ascii_digit).count();
        // Extensions of a call centre are nobody's secret.
        if self.whole || digits <= 4 {
            // Text from the network: no line of the log is to be forged with it.
            return self
                .number
                .chars()
                .filter(|c| !c.is_control())
                .try_for_each(|c| f.write_char(c));
        }
        let skip = self.number.chars().count().saturating_sub(3);
        write!(
            f,
            "...{}",
            self.number
                .chars()
                .skip(skip)
                .filter(|c| !c.is_control())
                .collect::<String>()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn numbers_are_shortened_where_the_file_says_so() {
        let mut log = Config::demo().unwrap().log;
        assert_eq!(Shown::new("+84900000001", &log).to_string(), "+84900000001");
        log.redact_numbers = true;
        assert_eq!(Shown::new("+84900000001", &log).to_string(), "...001");
        assert_eq!(Shown::new("102", &log).to_string(), "102");
    }
}
