//! Parses mail addresses: `desk@example.org`, or `News desk <desk@example.org>`.
//!
//! The domain is stored in ASCII (`xn--…`, RFC 5891), which every relay accepts. A non-ASCII local part has no such
//! form and needs SMTPUTF8 (RFC 6531) at every relay, so it is rejected with its own error. A quoted local part and an
//! address literal are stored in the canonical form of RFC 5321 §4.1.2 and §4.1.3.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use url::Host;

/// A mail address in ASCII, with an optional display name.
///
/// ```
/// use marsad::address::mail::MailAddress;
///
/// let desk: MailAddress = "\"Desk, Munich\" <desk@münchen.example>".parse().unwrap();
/// assert_eq!(desk.bare(), "desk@xn--mnchen-3ya.example");
/// assert_eq!(desk.name(), Some("Desk, Munich"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailAddress {
    name: Option<String>,
    bare: String,
}

/// Why a text is not a usable mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailAddressError {
    /// It is not a mail address.
    #[error("not a mail address")]
    Syntax,
    /// The part before the `@` has non-ASCII letters.
    #[error("non-ASCII letters before the @")]
    LocalPart,
    /// It contains more than one address.
    #[error("more than one mail address")]
    Several,
    /// The display name is longer than [`MAX_NAME`] characters.
    #[error("a display name of more than {MAX_NAME} characters")]
    LongName,
}

/// The longest display name, in characters. Chosen by hand.
pub(crate) const MAX_NAME: usize = 128;

/// The longest local part and the longest address, in octets (RFC 5321 §4.5.3.1.1 and §4.5.3.1.3).
const MAX_LOCAL: usize = 64;
const MAX_ADDRESS: usize = 254;

/// The longest label and the longest name of a host, in octets (RFC 1035 §2.3.4).
const MAX_LABEL: usize = 63;
const MAX_HOST: usize = 253;

impl MailAddress {
    /// The address in ASCII, without the name: the key of deliveries, and what a relay gets.
    #[must_use]
    pub fn bare(&self) -> &str {
        &self.bare
    }

    /// The display name, without control characters.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The part before the `@`.
    #[must_use]
    pub(crate) fn local(&self) -> &str {
        self.bare.rsplit_once('@').map_or("", |(local, _)| local)
    }

    /// The domain in ASCII.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.bare.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

impl FromStr for MailAddress {
    type Err = MailAddressError;

    fn from_str(text: &str) -> Result<Self, MailAddressError> {
        let text = trimmed(text);
        let (name, bare) = match text.strip_suffix('>').and_then(angled) {
            Some((name, bare)) => (display_name(name)?, bare),
            None => (None, text),
        };
        Ok(Self { name, bare: bare_address(bare)? })
    }
}

/// Splits at the last `<` outside the quotes of a local part.
fn angled(text: &str) -> Option<(&str, &str)> {
    let mut opens = text.match_indices('<').map(|(at, _)| at).rev().take(MAX_LOCAL);
    let at = opens.find(|at| text[at + 1..].matches('"').count().is_multiple_of(2)).or_else(|| text.rfind('<'))?;
    Some((&text[..at], &text[at + 1..]))
}

/// The unquoted name before `<…>`; none if it is empty.
fn display_name(text: &str) -> Result<Option<String>, MailAddressError> {
    let text = text.trim();
    let quoted = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let list = |c: char| matches!(c, ',' | ';');
    if quoted.is_none() && (text.contains(['<', '>']) || (text.contains('@') && text.contains(list))) {
        return Err(MailAddressError::Several);
    }
    let name = quoted.map_or_else(|| text.to_owned(), unescaped);
    let line: String = name.chars().map(|c| if is_line_control(c) { ' ' } else { c }).collect();
    let name = line.split_whitespace().collect::<Vec<_>>().join(" ");
    match name.chars().count() {
        0 => Ok(None),
        1..=MAX_NAME => Ok(Some(name)),
        _ => Err(MailAddressError::LongName),
    }
}

/// The content of a quoted string, with backslash escapes resolved.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == '\\' { out.extend(chars.next()) } else { out.push(c) }
    }
    out
}

