//! Writes the feeds of the demo's outlets.

use serde_json::json;

use super::{Outlet, PrintedItem, escaped, excerpt, mail_date, paragraphs};

/// RSS 2.0 with the full text in `content:encoded`.
#[must_use]
pub fn rss(outlet: &Outlet, home: &str, prints: &[PrintedItem], encoding: &str) -> String {
    let items: String = prints
        .iter()
        .map(|print| {
            format!(
                "<item><title>{}</title><link>{address}</link><guid isPermaLink=\"true\">{address}</guid>\
                 <pubDate>{}</pubDate><description>{}</description>\
                 <content:encoded><![CDATA[{}]]></content:encoded></item>\n",
                escaped(print.title),
                mail_date(print.at),
                escaped(&excerpt(print.text, 120)),
                paragraphs(print.text),
                address = print.address,
            )
        })
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"{encoding}\"?>\n\
         <rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\"><channel>\n\
         <title>{}</title><link>{home}</link><description>{}</description><language>{}</language>\n{items}\
         </channel></rss>\n",
        escaped(outlet.name),
        escaped(outlet.name),
        outlet.lang,
    )
}

/// Atom with the full text.
#[must_use]
pub(crate) fn atom(outlet: &Outlet, home: &str, prints: &[PrintedItem]) -> String {
    let updated = prints.first().map(|print| print.at.to_string()).unwrap_or_default();
    let entries: String = prints
        .iter()
        .map(|print| {
            format!(
                "<entry><title>{}</title><link rel=\"alternate\" href=\"{address}\"/><id>{address}</id>\
                 <published>{at}</published><updated>{at}</updated><content type=\"html\">{}</content></entry>\n",
                escaped(print.title),
                escaped(&paragraphs(print.text)),
                address = print.address,
                at = print.at,
            )
        })
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"{}\">\n\
         <title>{}</title><id>{home}</id><link href=\"{home}\"/><updated>{updated}</updated>\n{entries}</feed>\n",
        outlet.lang,
        escaped(outlet.name),
    )
}

/// RSS 1.0: a list of references, then the items with an excerpt.
#[must_use]
pub(crate) fn rdf(outlet: &Outlet, home: &str, prints: &[PrintedItem]) -> String {
    let list: String = prints.iter().map(|print| format!("<rdf:li rdf:resource=\"{}\"/>", print.address)).collect();
    let items: String = prints
        .iter()
        .map(|print| {
            format!(
                "<item rdf:about=\"{address}\"><title>{}</title><link>{address}</link>\
                 <description>{}</description><dc:date>{}</dc:date><dc:language>{}</dc:language></item>\n",
                escaped(print.title),
                escaped(&print.text.replace('\n', " ")),
                print.at,
                outlet.lang,
                address = print.address,
            )
        })
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" xmlns=\"http://purl.org/rss/1.0/\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\n\
         <channel rdf:about=\"{home}\"><title>{}</title><link>{home}</link><description>{}</description>\
         <items><rdf:Seq>{list}</rdf:Seq></items></channel>\n{items}</rdf:RDF>\n",
        escaped(outlet.name),
        escaped(outlet.name),
    )
}

/// JSON Feed 1.1 with the full text.
#[must_use]
pub fn json(outlet: &Outlet, home: &str, prints: &[PrintedItem]) -> String {
    let items: Vec<_> = prints
        .iter()
        .map(|print| {
            json!({
                "id": print.address, "url": print.address, "title": print.title,
                "content_text": print.text, "date_published": print.at.to_string(), "language": outlet.lang,
            })
        })
        .collect();
    let feed = json!({
        "version": "https://jsonfeed.org/version/1.1", "title": outlet.name, "home_page_url": home,
        "language": outlet.lang, "items": items,
    });
    feed.to_string()
}
