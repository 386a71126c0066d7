//! Reads the mail addresses and the EHLO name of the configuration.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::report::{InvalidValue, wrong};
use super::scalars::called;
use crate::address::mail::{MailAddress, MailAddressError, full_host_name};

/// A recipient: `desk@example.org`, or `News desk <desk@example.org>`.
pub(super) fn recipient(text: &str) -> Result<MailAddress, InvalidValue> {
    address(text, "give an address such as \"desk@example.org\" or \"News desk <desk@example.org>\"")
}

/// A sender: a bare address, or `marsad <marsad@example.org>`.
pub(super) fn sender(text: &str) -> Result<MailAddress, InvalidValue> {
    let example = "write \"marsad <marsad@example.org>\"";
    if text.chars().any(char::is_control) {
        return Err(wrong("the sender contains control characters", example));
    }
    address(text, example)
}

fn address(text: &str, example: &str) -> Result<MailAddress, InvalidValue> {
    // The text may be anything, even a password: its place is shown, but nothing of it.
    text.parse().map_err(|error| match error {
        MailAddressError::Syntax => wrong("invalid mail address", example),
        MailAddressError::LocalPart => wrong(
            "the address needs a relay with SMTPUTF8, not supported: it has letters outside ASCII before the @",
            "give an address in ASCII that reaches the same mailbox; the domain may have any letters",
        ),
        MailAddressError::Several => wrong("more than one mail address", "write one address per quoted text"),
        MailAddressError::LongName => wrong(error.to_string(), "shorten the name before the <"),
    })
}

/// The name for EHLO: a full host name, or an address literal (RFC 5321 §4.1.3).
pub(super) fn helo(text: &str) -> Result<String, InvalidValue> {
    let literal = |inner: &str| match inner.strip_prefix("IPv6:") {
        Some(ip) => ip.parse::<Ipv6Addr>().is_ok(),
        None => inner.parse::<Ipv4Addr>().is_ok(),
    };
    if text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).is_some_and(literal) {
        return Ok(text.to_owned());
    }
    full_host_name(text).ok_or_else(|| {
        wrong(
            format!("{:?} is neither a full host name nor an address literal", called(text)),
            "write \"monitor.example.org\", \"[192.0.2.7]\" or \"[IPv6:2001:db8::7]\"",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_is_one_mail_address_on_one_line() {
        assert!(sender("مرصد <marsad@example.org>").is_ok() && sender("marsad@example.org").is_ok());
        assert!(sender("marsad\r <marsad@example.org>").is_err() && sender("marsad <>").is_err());
        assert_eq!(sender("marsad <marsad@münchen.example>").unwrap().domain(), "xn--mnchen-3ya.example");
    }

    #[test]
    fn a_local_part_outside_ascii_is_refused_because_it_needs_smtputf8() {
        let refused = recipient("josé@example.org").unwrap_err();
        assert!(refused.message.contains("needs a relay with SMTPUTF8, not supported"), "{}", refused.message);
    }

    #[test]
    fn helo_is_a_full_name_or_an_address_literal() {
        for text in ["monitor.example.org", "[192.0.2.7]", "[IPv6:2001:db8::7]"] {
            assert_eq!(helo(text).unwrap(), text);
        }
        assert_eq!(helo("münchen.example").unwrap(), "xn--mnchen-3ya.example");
        for text in ["vm", "", "192.0.2.7", "[192.0.2]", "[2001:db8::7]", "a b.example", "a.example\r\nMAIL FROM:<>"] {
            assert!(helo(text).is_err(), "{text:?}");
        }
    }
}
