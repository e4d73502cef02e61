//! What the configuration file says, and what is said about a broken one.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use alo_pbx::config::{Config, ConfigError, DEMO, PhoneBehaviour};

/// The faults of a file, as an operator reads them.
fn faults(file: &str) -> String {
    match Config::parse("pbx.toml", file) {
        Ok(_) => String::from("no fault"),
        Err(error @ ConfigError::Faults { .. }) => error.to_string(),
        Err(ConfigError::Unreadable(..)) => unreachable!("no file is read"),
    }
}

#[test]
fn the_demo_is_the_call_centre_of_the_handbook() {
    let demo = Config::demo().unwrap();
    let agents: Vec<_> = demo
        .agents
        .iter()
        .map(|agent| (&*agent.extension, &*agent.name))
        .collect();
    let expected = [
        ("101", "An Nguyễn"),
        ("102", "Bình Trần"),
        ("103", "Chi Lê"),
        ("104", "Dũng Phạm"),
    ];
    assert_eq!(agents, expected);
    assert!(
        demo.agents
            .iter()
            .all(|agent| agent.password.0 == format!("alo-{}", agent.extension))
    );
    assert_eq!(demo.hotline("+842873001001").unwrap().name, "Sales");
    assert_eq!(demo.hotline("+842473002002").unwrap().name, "Support");
    let behaviours: Vec<_> = demo
        .network
        .numbers
        .iter()
        .map(|phone| phone.behaviour)
        .collect();
    use PhoneBehaviour::{Busy, Declines, Echoes, HangsUp, NoAnswer, Speaks};
    assert_eq!(
        behaviours,
        [Speaks, Busy, NoAnswer, Declines, Echoes, HangsUp]
    );
    assert_eq!(demo.http.port, 8080);
    assert!(demo.http.bind.is_loopback());
}

#[test]
fn what_the_demo_has_in_comments_is_the_default() {
    // Every commented key, uncommented, changes nothing.
    let mut text = String::new();
    let mut example = false;
    for line in DEMO.lines() {
        // The section of the trunk is an example as a whole.
        example = line.starts_with("# [") || example && line.starts_with('#');
        let key = line.strip_prefix("# ").filter(|rest| {
            rest.split_once(" = ").is_some_and(|(key, _)| {
                key.bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
            })
        });
        let key = key.filter(|_| !example);
        // Paths, addresses and lists have no default to show.
        let shown = [
            "tls_cert",
            "tls_key",
            "embed",
            "advertise",
            "prompts",
            "agents",
            "file",
            "fallback",
        ];
        let key = key.filter(|rest| !shown.iter().any(|name| rest.starts_with(name)));
        text.push_str(key.unwrap_or(line));
        text.push('\n');
    }
    assert!(
        text.contains("\nmax_calls = 200\n"),
        "comments are uncommented"
    );
    let uncommented = Config::parse("demo.toml", &text).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(uncommented, Config::demo().unwrap());
}

#[test]
fn an_empty_file_is_a_call_centre_without_people() {
    let config = Config::parse("pbx.toml", "").unwrap();
    assert!(config.agents.is_empty() && !config.http.offer_accounts);
}

