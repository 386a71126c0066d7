//! Tests the server over real sockets with a real store.

use std::collections::BTreeSet;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::task::JoinHandle;

use super::*;
use crate::alert::{HealthEvent, HealthEventKind};
use crate::config::Config;
use crate::systemd::Pulse;

struct ServerWorld {
    folder: tempfile::TempDir,
    context: ServerContext,
    address: SocketAddr,
    stop: CancellationToken,
    running: JoinHandle<()>,
}

impl ServerWorld {
    async fn new(http: &str) -> Self {
        Self::with_stall_limit(http, health::STALLED).await
    }

    async fn with_stall_limit(http: &str, stalled_after: Duration) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("marsad.toml");
        let state = folder.path().join("state");
        let sources: String = ["a", "b", "c"]
            .map(|id| format!("[[source]]\nid = {id:?}\nfeed = \"https://{id}.example.org/feed\"\n"))
            .concat();
        let channel = "[[channel]]\nid = \"ops\"\nprint = true\n";
        let watch = "[[watch]]\nid = \"all\"\nany = [\"news\"]\nalert = [\"ops\"]\n";
        let text = format!("state_dir = {state:?}\n[http]\n{http}\n{sources}{channel}{watch}");
        std::fs::write(&file, text).unwrap();
        std::fs::write(folder.path().join("token"), "open-sesame-1234567890\n").unwrap();
        let clock = Clock::system();
        let config = Arc::new(Config::load(Some(&file)).unwrap());
        let context = ServerContext {
            store: Store::open(&config.state_dir).await.unwrap(),
            config: RunningConfig::new(move || Arc::clone(&config)),
            metrics: Metrics::new(),
            pulse: Pulse::new(&clock),
            stalled_after,
            degraded: health::Degraded::default(),
            clock,
        };
        let server = Server::new(Bound::bind("127.0.0.1:0".parse().unwrap()).await.unwrap(), context.clone());
        let (address, stop) = (server.address(), CancellationToken::new());
        let running = tokio::spawn(server.run(stop.clone()));
        Self { folder, context, address, stop, running }
    }

    async fn raise(&self, number: usize) {
        let event = HealthEvent {
            kind: HealthEventKind::TestPing,
            at: self.context.clock.now(),
            message: format!("number {number}"),
            detail: serde_json::Map::new(),
        };
        let config = self.context.config.load();
        self.context.store.raise(event, config.channels.clone(), config.render_settings()).await.unwrap();
    }

    /// The status, the head and the body of an answer.
    async fn ask(&self, path: &str, headers: &str) -> (u16, String, String) {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let host = if headers.contains("Host:") { "" } else { "Host: localhost\r\n" };
        let request = format!("GET {path} HTTP/1.1\r\n{host}{headers}Connection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), head.to_lowercase(), body.to_owned())
    }

    async fn json(&self, path: &str) -> Value {
        let (status, _, body) = self.ask(path, "").await;
        assert_eq!(status, 200, "{path}: {body}");
        serde_json::from_str(&body).unwrap()
    }

    /// The numbers and types of `count` events of a stream that begins after `last`.
    async fn listen(&self, last: &str, count: usize) -> Vec<(String, String)> {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let request = format!("GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: {last}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut lines = BufReader::new(stream).lines();
        let (mut events, mut id, mut kind) = (Vec::new(), String::new(), String::new());
        while events.len() < count {
            let line = lines.next_line().await.unwrap().expect("the stream ended early");
            if let Some(value) = line.strip_prefix("id: ") {
                id = value.to_owned();
            } else if let Some(value) = line.strip_prefix("event: ") {
                kind = value.to_owned();
            } else if let Some(data) = line.strip_prefix("data: ") {
                let data: Value = serde_json::from_str(data).unwrap();
                assert!(data.pointer("/data/channel").is_none() && data.pointer("/data/seq").is_none());
            } else if line.is_empty() && !id.is_empty() {
                events.push((std::mem::take(&mut id), std::mem::take(&mut kind)));
            }
        }
        events
    }

    async fn end(self) {
        self.stop.cancel();
        tokio::time::timeout(Duration::from_secs(3), self.running).await.expect("it stops").unwrap();
        drop(self.folder);
    }
}

#[tokio::test]
async fn marsad_is_not_ready_while_the_scheduler_is_stalled() {
    let moving = ServerWorld::new("listen = \"127.0.0.1:1\"").await;
    let _beat = moving.context.pulse.beat("scheduler");
    assert_eq!(moving.ask("/readyz", "").await.0, 200);
    let world = ServerWorld::with_stall_limit("listen = \"127.0.0.1:1\"", Duration::ZERO).await;
    let _beat = world.context.pulse.beat("scheduler");
    let body = loop {
        // An answer is reused for a second, and the first tick counts for a millisecond.
        let (status, _, body) = world.ask("/readyz", "").await;
        if status == 503 {
            break body;
        }
    };
    assert!(body.contains("scheduler has not moved"), "{body}");
}

#[tokio::test]
async fn every_alert_is_streamed_once_and_in_order_while_others_are_made() {
    let world = ServerWorld::new("").await;
    world.raise(0).await;
    let ((), first) = tokio::join!(
        async {
            futures_util::future::join_all((1..40).map(|number| world.raise(number))).await;
        },
        world.listen("0", 40),
    );
    let numbers: Vec<String> = (1..=40).map(|number| number.to_string()).collect();
    assert_eq!(first.iter().map(|(id, _)| id.clone()).collect::<Vec<_>>(), numbers);
    assert!(first.iter().all(|(_, kind)| kind == "test.ping"));
    let again = world.listen("35", 5).await;
    assert_eq!(again.iter().map(|(id, _)| id.clone()).collect::<Vec<_>>(), numbers[35..]);
    world.end().await;
}

#[tokio::test]
async fn a_position_that_this_store_never_issued_is_reset() {
    let world = ServerWorld::new("").await;
    world.raise(1).await;
    assert_eq!(world.listen("99", 1).await, [("1".to_owned(), "reset".to_owned())]);
    let (status, head, _) = world.ask("/api/v1/stream", "Last-Event-ID: x\r\n").await;
    assert_eq!(status, 400);
    assert!(head.contains("application/problem+json"));
    world.end().await;
}

#[tokio::test]
async fn pages_show_every_delivery_once() {
    let world = ServerWorld::new("").await;
    for number in 0..5 {
        world.raise(number).await;
    }
    let (mut seen, mut path, mut pages) = (BTreeSet::new(), "/api/v1/deliveries?limit=2".to_owned(), 0);
    loop {
        let page = world.json(&path).await;
        for delivery in page["deliveries"].as_array().unwrap() {
            assert!(seen.insert(delivery["id"].as_str().unwrap().to_owned()));
        }
        pages += 1;
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/v1/deliveries?limit=2&cursor={next}");
    }
    assert_eq!((seen.len(), pages), (5, 3));
    let none = world.json("/api/v1/deliveries?state=dead").await;
    assert_eq!(none["deliveries"].as_array().unwrap().len(), 0);
    let sources = world.json("/api/v1/sources?limit=2").await;
    assert_eq!((sources["sources"][0]["id"].as_str(), sources["next"].as_str()), (Some("a"), Some("b")));
    let rest = world.json("/api/v1/sources?limit=2&cursor=b").await;
    assert_eq!((rest["sources"][0]["id"].as_str(), rest["next"].as_str()), (Some("c"), None));
    world.end().await;
}

#[tokio::test]
async fn an_unknown_path_is_answered_with_the_paths_that_exist() {
    let world = ServerWorld::new("").await;
    let (_, _, body) = world.ask("/api/v1/nothing", "").await;
    for path in crate::server::problem::PATHS {
        assert!(body.contains(path), "{body}");
        if path != "/api/v1/stream" {
            assert_ne!(world.ask(path, "").await.0, 404, "{path}");
        }
    }
}

#[tokio::test]
async fn an_invalid_request_is_answered_with_a_json_problem() {
    let world = ServerWorld::new("").await;
    for (path, status) in [
        ("/nothing", 404),
        ("/api/v1/items?limit=0", 400),
        ("/api/v1/items?limit=many", 400),
        ("/api/v1/items?colour=red", 400),
        ("/api/v1/items?channel=ops", 400),
        ("/api/v1/items?cursor=x", 400),
        ("/api/v1/deliveries?state=lost", 400),
        ("/api/v1/deliveries?channel=nowhere", 400),
        ("/api/v1/items?source=nowhere", 400),
    ] {
        let (answered, head, body) = world.ask(path, "").await;
        assert_eq!(answered, status, "{path}");
        assert!(head.contains("content-type: application/problem+json"), "{path}: {head}");
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(body["status"], status);
        assert!(!body["detail"].as_str().unwrap().is_empty());
    }
    let (status, head, _) = world.ask("/api/v1/items", "Content-Length: 100000\r\n").await;
    assert_eq!(status, 413);
    assert!(head.contains("application/problem+json"));
    world.end().await;
}

#[tokio::test]
async fn a_page_of_another_site_reads_nothing() {
    let world = ServerWorld::new("public_url = \"https://marsad.example.org\"").await;
    assert_eq!(world.ask("/api/v1/items", "Host: evil.example.net\r\n").await.0, 421);
    assert_eq!(world.ask("/api/v1/items", "Host: localhost\r\nHost: evil.example.net\r\n").await.0, 400);
    assert_eq!(world.ask("/api/v1/items", "Sec-Fetch-Site: cross-site\r\n").await.0, 403);
    let (status, head, _) = world.ask("/api/v1/items", "Host: marsad.example.org\r\n").await;
    assert_eq!(status, 200);
    for header in ["x-content-type-options: nosniff", "default-src 'none'", "cache-control: no-store"] {
        assert!(head.contains(header), "{header} is missing: {head}");
    }
    world.end().await;
}

#[tokio::test]
async fn wrong_tokens_do_not_lock_out_the_right_token_from_the_same_address() {
    let world = ServerWorld::new("token = { file = \"token\" }").await;
    assert_eq!(world.ask("/healthz", "").await.0, 200);
    assert_eq!(world.ask("/readyz", "").await.0, 200);
    let (status, head, _) = world.ask("/metrics", "").await;
    assert_eq!(status, 401);
    assert!(head.contains("www-authenticate: bearer"));
    assert_eq!(world.ask("/metrics", "Authorization: Bearer open-sesame-1234567890\r\n").await.0, 200);
    for _ in 0..10 {
        assert_eq!(world.ask("/metrics", "Authorization: Bearer guess\r\n").await.0, 401);
    }
    let (status, head, _) = world.ask("/metrics", "Authorization: Bearer guess\r\n").await;
    assert_eq!(status, 429);
    assert!(head.contains("retry-after: "));
    assert_eq!(world.ask("/metrics", "").await.0, 429);
    assert_eq!(world.ask("/metrics", "Authorization: Bearer open-sesame-1234567890\r\n").await.0, 200);
    assert_eq!(world.ask("/metrics", "Authorization: Bearer guess\r\n").await.0, 429);
    world.end().await;
}

#[tokio::test]
async fn health_lists_what_is_degraded_while_marsad_works() {
    let world = ServerWorld::new("").await;
    assert_eq!(world.json("/readyz").await["status"], "ready");
    assert_eq!(world.json("/healthz").await["status"], "ok");
    world.context.degraded.set("configuration", "the last good one is in use");
    let health = world.json("/healthz").await;
    assert_eq!(health["status"], "degraded");
    assert_eq!(health["degraded"][0], "configuration: the last good one is in use");
    world.end().await;
}

#[tokio::test]
async fn the_metrics_show_the_store_as_it_is() {
    let world = ServerWorld::new("").await;
    world.raise(1).await;
    let (status, head, body) = world.ask("/metrics", "").await;
    assert_eq!(status, 200);
    assert!(head.contains("application/openmetrics-text"));
    assert!(body.contains("marsad_outbox_pending 1"), "{body}");
    assert!(body.contains("marsad_sources{state=\"new\"} 3"), "{body}");
    world.end().await;
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let world = ServerWorld::new("").await;
    let error = Bound::bind(world.address).await.unwrap_err();
    assert!(matches!(error, ServerError::InUse(address) if address == world.address));
    world.end().await;
}

/// How many silent clients each of these tests opens; more than the limit.
const CROWD: usize = 300;

/// An answer that takes longer has waited for another client: the header timeout is twice this.
const AT_ONCE: Duration = Duration::from_secs(5);

impl ServerWorld {
    /// Clients that send only this.
    async fn crowd(&self, sends: &str, clients: usize) -> Vec<TcpStream> {
        let mut crowd = Vec::with_capacity(clients);
        for _ in 0..clients {
            let mut stream = TcpStream::connect(self.address).await.unwrap();
            stream.write_all(sends.as_bytes()).await.unwrap();
            crowd.push(stream);
        }
        crowd
    }
}

#[tokio::test]
async fn silent_and_slow_clients_do_not_delay_health() {
    let world = ServerWorld::new("").await;
    let post = "POST /api/v1/items HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n\r\nx";
    for (why, sends) in [
        ("silence", ""),
        ("half a head", "GET /healthz HTTP/1.1\r\nHost: loc"),
        ("a missing body", post),
        ("kept open after an answer", "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        ("unread answers", &"GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(50)),
    ] {
        let crowd = world.crowd(sends, CROWD).await;
        for path in ["/healthz", "/readyz"] {
            let answer = tokio::time::timeout(AT_ONCE, world.ask(path, "")).await;
            assert_eq!(answer.unwrap_or_else(|_| panic!("{path} waited for {why}")).0, 200, "{path} with {why}");
        }
        drop(crowd);
    }
    world.end().await;
}

#[tokio::test]
async fn unread_streams_do_not_block_health_and_the_api() {
    let world = ServerWorld::new("").await;
    let stream = "GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let mut crowd = world.crowd(stream, stream::MAX_STREAMS).await;
    for open in &mut crowd {
        let mut answer = [0; 12];
        open.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200");
    }
    assert_eq!(world.ask("/api/v1/stream", "").await.0, 503);
    let silent = world.crowd("", CROWD).await;
    for path in ["/healthz", "/readyz", "/api/v1/items"] {
        let answer = tokio::time::timeout(AT_ONCE, world.ask(path, "")).await;
        assert_eq!(answer.unwrap_or_else(|_| panic!("{path} waited for a stream")).0, 200);
    }
    drop((crowd, silent));
    world.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_read_is_disconnected() {
    let (near, _far) = tokio::io::duplex(16);
    let error = limited(near).write_all(&[0; 64]).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
}
