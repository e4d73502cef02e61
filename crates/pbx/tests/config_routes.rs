//! What the file says about queues, IVR trees, hotlines, states, the trunk and records, and what is
//! said about a broken one.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use alo_pbx::config::{BUILT_IN_PROMPTS, Codec, Config, DEMO, Destination, IvrAction, Strategy};

/// The faults of a file, as an operator reads them.
fn faults(file: &str) -> String {
    match Config::parse("pbx.toml", file) {
        Ok(_) => String::from("no fault"),
        Err(error) => error.to_string(),
    }
}

/// A call centre that everything can refer to, eleven lines long.
const SMALL: &str = "[[agent]]\nextension = \"101\"\nname = \"An\"\npassword = \"x\"\n[[queue]]\nid = \"sales\"\n\
                     [[ivr]]\nid = \"main\"\nprompts = \"main-menu-vi\"\nkeys = { 1 = { queue = \"sales\" } }\n";

/// What is said about these lines behind those of [`SMALL`]; the first is line 11.
fn said_behind(lines: &str) -> String {
    faults(&format!("{SMALL}{lines}")).replace("pbx.toml: ", "")
}

#[test]
fn the_small_call_centre_of_the_tables_is_good() {
    assert_eq!(said_behind(""), "no fault");
}

#[test]
fn broken_queues_and_what_is_said_about_them() {
    // The lines of a queue behind its id, which is line 12; so the first is line 13.
    let table = [
        (
            "strategy = \"random\"",
            "line 13: queue[2].strategy: expected \"longest-idle\", \"ring-all\", \"round-robin\" or \"fewest-calls\"; found \"random\"",
        ),
        (
            "stratgy = \"ring-all\"",
            "line 13: queue[2].stratgy: is not known; did you mean `strategy`?",
        ),
        (
            "priority = 101",
            "line 13: queue[2].priority: expected a whole number from 0 to 100; found 101",
        ),
        (
            "priority = \"high\"",
            "line 13: queue[2].priority: expected a whole number from 0 to 100; found \"high\"",
        ),
        (
            "ring_seconds = 0",
            "line 13: queue[2].ring_seconds: expected a whole number from 1 to 3600; found 0",
        ),
        (
            "wrap_up_seconds = -1",
            "line 13: queue[2].wrap_up_seconds: expected a whole number from 0 to 3600; found -1",
        ),
        (
            "wrapup_seconds = 10",
            "line 13: queue[2].wrapup_seconds: is not known; did you mean `wrap_up_seconds`?",
        ),
        (
            "misses = 1.5",
            "line 13: queue[2].misses: expected a whole number from 0 to 100; found 1.5",
        ),
        (
            "max_wait_seconds = 0",
            "line 13: queue[2].max_wait_seconds: expected a whole number from 1 to 86400; found 0",
        ),
        (
            "agents = [\"101\", \"102\"]",
            "line 13: queue[2].agents: there is no agent \"102\"; did you mean \"101\"?",
        ),
        (
            "agents = [\"101\", \"101\"]",
            "line 13: queue[2].agents: names \"101\" twice",
        ),
        (
            "agents = []",
            "line 13: queue[2].agents: expected a list of extensions such as [\"101\"]; found a list",
        ),
        (
            "overflow = { queue = \"sales\" }",
            "line 13: queue[2].overflow: needs `max_wait_seconds` beside it",
        ),
        (
            "max_wait_seconds = 9\noverflow = { queue = \"slaes\" }",
            "line 14: queue[2].overflow.queue: there is no queue \"slaes\"; did you mean \"sales\"?",
        ),
        (
            "max_wait_seconds = 9\noverflow = { queue = \"new\" }",
            "line 14: queue[2].overflow.queue: leads back to \"new\": nobody would ever get out",
        ),
        (
            "max_wait_seconds = 9\noverflow = { ivr = \"mian\" }",
            "line 14: queue[2].overflow.ivr: there is no ivr \"mian\"; did you mean \"main\"?",
        ),
        (
            "max_wait_seconds = 9\noverflow = { agent = \"999\" }",
            "line 14: queue[2].overflow.agent: there is no agent \"999\"; add an [[agent]] or name one that is there",
        ),
        (
            "max_wait_seconds = 9\noverflow = { number = \"+8490\" }",
            "line 14: queue[2].overflow.number: \"+8490\" cannot be reached without a [trunk]",
        ),
        (
            "max_wait_seconds = 9\noverflow = { number = \"nobody\" }",
            "line 14: queue[2].overflow.number: expected a phone number such as \"+842873001001\"; found \"nobody\"",
        ),
        (
            "max_wait_seconds = 9\noverflow = {}",
            "line 14: queue[2].overflow: leads nowhere; expected one of `queue`, `ivr`, `agent`, `number`, `apology`",
        ),
        (
            "max_wait_seconds = 9\noverflow = { queue = \"sales\", ivr = \"main\" }",
            "line 14: queue[2].overflow.ivr: stands beside `queue`; expected one of them",
        ),
        (
            "max_wait_seconds = 9\noverflow = { apology = \"apology-en\", queue = \"sales\" }",
            "line 14: queue[2].overflow.queue: stands beside `apology`; expected one of them",
        ),
        (
            "max_wait_seconds = 9\noverflow = { apology = \"apology-de\" }",
            "line 14: queue[2].overflow.apology: there is no prompt \"apology-de\"; did you mean \"apology-en\"?",
        ),
        (
            "max_wait_seconds = 9\noverflow = { quue = \"sales\" }",
            "line 14: queue[2].overflow: leads nowhere; expected one of `queue`, `ivr`, `agent`, `number`, `apology`\nline 14: queue[2].overflow.quue: is not known; did you mean `queue`?",
        ),
        (
            "max_wait_seconds = 9\noverflow = \"sales\"",
            "line 14: queue[2].overflow: expected a table ([name]); found \"sales\"",
        ),
        (
            "announce = { every_seconds = 1 }",
            "line 13: queue[2].announce.every_seconds: expected a whole number from 5 to 3600; found 1",
        ),
        (
            "announce = { prompts = [] }",
            "line 13: queue[2].announce.prompts: expected the name of a prompt, or a list of them; found a list",
        ),
        (
            "announce = { prompts = \"jingle\" }",
            "line 13: queue[2].announce.prompts: there is no prompt \"jingle\"; name a folder that holds prompt-jingle.opus in media.prompts",
        ),
        (
            "announce = { prompts = \"position-fr\" }",
            "line 13: queue[2].announce.prompts: there is no prompt \"you-are-number-fr\"; did you mean \"you-are-number-en\"?",
        ),
        (
            "announce = { prompt = \"please-hold-vi\" }",
            "line 13: queue[2].announce.prompt: is not known; did you mean `prompts`?",
        ),
    ];
    for (lines, expected) in table {
        let said = said_behind(&format!("[[queue]]\nid = \"new\"\n{lines}\n"));
        assert_eq!(said, expected, "of\n{lines}");
    }
}

