//! Tests hostile answers through the whole pipeline: each row ends as expected, and an honest source continues.
//!
//! Times are bounded so that only a hang is caught; `cargo bench --bench page` and `--bench feed` measure.

use std::time::Duration;

use super::process::Process;
use super::site::{Page, Rude, Site};
use super::world::{TEXT, World, feed, source, watch};

mod rows;

use rows::{Ends, Row};

/// No row takes longer, even without optimisation on a busy machine.
const HANG: Duration = Duration::from_secs(60);
/// What the whole table may add to the memory of the daemon, in kibibytes: bodies of 8 MiB are decoded on several
/// threads, and the allocator keeps what each has used. One page that is not bounded takes 2 GiB.
const MEMORY: u64 = 256 << 10;

fn put(site: &Site, n: usize, row: &Row) {
    let headers = [vec![("content-type", row.media.to_owned())], row.headers.clone()].concat();
    site.put(&format!("/h{n}"), Page { status: 200, headers, bytes: row.bytes.clone() });
}

/// A visit that a busy machine delayed is repeated before the test gives up.
fn sources(rows: &[Row]) -> String {
    let soon = "every = \"2m\"\nmax_every = \"2m\"";
    rows.iter()
        .enumerate()
        .map(|(n, row)| {
            source(&format!("h{n}"), row.kind, &format!("/h{n}"), "first_visit = \"all\"\nfollow = \"never\"")
                .replace("every = \"10m\"", soon)
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_hostile_answer_ends_as_expected_and_an_honest_source_continues() {
    let rows = rows::all();
    let more = format!("{}{}{}", feed("wire", "/feed"), sources(&rows), watch("all", "council", &["desk"]));
    let world = World::with(&more).await;
    world.site.feed("/feed", &[("before", "Old lighthouse reopens", "What stood there before the first visit.")]);
    world.visit("wire").await;
    for (n, row) in rows.iter().enumerate() {
        put(&world.site, n, row);
        let alerted = world.alerted().len();
        let visit = tokio::time::timeout(HANG, world.bring(&format!("h{n}"))).await;
        let visit = visit.unwrap_or_else(|_| panic!("{} {}: hangs", row.name, row.kind));
        let error = visit.error.clone().unwrap_or_default();
        let alerted = world.alerted().split_off(alerted);
        let right = match row.ends {
            Ends::Refused(why) => visit.error.is_some() && error.contains(why),
            Ends::Found(count) => visit.error.is_none() && visit.found == count,
            Ends::Alerted(title) => visit.error.is_none() && alerted == [title],
            Ends::Anyhow => !error.contains("panic"),
        };
        assert!(right, "{} ({}): found {}, alerted {alerted:?}, error {error:?}", row.name, row.kind, visit.found);
        assert!(world.site.times(&format!("/h{n}")) <= 3, "{} was asked for again and again", row.name);
    }
    world.site.feed("/feed", &[("one", "The council meets", TEXT)]);
    world.bring("wire").await;
    assert_eq!(world.alerted().last().map(String::as_str), Some("The council meets"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_gets_all_hostile_answers_stays_small_and_continues() {
    let mut process = Process::start(&watch("all", "lighthouse", &["desk"])).await;
    let before = process.peak_kib();
    let rows = rows::all();
    rows.iter().enumerate().for_each(|(n, row)| put(&process.site, n, row));
    process.watch_also(&format!("{}{}", watch("all", "lighthouse", &["desk"]), sources(&rows)));
    for n in 0..rows.len() {
        process.site.served(&format!("/h{n}"), 1, HANG * 4).await;
    }
    process.site.feed("/feed", &[("one", "The lighthouse council meets", TEXT)]);
    process.letters(1).await;
    let grown = process.peak_kib().saturating_sub(before);
    assert!(grown < MEMORY, "the daemon grew by {grown} KiB");
    assert_eq!(process.stop(), Some(0), "{}", process.log());
    assert!(!process.log().contains("panic"), "{}", process.log());
}

#[tokio::test]
async fn malformed_http_affects_only_its_source() {
    let long = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(1 << 20));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n<rss>", "X: y\r\n".repeat(10_000));
    let crumbs =
        format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{}0\r\n\r\n", "1\r\nx\r\n".repeat(1_000_000));
    let cases = [
        ("H06 a length that is too long", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<rss>".to_owned()),
        ("H06 two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n<rss>".to_owned()),
        ("H06 a million chunks of one byte", crumbs),
        ("H07 a header line of a megabyte", long),
        ("H07 10,000 headers", many),
        ("H07 a bad status line", "HTTP/9.9 what\r\n\r\n".to_owned()),
        ("H07 no headers at all", "<rss></rss>".to_owned()),
        ("H07 a line feed in a redirect", "HTTP/1.1 302 X\r\nLocation: /a\rX: b\r\n\r\n".to_owned()),
        ("H26 a validator of a megabyte", format!("HTTP/1.1 200 OK\r\nETag: \"{}\"\r\n\r\n<rss>", "e".repeat(1 << 20))),
    ];
    for (name, bytes) in cases {
        let rude = Rude::sending(Box::leak(bytes.into_boxed_str()).as_bytes()).await;
        let bad =
            format!("\n[[source]]\nid = \"rude\"\nfeed = \"{}\"\nallow_networks = [\"127.0.0.0/8\"]\n", rude.url("/f"));
        let mut world =
            World::with(&format!("{bad}{}{}", feed("wire", "/feed"), watch("all", "council", &["desk"]))).await;
        world.impatient(Duration::from_secs(3));
        let visit = tokio::time::timeout(HANG, world.visit("rude")).await.unwrap_or_else(|_| panic!("{name}: hangs"));
        assert!(visit.error.is_some(), "{name}: {visit:?}");
        world.site.feed("/feed", &[("old", "Something else", "An older text.")]);
        assert_eq!(world.visit("wire").await.error, None, "{name}");
    }
}

#[tokio::test]
async fn a_long_validator_and_a_broken_date_are_not_sent_back() {
    let world = World::with(&format!("{}{}", feed("wire", "/feed"), watch("all", "council", &["desk"]))).await;
    let headers = vec![
        ("content-type", "application/rss+xml".to_owned()),
        ("last-modified", "z".repeat(3_000)),
        ("set-cookie", format!("a={}", "c".repeat(3_000))),
    ];
    let bytes = b"<rss><channel><item><title>t</title></item></channel></rss>".to_vec();
    world.site.put("/feed", Page { status: 200, headers, bytes });
    world.visit("wire").await;
    world.visit("wire").await;
    let last = world.site.asked().pop().unwrap();
    assert!(!last.headers.contains_key("cookie") && !last.headers.contains_key("if-modified-since"), "{last:?}");
}
