//! Runs the examples of `docs/watches.md`.

use super::*;

const PAGE: &str = include_str!("../../../docs/watches.md");

/// The language tag for a heading of the page.
fn tag(heading: &str) -> Option<&'static str> {
    let tags =
        [("Arabic", "ar"), ("Persian", "fa"), ("Urdu", "ur"), ("Turkish", "tr"), ("French", "fr"), ("English", "en")];
    tags.into_iter().find(|(name, _)| heading == *name).map(|(_, tag)| tag)
}

#[test]
fn every_example_of_the_page_matches_as_documented() {
    let (mut lang, mut count) = (None, 0);
    for line in PAGE.lines() {
        if let Some(heading) = line.strip_prefix('#') {
            lang = tag(heading.trim_matches(['#', ' ']));
        }
        let cells: Vec<&str> = line.split(" | ").collect();
        let (Some(lang), [watched, found, _]) = (lang, cells.as_slice()) else { continue };
        let Some(bold) = found.split("**").nth(1) else { continue };
        let (term, text) = (watched.trim_matches(['|', ' ', '`']), found.replace("**", ""));
        let places = matches(&any(&[term]), lang, &text);
        let expected = bold.trim_start_matches('#');
        assert_eq!(places.iter().map(|m| m.text.as_str()).collect::<Vec<_>>(), [expected], "{line}");
        count += 1;
    }
    assert!(count > 30, "{count} examples");
}

#[test]
fn every_block_of_the_page_is_valid_configuration() {
    let blocks: Vec<&str> = PAGE.split("```toml\n").skip(1).filter_map(|b| b.split("```").next()).collect();
    for block in &blocks {
        let table: toml::Table = block.parse().expect("TOML");
        for watch in table.get("watch").and_then(toml::Value::as_array).into_iter().flatten() {
            if let Some(query) = watch.get("query").and_then(toml::Value::as_str) {
                compiled(&[with_query(query)], &[]);
            }
        }
    }
    assert!(blocks.len() >= 4);
}

#[test]
fn documented_non_matches_do_not_match() {
    for (term, lang, text) in [
        ("قدس", "ar", "أرض مقدسة"),
        ("حج", "ar", "بحجة"),
        ("مصر", "ar", "مصرع"),
        ("قطر", "ar", "قطرات"),
        ("عمان", "ar", "نعمان"),
        ("إنهاء", "ar", "لأنها"),
        ("مستوطن", "ar", "المستوطنات"),
        ("دورة", "ar", "أكد بدوره أهمية التعاون"),
        ("فلسطين", "ar", "الفلسطيني"),
        ("ایران", "fa", "ایرانی"),
        ("قدس", "fa", "مقدس"),
        ("اقتصاد", "fa", "مشکلات اقتصادی"),
        ("بیمار", "fa", "شیوع بیماری"),
        ("زمین", "fa", "سیب‌زمینی"),
        ("پہل", "ur", "پھل"),
        ("پانی", "ur", "کھانے پانے کے لیے"),
        ("kır", "tr", "kir ve kış"),
        ("bakan", "tr", "bakanlık"),
        ("Filistin", "tr", "Filistinli"),
        ("kent", "tr", "kendi"),
        ("Arap", "tr", "araba"),
        ("adet", "tr", "adeta"),
        ("Iran", "fr", "Iranien"),
        ("élection", "fr", "sélection"),
        ("capital", "fr", "la capitale"),
        ("rapport", "fr", "il rapporte"),
        ("rapport", "fr", "rapporté"),
        ("Steven", "en", "Ambassador Stevens"),
        ("US", "en", "told us"),
        ("CAR", "fr", "car il pleut"),
        ("AI", "fr", "j'ai"),
        ("EU", "fr", "il a eu"),
        ("WHO report", "en", "people who report"),
    ] {
        assert!(matches(&any(&[term]), lang, text).is_empty(), "{term} in {text}");
    }
}
