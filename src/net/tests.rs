//! Tests the client against a misbehaving server on loopback.

use std::collections::HashMap;
use std::io::Write;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use url::Url;

use super::body::MinimumRate;
use super::fence::NameSource;
use super::rude_server::{AfterAnswer, RudeAnswer, RudeServer};
use super::{Client, ClientSettings, Fence, FenceRefusal, NetError, Request, Response};

/// Servers that break rules without intent, and floods.
mod field;

fn client() -> Client {
    Client::with(&ClientSettings::new("marsad/test"), &NameSource::System, pace()).unwrap()
}

fn pace() -> MinimumRate {
    MinimumRate { pause: Duration::from_millis(150), grace: Duration::from_millis(300), rate: 1024 }
}

/// A client with a table of names: each look-up takes the next row.
fn naming(table: &[(&str, &[&[&str]])]) -> Client {
    let parsed = |row: &&[&str]| row.iter().map(|a| a.parse::<IpAddr>().unwrap()).collect();
    let table: HashMap<_, _> =
        table.iter().map(|(name, rows)| ((*name).to_owned(), rows.iter().map(parsed).collect())).collect();
    Client::with(&ClientSettings::new("marsad/test"), &NameSource::Table(Arc::new(Mutex::new(table))), pace()).unwrap()
}

/// A request that may reach loopback, as for a source with `allow_networks`.
fn at_home(url: Url) -> Request {
    let mut request = Request::get(url);
    request.fence = Fence::listed(&["127.0.0.0/8".parse().unwrap()]);
    request.deadline = Duration::from_secs(2);
    request.max_body = 10_000;
    request
}

async fn say(say: RudeAnswer) -> Result<Response, NetError> {
    let rude = RudeServer::start(move |_| say.clone()).await;
    client().send(at_home(rude.url("/"))).await
}

