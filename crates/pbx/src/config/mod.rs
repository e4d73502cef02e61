//! The one TOML file of the call centre: what it may say, and what it says.
//!
//! [`Config::parse`] returns either a configuration whose cross references all hold, or every fault
//! of the file with its line. `demo.toml` is built in and is what runs when no file is named.

mod number;
mod prompts;
mod read;
mod reader;
mod suggest;
mod types;

pub use prompts::BUILT_IN as BUILT_IN_PROMPTS;
pub use reader::Fault;
pub use types::{
    Agent, Announce, CallerId, Calls, Codec, Config, Destination, Hotline, Http, Ivr, IvrAction,
    Log, LogFormat, MediaSettings, Network, NumberFormat, Overflow, OwnState, Password,
    PhoneBehaviour, Queue, Records, Registrations, SimulatedNumber, Strategy, SyncPolicy, Tls,
    Transfer, Trunk, TrunkAccount,
};

use std::fmt;
use std::path::{Path, PathBuf};

/// The demo call centre.
pub const DEMO: &str = include_str!("../../demo.toml");

/// Why a file is not a configuration.
#[derive(Debug)]
pub enum ConfigError {
    /// It cannot be read.
    Unreadable(PathBuf, std::io::Error),
    /// It says something that cannot be.
    Faults {
        /// The file.
        file: String,
        /// All of it, by line.
        faults: Vec<Fault>,
    },
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(path, error) => write!(f, "{}: {error}", path.display()),
            Self::Faults { file, faults } => {
                let lines: Vec<_> = faults
                    .iter()
                    .map(|fault| format!("{file}: {fault}"))
                    .collect();
                f.write_str(&lines.join("\n"))
            }
        }
    }
}

impl std::error::Error for ConfigError {}

impl Config {
    /// The demo call centre.
    ///
    /// # Errors
    /// Never, as a test sees to it; typed so that no panic is needed.
    pub fn demo() -> Result<Self, ConfigError> {
        Self::parse("demo.toml", DEMO)
    }

    /// Reads a file. Paths in it are relative to its folder.
    ///
    /// # Errors
    /// Where it cannot be read, or says something that cannot be.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConfigError::Unreadable(path.to_owned(), error))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let mut config = Self::parse_in(&path.display().to_string(), &text, folder)?;
        config.resolve(folder);
        Ok(config)
    }

    /// Reads the text of a file; `name` is what faults call it.
    ///
    /// # Errors
    /// Where it says something that cannot be.
    pub fn parse(name: &str, text: &str) -> Result<Self, ConfigError> {
        Self::parse_in(name, text, Path::new(""))
    }

    fn parse_in(name: &str, text: &str, folder: &Path) -> Result<Self, ConfigError> {
        read::config(text, folder).map_err(|faults| ConfigError::Faults {
            file: name.to_owned(),
            faults,
        })
    }

    fn resolve(&mut self, folder: &Path) {
        self.http.app = folder.join(&self.http.app);
        if let Some(tls) = &mut self.http.tls {
            tls.certificate = folder.join(&tls.certificate);
            tls.key = folder.join(&tls.key);
        }
        if let Some(prompts) = &mut self.media.prompts {
            *prompts = folder.join(&*prompts);
        }
        if let Some(file) = &mut self.records.file {
            *file = folder.join(&*file);
        }
    }
}