#[test]
fn broken_trees_and_what_is_said_about_them() {
    // The lines of a tree behind its id and its prompt, so that the first is line 14.
    let table = [
        (
            "",
            "line 11: ivr[2].keys: is missing; expected a key such as 1 = { queue = \"sales\" }",
        ),
        (
            "keys = { 10 = { queue = \"sales\" }, 1 = \"back\" }",
            "line 14: ivr[2].keys.10: is not known; did you mean `0`?",
        ),
        (
            "keys = { 1 = { queue = \"nobody\" } }",
            "line 14: ivr[2].keys.1.queue: there is no queue \"nobody\"; add an [[queue]] or name one that is there",
        ),
        (
            "keys = { 1 = { ivr = \"mian\" } }",
            "line 14: ivr[2].keys.1.ivr: there is no ivr \"mian\"; did you mean \"main\"?",
        ),
        (
            "keys = { 1 = \"sales\" }",
            "line 14: ivr[2].keys.1: expected \"repeat\", \"back\", or a destination such as { queue = \"sales\" }; found \"sales\"",
        ),
        (
            "keys = { \"*\" = {} , 1 = \"back\" }",
            "line 14: ivr[2].keys.*: leads nowhere; expected one of `queue`, `ivr`, `agent`, `number`",
        ),
        (
            "keys = { 1 = { queue = \"sales\", agent = \"101\" } }",
            "line 14: ivr[2].keys.1.agent: stands beside `queue`; expected one of them",
        ),
        (
            "keys = 5",
            "line 14: ivr[2].keys: expected a table ([name]); found 5",
        ),
        (
            "fallback = { ivr = \"new\" }",
            "line 14: ivr[2].fallback.ivr: leads back to \"new\": nobody would ever get out",
        ),
        (
            "fallback = { queue = \"vip\" }",
            "line 14: ivr[2].fallback.queue: there is no queue \"vip\"; add an [[queue]] or name one that is there",
        ),
        (
            "fallback = {}",
            "line 14: ivr[2].fallback: leads nowhere; expected one of `queue`, `ivr`, `agent`, `number`",
        ),
        (
            "timeout_seconds = 0\nkeys = { 1 = \"back\" }",
            "line 14: ivr[2].timeout_seconds: expected a whole number from 1 to 120; found 0",
        ),
        (
            "attempts = 0\nkeys = { 1 = \"back\" }",
            "line 14: ivr[2].attempts: expected a whole number from 1 to 20; found 0",
        ),
        (
            "wrong = \"wrong-key\"\nkeys = { 1 = \"back\" }",
            "line 14: ivr[2].wrong: there is no prompt \"wrong-key\"; did you mean \"wrong-key-en\"?",
        ),
        (
            "apology = 7\nkeys = { 1 = \"back\" }",
            "line 14: ivr[2].apology: expected the name of a prompt, or a list of them; found 7",
        ),
        (
            "time_out = 5\nkeys = { 1 = \"back\" }",
            "line 14: ivr[2].time_out: is not known; known here: `apology`, `attempts`, `fallback`, `id`, `keys`, `name`, `prompts`, `timeout_seconds`, `wrong`",
        ),
    ];
    for (lines, expected) in table {
        let tree = format!("[[ivr]]\nid = \"new\"\nprompts = \"after-hours-en\"\n{lines}\n");
        assert_eq!(said_behind(&tree), expected, "of\n{lines}");
    }
    let silent = said_behind("[[ivr]]\nid = \"new\"\nfallback = { queue = \"sales\" }\n");
    assert_eq!(
        silent,
        "line 11: ivr[2].prompts: is missing; expected the name of a prompt, or a list of them"
    );
    let twice = said_behind(
        "[[ivr]]\nid = \"new\"\nprompts = \"hello\"\n[ivr.keys]\n1 = \"back\"\n1 = \"repeat\"\n",
    );
    assert!(
        twice.starts_with("line 16: is not TOML: duplicate key"),
        "{twice}"
    );
}

