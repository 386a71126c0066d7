//! Tests recurring headlines and changing links: which items are new, and which are known at another address.

use super::identity::{HTML, RSS, long_source, visit, watching};
use super::world::{feed, source};

/// A pseudo-random text with this alphabet and length.
fn drawn(seed: usize, alphabet: &str, length: usize) -> String {
    let letters: Vec<char> = alphabet.chars().collect();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed as u64 + 7);
    let mut draw = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        letters[usize::try_from(state >> 33).unwrap() % letters.len()]
    };
    (0..length).map(|_| draw()).collect()
}

const HEX: &str = "0123456789abcdef";
const BASE62: &str = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

fn uuid(seed: usize) -> String {
    let hex = drawn(seed, HEX, 32);
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// A feed of these (title, link, day of the month or nothing).
fn dated(items: &[(&str, String, Option<usize>)]) -> String {
    let items = items.iter().map(|(title, link, day)| {
        let date = day.map(|day| format!("<pubDate>{day:02} Dec 2026 09:15:00 GMT</pubDate>")).unwrap_or_default();
        let link = link.replace('&', "&amp;");
        format!("<item><title>{title}</title><link>{link}</link>{date}</item>")
    });
    format!("<rss version='2.0'><channel><title>t</title>{}</channel></rss>", items.collect::<String>())
}

#[tokio::test]
async fn each_item_under_a_recurring_headline_without_text_alerts() {
    type Link = fn(usize) -> String;
    let links: [Link; 6] = [
        |n| format!("https://n.example.org/2026/{n}/weekly"),
        |n| format!("https://n.example.org/show.php?id=4{n}"),
        |n| format!("https://n.example.org/show?f={}", drawn(n, HEX, 16)),
        |n| format!("https://n.example.org/doc/{}", uuid(n)),
        |n| format!("https://n.example.org/n/{}", drawn(n, BASE62, 11)),
        |n| format!("https://n.example.org/sermon.html#item-{n}"),
    ];
    let titles = ["Gaza: weekly bulletin of the Secretariat", "Gaza weekly"];
    for link in links {
        for (title, with_date, all) in titles.iter().flat_map(|title| {
            [(true, true), (true, false), (false, true), (false, false)].map(|(date, all)| (*title, date, all))
        }) {
            let world = watching(&feed("wire", "/feed")).await;
            for n in 1..6 {
                let items: Vec<_> = (1..=n).rev().take(if all { 9 } else { 1 }).collect();
                let items: Vec<_> = items.iter().map(|n| (title, link(*n), Some(*n).filter(|_| with_date))).collect();
                let what = format!("{} {title}, dated: {with_date}, all: {all}, visit {n}", link(n));
                assert_eq!(visit(&world, RSS, &dated(&items)).await, (1, usize::from(n > 1)), "{what}");
                assert_eq!(visit(&world, RSS, &dated(&items)).await, (0, 0), "{what} again");
            }
        }
    }
}

#[tokio::test]
async fn a_token_of_any_form_that_changes_at_every_visit_does_not_alert_again() {
    type Link = fn(usize, usize) -> String;
    const LETTERS: &str = "bcdfghjklmnpqrstvwxz";
    let links: [Link; 13] = [
        |i, n| format!("https://n.example.org/(S({}))/n.aspx?id={i}", drawn(n, LETTERS, 24)),
        |i, n| format!("https://n.example.org/(F({}))/n.aspx?id={i}", drawn(n, BASE62, 40)),
        |i, n| format!("https://n.example.org/(X(1)S({}))/n.aspx?id={i}", drawn(n, LETTERS, 24)),
        |i, n| format!("https://n.example.org/n/{i}?{}", drawn(n * 10 + i, HEX, 16)),
        |i, n| format!("https://n.example.org/n/{i}?r={}", 1_234_567_890 + 987_654_321 * (n + i)),
        |i, n| format!("https://n.example.org/n/{i}?k={}", drawn(n * 10 + i, "abcdefghijklmnopqrstuvwxyz", 12)),
        |i, n| format!("https://n.example.org/n/{i}?k={}%3D", drawn(n * 10 + i, BASE62, 15)),
        |i, n| format!("https://n.example.org/r/{}", drawn(n * 10 + i, BASE62, 22)),
        |i, n| format!("https://n.example.org/r/{}/n", drawn(n * 10 + i, "123456789", 11)),
        |i, n| format!("https://{}.n.example.org/{i}", drawn(n, HEX, 12)),
        |i, n| {
            let sid = drawn(n, HEX, 32);
            format!("https://r.example.org/go?url=https%3A%2F%2Fn.example.org%2Fn%3Fid%3D{i}%26sid%3D{sid}")
        },
        |i, n| {
            let token = drawn(n * 10 + i, HEX, 12);
            format!("https://r.example.org/go?url=https%3A%2F%2Fn.example.org%2Fn%3Fid%3D{i}%26t%3D{token}")
        },
        |i, n| format!("https://n.example.org/c?tid={}&c=7{n}", drawn(n * 10 + i, HEX, 12)),
    ];
    let titles = ["Gaza today", "Gaza: talks of the ministers resume in Cairo", "Aid", "Gaza: clinics"];
    for link in links {
        for (count, with_date) in [(1, false), (1, true), (3, false), (3, true)] {
            let world = watching(&feed("wire", "/feed")).await;
            let at = |n: usize, count: usize| {
                let item = |i: usize| (titles[i], link(i, n), Some(i + 1).filter(|_| with_date));
                dated(&(0..count).map(item).collect::<Vec<_>>())
            };
            let what = |n: usize| format!("{} of {count}, dated: {with_date}, visit {n}", link(0, n));
            assert_eq!(visit(&world, RSS, &at(0, count)).await, (count, 0), "{}", what(0));
            for n in 1..5 {
                assert_eq!(visit(&world, RSS, &at(n, count)).await, (0, 0), "{}", what(n));
            }
            if count == 3 {
                assert_eq!(visit(&world, RSS, &at(5, 4)).await, (1, 1), "{}", what(5));
                assert_eq!(visit(&world, RSS, &at(6, 4)).await, (0, 0), "{}", what(6));
            }
        }
    }
}

#[tokio::test]
async fn an_item_under_the_headline_of_another_whose_token_changes_alerts() {
    let link = |n: usize, i: usize| format!("https://n.example.org/c?tid={}", drawn(n * 10 + i, HEX, 12));
    let title = "Gaza: daily report of the agency";
    let world = watching(&feed("wire", "/feed")).await;
    let at = |n: usize, days: &[usize]| {
        dated(&days.iter().map(|day| (title, link(n, *day), Some(*day))).collect::<Vec<_>>())
    };
    assert_eq!(visit(&world, RSS, &at(0, &[3, 2, 1])).await, (3, 0));
    assert_eq!(visit(&world, RSS, &at(1, &[3, 2, 1])).await, (0, 0));
    assert_eq!(visit(&world, RSS, &at(2, &[4, 3, 2])).await, (1, 1));
    assert_eq!(visit(&world, RSS, &at(3, &[5, 4, 3])).await, (1, 1));
    assert_eq!(visit(&world, RSS, &at(4, &[5, 4, 3])).await, (0, 0));
}

#[tokio::test]
async fn items_that_differ_only_in_the_fragment_each_alert() {
    let link = |n: usize| format!("https://n.example.org/page.html#item-{n}");
    let titles = ["Gaza: the crossing is open", "Gaza: the harbour is open", "Gaza: the airport is open"];
    for kind in ["feed", "page"] {
        let item = if kind == "page" { "item = \"article\"\n" } else { "" };
        let world = watching(&source("wire", kind, "/feed", &format!("{item}follow = \"never\""))).await;
        let at = |count: usize| {
            let items = (0..count).rev().map(|n| (titles[n], link(n)));
            match kind {
                "feed" => dated(&items.map(|(title, link)| (title, link, None)).collect::<Vec<_>>()),
                _ => items.map(|(title, link)| format!("<article><a href='{link}'>{title}</a></article>")).collect(),
            }
        };
        let media_type = if kind == "page" { HTML } else { RSS };
        for count in 1..=3 {
            let expected = (1, usize::from(count > 1));
            assert_eq!(visit(&world, media_type, &at(count)).await, expected, "{kind} {count}");
            assert_eq!(visit(&world, media_type, &at(count)).await, (0, 0), "{kind} {count} again");
        }
    }
}

#[tokio::test]
async fn entries_beyond_max_items_with_changing_links_do_not_alert_later() {
    let world = watching(&long_source("feed")).await;
    let at = |n: usize, numbers: &[usize]| {
        let titles: Vec<String> = numbers.iter().map(|i| format!("Gaza report number {i} of the list")).collect();
        let link = |i: usize| format!("https://n.example.org/c?tid={}", drawn(n * 100 + i, HEX, 12));
        let items: Vec<_> = titles.iter().zip(numbers).map(|(title, i)| (title.as_str(), link(*i), None)).collect();
        dated(&items)
    };
    let numbers: Vec<usize> = (1..=40).collect();
    assert_eq!(visit(&world, RSS, &at(0, &numbers)).await, (20, 0));
    for (n, from) in [(1, 1), (2, 11), (3, 21), (4, 31)] {
        let numbers: Vec<usize> = (from..=40).collect();
        assert_eq!(visit(&world, RSS, &at(n, &numbers)).await.1, 0, "from {from}");
    }
    assert_eq!(visit(&world, RSS, &at(5, &(31..=41).collect::<Vec<_>>())).await, (1, 1));
}

#[tokio::test]
async fn with_any_links_no_new_item_is_lost_and_no_old_one_repeats() {
    let titles =
        ["Gaza: weekly bulletin of the council", "Gaza weekly", "Gaza: sermon of the Grand Mosque", "Gaza note"];
    for seed in 0..24_usize {
        let (style, with_date) = (seed % 4, seed % 3 > 0);
        // Without dates and stable links, only the headlines distinguish items.
        let unique = style == 3 && !with_date;
        let world = watching(&feed("wire", "/feed")).await;
        let mut count = 0;
        for n in 0..8_usize {
            let more = if n == 0 { 4 } else { usize::from(drawn(seed * 50 + n, "01", 1) == "1") };
            let first = count;
            count += more;
            let made = |i: usize| {
                let title =
                    if unique { format!("Gaza: {i}") } else { titles[(i * 7 + seed) % titles.len()].to_owned() };
                let link = match style {
                    0 => format!("https://n.example.org/show.php?id={i}"),
                    1 => format!("https://n.example.org/doc/{}", uuid(i + 1_000 * seed)),
                    2 => format!("https://n.example.org/show?f={}", drawn(i + 1_000 * seed, HEX, 16)),
                    _ => format!("https://n.example.org/c?tid={}", drawn(i + 100 * n + 10_000 * seed, HEX, 16)),
                };
                (title, link, Some(i + 1).filter(|_| with_date))
            };
            let items: Vec<_> = (0..count).rev().take(5).map(made).collect();
            let items: Vec<_> = items.iter().map(|(title, link, day)| (title.as_str(), link.clone(), *day)).collect();
            let expected = (count - first, if n == 0 { 0 } else { count - first });
            assert_eq!(visit(&world, RSS, &dated(&items)).await, expected, "seed {seed}, visit {n}: {items:?}");
        }
    }
}
