//! Tests the problems of invalid watches, with their remedies.

use super::*;

fn problems(watch: Watch) -> Vec<WatchProblem> {
    match Watches::compile(&[watch], &[oic()]) {
        Ok((_, warnings)) => warnings,
        Err(problems) => problems,
    }
}

/// Errors and warnings as the operator reads them.
#[test]
fn invalid_watches_are_rejected_with_place_and_remedy() {
    let long = "كلمة ".repeat(2_000);
    let bad = [
        any(&["غزة", ""]),
        any(&["ً"]),
        any(&["—"]),
        any(&[&long]),
        any(&[&"ا".repeat(100)]),
        any(&["@oci"]),
        any(&["@gaza"]),
        Watch { none: vec!["رياضة".into()], ..watch("w") },
        with_query("NOT رياضة"),
        with_query("غزة AND /(/"),
        with_query("/(a{1000}){1000}/"),
        with_query("/x*/"),
        with_query("/(?=x)/"),
        Watch { fields: vec![Field::Text], ..with_query("title:غزة") },
        with_query("غزة AND lang:arabic"),
        with_query("@oci OR غزة"),
        any(&["غزة AND رفح"]),
        any(&["غزة", "قطاع غزة"]),
        any(&["من"]),
        Watch { none: vec!["غزة".into()], ..any(&["قطاع غزة", "رفح"]) },
        watch("w"),
    ];
    let shown: Vec<String> = bad
        .into_iter()
        .flat_map(problems)
        .map(|p| {
            let kind = if p.warning { "warning" } else { "error" };
            format!(
                "{kind} {}{} {:?}: {}\n= {}",
                p.key,
                p.index.map(|i| format!("[{i}]")).unwrap_or_default(),
                p.span,
                p.message,
                p.remedy
            )
        })
        .collect();
    insta::assert_snapshot!("bad_watches", shown.join("\n"));
}

#[test]
fn every_problem_is_reported_at_once() {
    let found = Watches::compile(&[any(&["", "—"]), with_query("(")], &[]).expect_err("three problems");
    assert_eq!(found.iter().filter(|p| !p.warning).count(), 3);
}

#[test]
fn a_hundred_thousand_terms_with_duplicates_are_accepted() {
    let terms: Vec<String> = (0..100_000).map(|i| format!("اسم{} وصف{}", i % 60_000, i % 7)).collect();
    let (watches, _) = Watches::compile(&[Watch { any: terms, ..watch("w") }], &[]).expect("valid");
    assert!(watches.terms() <= 100_000);
    assert_eq!(hits(&watches, "ar", "قال اسم8 وصف1 اليوم", "").len(), 1);
}

#[test]
fn operators_in_small_letters_get_a_warning() {
    let lints = |query: &str| {
        let (_, lints) = Watches::compile(&[with_query(query)], &[]).unwrap();
        lints.iter().map(|lint| (lint.message.clone(), lint.span)).collect::<Vec<_>>()
    };
    let message = |word: &str| format!("`{word}` is a word of a phrase here, not an operator");
    assert_eq!(lints("Gaza and oic"), [(message("and"), Some((5, 3)))]);
    assert_eq!(lints("(Gaza or Quds) NOT (sport and games)").len(), 2);
    for fine in ["Gaza AND oic", "\"Gaza and oic\"", "l'or", "or", "Gaza OR or"] {
        assert_eq!(lints(fine), [], "{fine}");
    }
}
