//! Tests the shipped configuration.

use super::ConfigFolder;
use crate::config::Config;
use crate::config::keys::{CONCEPT, FORMAT, ROOT, SECRET, SECTIONS};

const SHIPPED: &str = include_str!("../../../config/marsad.toml");

/// The shipped file with every commented key switched on.
fn everything_on() -> String {
    let on = |line: &str| match line.strip_prefix('#') {
        Some(key) if !key.starts_with([' ', '#']) && !key.is_empty() => key.to_owned(),
        _ => line.to_owned(),
    };
    SHIPPED.lines().map(|line| on(line) + "\n").collect()
}

#[test]
fn the_shipped_configuration_runs_as_it_is() {
    let config = ConfigFolder::new(SHIPPED).load().unwrap_or_else(|report| panic!("{report}"));
    assert!(config.warnings.is_empty(), "{}", config.warnings);
    let bare = ConfigFolder::new("").load().unwrap();
    let settings =
        |config: &Config| format!("{:?} {:?} {:?} {:?}", config.timezone, config.http, config.fetch, config.retention);
    assert_eq!(settings(&config), settings(&bare), "what is shown is the default");
}

#[test]
fn the_shipped_configuration_is_valid_with_every_key_on() {
    let desk = ConfigFolder::newsroom();
    let text = everything_on().replace("/var/lib/marsad", "state");
    let signing = super::SIGNING;
    for (name, text) in [
        ("credentials/http-token", "0123456789abcdef"),
        ("credentials/smtp-password", "x"),
        ("credentials/desk-secret", signing),
        ("credentials/desk-secret-before", signing),
        ("secrets/agency", "x"),
    ] {
        desk.write(name, text);
    }
    desk.write("marsad.toml", &text);
    let config = desk.load().unwrap_or_else(|report| panic!("{report}"));
    assert_eq!((config.sources.len(), config.channels.len()), (5, 4));
}

#[test]
fn the_shipped_configuration_names_every_key() {
    let text = everything_on();
    let named = |key: &str| {
        text.lines().any(|line| {
            let line = line.trim_start_matches(['#', ' ', '{', '[']);
            line.strip_prefix(key).is_some_and(|rest| rest.starts_with([' ', ']', '.']))
        }) || text.contains(&format!("{{ {key} = "))
    };
    let sections = SECTIONS.iter().copied().chain([&SECRET, &FORMAT, &CONCEPT, &ROOT]);
    for section in sections {
        for key in section.names() {
            assert!(named(key), "{key} of {}", section.name);
        }
    }
}
