//! Walks through the menus.

use super::*;

/// A small company: a main menu, and a tree below it.
const FILE: &str = r##"
[[agent]]
extension = "101"
name = "An"
password = "x"

[[queue]]
id = "sales"

[[ivr]]
id = "main"
prompts = ["main-welcome-en", "main-menu-en"]
timeout_seconds = 8
attempts = 3
wrong = "wrong-key-en"
fallback = { queue = "sales" }

[ivr.keys]
1 = { queue = "sales" }
2 = { agent = "101" }
3 = { ivr = "after-hours" }
"*" = "repeat"
"#" = "back"

[[ivr]]
id = "after-hours"
prompts = "after-hours-en"
attempts = 2
apology = "goodbye-en"

[ivr.keys]
1 = { ivr = "main" }
9 = { number = "+84900000001" }
"#" = "back"

[[phone_network.phone]]
number = "+84900000001"
does = "speaks"
"##;

struct Caller {
    walk: Walk,
    now: Instant,
}

/// What came out, one word a thing.
fn words(outputs: Vec<Output>) -> Vec<String> {
    let word = |output| match output {
        Output::Play(prompts) => format!("plays {}", prompts.join("+")),
        Output::Go(Destination::Queue(id)) => format!("goes to queue {id}"),
        Output::Go(Destination::Agent(extension)) => format!("goes to agent {extension}"),
        Output::Go(Destination::Number(number)) => format!("goes to number {number}"),
        Output::Go(Destination::Ivr(id)) => format!("must not go to tree {id}"),
        Output::Apologise(prompts) => format!("apologises {}", prompts.join("+")),
    };
    outputs.into_iter().map(word).collect()
}

impl Caller {
    fn calls(file: &str, tree: &str) -> (Self, Vec<String>) {
        let config = Config::parse("pbx.toml", file).unwrap_or_else(|error| panic!("{error}"));
        let now = Instant::from_millis(1_000_000);
        let (walk, outputs) = Walk::begin(now, Arc::new(config), tree);
        (Self { walk, now }, words(outputs))
    }

    fn in_main() -> Self {
        let (caller, said) = Self::calls(FILE, "main");
        assert_eq!(said, [MENU]);
        caller
    }

    fn step(&mut self, input: Input) -> Vec<String> {
        words(self.walk.step(self.now, input))
    }

    fn presses(&mut self, key: char) -> Vec<String> {
        self.step(Input::Digit(Digit::from_char(key).unwrap()))
    }

    fn hears_it_out(&mut self) -> Vec<String> {
        self.now += Duration::from_secs(5);
        self.step(Input::PromptEnded)
    }

    /// Waits for what comes by itself.
    fn waits(&mut self) -> Vec<String> {
        self.now = self.walk.next_timeout().unwrap();
        self.step(Input::Timeout)
    }
}

const NONE: [&str; 0] = [];
const MENU: &str = "plays main-welcome-en+main-menu-en";
const AGAIN: &str = "plays wrong-key-en+main-welcome-en+main-menu-en";

#[test]
fn a_key_after_the_menu_leads_on() {
    let mut caller = Caller::in_main();
    assert_eq!(caller.hears_it_out(), NONE);
    caller.now += Duration::from_secs(7);
    assert_eq!(caller.presses('1'), ["goes to queue sales"]);
    assert_eq!(caller.walk.next_timeout(), None);
    assert_eq!(caller.presses('2'), NONE, "the walk is over");
}

#[test]
fn a_key_ends_the_prompts() {
    let mut caller = Caller::in_main();
    caller.now += Duration::from_millis(300);
    assert_eq!(caller.presses('2'), ["goes to agent 101"]);
}

#[test]
fn silence_is_asked_again_and_then_led_to_the_fallback() {
    let mut caller = Caller::in_main();
    assert_eq!(caller.hears_it_out(), NONE);
    let early = caller.walk.next_timeout().unwrap() - Duration::from_millis(1);
    caller.now = early;
    assert_eq!(caller.step(Input::Timeout), NONE, "not before its time");
    assert_eq!(caller.waits(), [MENU]);
    caller.hears_it_out();
    assert_eq!(caller.waits(), [MENU]);
    caller.hears_it_out();
    assert_eq!(caller.waits(), ["goes to queue sales"]);
}