#[test]
fn broken_hotlines_states_and_records_and_what_is_said_about_them() {
    let hotline = "[[hotline]]\nnumber = \"+842873001001\"\nname = \"Sales\"\n";
    let table = [
        (format!("{hotline}queue = \"sale\"\n"), "line 14: hotline[1].queue: there is no queue \"sale\"; did you mean \"sales\"?"),
        (format!("{hotline}ivr = \"man\"\n"), "line 14: hotline[1].ivr: there is no ivr \"man\"; did you mean \"main\"?"),
        (format!("{hotline}agent = \"110\"\n"), "line 14: hotline[1].agent: there is no agent \"110\"; did you mean \"101\"?"),
        (hotline.to_owned(), "line 11: hotline[1]: leads nowhere; expected one of `queue`, `ivr`, `agent`"),
        (format!("{hotline}queue = \"sales\"\nivr = \"main\"\n"), "line 15: hotline[1].ivr: stands beside `queue`; expected one of them"),
        (format!("{hotline}queue = 5\n"), "line 14: hotline[1].queue: expected the id of a [[queue]]; found 5"),
        (format!("{hotline}ivr = \"main\"\nmusic_of = \"jazz\"\n"), "line 15: hotline[1].music_of: there is no queue \"jazz\"; add an [[queue]] or name one that is there"),
        (format!("{hotline}number_ = \"1\"\nqueue = \"sales\"\n"), "line 14: hotline[1].number_: is not known; did you mean `number`?"),
        ("[[queue]]\nid = \"101\"\n".into(), "line 12: queue[2].id: \"101\" is taken by line 2"),
        ("[[queue]]\nid = \"sales\"\n".into(), "line 12: queue[2].id: \"sales\" is taken by line 6"),
        ("[[queue]]\nid = \"two words\"\n".into(), "line 12: queue[2].id: expected an id such as \"sales\"; found \"two words\""),
        ("[[queue]]\nname = \"Sales\"\n".into(), "line 11: queue[2].id: is missing; expected an id such as \"sales\""),
        ("[[ivr]]\nid = \"sales\"\nprompts = \"hello\"\nkeys = { 1 = \"back\" }\n".into(), "line 12: ivr[2].id: \"sales\" is taken by line 6"),
        ("[[working_state]]\nid = \"lunch-break\"\nname = \"Lunch\"\n".into(), "line 12: working_state[1].id: \"lunch-break\" is there in any case"),
        ("[[working_state]]\nid = \"after-call-work\"\nname = \"Work\"\n".into(), "line 12: working_state[1].id: \"after-call-work\" is there in any case"),
        ("[[working_state]]\nid = \"a\"\nname = \"A\"\n[[working_state]]\nid = \"a\"\nname = \"B\"\n".into(), "line 15: working_state[2].id: \"a\" is taken by line 12"),
        ("[[working_state]]\nid = \"a\"\n".into(), "line 11: working_state[1].name: is missing; expected the name that agents see"),
        ("[[working_sate]]\nid = \"a\"\n".into(), "line 11: working_sate: is not known; did you mean `working_state`?"),
        ("[records]\nfile = 5\n".into(), "line 12: records.file: expected the path of a file; found 5"),
        ("[records]\nsync_seconds = 3601\n".into(), "line 12: records.sync_seconds: expected a whole number from 0 to 3600; found 3601"),
        ("[records]\nfiles = \"calls.jsonl\"\n".into(), "line 12: records.files: is not known; did you mean `file`?"),
        ("[[phone_network.phone]]\nnumber = \"+84900000001\"\ndoes = \"speaks\"\nsays = \"helo\"\n".into(), "line 14: phone_network.phone[1].says: there is no prompt \"helo\"; did you mean \"hello\"?"),
    ];
    for (lines, expected) in table {
        assert_eq!(said_behind(&lines), expected, "of\n{lines}");
    }
}

