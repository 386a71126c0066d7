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
        any(&["غزة، رفح"]),
        any(&["Gaza; Rafah"]),
        any(&["-sport", "!رياضة", "+aid", "$oic"]),
        Watch { none: vec!["-sport".into()], ..any(&["Gaza"]) },
        any(&["غزة أو رفح", "غزة"]),
        any(&["Gaza or Rafah or West Bank"]),
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
    for fine in ["Gaza AND oic", "\"Gaza and oic\"", "l'or", "or", "Gaza OR or", "Gaza AND or AND Quds"] {
        assert_eq!(lints(fine), [], "{fine}");
    }
}

/// Words that look like operators, with the remedy for each.
#[test]
fn words_that_look_like_operators_get_a_warning() {
    let remedies = |query: &str| {
        let (_, lints) = Watches::compile(&[with_query(query)], &[]).unwrap_or_else(|problems| panic!("{problems:?}"));
        lints.into_iter().map(|lint| lint.remedy).collect::<Vec<_>>()
    };
    let quoted = |what: &str| format!("{what}, or put the phrase in quotes");
    for (query, written) in [
        ("Gaza And Rafah", "write AND in capitals"),
        ("Gaza & Rafah", "write AND instead of `&`"),
        ("Gaza | Rafah", "write OR instead of `|`"),
        ("Gaza near Rafah", "write NEAR/5 instead of `near`"),
        ("Gaza Near/3 Rafah", "write NEAR/3 in capitals"),
        ("Gaza within/3 Rafah", "write NEAR/3 instead of `within/3`"),
        ("Gaza w/3 Rafah", "write NEAR/3 instead of `w/3`"),
        ("Gaza ET Rafah", "write AND instead of `ET`"),
        ("Gaza OU Rafah", "write OR instead of `OU`"),
        ("Gaza UND Rafah", "write AND instead of `UND`"),
        ("Gaza veya Rafah", "write OR instead of `veya`"),
        ("غزة و رفح", "write AND instead of `و`"),
        ("غزة أو رفح", "write OR instead of `أو`"),
        ("غزہ اور رفح", "write AND instead of `اور`"),
        ("غزه یا رفح", "write OR instead of `یا`"),
        ("Gaza Not sport", "write NOT in capitals"),
        ("Gaza && Rafah", "write AND instead of `&&`"),
        ("Gaza || Rafah", "write OR instead of `||`"),
        ("Gaza ADJ Rafah", "write NEAR/1 instead of `ADJ`"),
        ("Gaza adj3 Rafah", "write NEAR/3 instead of `adj3`"),
        ("Gaza near/٣ Rafah", "write NEAR/3 instead of `near/٣`"),
        ("Gaza NAER/3 Rafah", "write NEAR/3 instead of `NAER/3`"),
        ("Gaza near/5000 Rafah", "write NEAR/1000 instead of `near/5000`"),
        ("Gaza ORR Rafah", "write OR instead of `ORR`"),
        ("Gaza ADN Rafah", "write AND instead of `ADN`"),
        ("Gaza NOTT Rafah", "write NOT instead of `NOTT`"),
        ("Gaza ANDNOT Rafah", "write NOT instead of `ANDNOT`"),
    ] {
        assert_eq!(remedies(query), [quoted(written)], "{query}");
    }
    for (query, remedy) in [
        ("not sport", "write NOT in capitals after the words to look for, or put the phrase in quotes"),
        ("Gaza -sport", "write NOT sport, or put the words in quotes"),
        ("Gaza -sport, Rafah", "write NOT sport, or put the words in quotes"),
        ("Gaza !sport", "write NOT sport, or put the words in quotes"),
        ("Gaza +aid", "write AND aid, or put the words in quotes"),
        ("+aid Gaza", "write aid, or put the words in quotes"),
        ("Gaza AND +aid", "write aid, or put the words in quotes"),
        ("Gaza~2", "write Gaza, or put the words in quotes"),
        ("Gaza^2.5", "write Gaza, or put the words in quotes"),
        ("G?za", "write /G.za/ as a part of its own, or put the words in quotes"),
        ("غز?", "write /غز./ as a part of its own, or put the words in quotes"),
        ("refug%", "write refug*, or put the words in quotes"),
        ("title=غزة", "write title:غزة, or put the words in quotes"),
        ("العنوان=غزة", "write title:غزة, or put the words in quotes"),
        ("=Mali", "write =\"Mali\""),
        ("$oic", "write @oic for a concept, or put the words in quotes"),
        ("Gaza&&Rafah", "write Gaza AND Rafah"),
        ("Gaza||Rafah", "write Gaza OR Rafah"),
        ("Gaza|Rafah", "write Gaza OR Rafah"),
        ("[Gaza Rafah", "write ( and ) around a group, or put the words in quotes"),
        ("Gaza Rafah}", "write ( and ) around a group, or put the words in quotes"),
        ("Gaza, Rafah", "write OR for alternatives, or put the phrase in quotes"),
        ("غزة، رفح", "write OR for alternatives, or put the phrase in quotes"),
        ("غزة؛رفح", "write OR for alternatives, or put the phrase in quotes"),
    ] {
        assert_eq!(remedies(query), [remedy], "{query}");
    }
    for fine in [
        "\"Marks & Spencer\"",
        "AT&T",
        "\"Gaza, Rafah\"",
        "1,000 tents",
        "Gaza - Rafah",
        "Abu-Dis",
        "\\-x",
        "GAZA AID FOR REFUGEES",
        "Gaza 5%",
        "a=b",
        "12:30",
        "و",
        "near",
    ] {
        assert!(remedies(fine).is_empty(), "{fine}: {:?}", remedies(fine));
    }
}
