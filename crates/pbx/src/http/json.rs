//! `config.json` and `directory.json`, made of the configuration.

use alo_api::{
    AppConfig, DemoAccount, Directory, DirectoryAgent, DirectoryIvr, DirectoryQueue, Hotline,
    OwnWorkingState,
};
use axum::Json;
use axum::extract::State;
use axum::http::HeaderName;
use axum::http::header::CACHE_CONTROL;

use super::Web;
use crate::config::Config;

type Fresh = [(HeaderName, &'static str); 1];

/// Browsers ask anew each time: the operator may have changed the file.
const FRESH: Fresh = [(CACHE_CONTROL, "no-cache")];

/// `GET /config.json`
pub(super) async fn config(State(web): State<Web>) -> (Fresh, Json<AppConfig>) {
    (FRESH, Json(app_config(&web.config)))
}

/// `GET /directory.json`
pub(super) async fn directory(State(web): State<Web>) -> (Fresh, Json<Directory>) {
    (FRESH, Json(directory_of(&web.config)))
}

fn app_config(config: &Config) -> AppConfig {
    let offered = if config.http.offers_accounts() {
        config.agents.as_slice()
    } else {
        &[]
    };
    AppConfig {
        sip_url: config.http.sip_url.clone(),
        sip_domain: config.domain.clone(),
        title: config.title.clone(),
        guest_calls: config.calls.guests,
        demo_accounts: offered
            .iter()
            .map(|agent| DemoAccount {
                extension: agent.extension.clone(),
                name: agent.name.clone(),
                password: agent.password.0.clone(),
            })
            .collect(),
        ..AppConfig::default()
    }
}

fn directory_of(config: &Config) -> Directory {
    Directory {
        agents: config
            .agents
            .iter()
            .map(|agent| DirectoryAgent {
                extension: agent.extension.clone(),
                name: agent.name.clone(),
            })
            .collect(),
        queues: config
            .queues
            .iter()
            .map(|queue| DirectoryQueue {
                id: queue.id.clone(),
                name: queue.name.clone(),
            })
            .collect(),
        ivrs: config
            .ivrs
            .iter()
            .map(|ivr| DirectoryIvr {
                id: ivr.id.clone(),
                name: ivr.name.clone(),
            })
            .collect(),
        hotlines: config
            .hotlines
            .iter()
            .map(|hotline| Hotline {
                number: hotline.number.clone(),
                name: hotline.name.clone(),
            })
            .collect(),
        working_states: config
            .working_states
            .iter()
            .map(|state| OwnWorkingState {
                id: state.id.clone(),
                name: state.name.clone(),
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_offered_only_where_the_file_says_so() {
        let mut config = Config::demo().unwrap();
        assert_eq!(app_config(&config).demo_accounts[1].password, "alo-102");
        config.http.offer_accounts = false;
        assert!(app_config(&config).demo_accounts.is_empty());
        // What others can reach offers nothing, whatever the file says.
        config.http.offer_accounts = true;
        for (bind, offered) in [("0.0.0.0", 0), ("::", 0), ("192.0.2.1", 0), ("::1", 4)] {
            config.http.bind = bind.parse().unwrap();
            assert_eq!(app_config(&config).demo_accounts.len(), offered, "{bind}");
        }
        let directory = serde_json::to_string(&directory_of(&config)).unwrap();
        assert!(directory.contains("Bình Trần") && !directory.contains("alo-102"));
    }

    #[test]
    fn the_directory_names_all_that_a_call_can_go_to() {
        let directory = directory_of(&Config::demo().unwrap());
        let queues: Vec<_> = directory.queues.iter().map(|queue| &*queue.id).collect();
        assert_eq!(queues, ["sales", "support", "vip", "anyone"]);
        let trees = directory.ivrs.iter();
        let trees: Vec<_> = trees.map(|tree| (&*tree.id, &*tree.name)).collect();
        assert_eq!(
            trees,
            [("main", "Main menu"), ("after-hours", "After hours")]
        );
        let states = directory.working_states.iter();
        let states: Vec<_> = states.map(|state| (&*state.id, &*state.name)).collect();
        assert_eq!(states, [("training", "Training")]);
    }
}