#[test]
fn a_call_that_was_transferred_rings_and_comes_back_for_so_long() {
    let plain = Config::parse("pbx.toml", SMALL).unwrap().transfer;
    assert_eq!((plain.ring.as_secs(), plain.recall.as_secs()), (20, 20));
    assert_eq!(plain.fallback, None);
    let said =
        "[transfer]\nring_seconds = 30\nrecall_seconds = 15\nfallback = { ivr = \"main\" }\n";
    let transfer = Config::parse("pbx.toml", &format!("{SMALL}{said}"));
    let transfer = transfer.unwrap().transfer;
    assert_eq!(
        (transfer.ring.as_secs(), transfer.recall.as_secs()),
        (30, 15)
    );
    assert_eq!(transfer.fallback, Some(Destination::Ivr("main".into())));
}

#[test]
fn broken_transfers_and_what_is_said_about_them() {
    let table = [
        (
            "ring_seconds = 0",
            "line 12: transfer.ring_seconds: expected a whole number from 1 to 600; found 0",
        ),
        (
            "recall_seconds = \"20\"",
            "line 12: transfer.recall_seconds: expected a whole number from 1 to 600; found \"20\"",
        ),
        (
            "recal_seconds = 20",
            "line 12: transfer.recal_seconds: is not known; did you mean `recall_seconds`?",
        ),
        (
            "fallback = { queue = \"sale\" }",
            "line 12: transfer.fallback.queue: there is no queue \"sale\"; did you mean \"sales\"?",
        ),
        (
            "fallback = { queue = \"sales\", agent = \"101\" }",
            "line 12: transfer.fallback.agent: stands beside `queue`; expected one of them",
        ),
        (
            "fallback = { number = \"+8490\" }",
            "line 12: transfer.fallback.number: \"+8490\" cannot be reached without a [trunk]",
        ),
        (
            "fallback = {}",
            "line 12: transfer.fallback: leads nowhere; expected one of `queue`, `ivr`, `agent`, `number`",
        ),
        (
            "fallback = \"sales\"",
            "line 12: transfer.fallback: expected a table ([name]); found \"sales\"",
        ),
    ];
    for (lines, expected) in table {
        assert_eq!(
            said_behind(&format!("[transfer]\n{lines}\n")),
            expected,
            "of\n{lines}"
        );
    }
    assert_eq!(
        said_behind("[transfers]\nring_seconds = 20\n"),
        "line 11: transfers: is not known; did you mean `transfer`?"
    );
}