#[test]
fn the_time_for_a_key_begins_when_the_prompts_are_over() {
    let mut caller = Caller::in_main();
    caller.now += Duration::from_secs(60);
    assert_eq!(caller.step(Input::Timeout), NONE, "the menu is long");
    caller.hears_it_out();
    assert_eq!(
        caller.walk.next_timeout(),
        Some(caller.now + Duration::from_secs(8))
    );
}

#[test]
fn wrong_keys_and_silence_count_together() {
    let mut caller = Caller::in_main();
    assert_eq!(caller.presses('7'), [AGAIN]);
    caller.hears_it_out();
    assert_eq!(caller.waits(), [MENU]);
    assert_eq!(caller.presses('A'), ["goes to queue sales"]);
}

#[test]
fn a_tree_without_fallback_apologises() {
    let (mut caller, said) = Caller::calls(FILE, "after-hours");
    assert_eq!(said, ["plays after-hours-en"]);
    assert_eq!(
        caller.presses('5'),
        ["plays wrong-key-vi+wrong-key-en+after-hours-en"]
    );
    assert_eq!(caller.presses('5'), ["apologises goodbye-en"]);
}

#[test]
fn trees_lead_to_trees_and_back_and_attempts_begin_anew() {
    let mut caller = Caller::in_main();
    caller.presses('7');
    caller.presses('7');
    assert_eq!(caller.presses('3'), ["plays after-hours-en"]);
    assert_eq!(caller.walk.tree(), Some("after-hours"));
    assert_eq!(caller.presses('#'), [MENU]);
    assert_eq!(caller.walk.tree(), Some("main"));
    assert_eq!(caller.presses('7'), [AGAIN]);
    assert_eq!(
        caller.presses('#'),
        [MENU],
        "there is nothing before the first"
    );
    caller.presses('3');
    assert_eq!(caller.presses('9'), ["goes to number +84900000001"]);
}

#[test]
fn repeating_costs_no_attempt() {
    let mut caller = Caller::in_main();
    for _ in 0..10 {
        assert_eq!(caller.presses('*'), [MENU]);
    }
    assert_eq!(caller.presses('7'), [AGAIN]);
}

#[test]
fn going_in_circles_comes_to_an_end() {
    for keys in [['3', '1'], ['3', '#'], ['*', '*']] {
        let mut caller = Caller::in_main();
        let presses = (0..).map(|turn| keys[turn % 2]);
        let mut said = Vec::new();
        for (turn, key) in presses.enumerate() {
            assert!(turn < 100, "it never ends");
            said = caller.presses(key);
            if caller.walk.next_timeout().is_none() {
                break;
            }
        }
        assert!(said[0].starts_with("apologises "), "{said:?}");
    }
}

#[test]
fn leading_round_does_not_make_the_way_back_longer() {
    let mut caller = Caller::in_main();
    for _ in 0..3 {
        caller.presses('3');
        caller.presses('1');
    }
    assert_eq!(caller.walk.tree(), Some("main"));
    assert_eq!(caller.presses('#'), [MENU], "main was the first tree");
}

#[test]
fn a_fallback_to_another_tree_is_walked_there() {
    let file = FILE.replace(
        "fallback = { queue = \"sales\" }",
        "fallback = { ivr = \"after-hours\" }",
    );
    let (mut caller, _) = Caller::calls(&file, "main");
    caller.presses('7');
    caller.presses('7');
    assert_eq!(caller.presses('7'), ["plays after-hours-en"]);
    assert_eq!(caller.presses('#'), [MENU]);
}

#[test]
fn prompts_whose_end_is_never_told_do_not_hold_a_caller_for_ever() {
    let mut caller = Caller::in_main();
    for _ in 0..2 {
        assert_eq!(caller.waits(), NONE);
        assert_eq!(caller.waits(), [MENU]);
    }
    assert_eq!(caller.waits(), NONE);
    assert_eq!(caller.waits(), ["goes to queue sales"]);
}

#[test]
fn a_tree_that_is_not_there_apologises() {
    let (caller, said) = Caller::calls(FILE, "nowhere");
    assert_eq!(said, ["apologises "]);
    assert_eq!(caller.walk.next_timeout(), None);
}

#[test]
fn keys_do_not_show_in_a_debugged_walk() {
    let mut caller = Caller::in_main();
    caller.presses('7');
    assert!(!format!("{:?}", Input::Digit(Digit::from_char('7').unwrap())).contains('7'));
}
