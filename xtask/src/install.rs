//! Installs what is missing: into the user's cache where that is possible, by apt-get where not.
//!
//! Whatever is already there, in the right version, is left alone; a machine that was set up once
//! needs no network here.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::places::Places;
use crate::shell;

const TRUNK: &str = "0.21.14";
/// Must equal the version of the `wasm-bindgen` crate in the root `Cargo.toml`.
const WASM_BINDGEN: &str = "0.2.130";
/// Debian's binaryen 108 breaks the module, so npm's is taken.
const BINARYEN: &str = "132";
const AXE: &str = "4.14.1";
const JSSIP: &str = "3.13.8";
const ESBUILD: &str = "0.27.2";

/// What `cargo xtask build` needs.
pub(crate) fn for_build(places: &Places) -> Result<()> {
    wasm_target(places)?;
    cargo_tool(
        places,
        &CargoTool {
            package: "trunk",
            program: "trunk",
            version: TRUNK,
            locked: true,
            minutes: 7,
        },
    )?;
    cargo_tool(
        places,
        &CargoTool {
            package: "wasm-bindgen-cli",
            program: "wasm-bindgen",
            version: WASM_BINDGEN,
            // Its lock file may name crates that a mirror of the registry does not have yet.
            locked: false,
            minutes: 6,
        },
    )?;
    wasm_opt(places)
}

/// What the server needs beyond Rust: a C compiler, and cmake for libopus.
pub(crate) fn for_server() -> Result<()> {
    let missing: Vec<&str> = [("cc", "gcc"), ("cmake", "cmake"), ("make", "make")]
        .into_iter()
        .filter(|(program, _)| !on_path(program))
        .map(|(_, package)| package)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    apt_get(&missing)
}

/// What `cargo xtask test` needs beyond the build.
pub(crate) fn for_test(places: &Places) -> Result<()> {
    if !on_path("node") {
        apt_get(&["nodejs"])?;
    }
    if chromium().is_none() {
        apt_get(&["chromium"])?;
    }
    npm_package(places, "axe-core", AXE)
}

/// What `cargo xtask bench` needs beyond the tests.
pub(crate) fn for_bench(places: &Places) -> Result<()> {
    npm_package(places, "jssip", JSSIP)?;
    npm_package(places, "esbuild", ESBUILD)
}

/// The browser that the tests drive.
pub(crate) fn chromium() -> Option<PathBuf> {
    if let Some(named) = env::var_os("ALO_CHROMIUM") {
        return Some(named.into());
    }
    ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find_map(find_on_path)
}

fn wasm_target(places: &Places) -> Result<()> {
    let sysroot = shell::output(
        Command::new("rustc")
            .args(["--print", "sysroot"])
            .current_dir(&places.root),
    )
    .context("rustc is not on PATH: install Rust by rustup (https://rustup.rs)")?;
    let library = Path::new(&sysroot).join("lib/rustlib/wasm32-unknown-unknown/lib");
    if library.is_dir() {
        return Ok(());
    }
    say("the wasm32-unknown-unknown target of Rust (seconds)");
    shell::run(
        Command::new("rustup")
            .args(["target", "add", "wasm32-unknown-unknown"])
            .current_dir(&places.root),
    )
}

struct CargoTool {
    package: &'static str,
    program: &'static str,
    version: &'static str,
    locked: bool,
    minutes: u32,
}

fn cargo_tool(places: &Places, tool: &CargoTool) -> Result<()> {
    let has_version = |program: &Path| {
        shell::output(Command::new(program).arg("--version"))
            .is_some_and(|text| text.split_whitespace().nth(1) == Some(tool.version))
    };
    if has_version(&places.tools_bin().join(tool.program)) || has_version(Path::new(tool.program)) {
        return Ok(());
    }
    say(&format!(
        "{} {} (about {} minutes on two cores, once)",
        tool.package, tool.version, tool.minutes
    ));
    // Not the target folder of this workspace: the tool is built with other features, and what
    // it leaves behind is of no further use.
    let scratch = places.cache.join("install-target");
    let mut command = Command::new("cargo");
    command
        .args(["install", tool.package, "--version"])
        .arg(format!("={}", tool.version))
        .arg("--root")
        .arg(places.tools())
        .env("CARGO_TARGET_DIR", &scratch)
        .current_dir(&places.root);
    if tool.locked {
        command.arg("--locked");
    }
    let result = shell::run(&mut command);
    if scratch.exists() {
        fs::remove_dir_all(&scratch).context("removing the scratch folder of cargo install")?;
    }
    result
}

