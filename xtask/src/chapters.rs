//! Checks that the paths which `ARCHITECTURE.md` names exist.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

/// Fails with the list of the paths that are gone.
pub(crate) fn run(root: &Path) -> Result<()> {
    let file = root.join("ARCHITECTURE.md");
    let text = fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
    let named = paths(&text);
    let gone: Vec<_> = named
        .iter()
        .filter(|path| !root.join(path).exists())
        .collect();
    if !gone.is_empty() {
        bail!("ARCHITECTURE.md names what is not there: {gone:?}");
    }
    println!("ARCHITECTURE.md: all {} paths exist", named.len());
    Ok(())
}

/// Every text in backquotes that looks like a path of this repository: it has a `/` inside of it
/// or a known ending, and nothing that a path here never has.
fn paths(text: &str) -> Vec<&str> {
    let mut in_block = false;
    let mut paths = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
            continue;
        }
        if !in_block {
            paths.extend(line.split('`').skip(1).step_by(2).filter(|&t| is_path(t)));
        }
    }
    paths.sort_unstable();
    paths.dedup();
    paths
}

fn is_path(text: &str) -> bool {
    let folders = [
        "crates/",
        "src/",
        "tests/",
        "xtask/",
        "style/",
        "public/",
        "examples/",
        ".ci/",
        ".cargo/",
    ];
    let endings = [".md", ".toml", ".html"];
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
    text.chars().all(plain)
        && (folders.iter().any(|folder| text.starts_with(folder))
            || (!text.starts_with(['/', '.']) && endings.iter().any(|end| text.ends_with(end))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_told_from_other_code() {
        let text = "See `crates/sip/src/lib.rs`, `Trunk.toml` and `/call`, `a/b`, `Phone::poll`,\n\
                    `src/**/*.rs` and `style/`.\n```\n`crates/none`\n```\n";
        assert_eq!(
            paths(text),
            ["Trunk.toml", "crates/sip/src/lib.rs", "style/"]
        );
    }
}
