//! Chooses the name for EHLO.

use std::net::IpAddr;

use crate::address::mail::full_host_name;

/// Ends of names that no outside relay can look up (RFC 6761, RFC 6762, RFC 8375; `lan`, `home` and `internal` by
/// custom).
const LOCAL: [&str; 8] = ["localhost", "localdomain", "local", "lan", "home", "internal", "home.arpa", "invalid"];

/// The configured name, else this host's full name, else the sender's domain; `None` if there is none: then the address
/// of the connection is used.
pub(super) fn name(configured: Option<&str>, host: &str, sender_domain: &str) -> Option<String> {
    let configured = configured.map(str::to_owned);
    configured.or_else(|| public_name(host)).or_else(|| public_name(sender_domain))
}

/// The full name of this host, as far as the system knows one.
pub(super) fn of_this_host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// The address literal of RFC 5321 §4.1.3.
pub(super) fn literal(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => format!("[{address}]"),
        IpAddr::V6(address) => format!("[IPv6:{address}]"),
    }
}

fn public_name(text: &str) -> Option<String> {
    let name = full_host_name(text.trim_end_matches('.'))?.to_ascii_lowercase();
    let is_local = LOCAL.iter().any(|end| name.strip_suffix(end).is_some_and(|rest| rest.ends_with('.')));
    (!is_local).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ehlo_says_a_full_name_or_leaves_it_to_an_address_literal() {
        for (configured, host, domain, expected) in [
            (Some("monitor.example.org"), "vm.example.net", "example.org", Some("monitor.example.org")),
            (Some("[192.0.2.7]"), "vm", "example.org", Some("[192.0.2.7]")),
            (None, "VM.example.net", "example.org", Some("vm.example.net")),
            (None, "vm", "example.org", Some("example.org")),
            (None, "vm.localdomain", "example.org", Some("example.org")),
            (None, "192.0.2.7", "example.org", Some("example.org")),
            (None, "not a name.x", "xn--mnchen-3ya.example", Some("xn--mnchen-3ya.example")),
            (None, "vm", "localhost", None),
            (None, "", "office.local", None),
        ] {
            assert_eq!(name(configured, host, domain).as_deref(), expected, "{host} {domain}");
        }
        assert_eq!(literal("192.0.2.7".parse().unwrap()), "[192.0.2.7]");
        assert_eq!(literal("::ffff:192.0.2.7".parse().unwrap()), "[192.0.2.7]");
        assert_eq!(literal("2001:db8::7".parse().unwrap()), "[IPv6:2001:db8::7]");
    }
}
