//! Tests how queries are parsed, and the messages for invalid ones.

use super::*;

fn shape(expr: &QueryExpr) -> String {
    let list = |parts: &[QueryExpr]| parts.iter().map(shape).collect::<Vec<_>>().join(" ");
    match expr {
        QueryExpr::Term { text, mode: TermMode::Words, .. } => format!("[{text}]"),
        QueryExpr::Term { text, mode: TermMode::Exact, .. } => format!("=[{text}]"),
        QueryExpr::Term { text, mode: TermMode::Prefix, .. } => format!("[{text}]*"),
        QueryExpr::Concept(name, _) => format!("@{name}"),
        QueryExpr::Regex(text, _) => format!("/{text}/"),
        QueryExpr::Lang(value, _) => format!("lang:{value}"),
        QueryExpr::Source(value, _) => format!("source:{value}"),
        QueryExpr::Tag(value, _) => format!("tag:{value}"),
        QueryExpr::In(field, inner, _) => format!("{}:{}", field.as_str(), shape(inner)),
        QueryExpr::And(parts) => format!("and({})", list(parts)),
        QueryExpr::Or(parts) => format!("or({})", list(parts)),
        QueryExpr::Not(inner) => format!("not({})", shape(inner)),
        QueryExpr::Near(n, parts, _) => format!("near{n}({})", list(parts)),
    }
}

#[test]
fn not_binds_tightest_then_near_and_or() {
    for (query, reads) in [
        ("West Bank", "[West Bank]"),
        ("a OR b AND c", "or([a] and([b] [c]))"),
        ("a NOT b", "and([a] not([b]))"),
        ("a AND NOT b OR c", "or(and([a] not([b])) [c])"),
        ("a NEAR/3 b AND c", "and(near3([a] [b]) [c])"),
        (
            "(\"منظمة التعاون\" OR OIC) AND غزة NOT title:رياضة",
            "and(or([منظمة التعاون] [OIC]) [غزة] not(title:[رياضة]))",
        ),
        ("title:(a OR \"b c\") lang:ar", "Err"),
        ("lang:ar AND source:una-ar AND tag:\"main news\"", "and(lang:ar source:una-ar tag:main news)"),
        ("=\"Mali\" OR refug* OR /G(20|7)\\/x/", "or(=[Mali] [refug]* /G(20|7)/x/)"),
        ("“وقف إطلاق النار” OR «غزة»", "or([وقف إطلاق النار] [غزة])"),
        ("@oic AND \\@oic AND 12:30", "and(@oic [@oic] [12:30])"),
        ("foreign minist*", "[foreign minist]*"),
    ] {
        let read = parse(query).map_or_else(|_| "Err".to_owned(), |e| shape(&e));
        assert_eq!(read, reads, "{query}");
    }
}

/// Each message as the console shows it: the query, a caret under the place, what is wrong and what would be right.
#[test]
fn broken_queries_report_the_place_and_a_remedy() {
    let broken = [
        "",
        "غزة AND",
        "OR غزة",
        "غزة AND OR لبنان",
        "(غزة OR لبنان",
        "غزة OR لبنان)",
        "غزة AND ()",
        "(غزة OR) AND لبنان",
        "\"وقف إطلاق النار",
        "\"\" OR غزة",
        "غزة \"وقف إطلاق\"",
        "headline:Gaza",
        "title: Gaza",
        "lang:",
        "Gaza NEAR Rafah",
        "Gaza NEAR/0 Rafah",
        "Gaza NEAR/3 Rafah NEAR/5 Egypt",
        "Gaza NEAR/3 (NOT Rafah)",
        "g*",
        "*za",
        "\"Gaz\"*",
        "/Gaza",
        "// OR x",
        "@ OR x",
        "NOT",
        "not title:sport",
        "Gaza and title:aid",
        "\"West Bank\" or Gaza",
        "Gaza -\"West Bank\"",
        "Gaza et (Rafah OR Quds)",
        "(Gaza near/3 \"West Bank\")",
        "\"Gaza Strip\"~5",
        "\"Gaza\"~5",
        "العنوان:غزة",
        "عنوان:(غزة OR رفح)",
        "قال:غزة",
        "= \"Mali\"",
        "title = \"Mali\"",
        "title= \"Mali\"",
        "/gaza/i",
        "/a\\/b/gi AND x",
        "Gaza NEAR/5000 Rafah",
        "Gaza NEAR/99999999999 Rafah",
        "Gaza NEAR/٥ Rafah",
        "Gaza NEAR/۱۲ Rafah",
        "NEAR(Gaza Rafah, 5)",
        "near(Gaza, Rafah, Quds, ٧)",
        "NEAR(Gaza)",
        "\"West Bank\" && Gaza",
        "\"West Bank\" || Gaza",
        "\"West Bank\" ORR Gaza",
    ];
    let shown: Vec<String> = broken
        .iter()
        .map(|query| {
            let error = parse(query).expect_err(query);
            let caret = " ".repeat(error.span.0) + &"^".repeat(error.span.1.max(1));
            format!("{query}\n{caret} {}\n= {}\n", error.message, error.remedy)
        })
        .collect();
    insta::assert_snapshot!("broken_queries", shown.join("\n"));
}

/// What a remedy tells to write, typed as it stands.
#[test]
fn the_query_of_a_remedy_is_valid() {
    for (query, written) in [
        ("\"Gaza Strip\"~5", "Gaza NEAR/5 Strip"),
        ("\"Gaza Strip\"~99999", "Gaza NEAR/5 Strip"),
        ("= \"Mali\"", "=\"Mali\""),
        ("title = \"Mali\"", "title:\"Mali\""),
        ("/gaza/i", "/(?i)gaza/"),
        ("/a\\/b/g", "/a\\/b/"),
        ("NEAR(Gaza Rafah, 5)", "Gaza NEAR/5 Rafah"),
        ("near(غزة، رفح، ٧)", "غزة NEAR/7 رفح"),
    ] {
        let error = parse(query).expect_err(query);
        assert_eq!(error.remedy.trim_end_matches(" without a space"), format!("write {written}"), "{query}");
        assert!(parse(written).is_ok(), "{written}");
    }
}

#[test]
fn queries_are_bounded_in_depth_and_length() {
    assert!(parse(&"(".repeat(10_000)).is_err());
    assert!(parse(&"NOT ".repeat(4_000)).is_err());
    assert!(parse(&"a OR ".repeat(10_000)).is_err());
    assert!(parse(&("a OR ".repeat(3_000) + "b")).is_ok());
}
