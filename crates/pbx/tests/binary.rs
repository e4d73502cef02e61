//! The program, as a script sees it.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};

fn alo_pbx(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_alo-pbx"));
    command
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn run(arguments: &[&str]) -> Output {
    alo_pbx(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// A file in a folder of its own, with this content.
fn file(name: &str, content: &str) -> String {
    let path = format!("{}/{name}", env!("CARGO_TARGET_TMPDIR"));
    std::fs::write(&path, content).unwrap();
    path
}

fn first_line(child: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    line
}

#[test]
fn it_says_where_it_is_answers_and_ends_when_asked() {
    let mut child = alo_pbx(&["--port", "0"]).spawn().unwrap();
    let line = first_line(&mut child);
    let port = line
        .strip_prefix("Alo is at http://localhost:")
        .and_then(|rest| rest.strip_suffix("/\n"))
        .unwrap_or_else(|| panic!("{line:?}"));
    let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("\r\n\r\nok\n"),
        "{answer}"
    );

    let asked = Command::new("kill")
        .args(["-TERM", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(asked.success());
    assert!(child.wait().unwrap().success());
}

/// What a running program answers to a GET, and what it logged; ends it.
fn ask(mut child: Child, path: &str) -> (String, String) {
    let line = first_line(&mut child);
    let port = line.trim_end_matches("/\n").rsplit(':').next().unwrap();
    let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    child.kill().unwrap();
    let output = child.wait_with_output().unwrap();
    (answer, text(&output.stderr).to_owned())
}

#[test]
fn passwords_are_not_offered_to_others_and_the_log_says_so() {
    let run = |bind| alo_pbx(&["--port", "0", "--bind", bind]).spawn().unwrap();
    let (answer, log) = ask(run("0.0.0.0"), "/config.json");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(!answer.contains("alo-101"), "{answer}");
    assert!(log.contains("does not offer the accounts"), "{log}");
    let (answer, log) = ask(run("127.0.0.1"), "/config.json");
    assert!(answer.contains("alo-101"), "{answer}");
    assert!(!log.contains("does not offer the accounts"), "{log}");
}

#[test]
fn the_app_is_told_another_sip_server_where_it_is_named() {
    let url = "ws://localhost:8080/sip";
    let child = alo_pbx(&["--port", "0", "--sip-url", url]).spawn().unwrap();
    let (answer, _) = ask(child, "/config.json");
    assert!(
        answer.contains(&format!("\"sipUrl\":\"{url}\"")),
        "{answer}"
    );
    let output = run(&["--sip-url", "localhost:8080"]);
    assert!(!output.status.success());
    assert!(text(&output.stderr).contains("expected a URL such as wss://"));
}

#[test]
fn a_taken_port_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = run(&["--port", &port]);
    assert!(!output.status.success());
    let said = text(&output.stderr);
    assert!(
        said.contains(&format!("port {port} on 127.0.0.1 cannot be opened")),
        "{said}"
    );
    assert!(said.contains("try --port 0"), "{said}");
}

#[test]
fn check_runs_nothing() {
    let output = run(&["--check"]);
    assert!(output.status.success());
    assert_eq!(
        text(&output.stdout),
        "The configuration is good: 4 agents, 2 hotlines, 4 queues.\n"
    );
    let broken = file("broken.toml", "[http]\nprot = 80\n");
    let output = run(&["--check", "--config", &broken]);
    assert!(!output.status.success());
    assert_eq!(
        text(&output.stderr),
        format!("alo-pbx: {broken}: line 2: http.prot: is not known; did you mean `port`?\n")
    );
    let output = run(&["--config", "no-such.toml"]);
    assert!(text(&output.stderr).starts_with("alo-pbx: no-such.toml: "));
}

#[test]
fn a_certificate_needs_its_key() {
    let output = run(&["--tls-cert", "cert.pem"]);
    assert!(!output.status.success());
    assert!(text(&output.stderr).contains("--tls-key"));
}
