//! Tests fetches from a misbehaving server on loopback.

use std::io::Write as _;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::clock::ManualClock;
use crate::net::ClientSettings;
use crate::net::rude_server::{AfterAnswer, RudeAnswer, RudeServer};
use crate::source::{FirstVisit, Follow, SourceId, VisitInterval};

const NOW: &str = "2026-11-21T12:00:00Z";

fn fetcher() -> (Fetcher, ManualClock) {
    let client = Client::new(&ClientSettings::new("marsad/test")).unwrap();
    let settings = config::FetchSettings {
        user_agent: "marsad/test".to_owned(),
        timeout: SignedDuration::from_secs(5),
        max_body: 100_000,
        concurrency: 1,
        per_host: 1,
        host_delay: SignedDuration::ZERO,
        obey_robots: true,
        proxy: None,
    };
    let (clock, hands) = Clock::manual(NOW.parse::<Timestamp>().unwrap());
    (Fetcher::new(Arc::new(client), &settings, clock), hands)
}

fn source(kind: SourceKind, rude: &RudeServer) -> Source {
    Source {
        id: SourceId::new("una-ar"),
        kind,
        address: Address::from_url(rude.url("/feed?lang=ar")).unwrap(),
        every: VisitInterval::Pause(SignedDuration::from_mins(10)),
        min_every: SignedDuration::from_mins(1),
        max_every: SignedDuration::from_hours(6),
        lang: Some(Lang::parse("ar").unwrap()),
        tags: Vec::new(),
        tier: None,
        publisher: None,
        follow: Follow::Auto,
        first_visit: FirstVisit::Quiet,
        timezone: TimeZone::UTC,
        encoding: None,
        headers: vec![("X-Key".to_owned(), "s3cret".to_owned().into())],
        max_items: 500,
        enabled: true,
        allow_networks: vec!["127.0.0.0/8".parse().unwrap()],
    }
}

async fn answered(say: RudeAnswer) -> Result<Fetched, FetchError> {
    let rude = RudeServer::start(move |_| say.clone()).await;
    fetcher().0.fetch(&source(SourceKind::Feed, &rude), &Validators::default()).await
}

#[tokio::test]
async fn a_feed_is_fetched_once_and_then_conditionally() {
    let rude = RudeServer::start(|head| {
        if head.contains("if-none-match: \"a\"\r\nif-modified-since: Then\r\n") {
            return RudeAnswer::answer(304, "ETag: \"b\"\nCache-Control: max-age=600", "");
        }
        let (text, _, _) = encoding_rs::WINDOWS_1256.encode("<rss>غزة</rss>");
        RudeAnswer::answer(200, "ETag: \"a\"\nLast-Modified: Then\nContent-Type: text/XML; charset=windows-1256", text)
    })
    .await;
    let (fetcher, _) = fetcher();
    let source = source(SourceKind::Feed, &rude);
    let Fetched::Document { document, validators, bytes, .. } =
        fetcher.fetch(&source, &Validators::default()).await.unwrap()
    else {
        panic!("no document")
    };
    assert_eq!((document.text.as_str(), document.encoding), ("<rss>غزة</rss>", "windows-1256"));
    assert_eq!((document.media_type.as_str(), bytes), ("text/xml", 14));
    assert_eq!(document.address, source.address);
    let Fetched::NotModified { validators, rules, .. } = fetcher.fetch(&source, &validators).await.unwrap() else {
        panic!("modified")
    };
    assert_eq!((validators.etag.as_deref(), validators.last_modified.as_deref()), (Some("\"b\""), Some("Then")));
    assert_eq!(rules.max_age, Some(SignedDuration::from_mins(10)));
    let first = &rude.received()[0];
    assert!(first.starts_with("GET /feed?lang=ar HTTP/1.1\r\n") && !first.contains("if-none-match"));
    assert!(first.contains("x-key: s3cret") && first.contains("user-agent: marsad/test"));
}

