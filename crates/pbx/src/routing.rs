//! What a dialled name means.

use std::fmt;

use crate::config::{Agent, Config, Hotline, SimulatedNumber};

/// The extension of the echo test.
pub const ECHO: &str = "*43";

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller<'a> {
    /// An agent, who has proved it.
    Agent(&'a Agent),
    /// Anybody.
    Guest,
}

/// Where a call goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route<'a> {
    /// To an agent.
    Agent(&'a Agent),
    /// To a hotline.
    Hotline(&'a Hotline),
    /// To a simulated phone.
    Phone(&'a SimulatedNumber),
    /// To the echo test.
    Echo,
}

/// Why a call goes nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoRoute {
    /// Nobody has this number.
    Unknown,
    /// Guests may call hotlines only.
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
        (Caller::Guest, _) => Err(NoRoute::GuestsOnlyToHotlines),
        (Caller::Agent(caller), Some(Route::Agent(called)))
            if caller.extension == called.extension =>
        {
            Err(NoRoute::Oneself)
        }
        (Caller::Agent(_), found) => found.ok_or(NoRoute::Unknown),
    }
}

fn find<'a>(config: &'a Config, dialled: &str) -> Option<Route<'a>> {
    if dialled == ECHO {
        return Some(Route::Echo);
    }
    if let Some(agent) = config.agent(dialled) {
        return Some(Route::Agent(agent));
    }
    let hotline = config.hotline(dialled).map(Route::Hotline);
    hotline.or_else(|| config.simulated(dialled).map(Route::Phone))
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
            Route::Phone(phone) => phone.number.clone(),
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

    #[test]
    fn guests_reach_hotlines_only() {
        let mut config = Config::demo().unwrap();
        let call = |config: &Config, dialled| route(config, Caller::Guest, dialled).map(|_| ());
        assert_eq!(call(&config, "+842873001001"), Ok(()));
        for other in ["102", "+84900000001", "*43", "999"] {
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
