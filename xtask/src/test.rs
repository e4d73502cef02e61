//! `cargo xtask test`: everything that CI runs, in one command.

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::install::Purpose;
use crate::places::Places;
use crate::{build, chapters, demo, install, shell};

/// What the person asked for.
#[derive(Debug, Default)]
pub(crate) struct Options {
    /// Only these steps; empty: all.
    pub(crate) only: Vec<String>,
    /// Only name the steps.
    pub(crate) list: bool,
    /// Go on after a step that failed.
    pub(crate) keep_going: bool,
}

type Action = fn(&Places, &mut Tests) -> Result<Outcome>;

/// The steps in their order: what fails fastest comes first.
const STEPS: [(&str, Action); 13] = [
    ("setup", setup),
    ("fmt", fmt),
    ("paths", paths),
    ("clippy", clippy),
    ("clippy-wasm", clippy_wasm),
    ("apart", apart),
    ("native", native),
    ("torture", torture),
    ("wasm", wasm),
    ("doc", doc),
    ("deny", deny),
    ("app", app),
    ("browser", browser),
];

/// Packages without a browser, whose tests run on wasm32 too.
const ON_WASM: [&str; 2] = ["alo-sip", "alo-phone"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Passed,
    Failed,
    Skipped,
}

/// How many tests ran, as their runners said.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tests {
    passed: u32,
    failed: u32,
    ignored: u32,
}

