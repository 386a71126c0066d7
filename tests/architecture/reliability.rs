//! The tables of `docs/reliability.md`: every fault and input has a row, and every test that a row names exists.

use std::path::Path;

/// The numbers of the rows that the page must have: `F01` to `F38`, and `H01` to `H32`.
const ROWS: &[(char, u32)] = &[('F', 38), ('H', 32)];

/// The cells of a row: its number, what is done, what holds, the tests, what was seen.
const CELLS: usize = 5;

/// What is wrong with the tables of `page`; `is_there` tells whether a test or a script of this name exists.
pub fn problems(page: &str, is_there: impl Fn(&str) -> bool) -> Vec<String> {
    let rows: Vec<Vec<&str>> = page.lines().filter_map(cells).collect();
    let expected = ROWS.iter().flat_map(|(letter, last)| (1..=*last).map(move |n| format!("{letter}{n:02}")));
    let mut problems = Vec::new();
    for number in expected {
        let found: Vec<_> = rows.iter().filter(|row| row[0] == number).collect();
        let [row] = found[..] else {
            problems.push(format!("{number} has {} rows", found.len()));
            continue;
        };
        if row.len() != CELLS || row.iter().any(|cell| cell.is_empty()) {
            problems.push(format!("{number} has an empty or a missing cell"));
            continue;
        }
        let names: Vec<&str> = row[3].split('`').skip(1).step_by(2).collect();
        if names.is_empty() && !row[3].starts_with("none") {
            problems.push(format!("{number} names no test, and does not say `none`"));
        }
        problems
            .extend(names.iter().filter(|name| !is_there(name)).map(|name| format!("{number}: {name} is not there")));
    }
    problems
}

/// The cells of a row whose first one is a number such as `F01`.
fn cells(line: &str) -> Option<Vec<&str>> {
    let inner = line.strip_prefix('|')?.strip_suffix('|')?;
    let cells: Vec<&str> = inner.split('|').map(str::trim).collect();
    let number = cells[0].strip_prefix(['F', 'H'])?;
    (number.len() == 2 && number.bytes().all(|byte| byte.is_ascii_digit())).then_some(cells)
}

/// The page of the repository, checked against its sources.
pub fn page_problems(sources: &[String]) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/reliability.md")).unwrap_or_default();
    problems(&page, |name| {
        // A command names its script first.
        let script = name.split(' ').next().unwrap_or(name);
        let test = format!("fn {name}(");
        if name.contains('/') { root.join(script).exists() } else { sources.iter().any(|text| text.contains(&test)) }
    })
}

#[test]
fn an_empty_cell_a_missing_row_and_an_unknown_test_are_found() {
    let row = |number: &str, test: &str| format!("| {number} | a | b | {test} | 2026-11-30 |\n");
    let all = || ROWS.iter().flat_map(|(letter, last)| (1..=*last).map(move |n| format!("{letter}{n:02}")));
    let is_there = |name: &str| matches!(name, "known" | "tests/x.py --y");
    let page: String = all().map(|number| row(&number, "`known`, `tests/x.py --y`")).collect();
    assert_eq!(problems(&page, is_there), Vec::<String>::new());
    assert_eq!(problems(&page.replacen("`known`", "`gone`", 1), is_there), ["F01: gone is not there"]);
    assert_eq!(problems(&page.replacen("| a |", "|  |", 1), is_there), ["F01 has an empty or a missing cell"]);
    assert_eq!(problems(&page.replacen("F38", "F39", 1), is_there), ["F38 has 0 rows"]);
    let unnamed = page.replacen("`known`, `tests/x.py --y`", "later", 1);
    assert_eq!(problems(&unnamed, is_there), ["F01 names no test, and does not say `none`"]);
}
