//! The file: appended to, synced, followed when it is renamed, and mended after a crash.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// How much is read at a time when the last line is looked for.
const CHUNK: u64 = 64 << 10;

/// A file that lines are appended to.
#[derive(Debug)]
pub(super) struct Appender {
    path: PathBuf,
    file: File,
    /// Device and inode: which file it is, whatever its name.
    identity: (u64, u64),
    pending: Pending,
    /// Something was written and not synced.
    unsynced: bool,
}

impl Appender {
    /// Opens the file, makes it where it is not there, and mends its last line.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let (file, identity) = open(path)?;
        let mut appender = Self {
            path: path.to_owned(),
            file,
            identity,
            pending: Pending::default(),
            unsynced: false,
        };
        appender.mend()?;
        Ok(appender)
    }

    /// Takes a line, which ends with its line feed.
    pub(super) fn push(&mut self, line: &[u8]) {
        self.pending.bytes.extend_from_slice(line);
    }

    /// How many bytes are not written yet.
    pub(super) fn pending(&self) -> usize {
        self.pending.bytes.len()
    }

    /// How many lines are not written yet.
    pub(super) fn pending_lines(&self) -> usize {
        let feeds = self.pending.bytes.iter().filter(|byte| **byte == b'\n');
        feeds.count()
    }

    /// Whether something was written and not synced.
    pub(super) fn unsynced(&self) -> bool {
        self.unsynced
    }

    /// Writes what is pending, into a new file where the old one was renamed. What could not be
    /// written stays pending.
    pub(super) fn write(&mut self) -> io::Result<()> {
        if self.pending.bytes.is_empty() {
            return Ok(());
        }
        // A line is not begun in one file and ended in another.
        if !self.pending.within_a_line {
            self.follow()?;
        }
        let before = self.pending.bytes.len();
        let written = self.pending.write_to(&mut self.file);
        self.unsynced |= self.pending.bytes.len() < before;
        written
    }

    /// What was written is on the disk when this returns.
    pub(super) fn sync(&mut self) -> io::Result<()> {
        if self.unsynced {
            // A device has nothing to sync.
            if self.file.metadata()?.is_file() {
                self.file.sync_data()?;
            }
            self.unsynced = false;
        }
        Ok(())
    }

    /// Begins a new file where the path leads to another one now, or to none.
    fn follow(&mut self) -> io::Result<()> {
        let there = std::fs::metadata(&self.path).map(|there| (there.dev(), there.ino()));
        match there {
            Ok(identity) if identity == self.identity => return Ok(()),
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(_) | Err(_) => {}
        }
        self.sync()?;
        let (file, identity) = open(&self.path)?;
        tracing::info!(file = %self.path.display(), "call records go to a new file");
        (self.file, self.identity) = (file, identity);
        self.mend()
    }

    /// Completes the last line, or takes it out.
    fn mend(&mut self) -> io::Result<()> {
        let length = self.file.metadata()?.len();
        let start = last_line(&mut self.file, length)?;
        if start == length {
            return Ok(());
        }
        let mut line = Vec::new();
        self.file.seek(SeekFrom::Start(start))?;
        (&self.file).take(length - start).read_to_end(&mut line)?;
        let whole = serde_json::from_slice::<serde::de::IgnoredAny>(&line).is_ok();
        // What a power cut leaves of a line: its beginning, or room that was never filled.
        let torn = line.first() == Some(&b'{') || line.iter().all(|byte| *byte == 0);
        let file = self.path.display();
        if torn && !whole {
            tracing::warn!(%file, bytes = line.len(), "a torn call record was taken out");
            self.file.set_len(start)
        } else {
            tracing::warn!(%file, "the last line had no end");
            self.pending.bytes.splice(0..0, *b"\n");
            Ok(())
        }
    }
}

fn open(path: &Path) -> io::Result<(File, (u64, u64))> {
    // Numbers of customers are not for everybody on the machine.
    let mut options = OpenOptions::new();
    let options = options.read(true).append(true).create(true).mode(0o640);
    let file = options.open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_file() && metadata.len() == 0 {
        // The name of a new file is not on the disk before its folder is. A folder that may not be
        // read is still one that may be written to.
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let folder = File::open(folder.unwrap_or(Path::new(".")));
        if let Err(error) = folder.and_then(|folder| folder.sync_all()) {
            tracing::debug!(%error, "the folder of the call records cannot be synced");
        }
    }
    Ok((file, (metadata.dev(), metadata.ino())))
}

/// Where the last line begins; the length where it is whole.
fn last_line(file: &mut File, length: u64) -> io::Result<u64> {
    let mut end = length;
    while end > 0 {
        let start = end.saturating_sub(CHUNK);
        let mut chunk = Vec::new();
        file.seek(SeekFrom::Start(start))?;
        (&*file).take(end - start).read_to_end(&mut chunk)?;
        if let Some(feed) = chunk.iter().rposition(|byte| *byte == b'\n') {
            return Ok(start + feed as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

/// Lines on their way into a file.
#[derive(Debug, Default)]
struct Pending {
    bytes: Vec<u8>,
    /// The first byte is not the first of a line.
    within_a_line: bool,
}

impl Pending {
    /// Writes as much as goes.
    fn write_to(&mut self, file: &mut impl Write) -> io::Result<()> {
        while !self.bytes.is_empty() {
            match file.write(&self.bytes) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => {
                    let last = self.bytes.drain(..count).next_back();
                    self.within_a_line = last != Some(b'\n');
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A disk with so much room.
    struct Disk {
        room: usize,
        holds: Vec<u8>,
    }

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.room == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            let count = bytes.len().min(self.room);
            self.holds.extend_from_slice(&bytes[..count]);
            self.room -= count;
            Ok(count)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_that_met_a_full_disk_is_gone_on_with_where_it_stopped() {
        let mut pending = Pending::default();
        pending.bytes.extend_from_slice(b"first\nsecond\n");
        let mut disk = Disk {
            room: 9,
            holds: Vec::new(),
        };
        assert!(pending.write_to(&mut disk).is_err());
        assert!(pending.within_a_line, "{:?}", disk.holds);
        disk.room = 100;
        pending.bytes.extend_from_slice(b"third\n");
        pending.write_to(&mut disk).unwrap();
        assert_eq!(disk.holds, b"first\nsecond\nthird\n");
        assert!(!pending.within_a_line);
    }
}
