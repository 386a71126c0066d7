//! Tests harmless faults of real servers, and floods.

use std::io::Write;
use std::time::Duration;

use bytes::Bytes;

use super::{at_home, client, say};
use crate::net::rude_server::{AfterAnswer, RudeAnswer, RudeServer};
use crate::net::{Client, ClientSettings, LimitAction, Request, StreamEnd};

#[tokio::test]
async fn a_malformed_header_line_does_not_invalidate_the_answer() {
    for line in [
        "X Powered By: PHP",
        "X-Bot: a\x01b",
        "X-Bot: a\x7fb",
        "Warning something went wrong",
        "X-Cache : HIT",
        "X-Cache\t: HIT",
        ": nameless",
        "X-Ünicode: yes",
        "X-Long: one\r\n two",
        "(comment): x",
        "",
    ] {
        let line = if line.is_empty() { String::new() } else { format!("{line}\r\n") };
        let whole = format!("HTTP/1.1 200 OK\r\n{line}Content-Length : 2\r\nConnection: close\r\n\r\nok");
        assert_eq!(say(RudeAnswer::raw(whole.clone())).await.unwrap().body, "ok", "{line:?}");
        let rude = RudeServer::start(move |_| RudeAnswer::raw(whole.clone())).await;
        assert_eq!(client().send(Request::post(rude.url("/"), Bytes::new())).await.unwrap().status, 200, "{line:?}");
    }
}

#[tokio::test]
async fn a_server_that_closes_its_connections_unannounced_is_read_every_time() {
    let rude = RudeServer::start(|head| match head.starts_with("GET /old ") {
        true => RudeAnswer::raw("HTTP/1.1 301 X\r\nLocation: /feed\r\nContent-Length: 0\r\n\r\n")
            .then(AfterAnswer::CloseAtNext),
        false => RudeAnswer::raw("HTTP/1.1 200 X\r\nContent-Length: 2\r\n\r\nok").then(AfterAnswer::CloseAtNext),
    })
    .await;
    let client = client();
    for _ in 0..10 {
        assert_eq!(client.send(at_home(rude.url("/old"))).await.unwrap().body, "ok");
    }
}

#[tokio::test]
async fn a_receiver_that_closes_its_connections_unannounced_costs_one_attempt() {
    let yes = RudeAnswer::raw("HTTP/1.1 200 X\r\nContent-Length: 2\r\n\r\nok").then(AfterAnswer::CloseAtNext);
    let rude = RudeServer::start(move |_| yes.clone()).await;
    let client = client();
    let mut answers = Vec::new();
    for _ in 0..6 {
        answers.push(client.send(Request::post(rude.url("/"), Bytes::from("{}"))).await.is_ok());
    }
    assert_eq!(answers, [true, false, true, true, true, true], "a request may have arrived: it is not sent again here");
}

#[tokio::test]
async fn a_cookie_that_a_redirect_sets_is_sent_back_within_the_fetch_and_forgotten_after_it() {
    let rude = RudeServer::start(|head| match head.contains("cookie: tok=1") {
        true => RudeAnswer::answer(200, "", "feed"),
        false if head.starts_with("GET /set") => {
            RudeAnswer::answer(302, "Location: /feed\nSet-Cookie: tok=1; Path=/; HttpOnly", "")
        }
        false => RudeAnswer::answer(302, "Location: /set?token=zz", ""),
    })
    .await;
    let client = client();
    for _ in 0..2 {
        assert_eq!(client.send(at_home(rude.url("/feed"))).await.unwrap().body, "feed");
    }
    let cookies: Vec<bool> = rude.received().iter().map(|head| head.contains("cookie:")).collect();
    assert_eq!(cookies, [false, false, true, false, false, true]);
}

#[tokio::test]
async fn a_location_in_another_encoding_keeps_its_bytes() {
    for (location, path) in [
        (b"/caf\xe9/feed".as_slice(), "/caf%E9/feed"),
        // "أخبار" in windows-1256.
        (b"/\xc3\xce\xc8\xc7\xd1", "/%C3%CE%C8%C7%D1"),
        ("/خبر".as_bytes(), "/%D8%AE%D8%A8%D8%B1"),
        ("\u{200b}/news\u{feff}".as_bytes(), "/news"),
    ] {
        let head = [b"HTTP/1.1 301 X\r\nConnection: close\r\nContent-Length: 0\r\nLocation: ", location, b"\r\n\r\n"];
        let head = head.concat();
        let rude = RudeServer::start(move |asked| match asked.starts_with("GET / ") {
            true => RudeAnswer::raw(head.clone()),
            false => RudeAnswer::answer(200, "", ""),
        })
        .await;
        let answer = client().send(at_home(rude.url("/"))).await.unwrap();
        assert_eq!(answer.url.path(), path);
    }
}