fn wasm_opt(places: &Places) -> Result<()> {
    if installed_npm_version(places, "binaryen").as_deref() == Some(BINARYEN) {
        return Ok(());
    }
    if on_path("npm") {
        return npm_package(places, "binaryen", BINARYEN);
    }
    println!(
        "note: npm is not there, so the app is built without wasm-opt and is about a third larger"
    );
    let folder = places.no_wasm_opt();
    fs::create_dir_all(&folder)?;
    let script = folder.join("wasm-opt");
    // Trunk wants a wasm-opt that is called `wasm-opt --output=OUT [options] IN`.
    fs::write(
        &script,
        "#!/bin/sh\n\
         # Stands in for wasm-opt where there is none: copies its input.\n\
         [ \"$1\" = --version ] && { echo 'wasm-opt version 0 (none)'; exit; }\n\
         for a; do case $a in --output=*) out=${a#--output=};; -*) ;; *) in=$a;; esac; done\n\
         exec cp \"$in\" \"$out\"\n",
    )?;
    make_executable(&script)
}

#[cfg(unix)]
fn make_executable(file: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(fs::set_permissions(
        file,
        fs::Permissions::from_mode(0o755),
    )?)
}

#[cfg(not(unix))]
fn make_executable(_file: &Path) -> Result<()> {
    bail!("without npm, wasm-opt can only be done without on Unix: install Node.js")
}

fn npm_package(places: &Places, name: &str, version: &str) -> Result<()> {
    if installed_npm_version(places, name).as_deref() == Some(version) {
        return Ok(());
    }
    if !on_path("npm") {
        apt_get(&["npm"])?;
    }
    say(&format!("{name} {version} from npm (seconds)"));
    let folder = places.tools_npm();
    fs::create_dir_all(&folder)?;
    shell::run(
        Command::new("npm")
            .args(["install", "--no-audit", "--no-fund", "--loglevel=error"])
            .arg("--prefix")
            .arg(&folder)
            .arg(format!("{name}@{version}")),
    )
}

/// Major versions stand for themselves: `132` is also `132.0.0`.
fn installed_npm_version(places: &Places, name: &str) -> Option<String> {
    let manifest = places
        .tools_npm()
        .join("node_modules")
        .join(name)
        .join("package.json");
    let text = fs::read_to_string(manifest).ok()?;
    let version = text.lines().find_map(|line| {
        let value = line.trim().strip_prefix("\"version\":")?;
        Some(value.trim().trim_end_matches(',').trim_matches('"'))
    })?;
    Some(version.trim_end_matches(".0").to_owned())
}

fn apt_get(packages: &[&str]) -> Result<()> {
    let list = packages.join(" ");
    let by_hand = format!("apt-get install --no-install-recommends {list}");
    let is_root = shell::output(Command::new("id").arg("-u")).as_deref() == Some("0");
    if !on_path("apt-get") || !is_root {
        bail!("{list} is missing. Install it, for example as root: {by_hand}");
    }
    say(&format!("{list} by apt-get (about half a minute)"));
    shell::run(Command::new("apt-get").args(["update", "-qq"]))?;
    shell::run(
        Command::new("apt-get")
            .args(["install", "-y", "-qq", "--no-install-recommends"])
            .args(packages)
            .env("DEBIAN_FRONTEND", "noninteractive"),
    )
}

fn on_path(program: &str) -> bool {
    find_on_path(program).is_some()
}

fn find_on_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|candidate| candidate.is_file())
}

fn say(what: &str) {
    println!("== installing {what}");
}
