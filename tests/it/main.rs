//! End-to-end tests on loopback: real sockets, a real store, a manual clock.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

mod absence;
mod backup;
mod canary;
mod certificates;
mod clock;
mod commands;
mod damage;
mod deliver;
mod digests;
mod explain;
mod faults;
mod field;
mod flow;
mod follow;
mod golden;
mod health;
mod hostile;
mod identity;
mod languages;
mod linked;
mod listing;
mod machine;
mod probe;
mod process;
mod readers;
mod recurrence;
mod redesign;
mod reload;
mod resilience;
mod revisions;
mod site;
mod sources;
mod stop;
mod stories;
mod trouble;
mod unchanged;
mod world;