#[test]
fn broken_trunks_and_what_is_said_about_them() {
    const ADDRESS: &str = "address = \"sip.example.net\"\n";
    let table = [
        (
            "",
            "line 11: trunk.address: is missing; expected a host and a port such as \"sip.example.net:5060\"",
        ),
        (
            "address = \"sip.example.net:0\"",
            "line 12: trunk.address: expected a host and a port such as \"sip.example.net:5060\"; found \"sip.example.net:0\"",
        ),
        (
            "address = \"sip:example.net\"",
            "line 12: trunk.address: expected a host and a port such as \"sip.example.net:5060\"; found \"sip:example.net\"",
        ),
        (
            "ADDRESSadress = 5",
            "line 13: trunk.adress: is not known; did you mean `address`?",
        ),
        (
            "ADDRESSbind = \"0.0.0.0\"",
            "line 13: trunk.bind: expected an IP address and a port such as \"0.0.0.0:5060\"; found \"0.0.0.0\"",
        ),
        (
            "ADDRESSregister = \"yes\"",
            "line 13: trunk.register: expected true or false; found \"yes\"",
        ),
        (
            "ADDRESSregister = true",
            "line 13: trunk.register: needs `username` and `password` beside it",
        ),
        (
            "ADDRESSusername = \"a\"",
            "line 13: trunk.username: needs `password` beside it",
        ),
        (
            "ADDRESSpassword = \"very secret\"",
            "line 13: trunk.password: needs `username` beside it",
        ),
        (
            "ADDRESSusername = \"a\"\npassword = 4711",
            "line 14: trunk.password: expected a text; found a value of type integer",
        ),
        (
            "ADDRESSexpires_seconds = 5",
            "line 13: trunk.expires_seconds: expected a whole number from 60 to 86400; found 5",
        ),
        (
            "ADDRESSpeers = [\"example.net\"]",
            "line 13: trunk.peers: expected a list of IP addresses such as [\"203.0.113.9\"]; found a list",
        ),
        (
            "ADDRESScodecs = [\"g729\"]",
            "line 13: trunk.codecs: expected a list of \"opus\", \"pcma\" and \"pcmu\", the preferred one first; found a list",
        ),
        (
            "ADDRESScodecs = [\"opus\", \"opus\"]",
            "line 13: trunk.codecs: expected a list of \"opus\", \"pcma\" and \"pcmu\", the preferred one first; found a list",
        ),
        (
            "ADDRESScodecs = []",
            "line 13: trunk.codecs: expected a list of \"opus\", \"pcma\" and \"pcmu\", the preferred one first; found a list",
        ),
        (
            "ADDRESSrtp_ports = \"20999-20000\"",
            "line 13: trunk.rtp_ports: expected a range of UDP ports such as \"20000-20999\", from an even port to a higher one; found \"20999-20000\"",
        ),
        (
            "ADDRESSrtp_ports = \"20001-20999\"",
            "line 13: trunk.rtp_ports: expected a range of UDP ports such as \"20000-20999\", from an even port to a higher one; found \"20001-20999\"",
        ),
        (
            "ADDRESSrtp_ports = \"20000-70000\"",
            "line 13: trunk.rtp_ports: expected a range of UDP ports such as \"20000-20999\", from an even port to a higher one; found \"20000-70000\"",
        ),
        (
            "ADDRESSrtp_ports = 20000",
            "line 13: trunk.rtp_ports: expected a range of UDP ports such as \"20000-20999\", from an even port to a higher one; found 20000",
        ),
        (
            "ADDRESSadvertise = \"pbx.example.net\"",
            "line 13: trunk.advertise: expected an IP address such as \"203.0.113.7\"; found \"pbx.example.net\"",
        ),
        (
            "ADDRESScaller_id = \"pai\"",
            "line 13: trunk.caller_id: expected \"from\", \"p-asserted-identity\", \"p-preferred-identity\" or \"remote-party-id\"; found \"pai\"",
        ),
        (
            "ADDRESSnumbers = \"local\"",
            "line 13: trunk.numbers: expected \"e164\", \"digits\" or \"national\"; found \"local\"",
        ),
        (
            "ADDRESSdomain = \"a b\"",
            "line 13: trunk.domain: expected a host name such as \"example.net\"; found \"a b\"",
        ),
    ];
    for (lines, expected) in table {
        let trunk = format!("[trunk]\n{}\n", lines.replace("ADDRESS", ADDRESS));
        assert_eq!(said_behind(&trunk), expected, "of\n{trunk}");
    }
}