#[tokio::test]
async fn the_same_document_in_another_compression_is_unchanged_but_not_at_another_address_or_type() {
    let rude = RudeServer::start(|head| {
        let (mut gzip, text) = (flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()), "<rss>1</rss>");
        gzip.write_all(text.as_bytes()).unwrap();
        match head.split(' ').nth(1).unwrap_or_default() {
            "/moved" => RudeAnswer::answer(301, "Location: /feed?lang=ar", ""),
            "/coded" => {
                RudeAnswer::answer(200, "Content-Type: text/xml\nContent-Encoding: gzip", gzip.finish().unwrap())
            }
            "/typed" => RudeAnswer::answer(200, "Content-Type: text/html", text),
            "/tagged" if head.contains("if-none-match") => RudeAnswer::answer(304, "", ""),
            "/partial" => RudeAnswer::answer(206, "Content-Type: text/xml", text),
            _ => RudeAnswer::answer(200, "Content-Type: text/xml", text),
        }
    })
    .await;
    let (fetcher, _) = fetcher();
    let at =
        |path: &str| Source { address: Address::from_url(rude.url(path)).unwrap(), ..source(SourceKind::Feed, &rude) };
    let hash = |path: &str| {
        let address = at(path).address;
        Some(BodyHash::of(address.as_str(), "text/xml", b"<rss>1</rss>"))
    };
    let asked = |path: &str| Validators { body: hash(path), ..Validators::default() };
    for (path, known, is_unchanged) in [
        ("/feed?lang=ar", "/feed?lang=ar", true),
        ("/moved", "/feed?lang=ar", true),
        ("/coded", "/coded", true),
        ("/feed?lang=ar", "/moved", false),
        ("/typed", "/typed", false),
        ("/partial", "/partial", false),
    ] {
        let fetched = fetcher.fetch(&at(path), &asked(known)).await.unwrap();
        let unchanged = matches!(&fetched, Fetched::NotModified { sent_again: Some(_), validators, .. }
            if *validators == asked(known));
        assert_eq!(unchanged, is_unchanged, "{path}: {fetched:?}");
    }
    let asked = Validators { etag: Some("\"a\"".to_owned()), ..asked("/tagged") };
    let fetched = fetcher.fetch(&at("/tagged"), &asked).await.unwrap();
    let Fetched::NotModified { sent_again: None, validators, .. } = fetched else { panic!("{fetched:?}") };
    assert_eq!(validators, asked, "a 304 keeps the hash");
}

#[tokio::test]
async fn a_stored_validator_that_no_request_can_carry_is_omitted() {
    let rude = RudeServer::start(|_| RudeAnswer::answer(200, "", "<rss></rss>")).await;
    let (fetcher, _) = fetcher();
    let source = source(SourceKind::Feed, &rude);
    for spoilt in ["\"a\nb\"", "a\0", "\u{7f}", ""] {
        let spoilt = Some(spoilt.to_owned());
        for (etag, last_modified) in [(spoilt.clone(), spoilt.clone()), (spoilt, Some("Then".to_owned()))] {
            let conditional = last_modified.as_deref() == Some("Then");
            let fetched = fetcher.fetch(&source, &Validators { etag, last_modified, ..Validators::default() }).await;
            assert!(matches!(fetched, Ok(Fetched::Document { .. })), "{fetched:?}");
            let head = rude.received().pop().unwrap();
            assert!(!head.contains("if-none-match"), "{head}");
            assert_eq!(head.contains("if-modified-since: Then\r\n"), conditional, "{head}");
        }
    }
}

#[tokio::test]
async fn every_answer_without_a_document_has_an_error_class() {
    let challenge = "<html><title>Just a moment...</title></html>";
    for (say, class, transient, after) in [
        (RudeAnswer::answer(403, "", ""), "blocked", false, None),
        (RudeAnswer::answer(401, "", ""), "blocked", false, None),
        (RudeAnswer::answer(200, "Content-Type: text/html", challenge), "blocked", false, None),
        (RudeAnswer::answer(503, "cf-mitigated: challenge\nRetry-After: 60", ""), "blocked", false, Some(60)),
        (RudeAnswer::answer(404, "", ""), "gone", false, None),
        (RudeAnswer::answer(410, "", ""), "gone", false, None),
        (RudeAnswer::answer(429, "Retry-After: 120", ""), "busy", true, Some(120)),
        (RudeAnswer::answer(503, "Retry-After: Sat, 21 Nov 2026 12:10:00 GMT", ""), "busy", true, Some(600)),
        (RudeAnswer::answer(500, "Retry-After: 1000000000000", ""), "busy", true, Some(86_400)),
        (RudeAnswer::answer(502, "Retry-After: -1", ""), "busy", true, None),
        (RudeAnswer::answer(304, "", ""), "status", false, None),
        (RudeAnswer::answer(418, "", ""), "status", false, None),
        (RudeAnswer::answer(200, "", b"\x1f\x8b\x08\0\0\0\0\0\0\x03half"), "size", false, None),
        (RudeAnswer::answer(200, "", vec![b'x'; 200_000]), "size", false, None),
        (RudeAnswer::raw("nonsense\r\n\r\n"), "protocol", true, None),
    ] {
        let error = answered(say).await.unwrap_err();
        let wait = error.retry_after().map(|wait| wait.as_secs());
        assert_eq!((error.class(), error.is_transient(), wait), (class, transient, after), "{error}");
    }
}

