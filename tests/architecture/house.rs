//! The floors of the house, from the words at the bottom to the command line at the top.

use super::paths;

/// Modules by floor. The longest name that fits a module counts, so `deliver::retry` stands apart from `deliver`.
const FLOORS: &[(u8, &[&str])] = &[
    (14, &["main"]),
    (13, &["cli"]),
    (12, &["daemon"]),
    (11, &["server"]),
    (10, &["scheduler"]),
    (9, &["pipeline", "deliver"]),
    (
        8,
        &[
            "fetch",
            "store",
            "deliver::webhook",
            "deliver::email",
            "deliver::print",
            "config::reload",
            "systemd",
            "telemetry",
            "loopback",
        ],
    ),
    (7, &["net", "fault_point"]),
    (6, &["config", "alert::policy", "memory"]),
    (
        5,
        &[
            "parse",
            "dedupe",
            "story",
            "watch",
            "health",
            "cadence",
            "render",
            "deliver::circuit",
            "deliver::retry",
            "deliver::slot",
            "deliver::sign",
            "deliver::dispatch",
        ],
    ),
    (4, &["alert"]),
    (3, &["item", "channel"]),
    (2, &["source", "date"]),
    (1, &["address", "network", "text"]),
    (0, &["clock"]),
];

/// The floor that decides.
const DECIDES: u8 = 5;

/// The unit of the house that a module belongs to, and its floor.
pub fn floor(module: &str) -> Option<(&'static str, u8)> {
    if module.is_empty() {
        return Some(("", 15));
    }
    let fits = |name: &str| module == name || module.strip_prefix(name).is_some_and(|rest| rest.starts_with("::"));
    FLOORS
        .iter()
        .flat_map(|(floor, names)| names.iter().map(move |name| (*name, *floor)))
        .filter(|(name, _)| fits(name))
        .max_by_key(|(name, _)| name.len())
}

/// True for a module that only decides or only says: no wait, no world. The alert policy does, although it stands
/// above the watches whose rules it applies.
pub fn decides(module: &str) -> bool {
    floor(module).is_some_and(|(unit, floor)| floor <= DECIDES || unit == "alert::policy")
}

/// The paths in `code` that lead from `module` to its own floor or above it.
pub fn climbs(module: &str, code: &str, modules: &[&str]) -> Vec<String> {
    let Some((own, here)) = floor(module) else { return Vec::new() };
    let mut climbs: Vec<String> = paths::named(module, code)
        .into_iter()
        .filter(|path| {
            let target = modules.iter().filter(|name| leads_to(path, name)).max_by_key(|name| name.len());
            let there = target.and_then(|name| floor(name));
            there.is_some_and(|(unit, floor)| unit != own && floor >= here && !unit.is_empty())
        })
        .map(|path| format!("{own} must not use {path}"))
        .collect();
    climbs.dedup();
    climbs
}

/// The module that a path leads into: the longest one that the path begins with.
pub fn owner<'a>(path: &str, modules: &[&'a str]) -> Option<&'a str> {
    modules.iter().filter(|module| leads_to(path, module)).max_by_key(|module| module.len()).copied()
}

fn leads_to(path: &str, module: &str) -> bool {
    !module.is_empty() && (path == module || path.strip_prefix(module).is_some_and(|rest| rest.starts_with("::")))
}

#[test]
fn a_way_up_or_sideways_is_found_and_a_way_down_is_not() {
    let modules = ["deliver", "deliver::retry", "deliver::webhook", "store", "net", "watch", "item"];
    let climbs = |module, code| climbs(module, code, &modules);
    assert!(climbs("deliver::webhook", "use crate::net::Client; use super::retry::next;").is_empty());
    assert_eq!(
        climbs("deliver::webhook", "use crate::{net, store::Store};"),
        ["deliver::webhook must not use store::Store"]
    );
    assert_eq!(climbs("watch", "fn f() { crate::net::get() }"), ["watch must not use net::get"]);
    assert_eq!(climbs("deliver::retry", "use super::Outbox;"), ["deliver::retry must not use deliver::Outbox"]);
    assert_eq!(climbs("item", "use crate::watch::Watch;"), ["item must not use watch::Watch"]);
}

#[test]
fn the_longest_fitting_name_tells_the_floor() {
    assert_eq!(floor("deliver::retry"), Some(("deliver::retry", 5)));
    assert_eq!(floor("deliver::outbox"), Some(("deliver", 9)));
    assert_eq!(floor("nowhere"), None);
    assert!(decides("text::fold") && !decides("config::file"));
}
