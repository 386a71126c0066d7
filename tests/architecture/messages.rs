//! Collects the messages of the source in snapshots, so that a review sees every change of wording.
//!
//! A message that is built from values shows them in braces, as the source does.

use super::{File, scrub, sources};

/// A call whose text an operator reads.
struct MessageCall {
    /// How the call begins in the source.
    begins: &'static str,
    /// How its line in the snapshot begins.
    label: &'static str,
    /// Which of its literals are shown.
    literals: Literals,
}

/// Which literals of a call are a message.
#[derive(Clone, Copy)]
enum Literals {
    /// All of them: a message and its remedy.
    All,
    /// All of them, if one is a phrase: the value of a variable may be something else.
    Phrases,
    /// The last argument; the fields before it are named.
    LastWithFields,
}

const fn call(begins: &'static str, label: &'static str) -> MessageCall {
    MessageCall { begins, label, literals: Literals::All }
}

const fn value(begins: &'static str, label: &'static str) -> MessageCall {
    MessageCall { begins, label, literals: Literals::Phrases }
}

const fn log(begins: &'static str, label: &'static str) -> MessageCall {
    MessageCall { begins, label, literals: Literals::LastWithFields }
}

const LOG: &[MessageCall] = &[
    log("tracing::error!(", "error"),
    log("tracing::warn!(", "warn"),
    log("tracing::info!(", "info"),
    log("tracing::debug!(", "debug"),
    log("tracing::trace!(", "trace"),
];

const ERRORS: &[MessageCall] = &[
    call("#[error(", "error"),
    call("anyhow!(", "error"),
    call("bail!(", "error"),
    call("ensure!(", "error"),
    call(".context(", "context"),
    call(".with_context(", "context"),
    call("HttpProblem::new(", "http"),
    call("StoreError::corrupt(", "error"),
];

const CONFIG: &[MessageCall] = &[call("wrong(", "problem"), call("WatchProblem {", "problem")];

const FINDINGS: &[MessageCall] = &[
    call("finding(", "finding"),
    call(".say(", "remark"),
    call("complain(", "remark"),
    call("degraded.set(", "degraded"),
    call("systemd::waiting(", "waiting"),
    call(".verdict(", "verdict"),
    call(".line(", "line"),
    call(".prose(", "line"),
    call("Column::whole(", "column"),
    call("Column::name(", "column"),
    call("Column::id(", "column"),
    call("Column::text(", "column"),
    value("let message = ", "message"),
    value("let mut message = ", "message"),
    value("let text = ", "text"),
    call("reason(", "reason"),
];

/// What an operator does not read: servers for the demo and for tests.
const OTHERS: &str = "loopback";

const DEGRADED: &[MessageCall] = &[
    call("degraded = ", "degraded"),
    call("degraded: Some(", "degraded"),
    call(".degrade(", "degraded"),
    call("let left_out = ", "degraded"),
    call("let set_aside = ", "degraded"),
];

/// The messages of these calls, grouped by the top module, without repeats.
fn messages(files: &[File], calls: &[MessageCall]) -> String {
    let mut found: Vec<(String, String)> = Vec::new();
    for file in files {
        let area = file.module.split("::").next().unwrap_or_default().to_owned();
        if area == OTHERS {
            continue;
        }
        found.extend(in_file(&file.text, calls).into_iter().map(|line| (area.clone(), line)));
    }
    found.sort();
    found.dedup();
    let mut out = String::new();
    let mut current = None;
    for (area, line) in found {
        if current.as_ref() != Some(&area) {
            out.push_str(&format!("\n[{area}]\n"));
            current = Some(area);
        }
        out.push_str(&format!("{line}\n"));
    }
    out
}

fn in_file(text: &str, calls: &[MessageCall]) -> Vec<String> {
    let scrubbed = scrub::scrubbed(text);
    let code: Vec<char> = scrub::without_tests(&scrubbed).chars().collect();
    let text: Vec<char> = text.chars().collect();
    if code.len() != text.len() {
        return vec!["cannot align the code with its text".to_owned()];
    }
    let mut lines = Vec::new();
    for call in calls {
        for open in ends_of(&code, call.begins) {
            lines.extend(shown(&text, &code, open, call));
        }
    }
    lines
}

/// One past each occurrence of `begins` that does not continue a word.
fn ends_of(code: &[char], begins: &str) -> Vec<usize> {
    let begins: Vec<char> = begins.chars().collect();
    let word = |c: char| c.is_alphanumeric() || c == '_';
    (0..code.len().saturating_sub(begins.len()))
        .filter(|at| code[*at] == begins[0] && code[*at..].starts_with(&begins))
        .filter(|at| !(word(begins[0]) && *at > 0 && word(code[at - 1])))
        .filter(|at| !code[..*at].ends_with(&['f', 'n', ' ']))
        .map(|at| at + begins.len())
        .collect()
}

