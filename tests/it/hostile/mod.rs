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
/// What the daemon may take in all, in kibibytes.
const PEAK: u64 = 256 << 10;
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
    let mut malformed = Vec::new();
    for (_, bytes) in malformed_http() {
        malformed.push(Rude::sending(Box::leak(bytes.into_boxed_str()).as_bytes()).await);
    }
    let servers: String = malformed.iter().enumerate().map(|(n, server)| malformed_source(n, server)).collect();
    let watched = watch("all", "lighthouse", &["desk"]);
    process.watch_also(&format!("{watched}{}{servers}", sources(&rows)));
    for n in 0..rows.len() {
        process.site.served(&format!("/h{n}"), 1, HANG * 4).await;
    }
    for n in 0..malformed.len() {
        process.says(&format!("malformed-{n}")).await;
    }
    process.site.feed("/feed", &[("one", "The lighthouse council meets", TEXT)]);
    process.letters(1).await;
    let (peak, grown) = (process.peak_kib(), process.peak_kib().saturating_sub(before));
    eprintln!(
        "{} hostile answers: the daemon's peak is {peak} KiB (VmHWM), {grown} KiB of it by them",
        rows.len() + malformed.len()
    );
    assert!(grown < MEMORY && peak <= PEAK, "the daemon grew by {grown} KiB to {peak} KiB");
    assert_eq!(process.stop(), Some(0), "{}", process.log());
    assert!(!process.log().contains("panic"), "{}", process.log());
}

/// Answers that are not HTTP, or not within its bounds.
fn malformed_http() -> Vec<(&'static str, String)> {
    let long = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(1 << 20));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n<rss>", "X: y\r\n".repeat(10_000));
    let crumbs =
        format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{}0\r\n\r\n", "1\r\nx\r\n".repeat(1_000_000));
    vec![
        ("H06 a length that is too long", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<rss>".to_owned()),
        ("H06 two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n<rss>".to_owned()),
        ("H06 a million chunks of one byte", crumbs),
        ("H07 a header line of a megabyte", long),
        ("H07 10,000 headers", many),
        ("H07 a bad status line", "HTTP/9.9 what\r\n\r\n".to_owned()),
        ("H07 no headers at all", "<rss></rss>".to_owned()),
        ("H07 a line feed in a redirect", "HTTP/1.1 302 X\r\nLocation: /a\rX: b\r\n\r\n".to_owned()),
        ("H26 a validator of a megabyte", format!("HTTP/1.1 200 OK\r\nETag: \"{}\"\r\n\r\n<rss>", "e".repeat(1 << 20))),
    ]
}

fn malformed_source(number: usize, server: &Rude) -> String {
    let address = server.url("/f");
    format!("\n[[source]]\nid = \"malformed-{number}\"\nfeed = \"{address}\"\nallow_networks = [\"127.0.0.0/8\"]\n")
}

#[tokio::test]
async fn malformed_http_affects_only_its_source() {
    for (name, bytes) in malformed_http() {
        let rude = Rude::sending(Box::leak(bytes.into_boxed_str()).as_bytes()).await;
        let bad = malformed_source(0, &rude);
        let mut world =
            World::with(&format!("{bad}{}{}", feed("wire", "/feed"), watch("all", "council", &["desk"]))).await;
        world.impatient(Duration::from_secs(3));
        let visit =
            tokio::time::timeout(HANG, world.visit("malformed-0")).await.unwrap_or_else(|_| panic!("{name}: hangs"));
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

#[tokio::test]
async fn h12_a_selector_bomb_is_rejected_or_ends_in_time() {
    let list = |item: &str| {
        let keys = format!("follow = \"never\"\nitem = \"{item}\"\ntitle = \"a\"\nlink = \"a@href\"");
        format!("{}{}", source("list", "page", "/list", &keys), watch("all", "council", &["desk"]))
    };
    let chained = |times: usize| format!("div{}", ":has(div a)".repeat(times));
    let nested = format!("div{}{}", ":has(div".repeat(20), ")".repeat(20));
    let mut world = World::with(&list(&chained(1))).await;
    for (item, words) in [
        (nested, "is not a CSS selector"),
        (chained(100), "use at most 1024 bytes"),
        (format!("a{}", ",a".repeat(10_000)), "use at most 1024 bytes"),
    ] {
        let text = std::fs::read_to_string(world.path()).unwrap().replace(&chained(1), &item);
        let path = world.path().with_file_name("bomb.toml");
        std::fs::write(&path, text).unwrap();
        let report = marsad::config::Config::load(Some(&path)).unwrap_err().render(false);
        assert!(report.contains(words), "{report}");
    }
    let page = format!("<html><body>{}<a href=/x>x</a>", "<div>".repeat(400));
    for item in [chained(1), chained(90), format!("a{}", ",a".repeat(500))] {
        world.reconfigure(&list(&item)).await;
        world.site.set("/list", "text/html", &page);
        let visit = tokio::time::timeout(HANG, world.visit("list")).await;
        assert!(visit.is_ok(), "{item} hangs");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn h31_names_with_sql_or_wildcards_find_nothing() {
    let mut process = Process::start(&watch("all", "council", &["desk"])).await;
    process.site.feed("/feed", &[("one", "The council meets", TEXT)]);
    process.letters(1).await;
    for name in ["' OR 1=1 --", "%", "_", "*", "?", "[a-z]", "\" OR \"\"=\"", "NEAR(", "i%", "msg_%"] {
        for command in ["deliveries", "stories"] {
            let (code, output) = process.command(&[command, "show", name]);
            assert!(code != Some(0) && !output.contains("The council meets"), "{command} show {name}: {output}");
        }
    }
    let (_, output) = process.command(&["doctor"]);
    assert!(output.contains("store: intact"), "{output}");
    assert_eq!(process.stop(), Some(0), "{}", process.log());
}