#[tokio::test]
async fn a_private_source_is_refused_with_the_remedy() {
    let rude = RudeServer::start(|_| RudeAnswer::answer(200, "", "")).await;
    let mut source = source(SourceKind::Feed, &rude);
    source.allow_networks.clear();
    let error = fetcher().0.fetch(&source, &Validators::default()).await.unwrap_err();
    assert!(error.to_string().contains("allow_networks"), "{error}");
    let link = Address::from_url(rude.url("/item")).unwrap();
    assert!(fetcher().0.page(&link, None).await.is_err());
    assert!(rude.received().is_empty());
}

#[tokio::test]
async fn a_page_is_fetched_only_if_robots_txt_permits_it() {
    let rude = RudeServer::start(|head| {
        if head.starts_with("GET /robots.txt ") {
            return RudeAnswer::answer(200, "", "User-agent: marsad\nDisallow: /*lang=ar");
        }
        RudeAnswer::answer(200, "", "<html>")
    })
    .await;
    let (fetcher, hands) = fetcher();
    let none = Validators::default();
    for _ in 0..2 {
        let error = fetcher.fetch(&source(SourceKind::Page(None), &rude), &none).await.unwrap_err();
        assert_eq!(error.class(), "robots");
    }
    assert_eq!(rude.received().len(), 1, "its robots.txt is asked once a day");
    assert!(fetcher.fetch(&source(SourceKind::Feed, &rude), &none).await.is_ok(), "a feed is offered to programs");
    hands.advance(SignedDuration::from_hours(25));
    assert!(fetcher.fetch(&source(SourceKind::Article, &rude), &none).await.is_err());
    assert_eq!(rude.received().len(), 3);
}

#[tokio::test]
async fn a_site_without_robots_txt_is_open_and_a_failing_one_is_not() {
    for (status, open) in [(404, true), (403, true), (500, false), (429, false)] {
        let rude = RudeServer::start(move |head| {
            RudeAnswer::answer(if head.starts_with("GET /robots.txt ") { status } else { 200 }, "", "<html>")
        })
        .await;
        let result = fetcher().0.fetch(&source(SourceKind::Page(None), &rude), &Validators::default()).await;
        assert_eq!(result.is_ok(), open, "{status}");
    }
}

#[tokio::test]
async fn a_network_that_is_down_is_not_taken_for_a_robots_txt_that_forbids() {
    let asked = std::sync::atomic::AtomicUsize::new(0);
    let rude = RudeServer::start(move |head| {
        let first =
            head.starts_with("GET /robots.txt ") && asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0;
        if first { RudeAnswer::raw("") } else { RudeAnswer::answer(200, "", "<html>") }
    })
    .await;
    let (fetcher, _) = fetcher();
    let page = source(SourceKind::Page(None), &rude);
    let error = fetcher.fetch(&page, &Validators::default()).await.unwrap_err();
    assert!(matches!(error.why, FetchFailure::Net(_)), "{error}");
    assert!(fetcher.fetch(&page, &Validators::default()).await.is_ok(), "the next fetch asks again");
}

fn raw(lines: &str, body: &str) -> RudeAnswer {
    RudeAnswer::raw(format!("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n{lines}\r\n\r\n{body}"))
}

#[tokio::test]
async fn a_complete_document_with_broken_framing_is_read_and_noted() {
    for body in ["<rss><channel/></rss>", "<feed></feed>\n", "<rdf:RDF></rdf:RDF>", "<html></html>", "{\"a\": 1}"] {
        let (long, chunk) = (body.len() + 2, body.len());
        for say in [
            raw(&format!("Content-Length: {long}"), body),
            raw("Transfer-Encoding: chunked", &format!("{chunk:x}\r\n{body}\r\n")),
            raw("Transfer-Encoding: chunked", &format!("{chunk:x}\r\n{body}\r\nzz")),
        ] {
            let Ok(Fetched::Document { document, broken, .. }) = answered(say).await else { panic!("{body}") };
            assert_eq!(document.text.trim_end(), body.trim_end());
            assert!(broken.is_some_and(|why| why.contains("the document is complete")));
        }
    }
    let Ok(Fetched::Document { broken: None, .. }) = answered(RudeAnswer::answer(200, "", "<rss></rss>")).await else {
        panic!("a sound answer")
    };
}