#[test]
fn calls_that_would_go_round_for_ever_are_told_of_once() {
    let queue = |id, to| {
        format!(
            "[[queue]]\nid = \"{id}\"\nmax_wait_seconds = 9\noverflow = {{ queue = \"{to}\" }}\n"
        )
    };
    let three = [queue("a", "b"), queue("b", "c"), queue("c", "a")].concat();
    let behind = queue("d", "a");
    assert_eq!(
        said_behind(&format!("{behind}{three}")),
        "line 18: queue[3].overflow.queue: leads back to \"a\" over \"b\", \"c\": nobody would ever get out"
    );
    // Through a menu the caller gets out: he presses a key.
    let menu = "[[queue]]\nid = \"a\"\nmax_wait_seconds = 9\noverflow = { ivr = \"m\" }\n\
                [[ivr]]\nid = \"m\"\nprompts = \"hello\"\nfallback = { queue = \"a\" }\n";
    assert_eq!(said_behind(menu), "no fault");
}

#[test]
fn names_may_come_after_what_refers_to_them_and_prompts_from_a_folder() {
    let folder = format!("{}/own-prompts", env!("CARGO_TARGET_TMPDIR"));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(format!("{folder}/prompt-jingle.opus"), "").unwrap();
    let file = |prompt: &str| {
        format!(
            "[media]\nprompts = \"own-prompts\"\n[[ivr]]\nid = \"new\"\nprompts = [\"{prompt}\"]\nfallback = {{ queue = \"late\" }}\n\
             [[queue]]\nid = \"late\"\n"
        )
    };
    let load = |prompt| {
        let path = format!("{}/names.toml", env!("CARGO_TARGET_TMPDIR"));
        std::fs::write(&path, file(prompt)).unwrap();
        Config::load(path.as_ref())
    };
    let config = load("jingle").unwrap();
    assert_eq!(config.media.prompts, Some(folder.clone().into()));
    let error = load("other").unwrap_err().to_string();
    let expected = format!(
        "line 5: ivr[1].prompts: there is no prompt \"other\"; put prompt-other.opus into {folder}"
    );
    assert!(error.ends_with(&expected), "{error}");
    let outside = load("../own-prompts/prompt-jingle")
        .unwrap_err()
        .to_string();
    assert!(outside.contains("there is no prompt"), "{outside}");
}

