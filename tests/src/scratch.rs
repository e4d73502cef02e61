//! Files and folders that are gone when the test is.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// A path of its own in the temporary folder. Whatever is put there is removed on drop.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
}

impl Scratch {
    /// Nothing is there yet; `name` says what it will be.
    pub fn new(name: &str) -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let process = std::process::id();
        Self {
            path: std::env::temp_dir().join(format!("alo-{process}-{number}-{name}")),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Removes what is there now.
    ///
    /// # Errors
    /// When some of it stays, for example because a program still writes there.
    pub fn remove(&self) -> std::io::Result<()> {
        if self.path.is_dir() {
            std::fs::remove_dir_all(&self.path)
        } else if self.path.exists() {
            std::fs::remove_file(&self.path)
        } else {
            Ok(())
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left in the temporary folder harms nobody.
        let _ = self.remove();
    }
}
