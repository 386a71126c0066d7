//! How long files and functions may be.

use super::scrub::block;

/// The most lines of a source file, its unit tests included.
pub const FILE: usize = 400;
/// The most lines of the median source file, its unit tests apart.
pub const MEDIAN: usize = 130;
/// The most lines of a function's body, blank lines and comments apart.
pub const FUNCTION: usize = 40;

/// Every function with a body in scrubbed code, by name, with the lines of code between its braces.
pub fn functions(code: &str) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        let before = code[..at].chars().next_back();
        let rest = &code[at + 3..];
        let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        if name.is_empty() || before.is_some_and(|c| c.is_alphanumeric() || c == '_') || !has_body(rest) {
            continue;
        }
        if let Some((open, close)) = block(code, at) {
            let body = &code[open + 1..close - 1];
            found.push((name, body.lines().filter(|line| !line.trim().is_empty()).count()));
        }
    }
    found
}

/// True when the signature ends in a brace and not in a semicolon; an array type's semicolon does not count.
fn has_body(signature: &str) -> bool {
    let mut depth = 0;
    for c in signature.chars() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            ';' if depth == 0 => return false,
            '{' if depth == 0 => return true,
            _ => {}
        }
    }
    false
}

#[test]
fn a_function_s_lines_of_code_are_counted() {
    let code = "trait T { fn a(); }\nfn b(x: [u8; 4]) -> u8 {\n    one;\n\n    if x {\n        two\n    }\n}\n";
    assert_eq!(functions(code), [("b".to_owned(), 4)]);
}

#[test]
fn a_long_function_is_found() {
    let code = format!("fn long() {{\n{}}}\n", "    x();\n".repeat(FUNCTION + 1));
    assert_eq!(functions(&code), [("long".to_owned(), FUNCTION + 1)]);
    assert!(functions(&code)[0].1 > FUNCTION);
}
