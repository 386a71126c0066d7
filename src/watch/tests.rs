//! Tests which texts a watch matches.

use super::*;
use crate::alert::{Hit, MAX_MATCHES, Match};

mod docs;
mod invalid_watches;
mod kinds;
mod lexicon;
mod properties;
mod words;

fn watch(id: &str) -> Watch {
    Watch::named(WatchId::new(id))
}

pub(super) fn any(terms: &[&str]) -> Watch {
    Watch { any: terms.iter().map(|t| (*t).to_owned()).collect(), ..watch("w") }
}

fn with_query(query: &str) -> Watch {
    Watch { query: Some(query.to_owned()), ..watch("w") }
}

pub(super) fn compiled(watches: &[Watch], concepts: &[Concept]) -> Watches {
    Watches::compile(watches, concepts).expect("the watches are valid").0
}

/// The hits of the watches in an item in this language.
fn hits(watches: &Watches, lang: &str, title: &str, text: &str) -> Vec<Hit> {
    let lang = Lang::parse(lang).ok();
    let (source, tags) = (SourceId::new("una-ar"), ["official".to_owned()]);
    watches.evaluate(&WatchInput { title, summary: "", text, lang: lang.as_ref(), source: &source, tags: &tags })
}

fn matches(watch: &Watch, lang: &str, text: &str) -> Vec<Match> {
    hits(&compiled(std::slice::from_ref(watch), &[]), lang, "", text).into_iter().flat_map(|h| h.matches).collect()
}

#[test]
fn a_context_is_not_cut_within_a_word() {
    let words = "internationalisation ".repeat(9);
    let found = matches(&any(&["council"]), "en", &format!("{words}council {words}"));
    let shown: Vec<&str> = found[0].context.trim_matches('…').split_whitespace().collect();
    assert!(
        shown.len() >= 5 && shown.iter().all(|word| ["internationalisation", "council"].contains(word)),
        "{shown:?}"
    );
    let one = "x".repeat(200);
    let found = matches(&any(&["council"]), "en", &format!("{one},council,{one}"));
    assert!(found[0].context.starts_with("…x") && found[0].context.ends_with("x…"), "a word too long to keep is cut");
}

fn holds(query: &str, title: &str, text: &str) -> bool {
    !hits(&compiled(&[with_query(query)], &[]), "en", title, text).is_empty()
}

pub(super) fn oic() -> Concept {
    let list = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
    let lang = |tag: &str| Lang::parse(tag).unwrap();
    Concept {
        name: "oic".into(),
        names: BTreeMap::from([
            (lang("ar"), list(&["منظمة التعاون الإسلامي"])),
            (lang("en"), list(&["Organisation of Islamic Cooperation", "OIC"])),
        ]),
        near: BTreeMap::from([("OIC".to_owned(), list(&["Islamic", "Jeddah"]))]),
    }
}

#[test]
fn a_match_reports_its_place_and_its_affixes() {
    let text = "قال: ولمنظمة التعاون الإسلامي دور";
    let found = &matches(&any(&["منظمة التعاون الإسلامي"]), "ar", text)[0];
    assert_eq!((found.start, found.end, found.text.as_str()), (5, 29, "ولمنظمة التعاون الإسلامي"));
    assert_eq!(found.how.prefix.as_deref(), Some("ول"));
    assert_eq!((found.how.suffix.as_deref(), found.how.variant.as_deref()), (None, None));
    assert_eq!(found.context, text);
}

