//! Reads the encoding labels of a document and its server.

use encoding_rs::{Encoding, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE, X_USER_DEFINED};

/// How far into a document its declaration is searched, in bytes. Chosen by hand: the standard says 1,024, but pages
/// with scripts before their `<meta>` are common.
const SEARCHED_BYTES: usize = 8 * 1024;

/// Labels that the Encoding Standard does not know, as real servers write them.
const ALIASES: &[(&str, &str)] = &[
    ("windows1256", "windows-1256"),
    ("win-1256", "windows-1256"),
    ("win1256", "windows-1256"),
    ("windows_1256", "windows-1256"),
    ("windows-1256-ar", "windows-1256"),
    ("cp-1256", "windows-1256"),
    ("ms-arab", "windows-1256"),
    ("utf8mb4", "utf-8"),
    ("utf-8mb4", "utf-8"),
    ("utf_8", "utf-8"),
    ("unicode", "utf-8"),
    ("utf", "utf-8"),
    ("windows1252", "windows-1252"),
    ("windows1254", "windows-1254"),
    ("windows1251", "windows-1251"),
    ("iso-latin-1", "windows-1252"),
    ("iso8859-6-i", "iso-8859-6"),
];

/// The encoding for a label, including labels that only real servers use.
///
/// ```
/// let encoding = marsad::fetch::encoding_label::encoding("win1256").unwrap();
/// assert_eq!(encoding.name(), "windows-1256");
/// ```
#[must_use]
pub fn encoding(label: &str) -> Option<&'static Encoding> {
    let label = label.trim().trim_matches(['"', '\'']).trim().to_ascii_lowercase();
    let known = ALIASES.iter().find(|(alias, _)| *alias == label).map_or(label.as_str(), |(_, name)| name);
    Encoding::for_label(known.as_bytes())
}

/// An encoding that is possible for a document whose first bytes read as ASCII and that is not UTF-8.
pub(super) fn usable(label: &str) -> Option<&'static Encoding> {
    encoding(label).filter(|found| ![UTF_8, UTF_16LE, UTF_16BE, REPLACEMENT, X_USER_DEFINED].contains(found))
}

/// The `charset` parameter of a `Content-Type`.
///
/// ```
/// use marsad::fetch::encoding_label::charset;
///
/// assert_eq!(charset("text/html; charset=\"utf-8\""), Some("utf-8"));
/// assert_eq!(charset("text/html"), None);
/// ```
#[must_use]
pub fn charset(content_type: &str) -> Option<&str> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches(['"', '\'']).trim();
        (name.trim().eq_ignore_ascii_case("charset") && !value.is_empty()).then_some(value)
    })
}

/// The encoding that a document declares, in its XML declaration or else in a `<meta>` element.
pub(super) fn declared(bytes: &[u8]) -> Option<String> {
    let head: String = bytes.iter().take(SEARCHED_BYTES).map(|b| char::from(b.to_ascii_lowercase())).collect();
    if let Some((_, declaration)) = head.split_once("<?xml ")
        && let Some((declaration, _)) = declaration.split_once("?>")
        && let Some((_, value)) = declaration.split_once("encoding")
    {
        return value.trim_start().strip_prefix('=').and_then(value_of);
    }
    head.split("<meta").skip(1).find_map(|element| {
        let element = element.split_once('>').map_or(element, |(inside, _)| inside);
        let (_, value) = element.split_once("charset")?;
        value.trim_start().strip_prefix('=').and_then(value_of)
    })
}

/// An attribute's value, with or without quotes.
fn value_of(text: &str) -> Option<String> {
    let text = text.trim_start().trim_start_matches(['"', '\'']);
    let end = text.find(|c: char| c.is_whitespace() || "\"'/>;?".contains(c)).unwrap_or(text.len());
    (end > 0).then(|| text[..end].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_names_of_encodings_are_known() {
        for (label, name) in [
            ("windows1256", "windows-1256"),
            ("x-cp1256", "windows-1256"),
            (" \"CP-1256\" ", "windows-1256"),
            ("utf8mb4", "UTF-8"),
            ("unicode", "UTF-8"),
            ("arabic", "ISO-8859-6"),
            ("latin1", "windows-1252"),
            ("windows1254", "windows-1254"),
        ] {
            assert_eq!(encoding(label).map(Encoding::name), Some(name), "{label}");
        }
        assert_eq!(encoding("klingon"), None);
        assert_eq!(usable("utf-16"), None);
    }

    #[test]
    fn a_charset_is_read_from_a_content_type() {
        assert_eq!(charset("text/html; charset=windows-1256"), Some("windows-1256"));
        assert_eq!(charset("text/xml;version=1 ; Charset = \"UTF-8\""), Some("UTF-8"));
        assert_eq!(charset("text/html; charset="), None);
        assert_eq!(charset("text/html"), None);
    }

    #[test]
    fn a_declaration_is_found_where_real_documents_put_it() {
        for (document, label) in [
            ("<?xml version='1.0' encoding='windows-1256'?><rss>", Some("windows-1256")),
            ("\r\n<!-- c --><?XML version=\"1.0\" ENCODING = \"cp1256\" ?>", Some("cp1256")),
            ("<html><meta charset=windows-1256><p>", Some("windows-1256")),
            ("<meta name=a><META http-equiv=x content=\"text/html; charset=cp1256\">", Some("cp1256")),
            ("<?xml version=\"1.0\"?><rss><title>encoding='x'", None),
            ("<p>charset=utf-8", None),
        ] {
            assert_eq!(declared(document.as_bytes()).as_deref(), label, "{document}");
        }
    }
}
