//! Remembers the robots.txt rules of sites, within bounds on entries and bytes.

use std::collections::HashMap;

use jiff::Timestamp;

use super::RobotsVerdict;

/// The rules of each site, and until when they are valid.
#[derive(Debug, Default)]
pub(super) struct RobotsCache {
    known: HashMap<String, (RobotsVerdict, Timestamp)>,
    bytes: usize,
}

/// The most sites. Chosen by hand: more than the sources and links of a day have.
const MAX_SITES: usize = 4096;

/// The most bytes. Chosen by hand: room for thousands of usual files (1–2 KB of rules each).
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// Bytes of an entry in addition to its rules and the name of its site (`size_of` of its parts, rounded up).
const ENTRY: usize = 96;

impl RobotsCache {
    /// The rules of `site`, and until when they are valid.
    pub(super) fn get(&self, site: &str) -> Option<(RobotsVerdict, Timestamp)> {
        self.known.get(site).cloned()
    }

    /// Stores the rules of `site`. If there is no room, the entry that expires first is dropped; it will be asked for
    /// again.
    pub(super) fn insert(&mut self, site: String, verdict: RobotsVerdict, until: Timestamp) {
        self.remove(&site);
        let size = size(&site, &verdict);
        while self.known.len() >= MAX_SITES || self.bytes + size > MAX_BYTES {
            let soonest = self.known.iter().min_by_key(|(_, (_, until))| *until);
            let Some(soonest) = soonest.map(|(site, _)| site.clone()) else { break };
            self.remove(&soonest);
        }
        self.bytes += size;
        self.known.insert(site, (verdict, until));
    }

    fn remove(&mut self, site: &str) {
        if let Some((verdict, _)) = self.known.remove(site) {
            self.bytes -= size(site, &verdict);
        }
    }
}

fn size(site: &str, verdict: &RobotsVerdict) -> usize {
    let rules = match verdict {
        RobotsVerdict::Rules(rules) => rules.size(),
        RobotsVerdict::Unavailable => 0,
    };
    ENTRY + site.len() + rules
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::rules::RobotsRules;
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    #[test]
    fn large_robots_files_of_many_hosts_stay_within_bounds() {
        let mut cache = RobotsCache::default();
        let line = |n: usize| format!("Disallow: /{n}{}\n", "x".repeat(80));
        let text = format!("User-agent: *\n{}", (0..5_000).map(line).collect::<String>());
        let rules = Arc::new(RobotsRules::parse(&text, "marsad"));
        for n in 0..300 {
            cache.insert(format!("http://{n}.example.org"), RobotsVerdict::Rules(Arc::clone(&rules)), at(n));
            assert!(cache.bytes <= MAX_BYTES, "{}", cache.bytes);
        }
        assert!(cache.get("http://299.example.org").is_some());
        assert!(cache.get("http://0.example.org").is_none(), "the oldest made room");
        for n in 0..10_000 {
            cache.insert(format!("http://small-{n}.example.org"), RobotsVerdict::Unavailable, at(1_000 + n));
        }
        assert!(cache.known.len() <= MAX_SITES);
        let sum: usize = cache.known.iter().map(|(site, (verdict, _))| size(site, verdict)).sum();
        assert_eq!(cache.bytes, sum);
    }
}