#[test]
fn detached_affixes_are_part_of_the_span() {
    for (term, lang, text, whole, prefix, suffix) in [
        ("Égypte", "fr", "vers l’Egypte hier", "l’Egypte", Some("l’"), None),
        ("OIC", "en", "the OIC's summit", "OIC's", None, Some("'s")),
        ("Kudüs", "tr", "bugün KUDÜS'ÜN sokakları", "KUDÜS'ÜN", None, Some("'ÜN")),
        ("زمینه", "fa", "در زمینه‌های مختلف", "زمینه‌های", None, Some("‌های")),
        ("سازمان همکاری اسلامی", "fa", "سازمان همکاری های اسلامی", "سازمان همکاری های اسلامی", None, None),
        ("قمة", "ar", "بين القمتين العربية", "القمتين", Some("ال"), Some("ين")),
    ] {
        let found = &matches(&any(&[term]), lang, text)[0];
        assert_eq!(found.text, whole);
        assert_eq!((found.how.prefix.as_deref(), found.how.suffix.as_deref()), (prefix, suffix), "{text}");
        let cut: String = text.chars().skip(found.start).take(found.end - found.start).collect();
        assert_eq!(cut, whole);
    }
}

#[test]
fn an_alert_carries_twenty_places_and_counts_the_rest() {
    let text = "غزة ".repeat(33);
    let hit = &hits(&compiled(&[any(&["غزة"])], &[]), "ar", "لغزة", &text)[0];
    assert_eq!((hit.matches.len(), hit.total), (MAX_MATCHES, 34));
    assert_eq!(hit.matches[0].field, Field::Title);
    assert!(hit.matches[5].context.ends_with('…'));
}

#[test]
fn keys_combine_by_and() {
    let watch = Watch {
        any: vec!["غزة".into(), "رفح".into()],
        all: vec!["مساعدات".into()],
        none: vec!["رياضة".into()],
        ..watch("w")
    };
    let watches = compiled(&[watch], &[]);
    for (text, hit) in [
        ("دخول المساعدات إلى رفح", true),
        ("القصف على رفح", false),
        ("المساعدات في السودان", false),
        ("مساعدات لغزة في صفحة الرياضة", false),
    ] {
        assert_eq!(!hits(&watches, "ar", "", text).is_empty(), hit, "{text}");
    }
}

#[test]
fn an_item_of_unknown_language_passes_and_another_language_does_not() {
    let watches = compiled(&[Watch { lang: vec![Lang::parse("ar").unwrap()], ..any(&["OIC"]) }], &[]);
    assert_eq!(hits(&watches, "ar", "", "OIC").len(), 1);
    assert_eq!(hits(&watches, "", "", "OIC").len(), 1);
    assert_eq!(hits(&watches, "fr", "", "OIC").len(), 0);
}

#[test]
fn a_watch_without_terms_matches_everything_from_its_sources() {
    let from = |filter| compiled(&[Watch { sources: vec![filter], ..watch("w") }], &[]);
    assert_eq!(hits(&from(SourceFilter::Tag("official".into())), "ar", "", "").len(), 1);
    assert_eq!(hits(&from(SourceFilter::Id(SourceId::new("una-ar"))), "ar", "", "").len(), 1);
    assert_eq!(hits(&from(SourceFilter::Id(SourceId::new("spa"))), "ar", "", "").len(), 0);
}

#[test]
fn and_spans_the_fields_and_a_phrase_does_not() {
    assert!(holds("Gaza AND Rafah", "Gaza", "Rafah"));
    assert!(!holds("\"Gaza Rafah\"", "Gaza", "Rafah"));
    assert!(!holds("Gaza NEAR/5 Rafah", "Gaza", "Rafah"));
    assert!(holds("title:Gaza", "Gaza", ""));
    assert!(!holds("title:Gaza", "", "Gaza"));
    assert!(holds("Gaza NOT title:sport", "Gaza", "sport"));
    assert!(!holds("Gaza NOT title:sport", "Gaza sport", ""));
}

#[test]
fn near_counts_words_in_either_order() {
    for (text, hit) in [
        ("aid for the people of Gaza", true),
        ("Gaza waits for aid", true),
        ("aid a b c d e f Gaza", false),
        ("aid is not where Gaza would need much aid", true),
    ] {
        assert_eq!(holds("aid NEAR/5 Gaza", "", text), hit, "{text}");
    }
    assert!(holds("aid NEAR/2 (Gaza OR Rafah) NEAR/2 convoy", "", "aid to Rafah by convoy"));
    let near = &matches(&with_query("aid NEAR/2 Gaza"), "en", "aid here. Later, aid to Gaza");
    assert_eq!(near.iter().map(|m| m.start).collect::<Vec<_>>(), [17, 24], "only the places that are near");
}

