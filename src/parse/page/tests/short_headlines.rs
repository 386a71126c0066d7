//! Tests which headlines of two short words a listing keeps.

use super::{listing, titles};

fn long(n: usize) -> String {
    format!("The council of ministers meets in city number {n}")
}

fn row(n: usize, title: &str) -> String {
    format!(
        "<li><h3><a href='/news/{n}00'>{title}</a></h3><p>A line of the excerpt of item {n}, as lists have.</p></li>"
    )
}

fn list(brief: &str, at: usize, row: fn(usize, &str) -> String) -> String {
    let rows = (1..7).map(|n| if n == at { row(n, brief) } else { row(n, &long(n)) });
    format!("<main><ul>{}</ul></main>", rows.collect::<String>())
}

#[test]
fn a_headline_of_two_short_words_is_kept_in_a_listing() {
    let plain = |n: usize, title: &str| format!("<li><a href='/news/{n}00'>{title}</a></li>");
    let inner =
        |n: usize, title: &str| format!("<li><a href='/news/{n}00'><h3>{title}</h3><p>An excerpt of {n}.</p></a></li>");
    let beside = |n: usize, title: &str| {
        format!("<article><h3>{title}</h3><p>An excerpt of {n}.</p><a href='/news/{n}00'>Read more</a></article>")
    };
    for brief in ["OIC meets", "غزة اليوم", "G20 meets"] {
        for at in [1, 3, 6] {
            for row in [row, plain, inner, beside] {
                let page = list(brief, at, row);
                let parsed = listing(&page);
                assert_eq!(parsed.items.len(), 6, "{page}\n{:?}", titles(&parsed));
                assert_eq!(titles(&parsed)[at - 1], brief);
            }
        }
    }
}

#[test]
fn short_links_that_are_not_headlines_are_left_out() {
    for link in ["Read more", "3 June", "12 May 25", "Sport", "2 notes"] {
        let parsed = listing(&list(link, 3, row));
        assert!(!titles(&parsed).contains(&link), "{link}: {:?}", titles(&parsed));
    }
    let menu: String = ["Home page", "My news", "Contact", "About us", "Middle East and Africa"]
        .iter()
        .enumerate()
        .map(|(n, word)| format!("<li><a href='/c/{n}00'>{word}</a></li>"))
        .collect();
    let rows: String = (1..7).map(|n| row(n, &long(n))).collect();
    let parsed = listing(&format!("<div><ul>{menu}</ul></div><main><ul>{rows}</ul></main>"));
    assert_eq!(parsed.items.len(), 6, "{:?}", titles(&parsed));
}
