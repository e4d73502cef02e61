//! Installs what is missing: into the user's cache where that is possible, by apt-get where not.
//!
//! One plan for each command: first everything that needs the rights of root, asked for at once and
//! before anything is compiled; then cargo's tools, which take minutes; then npm's packages.
//! Whatever is already there, in the right version, is left alone; a machine that was set up once
//! needs no network here.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::places::Places;
use crate::shell;

/// What a command is going to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Build the app.
    App,
    /// Build the call centre.
    Server,
    /// Run all tests.
    Test,
    /// Measure beside other phones.
    Bench,
    /// Measure the call centre under load.
    Load,
}

/// A program that Debian has, with its package. What has a slash in it is a library.
type Program = (&'static str, &'static str);

const NODE: [Program; 2] = [("node", "nodejs"), ("npm", "npm")];
/// A mobile phone, many of them, and somebody else's SIP server that browsers can talk to.
const TELEPHONES: [Program; 4] = [
    ("baresip", "baresip-core"),
    ("sipp", "sip-tester"),
    ("kamailio", "kamailio"),
    (
        "kamailio/modules/websocket.so",
        "kamailio-websocket-modules",
    ),
];
/// What the call centre is measured beside.
const RELAY: [Program; 2] = [("kamailio", "kamailio"), ("sipp", "sip-tester")];
/// libopus is C and is built by cmake.
const C: [Program; 3] = [("cc", "gcc"), ("make", "make"), ("cmake", "cmake")];

const TRUNK: CargoTool = CargoTool {
    package: "trunk",
    program: "trunk",
    version: "0.21.14",
    locked: true,
    minutes: 7,
};
const WASM_BINDGEN: CargoTool = CargoTool {
    package: "wasm-bindgen-cli",
    program: "wasm-bindgen",
    // Must equal the version of the `wasm-bindgen` crate in the root `Cargo.toml`.
    version: "0.2.130",
    // The versions that its lock file names are not always to be had.
    locked: false,
    minutes: 6,
};

/// Debian's binaryen 108 breaks the module, so npm's is taken.
const BINARYEN: NpmPackage = ("binaryen", "132");
const AXE: NpmPackage = ("axe-core", "4.14.1");
const JSSIP: NpmPackage = ("jssip", "3.13.8");
const ESBUILD: NpmPackage = ("esbuild", "0.27.2");

/// The oldest Node.js that `wasm-opt` and the tests on wasm32 run in.
const OLDEST_NODE: u32 = 18;

impl Purpose {
    /// Programs beside the browser, which has several names.
    fn programs(self) -> impl Iterator<Item = Program> {
        let telephones: &[Program] = match self {
            Purpose::Test => &TELEPHONES,
            Purpose::Load => &RELAY,
            Purpose::App | Purpose::Server | Purpose::Bench => &[],
        };
        let others: &[Program] = match self {
            Purpose::App | Purpose::Test | Purpose::Bench => &NODE,
            Purpose::Server => &C,
            Purpose::Load => &[],
        };
        others.iter().chain(telephones).copied()
    }

    fn needs_browser(self) -> bool {
        matches!(self, Purpose::Test | Purpose::Bench)
    }

    fn cargo_tools(self) -> &'static [CargoTool] {
        match self {
            Purpose::App => &[TRUNK, WASM_BINDGEN],
            Purpose::Server | Purpose::Test | Purpose::Bench | Purpose::Load => &[],
        }
    }

    fn npm_packages(self) -> &'static [NpmPackage] {
        match self {
            Purpose::App => &[BINARYEN],
            Purpose::Server | Purpose::Load => &[],
            Purpose::Test => &[AXE],
            Purpose::Bench => &[JSSIP, ESBUILD],
        }
    }
}

