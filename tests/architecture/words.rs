//! Words that may stand only in certain places, or nowhere.

/// Libraries of the outside with the places that may name them.
const PLACES: &[(&str, &[&str])] = &[
    ("sqlx::", &["store"]),
    ("reqwest::", &["net"]),
    ("lettre::", &["deliver::email"]),
    ("feed_rs::", &["parse::feed::strict"]),
    ("chrono::", &["parse::feed::strict"]),
    ("Timestamp::now", &["clock"]),
    ("Zoned::now", &["clock"]),
    ("SystemTime::now", &["clock"]),
    ("Instant::now", &["clock"]),
];

/// What a module that only decides must not contain.
const WORLD: &[&str] = &[
    "async fn",
    "async {",
    "async move",
    ".await",
    "tokio::",
    "std::fs::",
    "std::net::Tcp",
    "std::net::Udp",
    "std::env::",
    "std::process::",
    "std::thread::sleep",
    "reqwest::",
    "sqlx::",
];

/// Words of the alert policy, which is decided above SQL: whom to alert, once per what, over which channel.
const POLICY: &[&str] = &["OncePer", "Revisions", ".once_per", ".revisions", ".urgent", "watch.alert"];

/// What must stand nowhere; spelled in halves so that this file does not break its own rule.
const UNFINISHED: &[&str] = &[
    "#[allow(",
    "#![allow(",
    "#[ignore",
    concat!("to", "do!"),
    concat!("unimple", "mented!"),
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
    "unsafe {",
    "(being written)",
];

/// Names that say nothing about what a module holds.
const VAGUE: &[&str] =
    &["utils", "util", "helpers", "common", "types", "models", "manager", "service", "handler", "misc"];

/// The libraries that `module` names without being their place.
pub fn misplaced(module: &str, code: &str) -> Vec<String> {
    PLACES
        .iter()
        .filter(|(word, places)| names(code, word) && !places.iter().any(|place| within(module, place)))
        .map(|(word, places)| format!("`{word}` belongs to {}", places.join(", ")))
        .collect()
}

fn within(module: &str, place: &str) -> bool {
    module == place || module.strip_prefix(place).is_some_and(|rest| rest.starts_with("::"))
}

/// True where `word` begins a word of its own: `tokio_rustls::` does not name `rustls::`.
fn names(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}

/// What waits or touches the world in code that must only decide.
pub fn worldly(code: &str) -> Vec<String> {
    WORLD.iter().filter(|word| code.contains(**word)).map(|word| format!("`{word}`")).collect()
}

/// Decisions of the alert policy in code that must only remember and write.
pub fn policy(code: &str) -> Vec<String> {
    POLICY.iter().filter(|word| code.contains(**word)).map(|word| format!("`{word}`")).collect()
}

/// Marks of unfinished or silenced work, in code and comments alike.
pub fn unfinished(text: &str) -> Vec<String> {
    let lines = text.lines().enumerate();
    lines
        .flat_map(|(number, line)| {
            UNFINISHED
                .iter()
                .filter(|word| line.contains(**word))
                .map(move |word| format!("line {}: `{word}`", number + 1))
        })
        .collect()
}

/// True for test code that waits for time to pass.
pub fn sleeps(code: &str) -> bool {
    ["thread::sleep", "time::sleep", "sleep("].iter().any(|word| code.contains(word))
}

/// The module's name, when a part of it says nothing.
pub fn vague(module: &str) -> Option<String> {
    module.split("::").any(|part| VAGUE.contains(&part)).then(|| module.to_owned())
}

#[test]
fn a_library_outside_its_place_is_found() {
    assert_eq!(misplaced("pipeline", "sqlx::query(x)").len(), 1);
    assert!(misplaced("store::sqlite::writer", "sqlx::query(x)").is_empty());
    assert_eq!(misplaced("store", "let now = jiff::Timestamp::now();").len(), 1);
    assert!(misplaced("net", "tokio_reqwest::x").is_empty());
}

#[test]
fn a_wait_in_what_decides_is_found() {
    assert_eq!(worldly("pub async fn judge() {}"), ["`async fn`"]);
    assert!(worldly("pub fn judge() {}").is_empty());
}

#[test]
fn a_policy_in_the_store_is_found() {
    assert_eq!(policy("match watch.once_per { OncePer::Text => {} }"), ["`OncePer`", "`.once_per`"]);
    assert!(policy("policy::decide(watch, &hit, &revision, &remembered)").is_empty());
}

#[test]
fn unfinished_work_and_sleeping_tests_are_found() {
    assert_eq!(unfinished(&format!("fn a() {{\n    {}()\n}}", concat!("to", "do!"))).len(), 1);
    assert_eq!(unfinished("#[allow(dead_code)]").len(), 1);
    assert!(unfinished("#[expect(dead_code, reason = \"x\")]").is_empty());
    assert!(sleeps("tokio::time::sleep(x).await") && !sleeps("hands.advance(x)"));
    assert!(vague("store::utils").is_some() && vague("store::alerted").is_none());
}
