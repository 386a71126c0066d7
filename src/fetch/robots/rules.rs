//! Parses robots.txt (RFC 9309).

/// The rules of a robots.txt for marsad.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RobotsRules(Box<[RobotsRule]>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct RobotsRule {
    allow: bool,
    pattern: Box<str>,
}

/// The most bytes of a robots.txt to read (RFC 9309 §2.5).
pub(crate) const MAX_SIZE: usize = 500 * 1024;

/// The most rules to keep. Chosen by hand: the longest real files have some hundreds.
const MAX_RULES: usize = 5_000;

/// Whom the current group addresses.
#[derive(Clone, Copy, PartialEq, Eq)]
enum UserAgentGroup {
    Ours,
    Anybody,
    Others,
}

impl RobotsRules {
    /// Parses a robots.txt for the product `token` (`marsad`). Groups for the same product are merged; the group for
    /// anybody (`*`) applies only if none is for the product.
    ///
    /// ```
    /// use marsad::fetch::robots::rules::RobotsRules;
    ///
    /// let rules = RobotsRules::parse("User-agent: *\nDisallow: /search\nAllow: /search/help", "marsad");
    /// assert!(rules.permit("/news") && rules.permit("/search/help"));
    /// assert!(!rules.permit("/search?q=x"));
    /// ```
    #[must_use]
    pub fn parse(text: &str, token: &str) -> Self {
        let (mut ours, mut anybody) = (None::<Vec<RobotsRule>>, Vec::new());
        let (mut group, mut naming) = (UserAgentGroup::Others, false);
        for line in text.trim_start_matches('\u{feff}').split(['\n', '\r']) {
            let line = line.split('#').next().unwrap_or_default();
            let Some((key, value)) = line.split_once(':') else { continue };
            let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
            match key.as_str() {
                "user-agent" => {
                    let named = audience(value, token);
                    // Consecutive names share the rules that follow; the most specific name decides.
                    group = if naming { closest(group, named) } else { named };
                    naming = true;
                    if group == UserAgentGroup::Ours {
                        ours.get_or_insert_default();
                    }
                }
                "allow" | "disallow" => {
                    naming = false;
                    let rules = match group {
                        UserAgentGroup::Ours => ours.get_or_insert_default(),
                        UserAgentGroup::Anybody => &mut anybody,
                        UserAgentGroup::Others => continue,
                    };
                    if !value.is_empty() && rules.len() < MAX_RULES {
                        rules.push(RobotsRule { allow: key == "allow", pattern: normal(value).into_boxed_str() });
                    }
                }
                _ => {}
            }
        }
        Self(ours.unwrap_or(anybody).into_boxed_slice())
    }

    /// About how many bytes of memory the rules take.
    #[must_use]
    pub(crate) fn size(&self) -> usize {
        // An allocation costs two words of overhead (glibc's malloc).
        let overhead = size_of::<RobotsRule>() + 2 * size_of::<usize>();
        self.0.iter().map(|rule| rule.pattern.len() + overhead).sum()
    }

    /// True if marsad may fetch `path` (with its query). The longest matching rule decides; among equals, `allow`.
    #[must_use]
    pub fn permit(&self, path: &str) -> bool {
        if path == "/robots.txt" {
            return true;
        }
        let path = normal(path);
        let holding = self.0.iter().filter(|rule| matches(&rule.pattern, &path));
        holding.max_by_key(|rule| (rule.pattern.len(), rule.allow)).is_none_or(|rule| rule.allow)
    }
}

fn audience(name: &str, token: &str) -> UserAgentGroup {
    // Real files add a version or a star: only the product name counts.
    let product = name.split(|c: char| !(c.is_ascii_alphabetic() || c == '-' || c == '_')).next().unwrap_or_default();
    if name.starts_with('*') {
        UserAgentGroup::Anybody
    } else if !product.is_empty() && product.eq_ignore_ascii_case(token) {
        UserAgentGroup::Ours
    } else {
        UserAgentGroup::Others
    }
}

fn closest(one: UserAgentGroup, other: UserAgentGroup) -> UserAgentGroup {
    match (one, other) {
        (UserAgentGroup::Ours, _) | (_, UserAgentGroup::Ours) => UserAgentGroup::Ours,
        (UserAgentGroup::Anybody, _) | (_, UserAgentGroup::Anybody) => UserAgentGroup::Anybody,
        _ => UserAgentGroup::Others,
    }
}

