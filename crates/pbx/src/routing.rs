//! What a dialled name means.

use std::fmt;

use crate::config::{Agent, Config, Destination, Hotline, Ivr, Queue, SimulatedNumber};

/// The extension of the echo test.
pub const ECHO: &str = "*43";

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller<'a> {
    /// An agent, who has proved it.
    Agent(&'a Agent),
    /// Somebody on the phone network, whose call came over the trunk.
    Network,
    /// Anybody.
    Guest,
}

/// Where a call goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route<'a> {
    /// To an agent.
    Agent(&'a Agent),
    /// To a hotline.
    Hotline(&'a Hotline),
    /// To a queue.
    Queue(&'a Queue),
    /// To an IVR tree.
    Ivr(&'a Ivr),
    /// To a simulated phone.
    Phone(&'a SimulatedNumber),
    /// To this number of the phone network over the trunk, as [`Config::e164`] writes it.
    Trunk(String),
    /// To the echo test.
    Echo,
}

/// Why a call goes nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoRoute {
    /// Nobody has this number.
    Unknown,
    /// Guests, and those who call from the phone network, may call hotlines only.
    GuestsOnlyToHotlines,
    /// Guests may not call at all.
    NoGuests,
    /// Agents do not call themselves.
    Oneself,
}

impl NoRoute {
    /// The status that the caller is told.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::Unknown => 404,
            Self::GuestsOnlyToHotlines | Self::NoGuests => 403,
            Self::Oneself => 486,
        }
    }
}

impl fmt::Display for NoRoute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "There is no such number",
            Self::GuestsOnlyToHotlines => "Without an account only hotlines can be called",
            Self::NoGuests => "Calls without an account are switched off",
            Self::Oneself => "That is your own extension",
        })
    }
}

/// Where a call to `dialled`, the user part of the Request-URI, goes.
///
/// # Errors
/// Where it goes nowhere.
pub fn route<'a>(
    config: &'a Config,
    caller: Caller<'_>,
    dialled: &str,
) -> Result<Route<'a>, NoRoute> {
    if caller == Caller::Guest && !config.calls.guests {
        return Err(NoRoute::NoGuests);
    }
    let found = find(config, dialled);
    match (caller, found) {
        (_, Some(Route::Hotline(hotline))) => Ok(Route::Hotline(hotline)),
        (Caller::Network, _) => Err(NoRoute::Unknown),
        (Caller::Guest, _) => Err(NoRoute::GuestsOnlyToHotlines),
        (Caller::Agent(caller), Some(Route::Agent(called)))
            if caller.extension == called.extension =>
        {
            Err(NoRoute::Oneself)
        }
        (Caller::Agent(_), found) => found.ok_or(NoRoute::Unknown),
    }
}

/// Where a destination of the configuration is; `None` only where it is of another configuration.
#[must_use]
pub fn destination<'a>(config: &'a Config, to: &Destination) -> Option<Route<'a>> {
    match to {
        Destination::Queue(id) => config.queue(id).map(Route::Queue),
        Destination::Ivr(id) => config.ivr(id).map(Route::Ivr),
        Destination::Agent(extension) => config.agent(extension).map(Route::Agent),
        Destination::Number(number) => phone(config, number),
    }
}

fn find<'a>(config: &'a Config, dialled: &str) -> Option<Route<'a>> {
    if dialled == ECHO {
        return Some(Route::Echo);
    }
    let agent = config.agent(dialled).map(Route::Agent);
    let queue = || config.queue(dialled).map(Route::Queue);
    let ivr = || config.ivr(dialled).map(Route::Ivr);
    agent
        .or_else(queue)
        .or_else(ivr)
        .or_else(|| phone(config, dialled))
}

