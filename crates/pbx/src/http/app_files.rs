//! The built app: static files, and the one page for every path that is not a file.

use std::io;
use std::path::Path;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, VARY,
};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use tower_http::services::ServeDir;

use super::{Web, security};

/// A hash in the name: the content never changes.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// The browser asks each time.
const FRESH: HeaderValue = HeaderValue::from_static("no-cache");

/// Everything that no other route takes.
pub(super) async fn serve(State(web): State<Web>, request: Request) -> Response {
    let path = request.uri().path();
    let last = path.rsplit('/').next().unwrap_or_default();
    if !last.contains('.') || path == "/index.html" {
        // HTTP/2 names the host in the address alone (RFC 9113 section 8.3.1).
        let authority = request.uri().authority().map(Authority::as_str);
        let host = security::host_of(request.headers()).or(authority);
        return page(&web, request.headers(), host).await;
    }
    let caching = if is_hashed(last) { IMMUTABLE } else { FRESH };
    let mut files = ServeDir::new(&web.config.http.app)
        .precompressed_br()
        .precompressed_gzip()
        .append_index_html_on_directories(false);
    let served = files.try_call(request).await;
    match served {
        Ok(response) if response.status() == StatusCode::NOT_FOUND => not_found(),
        Ok(response) => {
            let mut response = response.map(Body::new);
            response.headers_mut().insert(CACHE_CONTROL, caching);
            response
                .headers_mut()
                .insert(VARY, HeaderValue::from_static("accept-encoding"));
            response
        }
        Err(error) => {
            tracing::warn!(%error, "a file of the app cannot be read");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn not_found() -> Response {
    (StatusCode::NOT_FOUND, "There is no such file.\n").into_response()
}

/// The page of the app, whatever the path: it routes in the browser.
async fn page(web: &Web, headers: &HeaderMap, host: Option<&str>) -> Response {
    let file = web.config.http.app.join("index.html");
    let text = match tokio::fs::read_to_string(&file).await {
        Ok(text) => text,
        Err(error) => return no_app(&file, &error),
    };
    let policy = web.policy.of_page(&text, host);
    let policy = HeaderValue::from_str(&policy);
    let (body, encoding) = compressed(&file, headers)
        .await
        .unwrap_or((text.into_bytes(), None));
    let mut response = Response::new(Body::from(body));
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    headers.insert(CACHE_CONTROL, FRESH);
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(encoding) = encoding {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    match policy {
        Ok(policy) => {
            headers.insert(CONTENT_SECURITY_POLICY, policy);
            response
        }
        // The configuration admits no origin that is not a legal header value.
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// The smaller sibling of the page that the browser takes, if there is one.
async fn compressed(file: &Path, headers: &HeaderMap) -> Option<(Vec<u8>, Option<&'static str>)> {
    for (encoding, extension) in [("br", "html.br"), ("gzip", "html.gz")] {
        if accepts(headers, encoding)
            && let Ok(body) = tokio::fs::read(file.with_extension(extension)).await
        {
            return Some((body, Some(encoding)));
        }
    }
    None
}

/// Whether the browser takes this encoding (RFC 9110 section 12.5.3; weights other than 0 do not
/// matter here).
fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    let lists = headers.get_all(ACCEPT_ENCODING).into_iter();
    lists
        .filter_map(|list| list.to_str().ok())
        .flat_map(|list| list.split(','))
        .any(|item| {
            let mut parts = item.split(';').map(str::trim);
            parts.next() == Some(encoding) && !parts.any(|part| part == "q=0")
        })
}

fn no_app(file: &Path, error: &io::Error) -> Response {
    tracing::warn!(file = %file.display(), %error, "there is no built app");
    let text = format!(
        "The call centre runs, but there is no built app at {}.\n\
         Build it (`cargo xtask build`), or name its folder with --app.\n",
        file.display()
    );
    (StatusCode::NOT_FOUND, text).into_response()
}

/// Whether a file name carries a hash of its content, as Trunk writes it: `name-0123456789abcdef`
/// with 14 to 16 hexadecimal digits, perhaps with `_bg` behind.
fn is_hashed(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    let stem = stem.strip_suffix("_bg").unwrap_or(stem);
    let hash = stem.rsplit('-').next().unwrap_or_default();
    hash.len() != stem.len()
        && (14..=16).contains(&hash.len())
        && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashed_names_are_told_from_others() {
        assert!(is_hashed("alo-6f0a1b2c3d4e5f60.js"));
        assert!(is_hashed("alo-6f0a1b2c3d4e5f60_bg.wasm"));
        assert!(!is_hashed("favicon.svg"));
        assert!(!is_hashed("index.html"));
        assert!(!is_hashed("6f0a1b2c3d4e5f60.js"));
    }

    #[test]
    fn encodings_are_taken_as_the_browser_says() {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip, br;q=0"));
        assert!(accepts(&headers, "gzip"));
        assert!(!accepts(&headers, "br"));
    }
}