/// Installs what is missing for all of this.
pub(crate) fn run(places: &Places, purposes: &[Purpose]) -> Result<()> {
    let mut programs = purposes.iter().flat_map(|purpose| purpose.programs());
    let needs_node = programs.any(|(program, _)| program == "node");
    if needs_node && on_path("node") {
        check_node()?;
    }
    let missing = debian_packages(purposes, is_installed, chromium().is_some());
    if !missing.is_empty() {
        apt_get(&missing)?;
        if missing.contains(&"nodejs") {
            check_node()?;
        }
    }
    if purposes.contains(&Purpose::App) {
        wasm_target(places)?;
    }
    for tool in purposes.iter().flat_map(|purpose| purpose.cargo_tools()) {
        cargo_tool(places, tool)?;
    }
    let packages = purposes.iter().flat_map(|purpose| purpose.npm_packages());
    npm_packages(places, &packages.copied().collect::<Vec<_>>())
}

/// The Debian packages of what is not there.
fn debian_packages(
    purposes: &[Purpose],
    is_there: impl Fn(&str) -> bool,
    has_browser: bool,
) -> Vec<&'static str> {
    let programs = purposes.iter().flat_map(|purpose| purpose.programs());
    let mut packages: Vec<_> = programs
        .filter(|(program, _)| !is_there(program))
        .map(|(_, package)| package)
        .collect();
    if !has_browser && purposes.iter().any(|purpose| purpose.needs_browser()) {
        packages.push("chromium");
    }
    packages.sort_unstable();
    packages.dedup();
    packages
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

/// A program that cargo installs.
struct CargoTool {
    package: &'static str,
    program: &'static str,
    version: &'static str,
    locked: bool,
    minutes: u32,
}

/// Name and version.
type NpmPackage = (&'static str, &'static str);

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

/// Fails where Node.js is too old for what it is to run.
fn check_node() -> Result<()> {
    let version = shell::output(Command::new("node").arg("--version"))
        .context("`node --version` says nothing")?;
    let major = major(&version).with_context(|| format!("`node --version` says {version:?}"))?;
    ensure!(
        major >= OLDEST_NODE,
        "Node.js {version} is too old: wasm-opt and the tests need {OLDEST_NODE} or newer \
         (https://nodejs.org). Put a newer `node` and `npm` on PATH."
    );
    Ok(())
}

/// `v20.11.1` is 20.
fn major(version: &str) -> Option<u32> {
    let number = version.trim().strip_prefix('v')?;
    number.split('.').next()?.parse().ok()
}

fn npm_packages(places: &Places, packages: &[NpmPackage]) -> Result<()> {
    let folder = places.tools_npm();
    let wanted: Vec<String> = packages
        .iter()
        .filter(|package| !npm_package_is_there(&folder, package))
        .map(|(name, version)| format!("{name}@{version}"))
        .collect();
    if wanted.is_empty() {
        return Ok(());
    }
    say(&format!("{} from npm (seconds)", wanted.join(", ")));
    fs::create_dir_all(&folder)?;
    shell::run(
        Command::new("npm")
            .args(["install", "--no-audit", "--no-fund", "--loglevel=error"])
            .arg("--prefix")
            .arg(&folder)
            .args(&wanted),
    )
}

fn npm_package_is_there(folder: &Path, (name, version): &NpmPackage) -> bool {
    let manifest = folder.join("node_modules").join(name).join("package.json");
    let text = fs::read_to_string(manifest).unwrap_or_default();
    let installed = text.lines().find_map(|line| {
        let value = line.trim().strip_prefix("\"version\":")?;
        Some(value.trim().trim_end_matches(',').trim_matches('"'))
    });
    installed.is_some_and(|installed| is_version(installed, version))
}

/// Whether that is the version: what is not said is 0, so `132.0.0` is `132`.
fn is_version(installed: &str, wanted: &str) -> bool {
    let (mut installed, mut wanted) = (installed.split('.'), wanted.split('.'));
    loop {
        match (installed.next(), wanted.next()) {
            (None, None) => return true,
            (a, b) if a.unwrap_or("0") == b.unwrap_or("0") => {}
            _ => return false,
        }
    }
}

