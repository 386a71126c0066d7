//! Reads where a page sends browsers on to: `<meta http-equiv="refresh">` and the value of the header `Refresh`.

use crate::parse::plain_text;
use crate::parse::xml_tokenizer::{XmlToken, XmlTokens};

/// The longest delay of a refresh that leads to another page, in seconds. Chosen by hand: notes such as "you will be
/// redirected" stay for 3 to 10 seconds, and pages that reload themselves stay for a minute or more.
const MAX_DELAY: u32 = 10;

/// How much of a page is searched, in bytes. Chosen by hand: pages that only lead on are shorter.
const MAX_HEAD: usize = 64 * 1024;

/// The elements whose content a browser with scripts does not read as markup.
const UNREAD: [&str; 4] = ["noscript", "script", "style", "template"];

/// The address to which a page leads browsers within ten seconds, as written.
///
/// ```
/// use marsad::parse::refresh::of_page;
///
/// let page = r#"<meta http-equiv="Refresh" content="0; URL=/ar/">"#;
/// assert_eq!(of_page(page).as_deref(), Some("/ar/"));
/// assert_eq!(of_page(r#"<meta http-equiv="refresh" content="300">"#), None);
/// ```
#[must_use]
pub fn of_page(text: &str) -> Option<String> {
    let mut end = text.len().min(MAX_HEAD);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let mut unread: Option<String> = None;
    for token in XmlTokens::new(&text[..end], 0) {
        match token {
            XmlToken::Open(tag) => {
                let name = tag.name.to_ascii_lowercase();
                if unread.is_none() && UNREAD.contains(&name.as_str()) && !tag.closed {
                    unread = Some(name);
                } else if unread.is_none() && name == "meta" {
                    let value = |wanted: &str| {
                        let found = tag.attributes.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
                        found.map(|(_, value)| plain_text::decoded(value))
                    };
                    let is_refresh =
                        value("http-equiv").is_some_and(|name| name.trim().eq_ignore_ascii_case("refresh"));
                    if let Some(content) = value("content").filter(|_| is_refresh) {
                        return of_header(&content).map(str::to_owned);
                    }
                }
            }
            XmlToken::Close(name) if unread.as_deref().is_some_and(|open| open.eq_ignore_ascii_case(name)) => {
                unread = None;
            }
            _ => {}
        }
    }
    None
}

/// The address in the value of the header `Refresh`, as written, if browsers go there within ten seconds. The form is
/// that of the HTML standard, "shared declarative refresh steps".
///
/// ```
/// use marsad::parse::refresh::of_header;
///
/// assert_eq!(of_header("0;url='/feed'"), Some("/feed"));
/// assert_eq!(of_header("60; url=/feed"), None);
/// ```
#[must_use]
pub fn of_header(value: &str) -> Option<&str> {
    let value = value.trim_start();
    let digits = value.find(|c: char| !c.is_ascii_digit()).unwrap_or(value.len());
    value[..digits].parse::<u32>().ok().filter(|delay| *delay <= MAX_DELAY)?;
    let rest = value[digits..].trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let target = rest.trim_start().trim_start_matches([';', ',']).trim();
    let named = target.get(..3).filter(|start| start.eq_ignore_ascii_case("url")).map(|_| target[3..].trim_start());
    let target = named.and_then(|rest| rest.strip_prefix('=')).map_or(target, str::trim_start);
    let target = match target.chars().next() {
        Some(quote @ ('"' | '\'')) => target[1..].split(quote).next().unwrap_or_default(),
        _ => target,
    };
    Some(target.trim()).filter(|target| !target.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_refresh_is_read() {
        for value in ["0;url=/a", "0; URL=/a", "5,url='/a'", "0.5; url = \"/a\"", " 0 ;/a", "0;url='/a", "10; /a"] {
            assert_eq!(of_header(value), Some("/a"), "{value}");
        }
        for value in
            ["", "300", "0", "0;", "0; url=", "0; url=''", "11;url=/a", "x;url=/a", "-1;url=/a", "99999999999;/a"]
        {
            assert_eq!(of_header(value), None, "{value}");
        }
    }

    #[test]
    fn a_refresh_for_browsers_without_scripts_is_ignored() {
        let refresh = "<META HTTP-EQUIV=REFRESH CONTENT=\"0; URL=/a?x=1&amp;y=2\">";
        assert_eq!(of_page(&format!("<HTML><HEAD>{refresh}</HEAD></HTML>")).as_deref(), Some("/a?x=1&y=2"));
        for page in [
            format!("<noscript>{refresh}</noscript><p>Text"),
            format!("<!-- {refresh} --><p>Text"),
            format!("<script>document.write('{refresh}')</script>"),
            "<meta name=refresh content='0;url=/a'>".to_owned(),
            format!("{}{refresh}", "<p>Ein Satz.".repeat(10_000)),
        ] {
            assert_eq!(of_page(&page), None, "{}", &page[..60.min(page.len())]);
        }
        assert_eq!(
            of_page(&format!("<script>a<b</script><noscript></noscript>{refresh}")).as_deref(),
            Some("/a?x=1&y=2")
        );
    }
}