/// Runs the steps and prints what became of each.
pub(crate) fn run(places: &Places, options: &Options) -> Result<ExitCode> {
    if options.list {
        STEPS.iter().for_each(|(name, _)| println!("{name}"));
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(unknown) = options
        .only
        .iter()
        .find(|only| STEPS.iter().all(|(name, _)| name != only))
    {
        bail!("there is no step `{unknown}`; `cargo xtask test --list` names them");
    }
    let begun = Instant::now();
    let mut tests = Tests::default();
    let mut summary = Vec::new();
    for (name, action) in STEPS {
        if !options.only.is_empty() && !options.only.iter().any(|only| only == name) {
            continue;
        }
        println!("\n== {name}");
        let step_begun = Instant::now();
        let outcome = action(places, &mut tests).unwrap_or_else(|error| {
            println!("error: {error:#}");
            Outcome::Failed
        });
        summary.push((name, outcome, step_begun.elapsed()));
        if outcome == Outcome::Failed && !options.keep_going {
            break;
        }
    }
    Ok(report(&summary, &tests, begun.elapsed()))
}

fn report(summary: &[(&str, Outcome, Duration)], tests: &Tests, took: Duration) -> ExitCode {
    println!("\n== summary");
    for (name, outcome, took) in summary {
        let outcome = match outcome {
            Outcome::Passed => "ok",
            Outcome::Failed => "FAILED",
            Outcome::Skipped => "skipped",
        };
        println!("{name:<12} {outcome:<8} {:>7.1} s", took.as_secs_f64());
    }
    let good = summary
        .iter()
        .all(|(_, outcome, _)| *outcome != Outcome::Failed);
    // A step that failed without a failing test (a lint, a build) is one failure.
    let failed = tests.failed.max(u32::from(!good));
    println!(
        "\ntest result: {}. {} passed; {failed} failed; {} ignored; 0 measured; 0 filtered out; \
         finished in {:.2}s",
        if good { "ok" } else { "FAILED" },
        tests.passed,
        tests.ignored,
        took.as_secs_f64()
    );
    if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn cargo(places: &Places, arguments: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.args(arguments).current_dir(&places.root);
    command
}

fn passed(mut command: Command) -> Result<Outcome> {
    shell::run(&mut command)?;
    Ok(Outcome::Passed)
}

fn counted(mut command: Command, tests: &mut Tests) -> Result<Outcome> {
    shell::run_watched(&mut command, |line| tests.count(line))?;
    Ok(Outcome::Passed)
}

fn setup(places: &Places, _: &mut Tests) -> Result<Outcome> {
    install::run(places, &[Purpose::App, Purpose::Server, Purpose::Test])?;
    Ok(Outcome::Passed)
}

fn fmt(places: &Places, _: &mut Tests) -> Result<Outcome> {
    passed(cargo(places, &["fmt", "--all", "--check"]))
}

fn paths(places: &Places, _: &mut Tests) -> Result<Outcome> {
    chapters::run(&places.root)?;
    Ok(Outcome::Passed)
}

fn clippy(places: &Places, _: &mut Tests) -> Result<Outcome> {
    let arguments = ["clippy", "--workspace", "--all-targets", "--", "-Dwarnings"];
    passed(cargo(places, &arguments))
}

fn clippy_wasm(places: &Places, tests: &mut Tests) -> Result<Outcome> {
    let target = ["clippy", "--target", "wasm32-unknown-unknown"];
    let mut libraries = cargo(places, &target);
    libraries
        .args(ON_WASM.iter().flat_map(|package| ["--package", package]))
        .args(["--all-targets", "--", "-Dwarnings"])
        // Clippy knows no tests there (they are wasm-bindgen's); `clippy` above looks at the rest.
        .arg("-Aclippy::unwrap_used");
    passed(libraries)?;
    let mut app = cargo(places, &target);
    app.args(["--package", "alo", "--", "-Dwarnings"]);
    counted(app, tests)
}

/// Packages apart from the workspace, and what of them is to compile.
const APART: [(&str, &str); 2] = [
    ("crates/sip/fuzz", "--bins"),
    ("crates/pbx/bench", "--benches"),
];

/// What nobody builds every day still compiles. With the workspace's own versions and profile most
/// of what it needs is checked already.
fn apart(places: &Places, _: &mut Tests) -> Result<Outcome> {
    for (folder, what) in APART {
        let folder = places.root.join(folder);
        take_versions(&places.root.join("Cargo.lock"), &folder.join("Cargo.lock"))?;
        let mut command = cargo(places, &["check", what]);
        command
            .args(["--config", "profile.dev.debug=\"line-tables-only\""])
            .args(["--config", "profile.dev.package.opusic-sys.opt-level=3"])
            .arg("--manifest-path")
            .arg(folder.join("Cargo.toml"))
            // Nothing is linked, so libFuzzer need not be built from its C++.
            .env("CUSTOM_LIBFUZZER_PATH", "/unused/libfuzzer.a");
        passed(command)?;
    }
    Ok(Outcome::Passed)
}

/// Starts a package's lock file anew when the workspace's has changed; cargo adds what is missing.
fn take_versions(of_workspace: &Path, of_package: &Path) -> Result<()> {
    let changed = |file: &Path| file.metadata().and_then(|found| found.modified());
    let is_new = changed(of_package).is_ok_and(|own| changed(of_workspace).is_ok_and(|w| own >= w));
    if !is_new {
        fs::copy(of_workspace, of_package)
            .with_context(|| format!("writing {}", of_package.display()))?;
    }
    Ok(())
}

fn native(places: &Places, tests: &mut Tests) -> Result<Outcome> {
    let all = ["--workspace", "--exclude", "alo-browser-tests"];
    let has_nextest = shell::output(&mut cargo(places, &["nextest", "--version"])).is_some();
    if !has_nextest {
        let mut command = cargo(places, &["test"]);
        command.args(all);
        return counted(command, tests);
    }
    let mut command = cargo(places, &["nextest", "run", "--no-fail-fast"]);
    command.args(all);
    counted(command, tests)?;
    // nextest runs no documentation tests.
    let mut command = cargo(places, &["test", "--doc"]);
    command.args(all);
    counted(command, tests)
}

/// The torture messages of RFC 4475 and RFC 5118, which stand outside of the repository.
fn torture(places: &Places, tests: &mut Tests) -> Result<Outcome> {
    let Some(folder) = std::env::var_os("SIP_TORTURE_DIR") else {
        println!("SIP_TORTURE_DIR is not set: there are no torture messages to run");
        return Ok(Outcome::Skipped);
    };
    let mut command = cargo(places, &["test", "--package", "alo-sip"]);
    command
        .args(["--test", "torture", "--", "--ignored"])
        // A test runs in the folder of its package.
        .env("SIP_TORTURE_DIR", std::path::absolute(folder)?);
    counted(command, tests)?;
    Ok(Outcome::Passed)
}

fn wasm(places: &Places, tests: &mut Tests) -> Result<Outcome> {
    // Of the app only what needs no page.
    for package in ON_WASM.into_iter().chain(["alo"]) {
        let before = tests.passed;
        let mut command = cargo(places, &["test", "--target", "wasm32-unknown-unknown"]);
        command
            .args(["--package", package, "--lib", "--tests"])
            .env("PATH", places.path()?)
            .env(
                "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER",
                "wasm-bindgen-test-runner",
            )
            .env("WASM_BINDGEN_TEST_TIMEOUT", "300");
        counted(command, tests)?;
        if tests.passed == before {
            // A `#[test]` that the crate did not make one of wasm-bindgen's is passed over.
            bail!("{package} ran no test on wasm32: see tests/wasm-test");
        }
    }
    Ok(Outcome::Passed)
}

fn doc(places: &Places, _: &mut Tests) -> Result<Outcome> {
    let mut command = cargo(places, &["doc", "--workspace", "--no-deps"]);
    command.env("RUSTDOCFLAGS", "-Dwarnings");
    passed(command)
}

fn deny(places: &Places, _: &mut Tests) -> Result<Outcome> {
    if shell::output(&mut cargo(places, &["deny", "--version"])).is_none() {
        println!("cargo-deny is not installed: licences are not checked here");
        return Ok(Outcome::Skipped);
    }
    // Advisories change from day to day, and a test is to tell of this tree alone.
    let arguments = ["deny", "check", "bans", "licenses", "sources"];
    passed(cargo(places, &arguments))
}

fn app(places: &Places, _: &mut Tests) -> Result<Outcome> {
    build::app(places, &places.dist())?;
    Ok(Outcome::Passed)
}

fn browser(places: &Places, tests: &mut Tests) -> Result<Outcome> {
    let server = demo::server(places, false)?;
    let mut command = cargo(places, &["test", "--package", "alo-browser-tests"]);
    command
        .env("ALO_PBX", server)
        .env("ALO_APP", places.dist())
        .env("ALO_TOOLS", places.tools());
    if let Some(chromium) = install::chromium() {
        command.env("ALO_CHROMIUM", chromium);
    }
    counted(command, tests)
}

impl Tests {
    /// Reads the result lines of `cargo test` and of nextest.
    fn count(&mut self, line: &str) {
        let line = line.trim();
        let counts = if line.starts_with("test result: ") {
            line
        } else if line.starts_with("Summary [") {
            line.split_once("tests run:")
                .map_or("", |(_, counts)| counts)
        } else {
            return;
        };
        let number = |what: &str| {
            let words: Vec<&str> = counts
                .split([' ', ';', ','])
                .filter(|w| !w.is_empty())
                .collect();
            words
                .windows(2)
                .find(|pair| pair[1] == what)
                .and_then(|pair| pair[0].parse().ok())
                .unwrap_or(0)
        };
        self.passed += number("passed");
        self.failed += number("failed");
        self.ignored += number("ignored") + number("skipped");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_result_lines_of_both_runners_are_counted() {
        let mut tests = Tests::default();
        for line in [
            "running 4 tests",
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out",
            "     Summary [   0.5s] 12 tests run: 10 passed, 2 failed, 4 skipped",
            "     Summary [   0.5s] 2 tests run: 2 passed (1 slow), 0 skipped",
        ] {
            tests.count(line);
        }
        let expected = Tests {
            passed: 15,
            failed: 2,
            ignored: 5,
        };
        assert_eq!(tests, expected);
    }
}
