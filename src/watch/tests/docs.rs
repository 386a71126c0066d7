use super::*;

const PAGE: &str = include_str!("../../../docs/watches.md");

/// The tag of the language that a heading of the page names.
fn tag(heading: &str) -> Option<&'static str> {
    let tags =
        [("Arabic", "ar"), ("Persian", "fa"), ("Urdu", "ur"), ("Turkish", "tr"), ("French", "fr"), ("English", "en")];
    tags.into_iter().find(|(name, _)| heading == *name).map(|(_, tag)| tag)
}

#[test]
fn every_example_of_the_page_is_found_as_it_says() {
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
fn every_block_of_the_page_is_a_sound_configuration() {
    let blocks: Vec<&str> = PAGE.split("```toml\n").skip(1).filter_map(|b| b.split("```").next()).collect();
    for block in &blocks {
        let table: toml::Table = block.parse().expect("TOML");
        for watch in table.get("watch").and_then(toml::Value::as_array).into_iter().flatten() {
            if let Some(query) = watch.get("query").and_then(toml::Value::as_str) {
                compiled(&[asking(query)], &[]);
            }
        }
    }
    assert!(blocks.len() >= 4);
}

#[test]
fn what_the_page_says_is_not_found_is_not_found() {
    for (term, lang, text) in [
        ("قدس", "ar", "أرض مقدسة"),
        ("حج", "ar", "بحجة"),
        ("مصر", "ar", "مصرع"),
        ("قطر", "ar", "قطرات"),
        ("عمان", "ar", "نعمان"),
        ("فلسطين", "ar", "الفلسطيني"),
        ("ایران", "fa", "ایرانی"),
        ("قدس", "fa", "مقدس"),
        ("پہل", "ur", "پھل"),
        ("kır", "tr", "kir ve kış"),
        ("bakan", "tr", "bakanlık"),
        ("Filistin", "tr", "Filistinli"),
        ("Iran", "fr", "Iranien"),
        ("élection", "fr", "sélection"),
        ("US", "en", "told us"),
        ("CAR", "fr", "car il pleut"),
        ("AI", "fr", "j'ai"),
        ("EU", "fr", "il a eu"),
        ("WHO report", "en", "people who report"),
    ] {
        assert!(matches(&any(&[term]), lang, text).is_empty(), "{term} in {text}");
    }
}