#[tokio::test]
async fn half_a_document_is_a_failure() {
    for body in ["<rss><channel><item></item>", "<html><p>a page without an end", "{\"items\": [1", "plain text", ""] {
        let error = answered(raw("Content-Length: 500", body)).await.unwrap_err();
        assert_eq!((error.class(), error.is_transient()), ("protocol", true), "{body}");
    }
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn coded(lines: &str, body: &[u8]) -> RudeAnswer {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n{lines}\r\n\r\n");
    RudeAnswer::raw([head.as_bytes(), body].concat())
}

#[tokio::test]
async fn damage_after_the_last_block_of_a_compressed_document_is_noted() {
    let text = "<html><p>a page without an end";
    let whole = gzip(text);
    let bare = &whole[..whole.len() - 8];
    let wrong = [bare, [0; 8].as_slice()].concat();
    let long = format!("Content-Encoding: gzip\r\nContent-Length: {}", whole.len());
    for (name, say) in [
        ("no trailer", coded("Content-Encoding: gzip", bare)),
        ("wrong checksum", coded("Content-Encoding: gzip", &wrong)),
        ("other bytes behind", coded("Content-Encoding: gzip", &[&whole, b"<br>".as_slice()].concat())),
        ("no trailer, announced length not reached", coded(&long, bare)),
        ("a file without its trailer", coded("X-A: b", bare)),
    ] {
        let Ok(Fetched::Document { document, broken, .. }) = answered(say).await else { panic!("{name}") };
        assert_eq!(document.text, text, "{name}");
        assert!(broken.is_some_and(|why| why.contains("the document is complete")), "{name}");
    }
    for lines in ["Content-Encoding: gzip", "X-A: b"] {
        let Ok(Fetched::Document { broken: None, .. }) = answered(coded(lines, &whole)).await else {
            panic!("{lines}")
        };
    }
}

#[tokio::test]
async fn a_truncated_compressed_document_must_be_complete_by_its_own_syntax() {
    let flushed = |text: &str| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.flush().unwrap();
        encoder.get_ref().clone()
    };
    for (lines, class) in [("Content-Encoding: gzip", "protocol"), ("X-A: b", "size")] {
        let whole = answered(coded(lines, &flushed("<rss><channel/></rss>"))).await;
        let Ok(Fetched::Document { broken: Some(_), .. }) = whole else { panic!("{lines}: {whole:?}") };
        let half = answered(coded(lines, &flushed("<rss><channel><item></item>"))).await;
        assert_eq!(half.unwrap_err().class(), class, "{lines}");
    }
}

#[tokio::test]
async fn a_robots_txt_with_broken_framing_is_used() {
    let rude = RudeServer::start(|head| match head.starts_with("GET /robots.txt ") {
        true => raw("Content-Length: 500", "User-agent: *\nDisallow: /private\n"),
        false => RudeAnswer::answer(200, "", "<html>"),
    })
    .await;
    let (fetcher, _) = fetcher();
    let mut source = source(SourceKind::Page(None), &rude);
    assert!(fetcher.fetch(&source, &Validators::default()).await.is_ok());
    source.address = Address::from_url(rude.url("/private/x")).unwrap();
    assert_eq!(fetcher.fetch(&source, &Validators::default()).await.unwrap_err().class(), "robots");
}

#[tokio::test]
async fn a_page_of_a_server_that_closes_its_connections_unannounced_is_read_at_every_visit() {
    let rude = RudeServer::start(|head| {
        let body = if head.starts_with("GET /robots.txt ") { "" } else { "<html></html>" };
        let answer = raw(&format!("Content-Length: {}", body.len()), body);
        answer.then(AfterAnswer::CloseAtNext)
    })
    .await;
    let (fetcher, hands) = fetcher();
    for _ in 0..5 {
        fetcher.fetch(&source(SourceKind::Page(None), &rude), &Validators::default()).await.unwrap();
        hands.advance(SignedDuration::from_hours(25));
    }
}