fn refusal(result: Result<Response, NetError>) -> FenceRefusal {
    match result {
        Err(NetError::Refused { why, .. }) => why,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn a_private_address_is_refused_before_a_connection() {
    let rude = RudeServer::start(|_| RudeAnswer::answer(200, "", "secret")).await;
    let port = rude.port();
    for host in [
        "127.0.0.1",
        "0",
        "2130706433",
        "0x7f.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "localhost.",
        "localhost",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "169.254.169.254",
        "100.64.0.1",
        "198.18.0.1",
        "[fd00::1]",
        "[fe80::1]",
    ] {
        let url = Url::parse(&format!("http://{host}:{port}/")).unwrap();
        let why = refusal(client().send(Request::get(url)).await);
        assert!(matches!(why, FenceRefusal::Special(_)), "{host}: {why}");
    }
    assert!(rude.received().is_empty());
}

#[tokio::test]
async fn unusual_schemes_ports_and_credentials_are_refused() {
    for (url, why) in [
        ("ftp://example.org/", FenceRefusal::Scheme("ftp".to_owned())),
        ("http://user:pw@example.org/", FenceRefusal::Credentials),
        ("http://example.org:6379/", FenceRefusal::Port(6379)),
        ("http://example.org:25/", FenceRefusal::Port(25)),
    ] {
        let mut request = Request::get(Url::parse(url).unwrap());
        request.fence = Fence::Trusted;
        assert_eq!(refusal(client().send(request).await), why, "{url}");
    }
}

#[tokio::test]
async fn a_name_that_resolves_to_a_private_address_is_refused() {
    let rude = RudeServer::start(|_| RudeAnswer::answer(200, "", "secret")).await;
    let client = naming(&[("turns.test", &[&["10.0.0.1", "127.0.0.1"], &["127.0.0.1"]])]);
    for _ in 0..2 {
        let url = Url::parse(&format!("http://turns.test:{}/", rude.port())).unwrap();
        assert!(matches!(refusal(client.send(Request::get(url)).await), FenceRefusal::Special(_)));
    }
    assert!(rude.received().is_empty());
}

#[tokio::test]
async fn a_private_connection_is_not_reused_for_a_public_request() {
    let rude = RudeServer::start(|_| {
        RudeAnswer::raw("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").then(AfterAnswer::Hang)
    })
    .await;
    let client = naming(&[("intranet.test", &[&["127.0.0.1"]])]);
    let url = Url::parse(&format!("http://intranet.test:{}/", rude.port())).unwrap();
    assert_eq!(client.send(at_home(url.clone())).await.unwrap().body, "ok");
    assert!(matches!(refusal(client.send(Request::get(url.clone())).await), FenceRefusal::Special(_)));
    assert_eq!(client.send(Request::post(url, Bytes::new())).await.unwrap().status, 200);
    assert_eq!(rude.received().len(), 2);
}

#[tokio::test]
async fn a_redirect_leads_only_to_public_hosts() {
    let inner = RudeServer::start(|_| RudeAnswer::answer(200, "", "secret")).await;
    let at_inner = inner.url("/").to_string();
    let cases = [
        (at_inner.as_str(), "127.0.0.1 is not a public address, and a site must not lead to one"),
        ("http://localhost:8/", "allow_networks holds for the configured server only"),
        ("file:///etc/passwd", "the scheme \"file\""),
        ("gopher://example.org/", "the scheme \"gopher\""),
        ("data:text/plain,x", "the scheme \"data\""),
        ("//user:pw@example.org/", "a user name or password"),
        ("http://example.org:11211/", "port 11211"),
        ("http://[", "an invalid address"),
    ];
    for (location, message) in cases {
        let location = format!("Location: {location}");
        let result = say(RudeAnswer::answer(302, &location, "")).await;
        assert!(refusal(result).to_string().contains(message), "{location}");
    }
    assert!(inner.received().is_empty());
}

#[tokio::test]
async fn a_site_may_redirect_within_itself_five_times() {
    let rude = RudeServer::start(|head| match head.as_bytes()[5] {
        n @ b'0'..b'5' => RudeAnswer::answer(302, &format!("Location: /{}", char::from(n + 1)), ""),
        b'5' => RudeAnswer::answer(200, "", "here"),
        _ => RudeAnswer::answer(308, "Location: /loop", ""),
    })
    .await;
    let answer = client().send(at_home(rude.url("/0"))).await.unwrap();
    assert_eq!((answer.url, answer.body), (rude.url("/5"), Bytes::from("here")));
    let error = client().send(at_home(rude.url("/loop"))).await.unwrap_err();
    assert!(matches!(error, NetError::Redirects { limit: 5, .. }), "{error}");
    assert_eq!(rude.received().len(), 12);
}

#[tokio::test]
async fn a_receivers_redirect_is_an_answer_and_is_never_followed() {
    for status in [301, 302, 307, 308] {
        let rude = RudeServer::start(move |_| RudeAnswer::answer(status, "Location: /elsewhere", "")).await;
        let answer = client().send(Request::post(rude.url("/"), Bytes::from("{}"))).await.unwrap();
        assert_eq!((answer.status, rude.received().len()), (status, 1));
    }
}

#[tokio::test]
async fn secret_headers_stay_at_the_configured_site() {
    let other = RudeServer::start(|_| RudeAnswer::answer(200, "", "")).await;
    let elsewhere = format!("Location: http://other.test:{}/", other.port());
    let rude = RudeServer::start(move |_| RudeAnswer::answer(302, &elsewhere, "")).await;
    let client = naming(&[("other.test", &[&["127.0.0.1"]]), ("home.test", &[&["127.0.0.1"]])]);
    let mut request = at_home(Url::parse(&format!("http://home.test:{}/", rude.port())).unwrap());
    request.secrets.push(("X-Key".to_owned(), "s3cret".to_owned().into()));
    assert!(matches!(refusal(client.send(request).await), FenceRefusal::Elsewhere(_)));
    assert!(rude.received()[0].contains("x-key: s3cret"));
    assert!(other.received().is_empty());
    let request = Request { secrets: vec![("Host".to_owned(), "x".to_owned().into())], ..at_home(rude.url("/")) };
    assert_eq!(refusal(client.send(request).await), FenceRefusal::Header("Host".to_owned()));
}

#[tokio::test]
async fn a_decompression_bomb_is_not_unpacked() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(&vec![0; 4 << 20]).unwrap();
    let bomb = encoder.finish().unwrap();
    let error = say(RudeAnswer::answer(200, "Content-Encoding: gzip", bomb)).await.unwrap_err();
    assert_eq!((error.class(), error.is_transient()), ("size", false));
    let error = say(RudeAnswer::answer(200, "Content-Encoding: gzip, gzip, br", "x")).await.unwrap_err();
    assert_eq!(error.class(), "protocol");
}

#[tokio::test]
async fn a_wrong_length_is_an_error() {
    let head = "HTTP/1.1 200 OK\r\n";
    for (lines, body, class) in [
        ("Content-Length: 100\r\n\r\n", "short", "protocol"),
        ("Content-Length: -1\r\n\r\n", "x", "protocol"),
        ("Content-Length: 1\r\nContent-Length: 2\r\n\r\n", "xy", "protocol"),
        ("Transfer-Encoding: chunked\r\n\r\nzz\r\n", "x", "protocol"),
        ("Transfer-Encoding: chunked\r\n\r\n5\r\nabc", "", "protocol"),
    ] {
        let error = say(RudeAnswer::raw(format!("{head}{lines}{body}"))).await.unwrap_err();
        assert_eq!(error.class(), class, "{lines}");
    }
}

#[tokio::test]
async fn a_body_that_is_declared_too_large_is_not_read() {
    let declared = RudeAnswer::raw("HTTP/1.1 200 OK\r\nContent-Length: 10001\r\n\r\n").then(AfterAnswer::Hang);
    assert_eq!(say(declared).await.unwrap_err().class(), "size");
}

#[tokio::test]
async fn a_body_takes_room_if_it_is_large_without_its_coding() {
    let gzip = |bytes: &[u8]| {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(bytes).unwrap();
        gzip.finish().unwrap()
    };
    for (bytes, is_large) in [(20_000, false), (300_000, true), (3 << 20, true)] {
        let body = vec![b'x'; bytes];
        for (headers, sent) in [("", body.clone()), ("Content-Encoding: gzip", gzip(&body))] {
            let answer = RudeAnswer::answer(200, headers, sent);
            let rude = RudeServer::start(move |_| answer.clone()).await;
            let request = Request { max_body: 8 << 20, ..at_home(rude.url("/")) };
            let answer = client().send(request).await.unwrap();
            assert_eq!((answer.body.len(), answer.room.is_some()), (bytes, is_large), "{headers}");
        }
    }
}

#[tokio::test]
async fn an_endless_body_ends_at_the_limit() {
    let head = RudeAnswer::raw("HTTP/1.1 200 OK\r\n\r\n").then(AfterAnswer::Repeat(vec![b'x'; 4096]));
    assert_eq!(say(head).await.unwrap_err().class(), "size");
    let chunks = RudeAnswer::raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        .then(AfterAnswer::Repeat(b"1\r\nx\r\n".repeat(500)));
    assert_eq!(say(chunks).await.unwrap_err().class(), "size");
}

#[tokio::test]
async fn an_endless_body_of_tiny_pieces_ends_at_the_deadline() {
    let pieces = RudeAnswer::raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        .then(AfterAnswer::Repeat(b"1\r\nx\r\n".repeat(500)));
    let rude = RudeServer::start(move |_| pieces.clone()).await;
    let request = Request { deadline: Duration::from_millis(200), max_body: usize::MAX, ..at_home(rude.url("/")) };
    assert_eq!(client().send(request).await.unwrap_err().class(), "timeout");
}

#[tokio::test]
async fn a_silent_server_is_abandoned_at_the_deadline() {
    let rude = RudeServer::start(|_| RudeAnswer::raw("").then(AfterAnswer::Hang)).await;
    let mut request = Request::post(rude.url("/"), Bytes::new());
    request.deadline = Duration::from_millis(100);
    let error = client().send(request).await.unwrap_err();
    assert_eq!((error.class(), error.is_transient()), ("timeout", true));
    let error = say(RudeAnswer::raw("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc").then(AfterAnswer::Hang))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("the rest of the body did not arrive"), "{error}");
}

