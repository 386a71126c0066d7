//! Source text without what only looks like code: comments and the inside of literals, blanked so that every line
//! stays where it was.

/// The text with comments and the contents of string and character literals replaced by blanks.
pub fn scrubbed(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut place = 0;
    while place < chars.len() {
        let end = literal_end(&chars, place);
        if end > place {
            out.extend(chars[place..end].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
            place = end;
        } else {
            out.push(chars[place]);
            place += 1;
        }
    }
    out
}

/// One past the comment or literal that begins at `place`; `place` itself where none does.
fn literal_end(chars: &[char], place: usize) -> usize {
    let at = |offset: usize| chars.get(place + offset).copied();
    let after_word = place > 0 && (chars[place - 1].is_alphanumeric() || chars[place - 1] == '_');
    match (chars[place], at(1)) {
        ('/', Some('/')) => line_end(chars, place),
        ('/', Some('*')) => block_end(chars, place),
        ('"', _) => string_end(chars, place + 1),
        ('r', Some('"' | '#')) if !after_word || (chars[place - 1] == 'b' && raw_end(chars, place).is_some()) => {
            raw_end(chars, place).unwrap_or(place)
        }
        ('\'', Some('\\')) => {
            chars[place + 2..].iter().skip(1).position(|c| *c == '\'').map_or(place, |n| place + n + 4)
        }
        ('\'', Some(_)) if at(2) == Some('\'') => place + 3,
        _ => place,
    }
}

fn line_end(chars: &[char], place: usize) -> usize {
    chars[place..].iter().position(|c| *c == '\n').map_or(chars.len(), |n| place + n)
}

fn block_end(chars: &[char], place: usize) -> usize {
    let (mut depth, mut at) = (0, place);
    while at < chars.len() {
        match (chars[at], chars.get(at + 1)) {
            ('/', Some('*')) => (depth, at) = (depth + 1, at + 2),
            ('*', Some('/')) => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    chars.len()
}

fn string_end(chars: &[char], mut place: usize) -> usize {
    while place < chars.len() {
        match chars[place] {
            '\\' => place += 2,
            '"' => return place + 1,
            _ => place += 1,
        }
    }
    chars.len()
}

fn raw_end(chars: &[char], place: usize) -> Option<usize> {
    let hashes = chars[place + 1..].iter().take_while(|c| **c == '#').count();
    if chars.get(place + 1 + hashes) != Some(&'"') {
        return None;
    }
    let from = place + 2 + hashes;
    let closes =
        |at: usize| chars[at] == '"' && chars[at + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes;
    (from..chars.len()).find(|at| closes(*at)).map(|at| at + 1 + hashes)
}

/// Where the block that opens at the first brace after `from` ends: one past its closing brace.
pub fn block(code: &str, from: usize) -> Option<(usize, usize)> {
    let open = from + code[from..].find('{')?;
    let mut depth = 0;
    for (offset, c) in code[open..].char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((open, open + offset + 1));
        }
    }
    None
}

/// The spans of modules that are compiled for tests alone.
fn test_spans(code: &str) -> Vec<(usize, usize)> {
    let mut spans = Vec::new();
    for (at, mark) in code.match_indices("#[cfg(test)]") {
        let rest = code[at + mark.len()..].trim_start();
        let rest = rest.strip_prefix("pub ").unwrap_or(rest);
        let has_body = rest.find('{') < rest.find(';') || !rest.contains(';');
        if rest.starts_with("mod ")
            && rest.contains('{')
            && has_body
            && let Some((_, end)) = block(code, at)
        {
            spans.push((at, end));
        }
    }
    spans
}

/// The names of modules in files of their own that are compiled for tests alone.
pub fn test_files(code: &str) -> Vec<String> {
    code.match_indices("#[cfg(test)]")
        .filter_map(|(at, mark)| {
            let rest = code[at + mark.len()..].trim_start();
            let rest = rest.split_once("mod ").filter(|(before, _)| before.len() < 12)?.1;
            let end = rest.find([';', '{'])?;
            rest[end..].starts_with(';').then(|| rest[..end].trim().to_owned())
        })
        .collect()
}

/// Scrubbed code without its test modules; lines stay where they were.
pub fn without_tests(code: &str) -> String {
    let mut out = code.to_owned();
    for (start, end) in test_spans(code) {
        let blank: String = code[start..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
        // Blanks are narrower than what they replace where that is not ASCII; scrubbed identifiers are ASCII here.
        if blank.len() == end - start {
            out.replace_range(start..end, &blank);
        }
    }
    out
}

/// The test modules of scrubbed code.
pub fn only_tests(code: &str) -> String {
    test_spans(code).into_iter().map(|(start, end)| &code[start..end]).collect()
}

#[test]
fn comments_and_literals_are_no_code() {
    let code = scrubbed("a; // fn x\n\"{ \\\" }\"; r#\"{\"#; '{'; '\\''; 'a: b /* { /* */ } */ c");
    assert!(!code.contains(['{', '}']), "{code}");
    assert!(!code.contains("fn x") && code.contains("'a: b") && code.ends_with(" c"), "{code}");
    assert_eq!(code.lines().count(), 2);
}

#[test]
fn a_test_module_at_the_foot_is_told_from_the_code() {
    let code = "fn a() {}\n#[cfg(test)]\nmod tests {\n    use crate::cli;\n}\n";
    assert!(!without_tests(code).contains("cli"));
    assert!(only_tests(code).contains("cli") && !only_tests(code).contains("fn a"));
    assert_eq!(test_files("#[cfg(test)]\nmod laws;\nmod other;"), ["laws"]);
}
