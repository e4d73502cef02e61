//! What this process uses, by Linux's own account.

#![allow(dead_code, reason = "not every benchmark uses all of it")]

/// CPU seconds of the threads of this name.
pub fn of_thread(wanted: &str) -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").expect("/proc");
    tasks
        .filter_map(|task| {
            let path = task.ok()?.path();
            let name = std::fs::read_to_string(path.join("comm")).ok()?;
            if name.trim() != wanted {
                return None;
            }
            // Nanoseconds that it ran come first.
            let run = std::fs::read_to_string(path.join("schedstat")).ok()?;
            let nanos: f64 = run.split(' ').next()?.parse().ok()?;
            Some(nanos / 1e9)
        })
        .sum()
}

/// CPU seconds of this thread.
pub fn of_this_thread() -> f64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").expect("/proc");
    let nanos = stat.split(' ').next().and_then(|nanos| nanos.parse().ok());
    nanos.map_or(0.0, |nanos: f64| nanos / 1e9)
}

/// Resident memory in bytes.
pub fn memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("/proc");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().split(' ').next()?.parse::<usize>().ok());
    kilobytes.expect("resident memory") * 1024
}
