//! What a process takes, from `/proc`.

use std::fs;

use anyhow::{Context as _, Result, ensure};

/// Ticks of `/proc` in a second: `USER_HZ`, which is 100 wherever Linux runs.
const TICKS: f64 = 100.0;

/// What a process and its children have taken.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    /// Seconds of CPU since it was started.
    pub(crate) cpu: f64,
    /// Memory now, in kB; what its children share counts for each.
    pub(crate) memory_kb: f64,
}

impl Load {
    /// Until now.
    pub(crate) fn of(process: u32) -> Result<Self> {
        let mut load = Self {
            cpu: 0.0,
            memory_kb: 0.0,
        };
        for entry in fs::read_dir("/proc")? {
            let name = entry?.file_name();
            let Some(id) = name.to_str().and_then(|name| name.parse::<u32>().ok()) else {
                continue;
            };
            // One that has just ended is none of ours.
            let Ok(stat) = fs::read_to_string(format!("/proc/{id}/stat")) else {
                continue;
            };
            // After the name, which may hold anything, in parentheses.
            let after = stat.rsplit_once(')').context("no name")?.1;
            let fields: Vec<&str> = after.split_whitespace().collect();
            let field = |at: usize| fields.get(at).context("a short stat");
            let parent: u32 = field(1)?.parse()?;
            if id == process || parent == process {
                let ticks = field(11)?.parse::<f64>()? + field(12)?.parse::<f64>()?;
                load.cpu += ticks / TICKS;
                load.memory_kb += memory_kb(id)?;
            }
        }
        ensure!(load.memory_kb > 0.0, "process {process} is gone");
        Ok(load)
    }
}

fn memory_kb(process: u32) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    Ok(number.context("no VmRSS")?.parse()?)
}
