//! axe-core: rules for accessibility that a machine can check.

use std::env;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::page::Page;

/// Runs axe-core on the page as it is now.
///
/// It is put in by DevTools, which the page's Content-Security-Policy does not concern.
///
/// # Errors
/// With every rule that is broken, and where.
pub async fn check(page: &Page, state: &str) -> Result<()> {
    if page.evaluate("typeof axe").await? != "object" {
        let file = axe()?;
        let source = std::fs::read_to_string(&file)
            .with_context(|| format!("{}: run `cargo xtask setup`", file.display()))?;
        page.evaluate(&format!("{source}; 0")).await?;
    }
    let run = "axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => \
               violations.map(v => `${v.id} (${v.impact}): ${v.help}\n` + v.nodes.map(n => \
               `    ${n.target}: ${n.failureSummary.replaceAll('\\n', ' ')}`).join('\\n')))";
    let broken = page.evaluate(run).await?;
    let broken: Vec<&str> = broken
        .as_array()
        .context("axe gave no list")?
        .iter()
        .filter_map(Value::as_str)
        .collect();
    ensure!(
        broken.is_empty(),
        "accessibility of {} ({state}):\n{}",
        page.who(),
        broken.join("\n")
    );
    Ok(())
}

fn axe() -> Result<PathBuf> {
    let tools = match env::var_os("ALO_TOOLS") {
        Some(tools) => PathBuf::from(tools),
        None => {
            let cache = match env::var_os("XDG_CACHE_HOME") {
                Some(cache) if !cache.is_empty() => PathBuf::from(cache),
                _ => env::home_dir().context("no home folder")?.join(".cache"),
            };
            cache.join("alo/tools")
        }
    };
    Ok(tools.join("npm/node_modules/axe-core/axe.min.js"))
}