#[tokio::test]
async fn endless_or_invalid_headers_are_refused() {
    let long = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(1 << 20));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "X: y\r\n".repeat(10_000));
    for bytes in [long.as_str(), &many, "HTTP/9.9 what\r\n\r\n", "hello\n"] {
        let error = say(RudeAnswer::raw(bytes)).await.unwrap_err();
        assert_eq!(error.class(), "protocol", "{error}");
    }
    let endless =
        RudeAnswer::raw("HTTP/1.1 200 OK\r\n").then(AfterAnswer::Repeat(b"X: yyyyyyyyyyyyyyy\r\n".repeat(100)));
    assert_eq!(say(endless).await.unwrap_err().class(), "protocol");
}

#[tokio::test]
async fn a_success_status_counts_whatever_follows() {
    let yes = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nthanks";
    for then in [AfterAnswer::Close, AfterAnswer::Reset, AfterAnswer::Hang, AfterAnswer::Repeat(vec![b'x'; 4096])] {
        let rude = RudeServer::start(move |_| RudeAnswer::raw(yes).then(then.clone())).await;
        let answer = client().send(Request::post(rude.url("/"), Bytes::new())).await.unwrap();
        assert_eq!(answer.status, 200);
    }
    let storm = format!("{}HTTP/1.1 204 X\r\n\r\n", "HTTP/1.1 103 X\r\n\r\n".repeat(1000));
    let rude = RudeServer::start(move |_| RudeAnswer::raw(storm.clone())).await;
    assert_eq!(client().send(Request::post(rude.url("/"), Bytes::new())).await.unwrap().status, 204);
}

#[tokio::test]
async fn a_long_answer_from_a_receiver_is_cut() {
    let rude = RudeServer::start(|_| RudeAnswer::answer(500, "", "x".repeat(100_000))).await;
    let answer = client().send(Request::post(rude.url("/"), Bytes::new())).await.unwrap();
    assert_eq!((answer.status, answer.body.len(), answer.truncated), (500, 2048, true));
}

#[tokio::test]
async fn an_error_has_a_class_and_shows_only_the_host() {
    let rude = RudeServer::start(|_| RudeAnswer::raw("HTTP/1.1 400 Bad Request\r\n\r\n")).await;
    let mut tls = rude.url("/hooks/s3cret");
    tls.set_scheme("https").unwrap();
    let closed = format!("http://127.0.0.1:{}/hooks/s3cret", free_port());
    for (url, class) in [
        (tls.as_str(), "tls"),
        (closed.as_str(), "connect"),
        ("http://nobody.test/hooks/s3cret", "dns"),
        ("http://127.0.0.1:25/hooks/s3cret", "refused"),
    ] {
        let error = naming(&[]).send(Request::post(Url::parse(url).unwrap(), Bytes::new())).await.unwrap_err();
        assert_eq!(error.class(), class, "{error}");
        assert!(!format!("{error} {error:?}").contains("s3cret"), "{error}");
    }
}

fn free_port() -> u16 {
    std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}
