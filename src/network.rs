//! Classifies IP addresses and ports: which ones marsad may connect to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// IPv4 networks without public servers (IANA IPv4 special-purpose registry, RFC 6890 and its updates).
const SPECIAL_V4: &[(Ipv4Addr, u32)] = &[
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// IPv6 networks without public servers inside the global unicast block (2000::/3): protocol assignments with Teredo,
/// documentation (twice), 6to4 (retired by RFC 7526; it hides an IPv4 address).
const SPECIAL_V6: &[(Ipv6Addr, u32)] = &[
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// Ports of services that could mistake a web request for a command: mail, caches, databases, remote shells (the bad
/// ports of the WHATWG Fetch standard, and databases).
const FORBIDDEN_PORTS: &[u16] = &[
    0, 7, 9, 11, 13, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110, 111,
    113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 445, 465, 512, 513, 514, 515, 526, 530, 531, 532,
    540, 548, 554, 556, 563, 587, 601, 636, 873, 989, 990, 993, 995, 1433, 1521, 1719, 1720, 1723, 2049, 2375, 2376,
    2379, 3306, 3389, 3659, 4045, 5060, 5061, 5432, 6000, 6379, 6566, 6665, 6666, 6667, 6668, 6669, 6697, 9042, 10080,
    11211, 27017,
];

/// True if an address is local, private or special-purpose, so that a site must not direct marsad to it. IPv4 addresses
/// inside IPv6 ones (mapped, NAT64) are judged by the inner address.
///
/// ```
/// use marsad::network::is_special;
///
/// assert!(is_special("::ffff:127.0.0.1".parse().unwrap()));
/// assert!(!is_special("1.1.1.1".parse().unwrap()));
/// ```
#[must_use]
pub fn is_special(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => is_special_v4(v4),
        IpAddr::V6(v6) => is_special_v6(v6),
    }
}

/// True if marsad may connect to `ip`: it is public, or in a network that the operator has allowed.
#[must_use]
pub(crate) fn is_allowed(ip: IpAddr, allowed: &[IpNet]) -> bool {
    !is_special(ip) || allowed.iter().any(|network| network.contains(&ip) || network.contains(&embedded_ipv4(ip)))
}

/// True if web requests to this port are forbidden, whatever the host.
#[must_use]
pub(crate) fn is_refused_port(port: u16) -> bool {
    FORBIDDEN_PORTS.binary_search(&port).is_ok()
}

/// The IPv4 address inside an IPv6 address, if there is one.
#[must_use]
pub(crate) fn embedded_ipv4(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().or_else(|| behind_nat64(v6)).map_or(ip, IpAddr::V4),
        IpAddr::V4(_) => ip,
    }
}

fn is_special_v4(ip: Ipv4Addr) -> bool {
    SPECIAL_V4.iter().any(|(network, length)| ip.to_bits() >> (32 - length) == network.to_bits() >> (32 - length))
}

fn is_special_v6(ip: Ipv6Addr) -> bool {
    if let Some(v4) = ip.to_ipv4_mapped().or_else(|| behind_nat64(ip)) {
        return is_special_v4(v4);
    }
    let global = ip.to_bits() >> 125 == 0b001;
    !global
        || SPECIAL_V6
            .iter()
            .any(|(network, length)| ip.to_bits() >> (128 - length) == network.to_bits() >> (128 - length))
}

/// The address behind the well-known NAT64 prefix 64:ff9b::/96 (RFC 6052), through which an IPv6-only network reaches
/// IPv4 hosts. The local-use prefix 64:ff9b:1::/48 is special itself.
fn behind_nat64(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let [0x64, 0xff9b, 0, 0, 0, 0, high, low] = ip.segments() else { return None };
    Some(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn special(text: &str) -> bool {
        is_special(text.parse().unwrap())
    }

    #[test]
    fn machines_private_networks_and_special_purposes_are_special() {
        for ip in [
            "127.0.0.1",
            "127.255.255.254",
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "100.127.255.255",
            "192.0.0.8",
            "198.18.0.1",
            "198.19.255.255",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
            "100::1",
            "fc00::1",
            "fd00::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "3fff::1",
            "5f00::1",
        ] {
            assert!(special(ip), "{ip}");
        }
    }

    #[test]
    fn public_servers_are_not() {
        for ip in [
            "1.1.1.1",
            "9.255.255.255",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.0.1",
            "172.32.0.1",
            "198.17.0.1",
            "198.20.0.1",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00:1450::1",
            "2001:200::1",
            "::ffff:1.1.1.1",
            "64:ff9b::101:101",
        ] {
            assert!(!special(ip), "{ip}");
        }
    }

    #[test]
    fn an_allowed_network_allows_only_itself() {
        let allowed = ["10.1.0.0/16".parse().unwrap()];
        assert!(is_allowed("10.1.2.3".parse().unwrap(), &allowed));
        assert!(is_allowed("::ffff:10.1.2.3".parse().unwrap(), &allowed));
        assert!(!is_allowed("10.2.0.1".parse().unwrap(), &allowed));
        assert!(is_allowed("1.1.1.1".parse().unwrap(), &[]));
    }

    #[test]
    fn ports_of_other_services_are_forbidden() {
        assert!(FORBIDDEN_PORTS.is_sorted());
        for port in [0, 22, 25, 587, 5432, 6379, 11211] {
            assert!(is_refused_port(port), "{port}");
        }
        for port in [80, 443, 3000, 8080, 8480, 65535] {
            assert!(!is_refused_port(port), "{port}");
        }
    }
}
