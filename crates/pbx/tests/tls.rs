//! HTTPS and secure WebSockets, with a certificate made for the test; which WebSockets are refused, and
//! how they end.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::net::SocketAddr;
use std::sync::Arc;

use alo_pbx::config::{Config, Tls};
use alo_pbx::server::Server;
use futures_util::StreamExt;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};

fn quiet() -> Config {
    let mut config = Config::demo().unwrap();
    config.http.port = 0;
    config.media.bind = [127, 0, 0, 1].into();
    config
}

fn upgrade(url: &str, protocol: Option<&str>) -> Request {
    let mut request = url.into_client_request().unwrap();
    if let Some(protocol) = protocol {
        let headers = request.headers_mut();
        headers.insert("Sec-WebSocket-Protocol", protocol.parse().unwrap());
    }
    request
}

/// A TLS connection to the server, which trusts its certificate and no other.
async fn connect(
    address: SocketAddr,
    trusted: &rcgen::Certificate,
) -> tokio_rustls::client::TlsStream<TcpStream> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(trusted.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let client = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(client))
        .connect(name, stream)
        .await
        .unwrap()
}

#[tokio::test]
async fn https_and_secure_websockets() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let tls = Tls {
        certificate: folder.join("tls.pem"),
        key: folder.join("tls.key"),
    };
    std::fs::write(&tls.certificate, made.cert.pem()).unwrap();
    std::fs::write(&tls.key, made.signing_key.serialize_pem()).unwrap();
    let mut config = quiet();
    config.http.tls = Some(tls);
    let server = Server::start(config).await.unwrap();
    assert_eq!(
        server.url(),
        format!("https://localhost:{}/", server.address().port())
    );

    let mut stream = connect(server.address(), &made.cert).await;
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        .await
        .unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    assert!(String::from_utf8_lossy(&answer).ends_with("\r\n\r\nok\n"));

    let stream = connect(server.address(), &made.cert).await;
    let request = upgrade("wss://localhost/sip", Some("sip"));
    let (_socket, response) = tokio_tungstenite::client_async(request, stream)
        .await
        .unwrap();
    assert_eq!(response.headers()["Sec-WebSocket-Protocol"], "sip");
    server.stop().await;
}

#[tokio::test]
async fn a_websocket_that_does_not_speak_sip_is_refused() {
    let server = Server::start(quiet()).await.unwrap();
    let url = format!("ws://{}/sip", server.address());
    for protocol in [None, Some("chat")] {
        let refused = tokio_tungstenite::connect_async(upgrade(&url, protocol)).await;
        let Err(Error::Http(response)) = refused else {
            panic!("{protocol:?}: {refused:?}");
        };
        assert_eq!(response.status(), 400, "{protocol:?}");
    }
    let chosen = tokio_tungstenite::connect_async(upgrade(&url, Some("chat, sip"))).await;
    assert_eq!(chosen.unwrap().1.headers()["Sec-WebSocket-Protocol"], "sip");
    server.stop().await;
}

/// The status with which a WebSocket is refused.
async fn refused(request: Request) -> u16 {
    match tokio_tungstenite::connect_async(request).await {
        Err(Error::Http(response)) => response.status().as_u16(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_page_of_another_origin_does_not_connect() {
    let server = Server::start(quiet()).await.unwrap();
    let port = server.address().port();
    let from = |origin: &str| {
        let mut request = upgrade(&format!("ws://localhost:{port}/sip"), Some("sip"));
        let headers = request.headers_mut();
        headers.insert("Origin", origin.parse().unwrap());
        request
    };
    for origin in ["https://evil.example", "http://localhost:1", "null"] {
        assert_eq!(refused(from(origin)).await, 403, "{origin}");
    }
    // Its own page, and that of `trunk serve`.
    for origin in [
        format!("http://localhost:{port}"),
        "http://localhost:8081".into(),
    ] {
        let opened = tokio_tungstenite::connect_async(from(&origin)).await;
        assert!(opened.is_ok(), "{origin}: {opened:?}");
    }
    server.stop().await;
}

#[tokio::test]
async fn there_is_an_end_to_connections_until_one_is_closed() {
    let mut config = quiet();
    config.http.max_connections_per_address = 2;
    let server = Server::start(config).await.unwrap();
    let url = format!("ws://{}/sip", server.address());
    let open = || tokio_tungstenite::connect_async(upgrade(&url, Some("sip")));
    let first = open().await.unwrap();
    let _second = open().await.unwrap();
    assert_eq!(refused(upgrade(&url, Some("sip"))).await, 503);
    drop(first);
    let mut tries = 0;
    while open().await.is_err() {
        tries += 1;
        assert!(tries < 100, "a closed connection is free again");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    server.stop().await;
}

#[tokio::test]
async fn when_the_server_stops_it_says_that_it_goes_away() {
    let server = Server::start(quiet()).await.unwrap();
    let url = format!("ws://{}/sip", server.address());
    let opened = tokio_tungstenite::connect_async(upgrade(&url, Some("sip"))).await;
    let (mut socket, _) = opened.unwrap();
    let (_, last) = tokio::join!(server.stop(), socket.next());
    let Some(Ok(Message::Close(Some(frame)))) = last else {
        panic!("{last:?}");
    };
    assert_eq!(frame.code, CloseCode::Away);
}

#[tokio::test]
async fn a_certificate_that_cannot_be_read_is_named() {
    let mut config = quiet();
    config.http.tls = Some(Tls {
        certificate: "no-such.pem".into(),
        key: "no-such.key".into(),
    });
    let error = Server::start(config).await.unwrap_err().to_string();
    assert!(
        error.starts_with("certificate no-such.pem and its key cannot be used: "),
        "{error}"
    );
}
