//! Trunk's pre_build hook: all of `style/` as one file, so that a page load has one request for it.
//!
//! The order is stated, because CSS depends on it: `tokens.css`, `base.css`, then every other
//! file by its path. Trunk's `rel="css"` follows no `@import`, so a file with one is refused.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::places::Places;

const FIRST: [&str; 2] = ["tokens.css", "base.css"];

/// Writes `target/styles/alo.css`, and only if it differs: `trunk serve` watches files.
pub(crate) fn run(places: &Places) -> Result<()> {
    let all = joined(&places.root.join("style"))?;
    let output = places.root.join("target/styles/alo.css");
    if fs::read_to_string(&output).is_ok_and(|old| old == all) {
        return Ok(());
    }
    fs::create_dir_all(places.root.join("target/styles"))?;
    fs::write(&output, all).with_context(|| format!("writing {}", output.display()))
}

fn joined(folder: &Path) -> Result<String> {
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    files.sort_by_key(|file| {
        let path = file.strip_prefix(folder).unwrap_or(file).to_owned();
        let rank = FIRST.iter().position(|first| path == Path::new(first));
        (rank.unwrap_or(FIRST.len()), path)
    });
    let mut all = String::new();
    for file in files {
        let text =
            fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
        if text.contains("@import") {
            bail!("{}: no @import here, all files are joined", file.display());
        }
        all.push_str(without_comments(&text).trim());
        all.push('\n');
    }
    Ok(all)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("reading the folder {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "css") {
            files.push(path);
        }
    }
    Ok(())
}

/// CSS without its comments. A `/*` inside of a string would be taken for one; `style/` has none.
fn without_comments(css: &str) -> String {
    let mut rest = css;
    let mut plain = String::with_capacity(css.len());
    while let Some(start) = rest.find("/*") {
        plain.push_str(&rest[..start]);
        rest = match rest[start..].find("*/") {
            Some(length) => &rest[start + length + 2..],
            None => "",
        };
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("alo-{}-{name}", std::process::id()));
        for (path, text) in files {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    #[test]
    fn tokens_and_base_come_first_then_the_paths_in_order() {
        let folder = folder(
            "styles",
            &[
                ("panel/keypad.css", "d{}"),
                ("base.css", "b{}"),
                ("app.css", "/* about */\nc{}"),
                ("tokens.css", "a{}"),
                ("notes.txt", "no"),
            ],
        );
        let all = joined(&folder).unwrap();
        fs::remove_dir_all(folder).unwrap();
        assert_eq!(all, "a{}\nb{}\nc{}\nd{}\n");
    }

    #[test]
    fn an_import_is_refused() {
        let folder = folder("import", &[("base.css", "@import 'x.css';")]);
        let result = joined(&folder);
        fs::remove_dir_all(folder).unwrap();
        assert!(result.unwrap_err().to_string().contains("base.css"));
    }
}