#[tokio::test]
async fn a_body_with_broken_framing_is_returned_on_request() {
    let head = "HTTP/1.1 200 OK\r\n";
    for lines in ["Content-Length: 9\r\n\r\nwhole", "Transfer-Encoding: chunked\r\n\r\n5\r\nwhole\r\n"] {
        for then in [AfterAnswer::Close, AfterAnswer::Reset, AfterAnswer::Hang] {
            let scripted = RudeAnswer::raw(format!("{head}{lines}")).then(then.clone());
            let rude = RudeServer::start(move |_| scripted.clone()).await;
            let request = Request { take: LimitAction::Served, ..at_home(rude.url("/")) };
            match client().send(request).await {
                Ok(answer) => assert!(answer.body == "whole" && answer.broken.is_some(), "{lines:?}"),
                // A reset may overtake what was sent before it.
                Err(error) => assert!(matches!(then, AfterAnswer::Reset), "{lines:?}: {error}"),
            }
        }
    }
}

#[tokio::test]
async fn a_truncated_compressed_body_is_returned_on_request() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    gzip.write_all(&[7; 5000]).unwrap();
    let whole = gzip.finish().unwrap();
    for length in ["90000", "2500"] {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {length}\r\n\r\n");
        let scripted = RudeAnswer::raw([head.as_bytes(), &whole[..2500]].concat());
        let rude = RudeServer::start(move |_| scripted.clone()).await;
        let served = Request { take: LimitAction::Served, ..at_home(rude.url("/")) };
        let answer = client().send(served).await.unwrap();
        assert!(answer.broken.is_some() && answer.end == StreamEnd::CutOff, "{length}");
        assert!((2000..2500).contains(&answer.body.len()), "{length}: {}", answer.body.len());
        assert!(client().send(at_home(rude.url("/"))).await.is_err(), "{length}");
    }
}

#[tokio::test]
async fn a_body_in_single_bytes_ends_early() {
    let chunks = RudeAnswer::raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        .then(AfterAnswer::Repeat(b"1\r\nx\r\n".repeat(10_000)));
    let rude = RudeServer::start(move |_| chunks.clone()).await;
    let request = Request { deadline: Duration::from_secs(60), max_body: usize::MAX, ..at_home(rude.url("/")) };
    let error = client().send(request).await.unwrap_err();
    assert!(error.to_string().contains("pieces of 1 bytes"), "{error}");
}

#[tokio::test]
async fn a_slow_answer_does_not_delay_its_channel() {
    let yes = RudeAnswer::raw("HTTP/1.1 200 OK\r\n\r\nthanks").then(AfterAnswer::Hang);
    let rude = RudeServer::start(move |_| yes.clone()).await;
    let mut request = Request::post(rude.url("/"), Bytes::new());
    assert!(request.body_within < request.deadline);
    request.deadline = Duration::from_secs(60);
    let client = Client::new(&ClientSettings::new("marsad/test")).unwrap();
    let answer = client.send(request).await.unwrap();
    assert_eq!((answer.status, answer.body.as_ref(), answer.truncated), (200, b"thanks".as_slice(), true));
    assert!(answer.took < Duration::from_secs(30), "{:?}", answer.took);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn endless_interim_responses_of_one_peer_do_not_delay_others() {
    let storm = RudeAnswer::raw("").then(AfterAnswer::Repeat(b"HTTP/1.1 103 X\r\n\r\n".repeat(10_000)));
    let hostile = RudeServer::start(move |_| storm.clone()).await;
    let honest = RudeServer::start(|_| RudeAnswer::answer(200, "", "ok")).await;
    let client = client();
    let floods = [
        Request { deadline: Duration::from_secs(3), ..at_home(hostile.url("/")) },
        Request { deadline: Duration::from_secs(3), ..Request::post(hostile.url("/"), Bytes::new()) },
    ];
    let floods = floods.map(|request| {
        tokio::spawn({
            let client = client.clone();
            async move { client.send(request).await }
        })
    });
    let mut slowest = Duration::ZERO;
    while !floods.iter().all(tokio::task::JoinHandle::is_finished) {
        for request in [at_home(honest.url("/")), Request::post(honest.url("/"), Bytes::new())] {
            slowest = slowest.max(client.send(request).await.unwrap().took);
        }
    }
    for flood in floods {
        assert_eq!(flood.await.unwrap().unwrap_err().class(), "timeout");
    }
}
