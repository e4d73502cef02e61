//! Where things are.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::{Context, Result};

/// The folders that the commands work in.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    /// The root of the repository.
    pub(crate) root: PathBuf,
    /// `$XDG_CACHE_HOME/alo`: what survives a fresh clone.
    pub(crate) cache: PathBuf,
}

impl Places {
    /// Finds them from the environment.
    pub(crate) fn find() -> Result<Self> {
        // As cargo says now: a target folder that several checkouts share may hold the program that
        // was built in another one.
        let own = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
        let root = own
            .parent()
            .context("xtask stands in a folder of the repository")?
            .to_owned();
        let cache = match env::var_os("XDG_CACHE_HOME") {
            Some(cache) if !cache.is_empty() => PathBuf::from(cache),
            _ => env::home_dir()
                .context("neither XDG_CACHE_HOME nor HOME is set")?
                .join(".cache"),
        };
        Ok(Self {
            root,
            cache: cache.join("alo"),
        })
    }

    /// Tools that were installed by this program.
    pub(crate) fn tools(&self) -> PathBuf {
        self.cache.join("tools")
    }

    /// Programs installed by cargo.
    pub(crate) fn tools_bin(&self) -> PathBuf {
        self.tools().join("bin")
    }

    /// Packages installed by npm.
    pub(crate) fn tools_npm(&self) -> PathBuf {
        self.tools().join("npm")
    }

    /// The built app.
    pub(crate) fn dist(&self) -> PathBuf {
        self.root.join("dist")
    }

    /// Where cargo puts what it builds.
    pub(crate) fn target(&self) -> PathBuf {
        match env::var_os("CARGO_TARGET_DIR") {
            Some(target) if !target.is_empty() => self.root.join(target),
            _ => self.root.join("target"),
        }
    }

    /// `PATH` with the installed tools in front: Trunk finds `wasm-bindgen` and `wasm-opt` there.
    pub(crate) fn path(&self) -> Result<OsString> {
        let mut folders = vec![self.tools_bin(), self.tools_npm().join("node_modules/.bin")];
        if let Some(path) = env::var_os("PATH") {
            folders.extend(env::split_paths(&path));
        }
        env::join_paths(folders).context("a folder of PATH has a colon in its name")
    }
}
