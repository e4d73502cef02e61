//! Trunk's post_build hook: the Content-Security-Policy of the built page.
//!
//! Trunk starts the module from an inline script whose text changes with every build, so its hash
//! is taken here. The policy stands in a `meta` element, so that static files behind any web
//! server are as safe as the embedded call centre's.

use std::env;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use sha2::{Digest as _, Sha256};

const META: &str = "<meta http-equiv=\"Content-Security-Policy\" content=\"";

/// Rewrites `index.html` in the folder that Trunk names.
pub(crate) fn run() -> Result<()> {
    let folder = env::var_os("TRUNK_STAGING_DIR")
        .context("`cargo xtask csp` is called by Trunk, which sets TRUNK_STAGING_DIR")?;
    let file = Path::new(&folder).join("index.html");
    let html = fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
    fs::write(&file, with_policy(&html)?).with_context(|| format!("writing {}", file.display()))
}

fn with_policy(html: &str) -> Result<String> {
    // A minified page may leave the head to be implied by its first element.
    let first = ["<head>", "<meta", "<title", "<link", "<script"];
    let Some((at, found)) = first
        .iter()
        .filter_map(|tag| html.find(tag).map(|at| (at, *tag)))
        .min()
    else {
        bail!("index.html has nothing in its head");
    };
    if html.contains(META) {
        bail!("index.html has a Content-Security-Policy of its own; this hook writes it");
    }
    let at = if found == "<head>" {
        at + found.len()
    } else {
        at
    };
    let policy = policy(&scripts(html));
    Ok(format!("{}{META}{policy}\">{}", &html[..at], &html[at..]))
}

/// What `trunk serve` puts into the script that reloads the page; it is replaced whenever the page
/// is served.
const SERVED: &str = "{{__TRUNK_";

/// The sources of `script-src` beside the page's own origin.
fn scripts(html: &str) -> String {
    let inline = inline_scripts(html);
    if inline.iter().any(|script| script.contains(SERVED)) {
        // The edit loop: no hash fits a text that changes once more. No build has this.
        return " 'unsafe-inline'".into();
    }
    let hash = |text: &&str| BASE64_STANDARD.encode(Sha256::digest(text.as_bytes()));
    let sources = inline.iter().map(hash);
    sources.map(|hash| format!(" 'sha256-{hash}'")).collect()
}

fn policy(scripts: &str) -> String {
    format!(
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'{scripts}; style-src 'self'; \
         connect-src 'self' ws: wss:; img-src 'self' data:; media-src 'self' blob: mediastream:; \
         object-src 'none'; base-uri 'none'; form-action 'self'"
    )
}

/// The texts of all `<script>` elements without `src`, exactly as the browser hashes them.
fn inline_scripts(html: &str) -> Vec<&str> {
    let mut scripts = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find("<script") {
        rest = &rest[start..];
        let (Some(open), Some(close)) = (rest.find('>'), rest.find("</script>")) else {
            break;
        };
        let attributes = &rest[..open];
        if !attributes.contains(" src=") {
            scripts.push(&rest[open + 1..close]);
        }
        rest = &rest[close + "</script>".len()..];
    }
    scripts
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<!doctype html><html><head><title>x</title>\
        <script type=\"module\">start()</script><script src=\"a.js\"></script></head></html>";

    #[test]
    fn only_inline_scripts_are_hashed() {
        assert_eq!(inline_scripts(PAGE), ["start()"]);
    }

    #[test]
    fn the_policy_is_the_first_thing_in_the_head() {
        let html = with_policy(PAGE).unwrap();
        // printf 'start()' | openssl dgst -sha256 -binary | base64
        let hash = "'sha256-DIm7WJS6ZKDYe5qFLPy+h4JFI9Bol5QmYC57mt3Fb00='";
        assert!(html.contains("<head><meta http-equiv="), "{html}");
        assert!(html.contains(hash), "{html}");
        assert!(!html.contains("'unsafe-inline'"));
    }

    #[test]
    fn a_minified_page_has_no_head_of_its_own() {
        let html = with_policy("<!doctype html><html lang=en><meta charset=utf-8>").unwrap();
        let policy = html.find("<meta http-equiv=").unwrap();
        assert_eq!(&html[..policy], "<!doctype html><html lang=en>");
    }

    #[test]
    fn the_edit_loop_may_reload_the_page() {
        let page = PAGE.replace("</head>", "<script>'{{__TRUNK_ADDRESS__}}'</script></head>");
        let html = with_policy(&page).unwrap();
        assert!(
            html.contains("'wasm-unsafe-eval' 'unsafe-inline';"),
            "{html}"
        );
        assert!(!html.contains("sha256"), "a hash switches the other off");
    }

    #[test]
    fn a_second_policy_is_refused() {
        let html = with_policy(PAGE).unwrap();
        assert!(with_policy(&html).is_err());
    }
}