/// As root, or by `sudo` where that asks for no password. Where neither is to be had, the person is
/// told the whole list.
fn apt_get(packages: &[&str]) -> Result<()> {
    let list = packages.join(" ");
    let is_root = shell::output(Command::new("id").arg("-u")).as_deref() == Some("0");
    let by_sudo = || shell::output(Command::new("sudo").args(["-n", "true"])).is_some();
    let before: &[&str] = match (on_path("apt-get"), is_root) {
        (true, true) => &["apt-get"],
        (true, false) if by_sudo() => &["sudo", "-n", "apt-get"],
        _ => bail!(
            "{list} is missing. Install it, for example as root: \
             apt-get install --no-install-recommends {list}"
        ),
    };
    let apt_get = |arguments: &[&str]| {
        shell::run(
            Command::new(before[0])
                .args(&before[1..])
                .args(arguments)
                .env("DEBIAN_FRONTEND", "noninteractive"),
        )
    };
    say(&format!("{list} by apt-get (a minute or two)"));
    apt_get(&["update", "-qq"])?;
    let install = ["install", "-y", "-qq", "--no-install-recommends"];
    apt_get(&[&install[..], packages].concat())
}

fn is_installed(program: &str) -> bool {
    if program.contains('/') {
        is_library(program)
    } else {
        on_path(program)
    }
}

/// Whether a file stands in the folder of the libraries, or in that of this machine's kind.
fn is_library(file: &str) -> bool {
    let all = Path::new("/usr/lib");
    let kinds = fs::read_dir(all).into_iter().flatten().flatten();
    let mut folders = kinds.map(|kind| kind.path()).chain([all.to_owned()]);
    folders.any(|folder| folder.join(file).is_file())
}

fn on_path(program: &str) -> bool {
    find_on_path(program).is_some()
}

fn find_on_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    // Not everybody's PATH has the daemons.
    let folders = env::split_paths(&path).chain(["/usr/sbin".into()]);
    folders
        .map(|folder| folder.join(program))
        .find(|candidate| candidate.is_file())
}

fn say(what: &str) {
    println!("== installing {what}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_missing_is_asked_for_at_once() {
        let everything = [
            Purpose::App,
            Purpose::Server,
            Purpose::Test,
            Purpose::Bench,
            Purpose::Load,
        ];
        let nothing = |_: &str| false;
        assert_eq!(
            debian_packages(&everything, nothing, false),
            [
                "baresip-core",
                "chromium",
                "cmake",
                "gcc",
                "kamailio",
                "kamailio-websocket-modules",
                "make",
                "nodejs",
                "npm",
                "sip-tester"
            ]
        );
        assert_eq!(
            debian_packages(&everything, |_| true, true),
            [""; 0],
            "a machine that was set up needs nothing"
        );
    }

    #[test]
    fn only_what_the_command_needs_is_asked_for() {
        let has_node = |program: &str| program == "node";
        assert_eq!(debian_packages(&[Purpose::App], has_node, false), ["npm"]);
        let demo = [Purpose::App, Purpose::Server];
        assert_eq!(
            debian_packages(&demo, has_node, false),
            ["cmake", "gcc", "make", "npm"]
        );
        let has_sipp = |program: &str| program == "sipp";
        assert_eq!(
            debian_packages(&[Purpose::Load], has_sipp, false),
            ["kamailio"]
        );
    }

    #[test]
    fn versions_are_compared_part_by_part() {
        for (installed, wanted) in [("132.0.0", "132"), ("4.14.1", "4.14.1"), ("4.10.0", "4.10")] {
            assert!(is_version(installed, wanted), "{installed} is {wanted}");
        }
        for (installed, wanted) in [("4.10", "4.1"), ("10.0.0", "1"), ("132.0.1", "132")] {
            assert!(
                !is_version(installed, wanted),
                "{installed} is not {wanted}"
            );
        }
    }

    #[test]
    fn the_major_version_of_node_is_read() {
        assert_eq!(major("v20.11.1\n"), Some(20));
        assert_eq!(major("v9.0.0"), Some(9));
        assert_eq!(major("20.11.1"), None);
    }
}
