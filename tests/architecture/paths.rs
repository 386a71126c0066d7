//! Every path of the crate that a piece of code names, in `use` trees and in the middle of an expression.

/// The absolute paths (without `crate::`) that code in `module` names.
pub fn named(module: &str, code: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        if !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':' || c == '$') {
            tree("", &code[at + "crate::".len()..], &mut paths);
        }
    }
    for (at, _) in code.match_indices("super::") {
        if code[..at].ends_with("super::") || code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let ups = code[at..].split("super::").take_while(|between| between.is_empty()).count();
        let mut parts: Vec<&str> = module.split("::").collect();
        parts.truncate(parts.len().saturating_sub(ups));
        let prefix: String = parts.iter().map(|part| format!("{part}::")).collect();
        tree(&prefix, &code[at + ups * "super::".len()..], &mut paths);
    }
    paths
}

/// Reads one path or one `{…}` tree of paths; gives what stands behind it.
fn tree<'a>(prefix: &str, code: &'a str, paths: &mut Vec<String>) -> &'a str {
    let mut rest = code.trim_start();
    let mut path = prefix.to_owned();
    loop {
        if let Some(group) = rest.strip_prefix('{') {
            return members(&path, group, paths);
        }
        let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        path.push_str(&rest[..word]);
        rest = &rest[word..];
        match rest.strip_prefix("::") {
            Some(next) => {
                path.push_str("::");
                rest = next.trim_start();
            }
            None => {
                paths.push(path.trim_end_matches("::").to_owned());
                return rest;
            }
        }
    }
}

fn members<'a>(prefix: &str, group: &'a str, paths: &mut Vec<String>) -> &'a str {
    let mut rest = group.trim_start();
    while !rest.is_empty() && !rest.starts_with('}') {
        rest = tree(prefix, rest, paths);
        // Whatever stands before the next comma or the end (`as Name`, `*`) is no path.
        let next = rest.find([',', '}']).unwrap_or(rest.len());
        rest = rest[next..].strip_prefix(',').unwrap_or(&rest[next..]).trim_start();
    }
    rest.strip_prefix('}').unwrap_or(rest)
}

#[test]
fn grouped_nested_and_inline_paths_are_found() {
    let code = "use crate::{a::b, c::{self, d::E as F}, g::*};\nfn f() { crate::h::i(); let x = crate::j::K; }";
    assert_eq!(named("m", code), ["a::b", "c::self", "c::d::E", "g", "h::i", "j::K"]);
}

#[test]
fn a_way_up_is_followed() {
    assert_eq!(
        named("deliver::webhook", "use super::sign; use super::super::server::api;"),
        ["deliver::sign", "server::api"]
    );
}
