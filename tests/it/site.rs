//! Sites on loopback: one whose documents a test sets, and one that answers with arbitrary bytes.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Response, StatusCode, Uri, header};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

/// A publisher whose documents a test sets.
pub struct Site {
    address: SocketAddr,
    shelf: Arc<Mutex<Shelf>>,
    count: watch::Receiver<usize>,
    _serving: AbortOnDropHandle<()>,
}

/// What one address serves.
#[derive(Clone, Debug, Default)]
pub struct Page {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub bytes: Vec<u8>,
}

impl Page {
    /// No answer.
    pub fn hanging() -> Self {
        Self::default()
    }
}

/// A request that the site received.
#[derive(Clone, Debug)]
pub struct Asked {
    pub path: String,
    pub headers: HeaderMap,
    pub status: u16,
}

struct Shelf {
    pages: HashMap<String, Page>,
    asked: Vec<Asked>,
    count: watch::Sender<usize>,
    has_validators: bool,
}

impl Site {
    pub async fn open() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, count) = watch::channel(0);
        let shelf = Arc::new(Mutex::new(Shelf {
            pages: HashMap::new(),
            asked: Vec::new(),
            count: sender,
            has_validators: true,
        }));
        let router = Router::new().fallback(serve).with_state(Arc::clone(&shelf));
        let serving = AbortOnDropHandle::new(tokio::spawn(async move { axum::serve(listener, router).await.unwrap() }));
        Self { address, shelf, count, _serving: serving }
    }

    /// The address of `path` (`/feed`).
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// From now on, sends no `ETag` and never answers 304.
    pub fn drop_validators(&self) {
        self.shelf.lock().unwrap().has_validators = false;
    }

    /// Serves `text` at `path` from now on.
    pub fn set(&self, path: &str, media_type: &str, text: &str) {
        let headers = vec![("content-type", media_type.to_owned())];
        self.put(path, Page { status: 200, headers, bytes: text.as_bytes().to_vec() });
    }

    /// Serves `page` at `path` from now on.
    pub fn put(&self, path: &str, page: Page) {
        self.shelf.lock().unwrap().pages.insert(path.to_owned(), page);
    }

    /// Serves an RSS feed of these (slug, title, text) at `path` from now on, newest first.
    pub fn feed(&self, path: &str, items: &[(&str, &str, &str)]) {
        let items: String = items
            .iter()
            .map(|(slug, title, text)| {
                let address = self.url(&format!("/{slug}"));
                format!(
                    "<item><title>{title}</title><link>{address}</link><guid>{address}</guid>\
                     <description>{text}</description></item>"
                )
            })
            .collect();
        self.set(
            path,
            "application/rss+xml; charset=utf-8",
            &format!(
                "<rss version=\"2.0\"><channel><title>t</title><link>{}</link>{items}</channel></rss>",
                self.url("/")
            ),
        );
    }

    /// Every request so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.shelf.lock().unwrap().asked.clone()
    }

    /// Waits until `path` was requested this many times.
    pub async fn served(&self, path: &str, times: usize, limit: Duration) {
        let mut count = self.count.clone();
        let enough = count.wait_for(|_| self.times(path) >= times);
        assert!(tokio::time::timeout(limit, enough).await.is_ok(), "{path} was asked for {} times", self.times(path));
    }

    /// How often `path` was requested.
    pub fn times(&self, path: &str) -> usize {
        self.asked().iter().filter(|asked| asked.path == path).count()
    }
}

async fn serve(State(shelf): State<Arc<Mutex<Shelf>>>, uri: Uri, headers: HeaderMap) -> Response<Body> {
    match answer(&shelf, &uri, &headers) {
        Some(response) => response,
        None => std::future::pending().await,
    }
}

/// The answer; none for a page that never answers.
fn answer(shelf: &Mutex<Shelf>, uri: &Uri, headers: &HeaderMap) -> Option<Response<Body>> {
    let mut shelf = shelf.lock().unwrap();
    let page = shelf.pages.get(uri.path()).cloned().unwrap_or(Page { status: 404, ..Page::default() });
    let etag = format!("\"{}\"", &blake3::hash(&page.bytes).to_hex()[..16]);
    let unchanged = shelf.has_validators
        && page.status == 200
        && headers.get(header::IF_NONE_MATCH).is_some_and(|tag| tag == etag.as_str());
    let status = if unchanged { 304 } else { page.status };
    shelf.asked.push(Asked { path: uri.path().to_owned(), headers: headers.clone(), status });
    shelf.count.send_replace(shelf.asked.len());
    if status == 0 {
        return None;
    }
    let mut response = Response::builder().status(StatusCode::from_u16(status).unwrap());
    if shelf.has_validators {
        response = response.header(header::ETAG, etag);
    }
    for (name, value) in &page.headers {
        response = response.header(*name, value);
    }
    Some(response.body(if unchanged { Body::empty() } else { Body::from(page.bytes) }).unwrap())
}

/// A server that answers every connection with the same bytes, and then closes or hangs.
pub struct Rude {
    address: SocketAddr,
    _serving: AbortOnDropHandle<()>,
}

impl Rude {
    /// Sends `bytes` and closes.
    pub async fn sending(bytes: &'static [u8]) -> Self {
        Self::open(bytes, true).await
    }

    /// Sends `bytes` and then hangs.
    pub async fn falling_silent_after(bytes: &'static [u8]) -> Self {
        Self::open(bytes, false).await
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    async fn open(bytes: &'static [u8], close: bool) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = tokio::spawn(async move {
            let mut silent = Vec::new();
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = [0; 4096];
                let read = stream.read(&mut request).await;
                let written = stream.write_all(bytes).await;
                if read.is_ok() && written.is_ok() && !close {
                    silent.push(stream);
                }
            }
        });
        Self { address, _serving: AbortOnDropHandle::new(serving) }
    }
}
