//! Tests which blocks of a listing are read.

use super::*;

const TITLES: [&str; 5] = [
    "Council votes on a second lighthouse",
    "Bakers ask for cheaper flour in winter",
    "Old tower becomes a museum of salt",
    "Ferry company adds two boats in summer",
    "School by the quay gets a playground",
];

fn rows(row: impl Fn(usize, &str) -> String) -> String {
    TITLES.iter().enumerate().map(|(n, title)| row(n, title)).collect()
}

#[test]
fn a_page_that_lists_other_sites_gives_their_headlines() {
    let page = rows(|n, title| {
        format!(
            "<tr><td class=title><a href='https://site{n}.example/2025/{n}01/x'>{title}</a></td><td><a href='item?id={n}100'>{n} comments</a></td></tr>"
        )
    });
    assert_eq!(titles(&listing(&format!("<table>{page}</table>"))), TITLES);
}

#[test]
fn a_block_with_a_name_like_boilerplate_is_read_on_a_listing() {
    for (class, count) in
        [("latest-news", 5), ("breaking-news", 5), ("promo", 5), ("latest-news related", 0), ("promo advert", 0)]
    {
        let list = rows(|n, title| format!("<li><h3><a href=/article/{n}501>{title}</a></h3></li>"));
        let page =
            format!("<main><div class='{class}'><ul>{list}</ul></div><div><p>{OTHER}</p><p>{OTHER}</p></div></main>");
        let found = titles(&listing(&page)).len();
        assert!(found == count || count == 0, "{class}: {found}");
    }
}

#[test]
fn the_leading_item_with_other_markup_is_read() {
    let rest = TITLES[1..]
        .iter()
        .enumerate()
        .map(|(n, title)| format!("<div class=grid><h3><a href=/news/{n}021>{title}</a></h3><p>{OTHER}</p></div>"));
    let page = format!(
        "<div class=column><div class='promo module'><div><a href=/news/7001>{}</a><p>{OTHER}</p></div></div><div>{}</div></div>",
        TITLES[0],
        rest.collect::<String>()
    );
    assert_eq!(titles(&listing(&page)), TITLES);
}

#[test]
fn a_short_headline_in_chinese_is_read_and_a_menu_is_not() {
    let titles_of = ["港口新码头推迟两年开放", "市议会讨论港区隧道方案", "渔民补贴再延长三个季度", "夏季增开两班渡轮"];
    let rows: String =
        titles_of.iter().enumerate().map(|(n, t)| format!("<li><a href=/2025/{n}11.htm>{t}</a></li>")).collect();
    let menu: String = ["新闻", "国际", "体育", "财经"]
        .iter()
        .enumerate()
        .map(|(n, t)| format!("<li><a href=/c/{n}11>{t}</a></li>"))
        .collect();
    assert_eq!(titles(&listing(&format!("<ul class=m>{menu}</ul><ul class=list>{rows}</ul>"))), titles_of);
}