/// The text without surrounding white space and invisible characters.
fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || is_invisible(c))
}

fn bare_address(text: &str) -> Result<String, MailAddressError> {
    let (local, domain) = trimmed(text).rsplit_once('@').ok_or(MailAddressError::Syntax)?;
    // Invisible characters are useless in an ASCII local part, but joiners are part of Persian and Indic domain names.
    let local: String = local.chars().filter(|c| !is_invisible(*c)).collect();
    let domain = trimmed(domain);
    let quoted = quoted_local(&local);
    if quoted.is_none() && local.contains('@') && local.contains([',', ';', ' ']) {
        return Err(MailAddressError::Several);
    }
    let domain = literal(domain).or_else(|| ascii_domain(domain)).ok_or(MailAddressError::Syntax)?;
    let local = match quoted {
        Some(quoted) => quoted,
        None if is_dot_atom(&local) => local,
        None => return Err(MailAddressError::Syntax),
    };
    if local.len() > MAX_LOCAL {
        return Err(MailAddressError::Syntax);
    }
    if !local.is_ascii() {
        return Err(MailAddressError::LocalPart);
    }
    let address = format!("{local}@{domain}");
    if address.len() > MAX_ADDRESS { Err(MailAddressError::Syntax) } else { Ok(address) }
}

fn is_dot_atom(local: &str) -> bool {
    let dots = local.starts_with('.') || local.ends_with('.') || local.contains("..");
    !local.is_empty() && !dots && local.chars().all(is_atom)
}

/// A quoted local part with only the necessary quotes and backslashes, so that one mailbox has one form (RFC 5321
/// §4.1.2); none if it is not correctly quoted.
fn quoted_local(local: &str) -> Option<String> {
    let inner = local.strip_prefix('"')?.strip_suffix('"')?;
    let (mut content, mut chars) = (String::new(), inner.chars());
    while let Some(c) = chars.next() {
        match c {
            '"' => return None,
            '\\' => content.push(chars.next()?),
            c => content.push(c),
        }
    }
    if content.chars().any(is_line_control) {
        return None;
    }
    if is_dot_atom(&content) {
        return Some(content);
    }
    let escaped = content.replace('\\', "\\\\").replace('"', "\\\"");
    Some(format!("\"{escaped}\""))
}

/// An address literal instead of a domain: `[192.0.2.1]`, `[IPv6:2001:db8::1]` (RFC 5321 §4.1.3).
fn literal(text: &str) -> Option<String> {
    let inner = text.strip_prefix('[')?.strip_suffix(']')?;
    match inner.split_at_checked(5) {
        Some((tag, ip)) if tag.eq_ignore_ascii_case("IPv6:") => {
            ip.parse::<Ipv6Addr>().ok().map(|ip| format!("[IPv6:{ip}]"))
        }
        _ => inner.parse::<Ipv4Addr>().ok().map(|ip| format!("[{ip}]")),
    }
}

/// True for atom characters (RFC 5322 §3.2.3), the dot, and the additions of RFC 6531 §3.3.
fn is_atom(c: char) -> bool {
    let beyond = !c.is_ascii() && !c.is_control() && !c.is_whitespace();
    c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c) || beyond
}

/// A domain in ASCII; one that is already ASCII stays unchanged.
fn ascii_domain(text: &str) -> Option<String> {
    let Host::Domain(parsed) = Host::parse(text).ok()? else { return None };
    let domain = if text.is_ascii() { text.to_owned() } else { parsed };
    let label = |label: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        !label.is_empty() && label.len() <= MAX_LABEL && label.chars().all(plain)
    };
    (domain.len() <= MAX_HOST && domain.split('.').all(label)).then_some(domain)
}

