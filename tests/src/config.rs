//! Configurations of the call centre: the demo's, with what a story wants otherwise.

use std::path::PathBuf;
use std::{env, fs};

use anyhow::{Context as _, Result, bail};
use toml::{Table, Value};

/// Phones that give up soon, for stories in which nobody answers.
pub const SHORT_RINGS: &str = "
    [calls]
    ring_seconds = 5
    [phone_network]
    no_answer_seconds = 5
";

/// What tells the items of a list of tables apart.
const KEYS: [&str; 3] = ["id", "number", "extension"];

/// The repository whose tests run: as cargo says now, because a target folder that several checkouts share may
/// hold the harness that was built in another one, whose app is then another one too.
pub fn checkout() -> PathBuf {
    let own = env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    own.join("..")
}

/// The demo's file with these changes, one after the other.
///
/// A change is a piece of TOML. Its tables are merged into those of the file. An item of a list of
/// tables is merged into the one of the same id, number or extension, and added where there is none.
/// `remove = ["key"]` in a table takes keys out of it first.
///
/// # Errors
/// When the file or a change cannot be read.
pub fn demo_with(changes: &[&str]) -> Result<String> {
    let demo = checkout().join("crates/pbx/demo.toml");
    let text = fs::read_to_string(&demo).with_context(|| demo.display().to_string())?;
    changed(&text, changes)
}

fn changed(text: &str, changes: &[&str]) -> Result<String> {
    let mut config: Table = text.parse()?;
    for change in changes {
        let change = change.parse().with_context(|| (*change).to_owned())?;
        merge(&mut config, change)?;
    }
    Ok(config.to_string())
}

fn merge(into: &mut Table, mut change: Table) -> Result<()> {
    if let Some(removed) = change.remove("remove") {
        for key in removed.as_array().context("`remove` is a list")? {
            let key = key.as_str().context("`remove` names keys")?;
            into.remove(key)
                .with_context(|| format!("there is no `{key}` to remove"))?;
        }
    }
    for (key, value) in change {
        match (into.get_mut(&key), value) {
            (Some(Value::Table(old)), Value::Table(new)) => merge(old, new)?,
            (Some(Value::Array(old)), Value::Array(new)) if is_tables(&new) => {
                merge_items(old, new)?;
            }
            (_, value) => {
                into.insert(key, value);
            }
        }
    }
    Ok(())
}

fn is_tables(items: &[Value]) -> bool {
    !items.is_empty() && items.iter().all(Value::is_table)
}

fn merge_items(into: &mut Vec<Value>, items: Vec<Value>) -> Result<()> {
    for item in items {
        let Value::Table(item) = item else {
            bail!("{item} is no table");
        };
        let same = |old: &&mut Value| {
            let mut keys = KEYS.into_iter();
            keys.any(|key| item.contains_key(key) && old.get(key) == item.get(key))
        };
        match into.iter_mut().find(same) {
            Some(Value::Table(old)) => merge(old, item)?,
            _ => into.push(item.into()),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
        domain = "a"
        [calls]
        ring_seconds = 30
        [[queue]]
        id = "sales"
        music = "sales"
        [[queue]]
        id = "support"
    "#;

    #[test]
    fn tables_and_items_are_merged_by_their_names() {
        let change = r#"
            [calls]
            max_calls = 3
            [[queue]]
            id = "support"
            strategy = "ring-all"
            [[queue]]
            id = "vip"
        "#;
        let expected = r#"
            domain = "a"
            [calls]
            ring_seconds = 30
            max_calls = 3
            [[queue]]
            id = "sales"
            music = "sales"
            [[queue]]
            id = "support"
            strategy = "ring-all"
            [[queue]]
            id = "vip"
        "#;
        let changed: Table = changed(FILE, &[change]).unwrap().parse().unwrap();
        assert_eq!(changed, expected.parse().unwrap());
    }

    #[test]
    fn keys_are_removed_before_others_are_set() {
        let change = "[[queue]]\nid = \"sales\"\nremove = [\"music\"]\nwrap_up_seconds = 3";
        let changed = changed(FILE, &[change]).unwrap();
        assert!(!changed.contains("music") && changed.contains("wrap_up_seconds = 3"));
        let wrong = super::changed(FILE, &["remove = [\"nothing\"]"]);
        assert!(wrong.unwrap_err().to_string().contains("nothing"));
    }

    #[test]
    fn the_demo_can_be_changed() {
        let config = demo_with(&[SHORT_RINGS]).unwrap();
        let config: Table = config.parse().unwrap();
        assert_eq!(config["calls"]["ring_seconds"].as_integer(), Some(5));
    }
}