#[test]
fn broken_files_and_what_is_said_about_them() {
    const AGENT: &str = "[[agent]]\nextension = \"101\"\nname = \"An\"\npassword = \"x\"\n";
    let table = [
        (
            "[http]\nprot = 80\n",
            "pbx.toml: line 2: http.prot: is not known; did you mean `port`?",
        ),
        (
            "[htpt]\n",
            "pbx.toml: line 1: htpt: is not known; did you mean `http`?",
        ),
        (
            "[log]\ncolour = true\n",
            "pbx.toml: line 2: log.colour: is not known; known here: `filter`, `format`, `redact_numbers`",
        ),
        (
            "[http]\nport = \"80\"\n",
            "pbx.toml: line 2: http.port: expected a whole number from 0 to 65535; found \"80\"",
        ),
        (
            "[http]\nport = 70000\n",
            "pbx.toml: line 2: http.port: expected a whole number from 0 to 65535; found 70000",
        ),
        (
            "[http]\nbind = \"localhost\"\n",
            "pbx.toml: line 2: http.bind: expected an IP address such as \"127.0.0.1\" or \"::\"; found \"localhost\"",
        ),
        (
            "[http]\ntls_cert = \"cert.pem\"\n",
            "pbx.toml: line 2: http.tls_cert: needs `tls_key` beside it",
        ),
        (
            "[http]\nembed = [\"https://crm.example.com/path\"]\n",
            "pbx.toml: line 2: http.embed: expected a list of origins such as \"https://crm.example.com\"; found a list",
        ),
        (
            "[http]\norigins = [\"https://*.example.com\"]\n",
            "pbx.toml: line 2: http.origins: expected a list of origins such as \"https://phone.example.com\", \
             without wildcards; found a list",
        ),
        (
            "[http]\nsip_url = \"http://pbx.example.com/sip\"\n",
            "pbx.toml: line 2: http.sip_url: expected a path such as \"/sip\", or a URL such as \
             \"wss://pbx.example.com/sip\"; found \"http://pbx.example.com/sip\"",
        ),
        (
            "[http]\nmax_connections_per_address = 0\n",
            "pbx.toml: line 2: http.max_connections_per_address: expected a whole number from 1 to 100000; found 0",
        ),
        (
            "[calls]\nmax_calls = 10\nmax_guest_calls = 11\n",
            "pbx.toml: line 3: calls.max_guest_calls: expected a whole number from 1 to max_calls, which is 10; found 11",
        ),
        (
            "\n[log]\nformat = \"xml\"\n",
            "pbx.toml: line 3: log.format: expected \"text\" or \"json\"; found \"xml\"",
        ),
        (
            "http = 5\n",
            "pbx.toml: line 1: http: expected a table ([name]); found 5",
        ),
        (
            "agent = 5\n",
            "pbx.toml: line 1: agent: expected tables, each headed [[agent]]; found 5",
        ),
        (
            "[[agent]]\nextension = \"101\"\nname = \"An\"\n",
            "pbx.toml: line 1: agent[1].password: is missing; expected a text",
        ),
        (
            "[[agent]]\nextension = 101\nname = \"An\"\npassword = \"x\"\n",
            "pbx.toml: line 2: agent[1].extension: expected an extension such as \"101\"; found 101",
        ),
        (
            "[[agent]]\nextension = \"101\"\nname = \"An\"\npassword = 4711\n",
            "pbx.toml: line 4: agent[1].password: expected a text; found a value of type integer",
        ),
        (
            "[[queue]]\nid = \"sales\"\n[[hotline]]\nnumber = \"+8428\"\nname = \"S\"\nqueue = \"salse\"\n",
            "pbx.toml: line 6: hotline[1].queue: there is no queue \"salse\"; did you mean \"sales\"?",
        ),
        (
            "[[hotline]]\nnumber = \"+8428\"\nname = \"S\"\nqueue = \"sales\"\n",
            "pbx.toml: line 4: hotline[1].queue: there is no queue \"sales\"; add an [[queue]] or name one that is there",
        ),
        (
            "[[phone_network.phone]]\nnumber = \"+84900000001\"\ndoes = \"sings\"\n",
            "pbx.toml: line 3: phone_network.phone[1].does: expected \"speaks\", \"echoes\", \"hangs-up\", \"busy\", \
             \"no-answer\" or \"declines\"; found \"sings\"",
        ),
        (
            "[registrations]\nmin_expires_seconds = 60\nmax_expires_seconds = 30\n",
            "pbx.toml: line 3: registrations.max_expires_seconds: expected at least min_expires_seconds, which is 60",
        ),
    ];
    for (file, expected) in table {
        assert_eq!(faults(file), expected, "of\n{file}");
    }
    let twice = format!("{AGENT}{AGENT}");
    assert_eq!(
        faults(&twice),
        "pbx.toml: line 6: agent[2].extension: \"101\" is taken by line 2"
    );
}

#[test]
fn a_number_is_taken_once_however_it_is_written() {
    const QUEUE: &str = "[[queue]]\nid = \"sales\"\n";
    let hotline =
        |number| format!("[[hotline]]\nnumber = \"{number}\"\nname = \"S\"\nqueue = \"sales\"\n");
    let phone =
        |number| format!("[[phone_network.phone]]\nnumber = \"{number}\"\ndoes = \"busy\"\n");
    let (national, whole) = (hotline("02873001001"), hotline("+842873001001"));
    assert_eq!(
        faults(&format!("{QUEUE}{national}{whole}")),
        "pbx.toml: line 8: hotline[2].number: \"+842873001001\" is taken by line 4"
    );
    assert_eq!(
        faults(&format!("{QUEUE}{whole}{}", phone("02873001001"))),
        "pbx.toml: line 8: phone_network.phone[1].number: \"02873001001\" is taken by a hotline"
    );
    let country = "[phone_network]\ncountry_code = \"49\"\n";
    assert_eq!(
        faults(&format!("{QUEUE}{national}{whole}{country}")),
        "no fault"
    );
}

#[test]
fn whole_numbers_may_be_written_in_any_base() {
    let config = Config::parse(
        "pbx.toml",
        "[registrations]\nmax_expires_seconds = 0x258\nnonce_seconds = 0x100\n",
    );
    let registrations = config.unwrap().registrations;
    assert_eq!(registrations.max_expires.as_secs(), 600);
    assert_eq!(registrations.nonce.as_secs(), 256);
}

#[test]
fn guests_have_half_of_the_calls_unless_the_file_says_otherwise() {
    let guests = |file: &str| {
        Config::parse("pbx.toml", file)
            .unwrap()
            .calls
            .max_guest_calls
    };
    assert_eq!(guests(""), 100);
    assert_eq!(guests("[calls]\nmax_calls = 7\n"), 4);
    assert_eq!(guests("[calls]\nmax_calls = 7\nmax_guest_calls = 7\n"), 7);
}

#[test]
fn a_file_that_is_not_toml_says_where() {
    let said = faults("[http]\nport = = 8080\n");
    assert!(
        said.starts_with("pbx.toml: line 2: is not TOML: "),
        "{said}"
    );
}

#[test]
fn all_faults_are_told_at_once_by_line() {
    let said = faults("[http]\nport = -1\nbnid = \"::\"\n[calls]\nring_seconds = 0\n");
    let lines: Vec<_> = said
        .lines()
        .map(|line| line.split(": ").nth(1).unwrap())
        .collect();
    assert_eq!(lines, ["line 2", "line 3", "line 5"], "{said}");
}

#[test]
fn a_debugged_configuration_has_no_passwords() {
    let demo = Config::demo().unwrap();
    assert!(!format!("{demo:?}").contains("alo-101"));
}
