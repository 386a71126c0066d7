//! Mail addresses that stand in the configuration.

use url::Host;

use super::report::{Wrong, wrong};
use super::value::short;

/// A mailbox's bare address: `desk@example.org`.
pub(super) fn mailbox(text: &str) -> Result<&str, Wrong> {
    let bad =
        || wrong(format!("{:?} is no mail address", short(text)), "give a bare address such as \"desk@example.org\"");
    let (local, domain) = text.rsplit_once('@').ok_or_else(bad)?;
    let atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    let dots = local.starts_with('.') || local.ends_with('.') || local.contains("..");
    let sound = !local.is_empty() && local.len() <= 64 && local.chars().all(atom) && !dots && text.len() <= 254;
    let host = Host::parse(domain).ok().filter(|host| matches!(host, Host::Domain(_)));
    if sound && host.is_some() && !domain.ends_with('.') { Ok(text) } else { Err(bad()) }
}

/// A sender: a bare address, or `marsad <marsad@example.org>`.
pub(super) fn sender(text: &str) -> Result<&str, Wrong> {
    if text.chars().any(char::is_control) {
        return Err(wrong("a sender with control characters", "write \"marsad <marsad@example.org>\""));
    }
    match text.trim().strip_suffix('>').and_then(|rest| rest.rsplit_once('<')) {
        Some((_, address)) => mailbox(address.trim())?,
        None => mailbox(text.trim())?,
    };
    Ok(text.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_addresses_are_bare_and_plain() {
        for text in ["desk@example.org", "a.b+c@xn--mgb.example", "desk@مثال.example"] {
            assert!(mailbox(text).is_ok(), "{text}");
        }
        for text in [
            "desk",
            "@a",
            "a@",
            "a b@c.org",
            "D <a@b.org>",
            "a@b.org\r\nBcc: x@y.z",
            ".a@b.org",
            "a@[127.0.0.1]",
            "a@127.0.0.1",
        ] {
            assert!(mailbox(text).is_err(), "{text}");
        }
        assert!(sender("مرصد <marsad@example.org>").is_ok() && sender("marsad@example.org").is_ok());
        assert!(sender("marsad\r <marsad@example.org>").is_err() && sender("marsad <>").is_err());
    }
}