#[tokio::test]
async fn a_page_that_leads_browsers_on_is_followed_once() {
    let rude = RudeServer::start(|head| {
        let html = |text: &str| RudeAnswer::answer(200, "Content-Type: text/html\nETag: \"a\"", text);
        match head.split(' ').nth(1).unwrap_or_default() {
            "/meta" => html("<META HTTP-EQUIV=refresh CONTENT=\"0; URL='/feed'\">"),
            "/header" => RudeAnswer::answer(200, "Content-Type: text/html\nRefresh: 0; url=/feed", "<p>moved"),
            "/chain" => html("<meta http-equiv=refresh content='1;url=/meta?x=1'>"),
            "/meta?x=1" => html("<meta http-equiv=refresh content='0;url=/ar/home'>"),
            "/reload" => html("<meta http-equiv=refresh content='0;url=/reload#top'>"),
            "/later" => html("<meta http-equiv=refresh content='60;url=/feed'>"),
            "/nowhere" => html("<meta http-equiv=refresh content='0;url=/missing'>"),
            "/missing" => RudeAnswer::answer(404, "", ""),
            "/elsewhere" => html("<meta http-equiv=refresh content='0;url=http://localhost.example:1/feed'>"),
            _ => RudeAnswer::answer(200, "Content-Type: text/xml\nETag: \"f\"", "<rss>1</rss>"),
        }
    })
    .await;
    let (fetcher, _) = fetcher();
    for (path, ends) in [("/meta", "/feed"), ("/header", "/feed"), ("/reload", "/reload"), ("/later", "/later")] {
        for kind in [SourceKind::Feed, SourceKind::Article] {
            let source = Source { address: Address::from_url(rude.url(path)).unwrap(), ..source(kind, &rude) };
            let fetched = fetcher.fetch(&source, &Validators::default()).await.unwrap();
            let Fetched::Document { document, validators, .. } = fetched else { panic!("no document") };
            assert_eq!(document.address.url().path(), ends, "{path}");
            assert_eq!(validators.is_conditional(), path == ends, "{path}: validators of another address");
        }
    }
    let leading_on =
        |path| Source { address: Address::from_url(rude.url(path)).unwrap(), ..source(SourceKind::Feed, &rude) };
    assert!(fetcher.fetch(&leading_on("/elsewhere"), &Validators::default()).await.is_err());
    let nowhere = fetcher.fetch(&leading_on("/nowhere"), &Validators::default()).await.unwrap_err();
    let named = format!("leads browsers to {}, where there is no page (status 404)", rude.url("/missing"));
    assert!(nowhere.to_string().contains(&named), "{nowhere}");
    let twice = fetcher.fetch(&leading_on("/chain"), &Validators::default()).await.unwrap_err();
    let end = rude.url("/ar/home");
    assert!(twice.to_string().ends_with(&format!("configure the address where they end, such as {end}")), "{twice}");
    assert!(rude.received().iter().all(|head| head.contains("x-key") || head.contains("robots.txt")));
}

#[tokio::test]
async fn a_private_host_that_a_page_leads_to_is_refused_without_advice_that_does_not_apply() {
    let inner = RudeServer::start(|_| RudeAnswer::answer(200, "", "secret")).await;
    let target = inner.url("/").to_string();
    let refresh = format!("<meta http-equiv=refresh content='0;url={target}'>");
    for say in [
        RudeAnswer::answer(200, "Content-Type: text/html", refresh),
        RudeAnswer::answer(302, &format!("Location: {target}"), ""),
    ] {
        for kind in [SourceKind::Feed, SourceKind::Article] {
            let (say, kind) = (say.clone(), kind);
            let rude = RudeServer::start(move |head| match head.starts_with("GET /robots.txt ") {
                true => RudeAnswer::answer(404, "", ""),
                false => say.clone(),
            })
            .await;
            let error = fetcher().0.fetch(&source(kind, &rude), &Validators::default()).await.unwrap_err().to_string();
            assert!(error.contains("allow_networks holds for the configured server only"), "{error}");
            assert!(!error.contains("list its network"), "{error}");
        }
    }
    assert!(inner.received().is_empty());
}

#[tokio::test]
async fn a_feed_with_status_404_is_named_as_one() {
    for (body, named) in [("<rss version=\"2.0\"><channel/></rss>", true), ("<html>Not found", false)] {
        let failed = answered(RudeAnswer::answer(404, "Content-Type: text/html", body)).await.unwrap_err();
        assert_eq!(failed.to_string().contains("serves a feed, but with status 404"), named, "{failed}");
        assert_eq!(failed.class(), "gone");
    }
}
