//! Writes the pages of the demo's outlets: a category listing with cut excerpts, a topic page, and articles between a
//! ticker and a related box.

use jiff::tz::TimeZone;

use super::{Outlet, PrintedItem, escaped, excerpt, paragraphs};
use crate::text::lang::Lang;

/// A category page in the style of content management systems: headline, date and a cut excerpt.
#[must_use]
pub fn listing(outlet: &Outlet, prints: &[PrintedItem]) -> String {
    let items: String = prints
        .iter()
        .map(|print| {
            format!(
                "<article class=\"post\"><h2 class=\"entry-title\"><a href=\"{}\">{}</a></h2>\
                 <time datetime=\"{}\">{}</time><div class=\"excerpt\"><p>{}</p></div></article>\n",
                print.address,
                escaped(print.title),
                print.at,
                print.at.to_zoned(TimeZone::UTC).strftime("%d/%m/%Y"),
                escaped(&excerpt(print.text, 160)),
            )
        })
        .collect();
    document(outlet, outlet.name, &format!("<h1>{}</h1>\n{items}<nav>1 2 3 … 48</nav>", escaped(outlet.name)))
}

/// A topic page: one list of headlines with a lead and the time.
#[must_use]
pub(crate) fn topic(outlet: &Outlet, prints: &[PrintedItem]) -> String {
    let items: String = prints
        .iter()
        .map(|print| {
            format!(
                "<li class=\"item\"><a class=\"title\" href=\"{}\">{}</a><p class=\"lead\">{}</p>\
                 <time datetime=\"{}\">{}</time></li>\n",
                print.address,
                escaped(print.title),
                escaped(print.text.lines().next().unwrap_or_default()),
                print.at,
                persian_digits(&print.at.to_zoned(TimeZone::UTC).strftime("%H:%M").to_string()),
            )
        })
        .collect();
    document(outlet, outlet.name, &format!("<h1>{}</h1>\n<ul class=\"topic\">\n{items}</ul>", escaped(outlet.name)))
}

/// An article's own page, between a ticker of other headlines and a box of related ones.
#[must_use]
pub fn article(outlet: &Outlet, print: &PrintedItem, others: &[PrintedItem]) -> String {
    let ticker: String = others.iter().map(|other| format!("<li>{}</li>", escaped(other.title))).collect();
    let related: String = others
        .iter()
        .take(3)
        .map(|other| format!("<li><a href=\"{}\">{}</a></li>", other.address, escaped(other.title)))
        .collect();
    let body = format!(
        "<div class=\"ticker\"><ul>{ticker}</ul></div>\n\
         <article><h1>{}</h1><time datetime=\"{}\">{}</time>\n<div class=\"entry-content\">{}</div></article>\n\
         <aside class=\"related\"><ul>{related}</ul></aside>",
        escaped(print.title),
        print.at,
        print.at.to_zoned(TimeZone::UTC).strftime("%d/%m/%Y"),
        paragraphs(print.text),
    );
    document(outlet, print.title, &body)
}

fn document(outlet: &Outlet, title: &str, body: &str) -> String {
    let dir = Lang::parse(outlet.lang).map_or("ltr", |lang| lang.dir().as_str());
    format!(
        "<!doctype html>\n<html lang=\"{}\" dir=\"{dir}\"><head><meta charset=\"utf-8\"><title>{}</title></head>\n\
         <body>\n<header><nav><a href=\"/\">⌂</a></nav></header>\n{body}\n<footer>{}</footer>\n</body></html>\n",
        outlet.lang,
        escaped(title),
        escaped(outlet.name),
    )
}

fn persian_digits(text: &str) -> String {
    text.chars()
        .map(|c| match c.to_digit(10) {
            Some(digit) => char::from_u32(0x06F0 + digit).unwrap_or(c),
            None => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_on_the_topic_page_are_in_persian_digits() {
        assert_eq!(persian_digits("07:45"), "۰۷:۴۵");
    }
}