#[test]
fn every_built_in_prompt_has_its_file_and_every_file_its_name() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("prompts");
    let files = std::fs::read_dir(folder).unwrap();
    let names = files.filter_map(|file| {
        let name = file.unwrap().file_name().into_string().unwrap();
        let name = name.strip_prefix("prompt-")?.strip_suffix(".opus")?;
        Some(name.to_owned())
    });
    let names: std::collections::BTreeSet<_> = names.collect();
    let known = BUILT_IN_PROMPTS.iter().map(|name| (*name).to_owned());
    assert_eq!(known.collect::<std::collections::BTreeSet<_>>(), names);
}

#[test]
fn the_demo_has_queues_trees_states_and_an_example_of_a_trunk() {
    let demo = Config::demo().unwrap();
    let queues: Vec<_> = demo
        .queues
        .iter()
        .map(|queue| (&*queue.id, queue.strategy))
        .collect();
    use Strategy::{FewestCalls, LongestIdle, RingAll, RoundRobin};
    let expected = [
        ("sales", LongestIdle),
        ("support", RingAll),
        ("vip", RoundRobin),
        ("anyone", FewestCalls),
    ];
    assert_eq!(queues, expected);
    let queue = |id: &str| IvrAction::To(Destination::Queue(id.into()));
    let main = demo.ivr("main").unwrap();
    let keys: Vec<_> = main
        .keys
        .iter()
        .map(|(key, action)| (key.as_char(), action.clone()))
        .collect();
    let expected = [
        ('*', IvrAction::Repeat),
        ('0', queue("anyone")),
        ('1', queue("sales")),
        ('2', queue("support")),
        ('3', IvrAction::To(Destination::Ivr("after-hours".into()))),
    ];
    assert_eq!(keys, expected);
    assert_eq!(demo.hotlines[0].to, Destination::Queue("sales".into()));
    assert_eq!(demo.hotlines[1].to, Destination::Ivr("main".into()));
    assert_eq!(demo.music_queue(&demo.hotlines[1]).unwrap().id, "support");
    assert_eq!(demo.working_states[0].id, "training");
    assert_eq!(demo.trunk, None);
    assert!(demo.simulated("0900000001").is_some());

    // The trunk of the comments, uncommented, is one.
    let (before, rest) = DEMO.split_once("# [trunk]\n").unwrap();
    let (example, behind) = rest.split_once("\n\n").unwrap();
    let is_key = |line: &&str| line.contains(" = ");
    let keys = example
        .lines()
        .filter_map(|line| line.strip_prefix("# "))
        .filter(is_key);
    let keys: Vec<_> = keys.collect();
    let text = format!("{before}[trunk]\n{}\n\n{behind}", keys.join("\n"));
    let config = Config::parse("demo.toml", &text).unwrap_or_else(|error| panic!("{error}"));
    let trunk = config.trunk.clone().unwrap();
    assert_eq!(trunk.address, ("sip.example.net".into(), 5060));
    assert_eq!(trunk.codecs, [Codec::Opus, Codec::Pcma, Codec::Pcmu]);
    assert_eq!(trunk.rtp_ports, 20000..=20999);
    assert!(!format!("{trunk:?}").contains("secret"), "{trunk:?}");
    // Real phones have their numbers then.
    assert!(config.simulated("0900000001").is_none());
}
