use super::*;

fn problems(watch: Watch) -> Vec<WatchProblem> {
    match Watches::compile(&[watch], &[oic()]) {
        Ok((_, doubts)) => doubts,
        Err(problems) => problems,
    }
}

/// What is refused, and the doubts worth a word, as the operator reads them.
#[test]
fn bad_watches_are_refused_with_place_and_remedy() {
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
        asking("NOT رياضة"),
        asking("غزة AND /(/"),
        asking("/(a{1000}){1000}/"),
        asking("/x*/"),
        asking("/(?=x)/"),
        Watch { fields: vec![Field::Text], ..asking("title:غزة") },
        asking("غزة AND lang:arabic"),
        asking("@oci OR غزة"),
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
            let kind = if p.warning { "doubt" } else { "refused" };
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
fn every_problem_is_told_at_once() {
    let found = Watches::compile(&[any(&["", "—"]), asking("(")], &[]).expect_err("three problems");
    assert_eq!(found.iter().filter(|p| !p.warning).count(), 3);
}

#[test]
fn a_hundred_thousand_terms_with_duplicates_are_taken() {
    let terms: Vec<String> = (0..100_000).map(|i| format!("اسم{} وصف{}", i % 60_000, i % 7)).collect();
    let (watches, _) = Watches::compile(&[Watch { any: terms, ..watch("w") }], &[]).expect("sound");
    assert!(watches.terms() <= 100_000);
    assert_eq!(hits(&watches, "ar", "قال اسم8 وصف1 اليوم", "").len(), 1);
}
