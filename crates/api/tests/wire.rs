//! What each type looks like on the wire; a change here is a change for every deployed app.

use alo_api::{
    AppConfig, DemoAccount, Directory, DirectoryAgent, DirectoryIvr, DirectoryQueue, Hotline,
    IceServer, OwnWorkingState, QueueFacts, header, plays,
};

#[test]
fn an_empty_config_is_the_embedded_call_centres() {
    let config: AppConfig = serde_json::from_str("{}").unwrap();
    assert_eq!(config, AppConfig::default());
    insta::assert_json_snapshot!("config_default", config);
}

#[test]
fn a_full_config() {
    let config = AppConfig {
        sip_url: "wss://pbx.example.com/sip".into(),
        sip_domain: "example.com".into(),
        directory_url: "https://pbx.example.com/directory.json".into(),
        ice_servers: vec![IceServer {
            urls: vec!["turn:turn.example.com:3478?transport=udp".into()],
            username: Some("1700000000:an".into()),
            credential: Some("short-lived".into()),
        }],
        ice_gathering_cap_ms: 500,
        register_expires_s: 120,
        title: "Example".into(),
        guest_calls: false,
        demo_accounts: vec![DemoAccount {
            extension: "101".into(),
            name: "An Nguyễn".into(),
            password: "alo-101".into(),
        }],
    };
    insta::assert_json_snapshot!("config_full", config);
    let text = serde_json::to_string(&config).unwrap();
    assert_eq!(serde_json::from_str::<AppConfig>(&text).unwrap(), config);
}

#[test]
fn a_misspelt_key_is_named() {
    let error = serde_json::from_str::<AppConfig>(r#"{"sipUrll": "/sip"}"#).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("sipUrll"), "{text}");
    assert!(text.contains("sipUrl"), "{text}");
}

#[test]
fn a_directory() {
    let directory = Directory {
        agents: vec![DirectoryAgent {
            extension: "101".into(),
            name: "An Nguyễn".into(),
        }],
        queues: vec![DirectoryQueue {
            id: "sales".into(),
            name: "Sales".into(),
        }],
        ivrs: vec![DirectoryIvr {
            id: "main".into(),
            name: "Main menu".into(),
        }],
        hotlines: vec![Hotline {
            number: "+842873001001".into(),
            name: "Sales".into(),
        }],
        working_states: vec![OwnWorkingState {
            id: "training".into(),
            name: "Đào tạo".into(),
        }],
    };
    insta::assert_json_snapshot!("directory", directory);
    let text = serde_json::to_string(&directory).unwrap();
    assert_eq!(serde_json::from_str::<Directory>(&text).unwrap(), directory);
}

#[test]
fn an_older_directory_without_some_lists_is_read() {
    let directory: Directory =
        serde_json::from_str(r#"{"agents": [{"extension": "101", "name": "An"}]}"#).unwrap();
    assert_eq!(directory.agents.len(), 1);
    assert!(directory.hotlines.is_empty());
}

#[test]
fn queue_facts_may_all_be_missing() {
    assert_eq!(
        serde_json::from_str::<QueueFacts>("{}").unwrap(),
        QueueFacts::default()
    );
    insta::assert_json_snapshot!(
        "queue_facts",
        QueueFacts {
            name: Some("Sales".into()),
            waiting: Some(3),
            waited_s: Some(84),
            called: Some("+842873001001".into()),
            answer_within_s: Some(20),
        }
    );
}

#[test]
fn debug_output_keeps_secrets() {
    let server = IceServer {
        urls: vec!["turn:turn.example.com".into()],
        username: Some("an".into()),
        credential: Some("hush-hush".into()),
    };
    let account = DemoAccount {
        extension: "101".into(),
        name: "An".into(),
        password: "hush-hush".into(),
    };
    assert!(!format!("{server:?} {account:?}").contains("hush"));
}

#[test]
fn the_names_of_what_the_server_says_in_header_fields() {
    let names = [
        header::QUEUE,
        header::WAITING,
        header::WAITED,
        header::CALLED,
        header::ANSWER_WITHIN,
        header::HOTLINE,
        header::PLAYS,
        header::WITH,
        header::RETURNED,
        header::ABOUT,
        header::THEN,
    ];
    let played = [
        plays::VOICE,
        plays::MUSIC,
        plays::ANNOUNCEMENT,
        plays::RINGING,
    ];
    insta::assert_json_snapshot!("header_names", (names, played));
}
