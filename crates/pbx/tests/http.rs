//! The web server: the app, its files, its headers. No socket: requests go to the router.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use alo_api::{AppConfig, Directory};
use alo_pbx::config::Config;
use alo_pbx::control::Control;
use alo_pbx::http::{Connections, router};
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use tower::ServiceExt;

const PAGE: &str = "<!doctype html><script type=\"module\">alert(1)</script>";

/// A built app in a folder of its own.
fn built_app(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    let write = |file: &str, content: &[u8]| std::fs::write(folder.join(file), content).unwrap();
    write("index.html", PAGE.as_bytes());
    write("alo-0123456789abcdef.js", b"let plain;");
    write("alo-0123456789abcdef.js.br", b"brotli");
    write("alo-0123456789abcdef.js.gz", b"gzip");
    write("alo-0123456789abcdef_bg.wasm", b"\0asm");
    write("icon.svg", b"<svg/>");
    std::fs::write(folder.parent().unwrap().join("secret.txt"), "secret").unwrap();
    folder
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

async fn get_with(app: &Path, path: &str, accept_encoding: &str) -> Answer {
    let mut config = Config::demo().unwrap();
    config.http.app = app.to_owned();
    get_of(config, path, &[("accept-encoding", accept_encoding)]).await
}

async fn get_of(config: Config, path: &str, headers: &[(&str, &str)]) -> Answer {
    let (control, _inputs) = Control::channel();
    let connections = Connections::new(&config.http);
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::empty()).unwrap();
    let response = router(Arc::new(config), control, connections)
        .oneshot(request)
        .await
        .unwrap();
    Answer {
        status: response.status(),
        headers: response.headers().clone(),
        body: to_bytes(response.into_body(), 1 << 20)
            .await
            .unwrap()
            .to_vec(),
    }
}

async fn get(app: &Path, path: &str) -> Answer {
    get_with(app, path, "").await
}

#[tokio::test]
async fn every_path_of_the_app_is_its_page() {
    let app = built_app("pages");
    for path in [
        "/",
        "/widget",
        "/call",
        "/call?lang=vi",
        "/some/where",
        "/index.html",
    ] {
        let page = get(&app, path).await;
        assert_eq!((page.status, page.text()), (StatusCode::OK, PAGE), "{path}");
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(page.header("cache-control"), "no-cache");
        let policy = page.header("content-security-policy");
        assert!(
            policy.contains("script-src 'self' 'wasm-unsafe-eval' 'sha256-"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe-inline"), "{policy}");
    }
}

#[tokio::test]
async fn files_have_their_types_and_lifetimes() {
    let app = built_app("files");
    let script = get(&app, "/alo-0123456789abcdef.js").await;
    assert_eq!(
        (script.header("content-type"), script.text()),
        ("text/javascript", "let plain;")
    );
    assert_eq!(
        script.header("cache-control"),
        "public, max-age=31536000, immutable"
    );
    let module = get(&app, "/alo-0123456789abcdef_bg.wasm").await;
    assert_eq!(module.header("content-type"), "application/wasm");
    assert_eq!(module.header("x-content-type-options"), "nosniff");
    let icon = get(&app, "/icon.svg").await;
    assert_eq!(icon.header("content-type"), "image/svg+xml");
    assert_eq!(icon.header("cache-control"), "no-cache");
}

#[tokio::test]
async fn compressed_siblings_are_sent_to_who_takes_them() {
    let app = built_app("compressed");
    for (accepted, encoding, body) in [
        ("gzip, deflate, br", "br", "brotli"),
        ("gzip", "gzip", "gzip"),
        ("identity", "", "let plain;"),
    ] {
        let script = get_with(&app, "/alo-0123456789abcdef.js", accepted).await;
        assert_eq!(
            (script.header("content-encoding"), script.text()),
            (encoding, body)
        );
        assert_eq!(script.header("content-type"), "text/javascript");
        assert_eq!(script.header("vary"), "accept-encoding");
    }
    std::fs::write(app.join("index.html.br"), b"brotli page").unwrap();
    let page = get_with(&app, "/", "br").await;
    assert_eq!(
        (page.header("content-encoding"), page.text()),
        ("br", "brotli page")
    );
    assert!(page.header("content-security-policy").contains("'sha256-"));
}

#[tokio::test]
async fn what_is_not_there_is_not_found_and_nothing_outside_is() {
    let app = built_app("missing");
    for path in [
        "/nothing.js",
        "/../secret.txt",
        "/..%2fsecret.txt",
        "/%2e%2e/secret.txt",
    ] {
        let answer = get(&app, path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(!answer.text().contains("secret"), "{path}");
    }
    let nowhere = get(Path::new("/no/such/folder"), "/").await;
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
    assert!(nowhere.text().contains("--app"), "{}", nowhere.text());
}

#[tokio::test]
async fn the_app_finds_its_call_centre_and_its_people() {
    let app = built_app("json");
    let config: AppConfig = serde_json::from_slice(&get(&app, "/config.json").await.body).unwrap();
    assert_eq!(
        (&*config.sip_url, &*config.sip_domain),
        ("/sip", "alo.local")
    );
    assert_eq!(config.demo_accounts.len(), 4);
    let answer = get(&app, "/directory.json").await;
    assert_eq!(
        answer.header("content-security-policy"),
        "default-src 'none'; frame-ancestors 'none'"
    );
    let directory: Directory = serde_json::from_slice(&answer.body).unwrap();
    let hotlines: Vec<_> = directory
        .hotlines
        .iter()
        .map(|hotline| &*hotline.name)
        .collect();
    assert_eq!(hotlines, ["Sales", "Support"]);
}

#[tokio::test]
async fn a_name_that_suddenly_means_this_machine_reads_nothing() {
    let with_host = async |bind: &str, host: &str| {
        let mut config = Config::demo().unwrap();
        config.http.bind = bind.parse().unwrap();
        get_of(config, "/config.json", &[("host", host)]).await
    };
    let rebound = with_host("127.0.0.1", "evil.example:8080").await;
    assert_eq!(rebound.status, StatusCode::MISDIRECTED_REQUEST);
    assert!(!rebound.text().contains("alo-101"), "{}", rebound.text());
    for host in ["localhost:8080", "127.0.0.1:40001", "[::1]:8080"] {
        let own = with_host("127.0.0.1", host).await;
        assert!(own.text().contains("alo-101"), "{host}");
    }
    // What the whole world reaches has whatever name its operator gave it, and no secrets.
    let public = with_host("0.0.0.0", "phone.example.com").await;
    assert_eq!(public.status, StatusCode::OK);
    assert!(!public.text().contains("alo-101"), "{}", public.text());
}

#[tokio::test]
async fn the_page_may_connect_to_its_own_host() {
    let mut config = Config::demo().unwrap();
    config.http.app = built_app("policy");
    let page = get_of(config, "/", &[("host", "localhost:8080")]).await;
    let policy = page.header("content-security-policy");
    let connect = "connect-src 'self' ws://localhost:8080 wss://localhost:8080;";
    assert!(policy.contains(connect), "{policy}");
}

#[tokio::test]
async fn health_is_that_of_the_call_control() {
    let app = built_app("health");
    // `get` keeps the other end of the call control open.
    assert_eq!(get(&app, "/healthz").await.status, StatusCode::OK);
    let (control, inputs) = Control::channel();
    drop(inputs);
    let config = Config::demo().unwrap();
    let connections = Connections::new(&config.http);
    let router = router(Arc::new(config), control, connections);
    let request = Request::get("/healthz").body(Body::empty()).unwrap();
    let response = router.oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
}
