//! The commands of the README and the hooks that Trunk calls: `cargo xtask help`.
//!
//! Each subcommand is one module. `shell` runs other programs, `places` knows where things are,
//! `install` fetches what is missing; the rest stands on these three.

mod bench;
mod build;
mod chapters;
mod csp;
mod demo;
mod install;
mod load;
mod places;
mod serve;
mod shell;
mod size;
mod styles;
mod test;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::{Result, bail};
use lexopt::prelude::*;

use install::Purpose;

const HELP: &str = "\
cargo xtask <command>

  demo    build everything and run the demo call centre
            --port N --bind ADDR --tls-cert FILE --tls-key FILE --config FILE   passed on to it
            --release   build the server optimised (takes longer)
  serve   the edit loop: the call centre, and the app rebuilt at every change
  test    everything that CI runs
            --only STEP (may be repeated), --list, --keep-going
  build   release build of the app into dist/, with compressed siblings
            --dist DIR
  size    what the first load of / weighs, from dist/
            --dist DIR
  bench   what only a browser can time, beside JsSIP
            --runs N --calls N
  load    what one core of the call centre carries, beside Kamailio
            --rate N --calls N
  setup   install what is missing and nothing else

Called by Trunk:
  styles  write style/**/*.css as one file
  csp     write the Content-Security-Policy into the built index.html
";

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode> {
    let mut arguments = lexopt::Parser::from_env();
    let command = match arguments.next()? {
        Some(Value(command)) => command.string()?,
        Some(Long("help") | Short('h')) | None => "help".into(),
        Some(other) => return Err(other.unexpected().into()),
    };
    let places = places::Places::find()?;
    match command.as_str() {
        "demo" => demo::run(&places, &demo_options(arguments)?),
        "serve" => {
            no_more(arguments)?;
            serve::run(&places)
        }
        "test" => test::run(&places, &test_options(arguments)?),
        "build" => {
            let dist = dist_option(arguments, &places)?;
            install::run(&places, &[Purpose::App])?;
            build::app(&places, &dist)?;
            Ok(ExitCode::SUCCESS)
        }
        "bench" => {
            bench::run(&places, arguments)?;
            Ok(ExitCode::SUCCESS)
        }
        "load" => {
            load::run(&places, arguments)?;
            Ok(ExitCode::SUCCESS)
        }
        "size" => {
            size::run(&dist_option(arguments, &places)?)?;
            Ok(ExitCode::SUCCESS)
        }
        "setup" => {
            install::run(&places, &[Purpose::App, Purpose::Server, Purpose::Test])?;
            Ok(ExitCode::SUCCESS)
        }
        "styles" => {
            styles::run(&places)?;
            Ok(ExitCode::SUCCESS)
        }
        "csp" => {
            csp::run()?;
            Ok(ExitCode::SUCCESS)
        }
        "help" => {
            print!("{HELP}");
            Ok(ExitCode::SUCCESS)
        }
        other => bail!("there is no command `{other}`\n\n{HELP}"),
    }
}

fn demo_options(mut arguments: lexopt::Parser) -> Result<demo::Options> {
    let mut options = demo::Options::default();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("release") => options.release = true,
            Long(name @ ("port" | "bind" | "tls-cert" | "tls-key" | "config")) => {
                let flag = OsString::from(format!("--{name}"));
                let value = arguments.value()?;
                options.passed_on.extend([flag, value]);
            }
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(options)
}

fn no_more(mut arguments: lexopt::Parser) -> Result<()> {
    match arguments.next()? {
        None => Ok(()),
        Some(other) => Err(other.unexpected().into()),
    }
}

fn test_options(mut arguments: lexopt::Parser) -> Result<test::Options> {
    let mut options = test::Options::default();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("only") => options.only.push(arguments.value()?.string()?),
            Long("list") => options.list = true,
            Long("keep-going") => options.keep_going = true,
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(options)
}

fn dist_option(
    mut arguments: lexopt::Parser,
    places: &places::Places,
) -> Result<std::path::PathBuf> {
    let mut dist = places.dist();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("dist") => dist = std::path::absolute(arguments.value()?)?,
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(dist)
}
