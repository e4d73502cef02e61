//! The one TOML file of the call centre: what it may say, and what it says.
//!
//! [`Config::parse`] returns either a configuration whose cross references all hold, or every fault
//! of the file with its line. `demo.toml` is built in and is what runs when no file is named.

mod number;
mod read;
mod reader;
mod suggest;
mod types;

pub use reader::Fault;
pub use types::{
    Agent, Calls, Config, Hotline, Http, Log, LogFormat, MediaSettings, Network, Password,
    PhoneBehaviour, Queue, Registrations, SimulatedNumber, Tls,
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
        let mut config = Self::parse(&path.display().to_string(), &text)?;
        if let Some(folder) = path.parent() {
            config.resolve(folder);
        }
        Ok(config)
    }

    /// Reads the text of a file; `name` is what faults call it.
    ///
    /// # Errors
    /// Where it says something that cannot be.
    pub fn parse(name: &str, text: &str) -> Result<Self, ConfigError> {
        read::config(text).map_err(|faults| ConfigError::Faults {
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
    }
}