/// What answers at a number: a hotline, a simulated phone, or, with a trunk, whoever has it.
fn phone<'a>(config: &'a Config, dialled: &str) -> Option<Route<'a>> {
    let hotline = config.hotline(dialled).map(Route::Hotline);
    let simulated = || config.simulated(dialled).map(Route::Phone);
    let outside = || {
        config.trunk.as_ref()?;
        config.e164(dialled).map(Route::Trunk)
    };
    hotline.or_else(simulated).or_else(outside)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn as_agent(dialled: &str) -> Result<String, NoRoute> {
        let config = Config::demo().unwrap();
        let caller = Caller::Agent(&config.agents[0]);
        route(&config, caller, dialled).map(|route| match route {
            Route::Agent(agent) => agent.name.clone(),
            Route::Hotline(hotline) => hotline.name.clone(),
            Route::Queue(queue) => format!("queue {}", queue.name),
            Route::Ivr(ivr) => format!("tree {}", ivr.name),
            Route::Phone(phone) => phone.number.clone(),
            Route::Trunk(number) => format!("trunk {number}"),
            Route::Echo => "echo".into(),
        })
    }

    #[test]
    fn agents_reach_agents_hotlines_phones_and_the_echo() {
        assert_eq!(as_agent("102").unwrap(), "Bình Trần");
        assert_eq!(as_agent("+842873001001").unwrap(), "Sales");
        assert_eq!(as_agent("*43").unwrap(), "echo");
        for written in [
            "+84900000001",
            "0900000001",
            "090 000 0001",
            "0084900000001",
        ] {
            assert_eq!(as_agent(written).unwrap(), "+84900000001", "{written}");
        }
        assert_eq!(as_agent("vip").unwrap(), "queue VIP");
        assert_eq!(as_agent("main").unwrap(), "tree Main menu");
        for unknown in ["105", "+84900000099", "nobody", ""] {
            assert_eq!(as_agent(unknown), Err(NoRoute::Unknown), "{unknown}");
        }
        assert_eq!(as_agent("101"), Err(NoRoute::Oneself));
    }

    #[test]
    fn a_hotline_is_reached_however_its_number_is_written() {
        let mut config = Config::demo().unwrap();
        for (written, dialled) in [
            (
                "02873001001",
                ["02873001001", "+842873001001", "028 7300 1001"],
            ),
            (
                "+842873001001",
                ["02873001001", "+842873001001", "00842873001001"],
            ),
            ("1900", ["1900", "1900", "19-00"]),
        ] {
            config.hotlines[0].number = written.into();
            for dialled in dialled {
                let found = route(&config, Caller::Guest, dialled);
                assert!(
                    matches!(found, Ok(Route::Hotline(hotline)) if hotline.name == "Sales"),
                    "{dialled} for {written}: {found:?}"
                );
            }
        }
    }

    /// The demo with a way to the real phone network.
    fn with_trunk() -> Config {
        let trunk = "[trunk]\naddress = \"sip.example.net\"\n[phone_network]\n";
        let file = crate::config::DEMO.replacen("[phone_network]\n", trunk, 1);
        Config::parse("demo.toml", &file).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn with_a_trunk_every_other_number_is_outside() {
        let config = with_trunk();
        let call = |dialled| route(&config, Caller::Agent(&config.agents[0]), dialled);
        let outside = |number: &str| Ok(Route::Trunk(number.into()));
        assert_eq!(
            call("0900 000 001"),
            outside("+84900000001"),
            "no simulation"
        );
        assert_eq!(call("0901234567"), outside("+84901234567"));
        assert_eq!(call("1900"), outside("+1900"));
        assert!(matches!(call("102"), Ok(Route::Agent(_))));
        assert!(matches!(call("02873001001"), Ok(Route::Hotline(_))));
        assert_eq!(call("*43"), Ok(Route::Echo));
        assert_eq!(call("nobody"), Err(NoRoute::Unknown));
    }

    #[test]
    fn the_phone_network_reaches_hotlines_only_and_cannot_be_switched_off() {
        let mut config = with_trunk();
        config.calls.guests = false;
        let call = |dialled| route(&config, Caller::Network, dialled);
        assert!(matches!(call("+842873001001"), Ok(Route::Hotline(_))));
        assert!(matches!(call("02873001001"), Ok(Route::Hotline(_))));
        // Above all not back to the phone network, on the operator's bill.
        for other in ["0901234567", "101", "sales", "main", "*43"] {
            assert_eq!(call(other), Err(NoRoute::Unknown), "{other}");
        }
    }

    #[test]
    fn destinations_of_the_file_lead_to_what_they_name() {
        let config = Config::demo().unwrap();
        let to = |to| destination(&config, &to);
        let queue = to(Destination::Queue("vip".into()));
        assert!(matches!(queue, Some(Route::Queue(queue)) if queue.name == "VIP"));
        let tree = to(Destination::Ivr("after-hours".into()));
        assert!(matches!(tree, Some(Route::Ivr(tree)) if tree.name == "After hours"));
        let agent = to(Destination::Agent("103".into()));
        assert!(matches!(agent, Some(Route::Agent(agent)) if agent.name == "Chi Lê"));
        let number = |written: &str| to(Destination::Number(written.into()));
        assert!(matches!(number("0900000001"), Some(Route::Phone(_))));
        assert!(matches!(number("02873001001"), Some(Route::Hotline(_))));
        assert_eq!(number("0900000099"), None);
        let outside = with_trunk();
        let outside = destination(&outside, &Destination::Number("0900000099".into()));
        assert_eq!(outside, Some(Route::Trunk("+84900000099".into())));
    }

    #[test]
    fn guests_reach_hotlines_only() {
        let mut config = Config::demo().unwrap();
        let call = |config: &Config, dialled| route(config, Caller::Guest, dialled).map(|_| ());
        assert_eq!(call(&config, "+842873001001"), Ok(()));
        for other in ["102", "+84900000001", "*43", "999", "sales", "main"] {
            assert_eq!(
                call(&config, other),
                Err(NoRoute::GuestsOnlyToHotlines),
                "{other}"
            );
        }
        config.calls.guests = false;
        assert_eq!(call(&config, "+842873001001"), Err(NoRoute::NoGuests));
    }
}