/// A fully qualified host name in ASCII: at least two labels of letters, digits and inner hyphens, the last of them not
/// a number (required for EHLO by RFC 5321 §2.3.5, syntax of RFC 1123 §2.1).
#[must_use]
pub(crate) fn full_host_name(text: &str) -> Option<String> {
    let name = ascii_domain(text)?;
    let label = |label: &str| !label.starts_with('-') && !label.ends_with('-') && !label.contains('_');
    let last_is_name = name.rsplit('.').next().is_some_and(|last| last.chars().any(|c| c.is_ascii_alphabetic()));
    (name.contains('.') && name.split('.').all(label) && last_is_name).then_some(name)
}

/// True for characters that end or fake a line, move the cursor, or reverse the text after them.
fn is_line_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// True for invisible characters that are copied along with an address.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> (Option<String>, String) {
        let address: MailAddress = text.parse().unwrap_or_else(|error| panic!("{text:?}: {error}"));
        (address.name, address.bare)
    }

    #[test]
    fn the_display_name_is_separated_from_the_address() {
        for (text, name, bare) in [
            ("desk@example.org", None, "desk@example.org"),
            (" <desk@example.org> ", None, "desk@example.org"),
            ("السفير <desk@example.org>", Some("السفير"), "desk@example.org"),
            ("Doe, Jane <jane@example.org>", Some("Doe, Jane"), "jane@example.org"),
            ("\"Doe, Jane\" <jane@example.org>", Some("Doe, Jane"), "jane@example.org"),
            (r#""Jane \"JD\" <Doe>" <jane@example.org>"#, Some("Jane \"JD\" <Doe>"), "jane@example.org"),
            ("\"\" <jane@example.org>", None, "jane@example.org"),
            ("desk@example.org <desk@example.org>", Some("desk@example.org"), "desk@example.org"),
            ("a\r\nBcc: x\u{0}\u{202E} <desk@example.org>", Some("a Bcc: x"), "desk@example.org"),
            ("می‌خواهم <desk@example.org>", Some("می‌خواهم"), "desk@example.org"),
        ] {
            assert_eq!(parsed(text), (name.map(str::to_owned), bare.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn an_internationalised_domain_is_stored_in_ascii() {
        for (text, bare) in [
            ("desk@münchen.example", "desk@xn--mnchen-3ya.example"),
            ("desk@MÜNCHEN.example", "desk@xn--mnchen-3ya.example"),
            ("desk@xn--mnchen-3ya.example", "desk@xn--mnchen-3ya.example"),
            ("desk@موقع.وزارة-الاتصالات.مصر", "desk@xn--4gbrim.xn----ymcbaaajlc6dj7bxne2c.xn--wgbh1c"),
            ("desk@例え。example", "desk@xn--r8jz45g.example"),
            ("\u{FEFF}desk@\u{200B}example.org\u{200F}", "desk@example.org"),
            ("desk@Example.ORG", "desk@Example.ORG"),
            ("desk@نامه\u{200C}ای.example", "desk@xn--mgba3gch31f060k.example"),
            ("\u{200F}<desk@\u{200E}نامه\u{200C}ای.example\u{200C}>", "desk@xn--mgba3gch31f060k.example"),
            ("desk@ශ්\u{200D}රී.example", "desk@xn--10cl1a0b660p.example"),
        ] {
            assert_eq!(parsed(text).1, bare, "{text:?}");
        }
    }

    #[test]
    fn quoted_local_parts_and_address_literals_are_canonical() {
        for (text, name, bare) in [
            (r#""a b"@example.org"#, None, r#""a b"@example.org"#),
            (r#""a@b"@example.org"#, None, r#""a@b"@example.org"#),
            (r#""a<b>"@example.org"#, None, r#""a<b>"@example.org"#),
            (r#""desk"@example.org"#, None, "desk@example.org"),
            (r#""d\esk"@example.org"#, None, "desk@example.org"),
            (r#""a\"b\\c\ d"@example.org"#, None, r#""a\"b\\c d"@example.org"#),
            (r#"News desk <"a, b"@example.org>"#, Some("News desk"), r#""a, b"@example.org"#),
            (r#""Desk, Munich" <"a<b"@example.org>"#, Some("Desk, Munich"), r#""a<b"@example.org"#),
            (r#""a.."@example.org"#, None, r#""a.."@example.org"#),
            ("user@[192.0.2.1]", None, "user@[192.0.2.1]"),
            ("user@[IPv6:2001:DB8:0::1]", None, "user@[IPv6:2001:db8::1]"),
            ("Desk <user@[ipv6:::1]>", Some("Desk"), "user@[IPv6:::1]"),
            (r#""a b"@[192.0.2.1]"#, None, r#""a b"@[192.0.2.1]"#),
        ] {
            assert_eq!(parsed(text), (name.map(str::to_owned), bare.to_owned()), "{text}");
            assert_eq!(parsed(bare), (None, bare.to_owned()), "{bare} parses to itself");
        }
    }

    #[test]
    fn invalid_addresses_are_rejected_with_the_right_error() {
        let long = format!("{} <a@b.org>", "x".repeat(MAX_NAME + 1));
        for (text, expected) in [
            ("josé@example.org", MailAddressError::LocalPart),
            ("خبر@example.org", MailAddressError::LocalPart),
            ("a@b.org, c@d.org", MailAddressError::Several),
            ("a@b.org; c@d.org", MailAddressError::Several),
            ("A <a@b.org>, B <c@d.org>", MailAddressError::Several),
            ("a@b.org, B <c@d.org>", MailAddressError::Several),
            (&long, MailAddressError::LongName),
            ("desk", MailAddressError::Syntax),
            ("@a", MailAddressError::Syntax),
            ("a@", MailAddressError::Syntax),
            ("a b@c.org", MailAddressError::Syntax),
            (".a@b.org", MailAddressError::Syntax),
            ("a@[127.0.0.256]", MailAddressError::Syntax),
            ("a@[2001:db8::1]", MailAddressError::Syntax),
            ("a@[x:y]", MailAddressError::Syntax),
            ("a@[127.0.0.1", MailAddressError::Syntax),
            ("\"a\"b\"@c.org", MailAddressError::Syntax),
            ("\"a\\\"@c.org", MailAddressError::Syntax),
            ("\"a\r\nb\"@c.org", MailAddressError::Syntax),
            ("\"é\"@c.org", MailAddressError::LocalPart),
            ("\"a b\"@c.org, \"d\"@e.org", MailAddressError::Several),
            ("a@127.0.0.1", MailAddressError::Syntax),
            ("a@b,c", MailAddressError::Syntax),
            ("a@ex%61mple.org", MailAddressError::Syntax),
            ("a@b..org", MailAddressError::Syntax),
            ("a@b.org.", MailAddressError::Syntax),
            ("a@b.org\r\nBcc: x@y.z", MailAddressError::Several),
            ("a@b.org>\r\nRCPT TO:<x@y.z", MailAddressError::Several),
            ("marsad <>", MailAddressError::Syntax),
        ] {
            assert_eq!(text.parse::<MailAddress>(), Err(expected), "{text:?}");
        }
    }

    #[test]
    fn a_full_host_name_has_a_dot_and_no_address_in_it() {
        for (text, name) in [
            ("monitor.example.org", Some("monitor.example.org")),
            ("münchen.example", Some("xn--mnchen-3ya.example")),
            ("vm", None),
            ("192.0.2.7", None),
            ("a.7", None),
            ("-a.example", None),
            ("my_host.example", None),
            ("a..example", None),
            ("a.example.", None),
            ("a b.example", None),
            ("", None),
        ] {
            assert_eq!(full_host_name(text).as_deref(), name, "{text:?}");
        }
    }
}
