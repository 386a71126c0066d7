//! A misbehaving server on loopback: raw TCP, so that it can send what no HTTP library would.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

/// The answer to one request, and what follows it.
#[derive(Clone, Debug)]
pub(crate) struct RudeAnswer {
    bytes: Vec<u8>,
    then: AfterAnswer,
}

/// What follows the bytes.
#[derive(Clone, Debug)]
pub(crate) enum AfterAnswer {
    /// The connection is closed.
    Close,
    /// Nothing; the connection stays open.
    Hang,
    /// These bytes, repeated without end.
    Repeat(Vec<u8>),
    /// Nothing until another request arrives, then the end of the connection.
    CloseAtNext,
    /// The connection is reset.
    Reset,
}

/// A running rude server; it stops when it is dropped.
pub(crate) struct RudeServer {
    address: SocketAddr,
    received: Arc<Mutex<Vec<String>>>,
    running: tokio::task::JoinHandle<()>,
}

impl RudeAnswer {
    /// These bytes, then the end of the connection.
    pub(crate) fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self { bytes: bytes.into(), then: AfterAnswer::Close }
    }

    /// A well-formed answer: status line, further header lines, body.
    pub(crate) fn answer(status: u16, headers: &str, body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        let mut bytes = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n", body.len());
        for line in headers.lines() {
            bytes.push_str(&format!("{}\r\n", line.trim()));
        }
        bytes.push_str("\r\n");
        Self::raw([bytes.as_bytes(), body].concat())
    }

    /// The same bytes, followed by something else.
    pub(crate) fn then(mut self, then: AfterAnswer) -> Self {
        self.then = then;
        self
    }
}

impl RudeServer {
    /// Starts a server that answers the head of each request by `script`.
    pub async fn start(script: impl Fn(&str) -> RudeAnswer + Send + Sync + 'static) -> Self {
        Self::on(0, script).await
    }

    /// As [`RudeServer::start`], on this port.
    pub(crate) async fn on(port: u16, script: impl Fn(&str) -> RudeAnswer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let received = Arc::new(Mutex::new(Vec::new()));
        let (book, script) = (Arc::clone(&received), Arc::new(script));
        let running = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&book), Arc::clone(&script)));
            }
        });
        Self { address, received, running }
    }

    /// The server's port.
    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// The address of `path` on the server.
    pub(crate) fn url(&self, path: &str) -> Url {
        Url::parse(&format!("http://{}{path}", self.address)).unwrap()
    }

    /// The heads of all requests so far.
    pub(crate) fn received(&self) -> Vec<String> {
        self.received.lock().unwrap().clone()
    }
}

impl Drop for RudeServer {
    fn drop(&mut self) {
        self.running.abort();
    }
}

async fn serve(mut stream: TcpStream, book: Arc<Mutex<Vec<String>>>, script: Arc<impl Fn(&str) -> RudeAnswer>) {
    let mut head = Vec::new();
    let mut buffer = [0; 4096];
    // A TLS handshake (its first byte is 22) never has an empty line.
    while head.first() != Some(&22) && !head.windows(4).any(|window| window == b"\r\n\r\n") {
        match stream.read(&mut buffer).await {
            Ok(n) if n > 0 => head.extend_from_slice(&buffer[..n]),
            _ => return,
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    book.lock().unwrap().push(head.clone());
    let say = script(&head);
    if stream.write_all(&say.bytes).await.is_err() {
        return;
    }
    match say.then {
        AfterAnswer::Close => drop(stream.shutdown().await),
        AfterAnswer::Hang => while stream.read(&mut buffer).await.is_ok_and(|n| n > 0) {},
        AfterAnswer::Repeat(bytes) => while stream.write_all(&bytes).await.is_ok() {},
        AfterAnswer::CloseAtNext => drop(stream.read(&mut buffer).await),
        AfterAnswer::Reset => drop(stream.set_zero_linger()),
    }
}