/// True if `path` matches `pattern`: `*` is anything, a final `$` is the end. Every piece is matched at its first
/// occurrence, which is correct for such patterns and takes linear time.
fn matches(pattern: &str, path: &str) -> bool {
    let (pattern, anchored) = pattern.strip_suffix('$').map_or((pattern, false), |cut| (cut, true));
    let mut pieces = pattern.split('*');
    let Some(mut rest) = path.strip_prefix(pieces.next().unwrap_or_default()) else { return false };
    let mut last = None;
    for piece in pieces {
        if let Some(before) = last.replace(piece) {
            let Some((_, after)) = rest.split_once(before) else { return false };
            rest = after;
        }
    }
    match last {
        None => !anchored || rest.is_empty(),
        Some(piece) if anchored => rest.ends_with(piece),
        Some(piece) => rest.contains(piece),
    }
}

/// Normalises a path: percent-encoded beyond ASCII, unreserved characters plain, escapes in capitals.
fn normal(text: &str) -> String {
    if text.bytes().all(|byte| byte.is_ascii() && byte != b'%') {
        return text.to_owned();
    }
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let escape = text.get(at + 1..at + 3).filter(|_| byte == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok());
        let value = escape.unwrap_or(byte);
        if value.is_ascii_alphanumeric() || b"-._~".contains(&value) || (escape.is_none() && value.is_ascii()) {
            out.push(char::from(value));
        } else {
            out.push_str(&format!("%{value:02X}"));
        }
        at += if escape.is_some() { 3 } else { 1 };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permits(text: &str, path: &str) -> bool {
        RobotsRules::parse(text, "marsad").permit(path)
    }

    #[test]
    fn the_group_for_us_replaces_the_group_for_anybody() {
        let text = "User-agent: *\nDisallow: /\n\nUser-agent: MARSAD/1.0\nDisallow: /private # no\n";
        assert!(permits(text, "/news") && !permits(text, "/private/x"));
        assert!(!RobotsRules::parse(text, "other").permit("/news"));
        assert!(permits("User-agent: *\nDisallow: /\nUser-agent: marsad\n", "/news"));
        assert!(permits("User-agent: marsadbot\nDisallow: /\n", "/news"));
    }

    #[test]
    fn groups_for_us_are_merged_and_consecutive_names_share_rules() {
        let text =
            "user-agent: marsad\ndisallow: /a\nuser-agent: x\nuser-agent: marsad\nCrawl-delay: 5\ndisallow: /b\n";
        assert!(!permits(text, "/a") && !permits(text, "/b") && permits(text, "/c"));
    }

    #[test]
    fn the_longest_rule_decides_and_allow_among_equals() {
        let text = "User-agent: *\rDisallow: /news\rAllow: /news/ar\rDisallow: /x\rAllow: /x\rDisallow:";
        assert!(permits(text, "/news/ar/1") && !permits(text, "/news/fr") && permits(text, "/x") && permits(text, "/"));
        assert!(permits("User-agent: *\nDisallow: /", "/robots.txt"));
    }

    #[test]
    fn stars_and_end_anchors_match() {
        for (pattern, path, holds) in [
            ("/*.php", "/a/index.php?x=1", true),
            ("/*.php$", "/index.php", true),
            ("/*.php$", "/index.php?x", false),
            ("/fish*", "/fishheads", true),
            ("/a*b*c$", "/a-b-b-c", true),
            ("/a*b*c$", "/a-c-b", false),
            ("/$", "/", true),
            ("/$", "/a", false),
            ("*", "/a", true),
            ("/*ab$", "/aab", true),
            ("/خبر", "/%d8%ae%d8%a8%d8%b1/1", true),
            ("/%7ejoe", "/~joe", true),
            ("/a%2fb", "/a/b", false),
        ] {
            let text = format!("User-agent: *\nDisallow: {pattern}");
            assert_eq!(!permits(&text, path), holds, "{pattern} {path}");
        }
    }

    #[test]
    fn noise_is_ignored() {
        for text in ["", "\u{feff}User-agent: *\nSitemap: /s\nnonsense", "<html>Disallow: /</html>", "Disallow: /"] {
            assert!(permits(text, "/a"), "{text}");
        }
        assert!(!permits("\u{feff}User-agent: *\nDisallow: /", "/a"));
    }
}