#[test]
fn exact_terms_prefixes_and_expressions_match_literally() {
    assert!(
        holds("=\"Mali\"", "", "in Mali,")
            && !holds("=\"Mali\"", "", "in MALI")
            && !holds("=\"Mali\"", "", "Mali's x Malis".trim_start_matches("Mali's "))
    );
    assert!(holds("=\"C++ (2026)\"", "", "of C++ (2026)") && !holds("=\"C++ (2026)\"", "", "of C (2026)"));
    assert!(holds("refug*", "", "the refugees") && !holds("refug*", "", "a refund"));
    assert!(holds("foreign minist*", "", "Foreign Ministerial") && !holds("foreign minist*", "", "ministerial"));
    assert!(holds("/G(20|7)/", "", "the G20") && !holds("/G(20|7)/", "", "the g20"));
    let found = matches(&with_query("بيان*"), "ar", "وبيانات أخرى");
    assert_eq!(found[0].text, "وبيانات");
}

#[test]
fn conditions_on_the_item_combine_with_words() {
    assert!(holds("Gaza AND lang:en AND tag:official AND source:una-ar", "", "Gaza"));
    assert!(!holds("Gaza AND lang:fr", "", "Gaza"));
    assert!(!holds("Gaza NOT tag:official", "", "Gaza"));
    let unknown = compiled(&[with_query("Gaza NOT lang:fr")], &[]);
    assert_eq!(hits(&unknown, "", "", "Gaza").len(), 1, "an unknown language is not ruled out");
}

#[test]
fn an_ambiguous_acronym_needs_its_surroundings() {
    let watches = compiled(&[any(&["@oic"])], &[oic()]);
    for (title, text, hit) in [
        ("OIC meets in Jeddah", "", true),
        ("OIC opens session", "The Islamic body met today.", true),
        ("OIC issues policy", "The insurance office covers cars.", false),
        ("OIC", &*format!("{} Jeddah", "word ".repeat(40)), false),
        ("OIC", &*format!("{} Organisation of Islamic Cooperation", "word ".repeat(40)), true),
    ] {
        let found = hits(&watches, "en", title, text);
        assert_eq!(!found.is_empty(), hit, "{title}: {text}");
        assert!(found.iter().flat_map(|h| &h.matches).all(|m| m.concept.as_deref() == Some("oic")));
    }
    assert_eq!(matches(&any(&["\\@oic"]), "en", "mail @oic now")[0].text, "oic");
}

#[test]
fn watches_match_independently() {
    let watches = compiled(
        &[
            Watch { id: WatchId::new("a"), ..any(&["Gaza"]) },
            Watch { id: WatchId::new("b"), ..any(&["gaza", "Rafah"]) },
        ],
        &[],
    );
    let ids: Vec<String> = hits(&watches, "en", "Gaza", "").iter().map(|h| h.watch.to_string()).collect();
    assert_eq!(ids, ["a", "b"]);
    assert!(watches.watch(&WatchId::new("a")).is_some() && watches.watch(&WatchId::new("c")).is_none());
    assert_eq!(watches.all().len(), 2);
}

#[test]
fn hostile_texts_are_read_completely() {
    let watches = compiled(
        &[any(&["ب", "غزة", "a b c d", "عبد اللطيف"]), with_query("a* OR x NEAR/1000 x".replace("a*", "ab*").as_str())],
        &[],
    );
    for text in [
        "\u{200c}".repeat(50_000),
        "ب\u{200c}".repeat(20_000),
        "'".repeat(9_999),
        "x ".repeat(30_000),
        "و".repeat(60_000),
        "عبد ".repeat(20_000),
        "ab-".repeat(9_999),
    ] {
        let lang = if text.starts_with('x') { "en" } else { "ar" };
        let found = hits(&watches, lang, &text, &text);
        assert!(found.iter().all(|h| h.matches.len() <= MAX_MATCHES));
    }
}