/// The line for the call whose arguments begin at `open`; none if it has no literal.
fn shown(text: &[char], code: &[char], open: usize, call: &MessageCall) -> Option<String> {
    let arguments = arguments(code, open);
    let close = arguments.last()?.1;
    match call.literals {
        Literals::All | Literals::Phrases => {
            let texts = literals(text, code, open, close);
            let phrase = |text: &String| text.split(' ').filter(|word| word.contains(char::is_alphabetic)).count() > 1;
            let any = matches!(call.literals, Literals::All) || texts.iter().any(phrase);
            (any && !texts.is_empty()).then(|| format!("{:<8} {}", call.label, texts.join(" | ")))
        }
        Literals::LastWithFields => {
            let at = arguments.iter().position(|(from, to)| {
                code[*from..*to].iter().all(|c| c.is_whitespace()) && !literals(text, code, *from, *to).is_empty()
            })?;
            let message = literals(text, code, arguments[at].0, arguments[at].1).concat();
            let fields: Vec<String> = arguments[..at].iter().map(|(from, to)| field(&code[*from..*to])).collect();
            let fields = if fields.is_empty() { String::new() } else { format!("  ({})", fields.join(", ")) };
            Some(format!("{:<8} {message}{fields}", call.label))
        }
    }
}

/// The name of a field: `%error`, `url.host = host`, `class`.
fn field(code: &[char]) -> String {
    let code: String = code.iter().collect();
    code.split('=').next().unwrap_or_default().trim().trim_start_matches(['%', '?']).to_owned()
}

/// The arguments of a call, as ranges of characters; the last one ends at the closing bracket, or a value at its `;`.
fn arguments(code: &[char], open: usize) -> Vec<(usize, usize)> {
    let (mut depth, mut start, mut found) = (0_usize, open, Vec::new());
    for (at, c) in code.iter().enumerate().skip(open) {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' | ';' if depth == 0 => {
                found.push((start, at));
                break;
            }
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                found.push((start, at));
                start = at + 1;
            }
            _ => {}
        }
    }
    found
}

/// The string literals between two places, without their quotes; a line break that the source hides is hidden.
fn literals(text: &[char], code: &[char], from: usize, to: usize) -> Vec<String> {
    let (mut at, mut found) = (from, Vec::new());
    let is_character = |at: usize| at > 0 && text[at - 1] == '\'' && text.get(at + 1) == Some(&'\'');
    while at < to {
        let is_literal = text[at] == '"' && code[at] == ' ' && !is_character(at);
        if text[at] == '/' && text.get(at + 1) == Some(&'/') && code[at] == ' ' {
            at += text[at..].iter().position(|c| *c == '\n').unwrap_or(1);
        } else if is_literal {
            let end = closing(text, at + 1);
            found.push(unescaped(&text[at + 1..end]));
            at = end;
        }
        at += 1;
    }
    found.into_iter().filter(|text| !text.is_empty()).collect()
}

fn closing(text: &[char], mut at: usize) -> usize {
    while at < text.len() && text[at] != '"' {
        at += if text[at] == '\\' { 2 } else { 1 };
    }
    at.min(text.len())
}

fn unescaped(literal: &[char]) -> String {
    let mut out = String::new();
    let mut chars = literal.iter().peekable();
    while let Some(c) = chars.next() {
        if *c != '\\' {
            out.push(*c);
            continue;
        }
        match chars.next() {
            Some('\n') => while chars.next_if(|c| c.is_whitespace()).is_some() {},
            Some('n') => out.push('⏎'),
            Some('r' | 't') => out.push(' '),
            Some(c) => out.push(*c),
            None => {}
        }
    }
    out
}

#[test]
fn every_log_line() {
    insta::assert_snapshot!(messages(&sources(), LOG));
}

#[test]
fn every_error() {
    insta::assert_snapshot!(messages(&sources(), ERRORS));
}

#[test]
fn every_problem_of_a_configuration() {
    insta::assert_snapshot!(messages(&sources(), CONFIG));
}

#[test]
fn every_finding_remark_and_reason() {
    insta::assert_snapshot!(messages(&sources(), FINDINGS));
}

#[test]
fn every_reason_why_a_source_is_degraded() {
    insta::assert_snapshot!(messages(&sources(), DEGRADED));
}

#[test]
fn a_message_is_collected_with_its_fields() {
    let text = "fn a() {\n    tracing::warn!(url.host = host, %error, \"it \\\n        broke\");\n    \
                wrong(format!(\"a {b}\"), \"type \\\"c\\\"\"); // wrong(\"d\")\n}\n";
    assert_eq!(in_file(text, LOG), ["warn     it broke  (url.host, error)"]);
    assert_eq!(in_file(text, CONFIG), ["problem  a {b} | type \"c\""]);
}
