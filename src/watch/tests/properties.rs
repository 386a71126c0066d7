//! Tests spans and queries with generated input.

use proptest::prelude::{ProptestConfig, prop_assert, prop_assert_eq, proptest};

use super::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn every_span_contains_the_text_it_names(
        text in "([ابتلوفكهية]{1,6}|القدس|غزة|#?منظمة_?|التعاون|عبد|[ \u{200c}\u{200b}'’،.-]|ها|West|Bank|s|İran|'ın|[0-9٠-٩]|\u{64b}|\u{301}|ﻻ|œ){0,40}",
        lang in "(ar|fa|ur|tr|fr|en|)",
    ) {
        let terms = ["القدس", "غزة", "منظمة التعاون", "عبد اللطيف", "West Bank", "İran", "12", "ه", "بو", "oeuvre"];
        let watches = compiled(&[any(&terms), with_query("غز* OR =\"Bank\" OR /[ا-ي]{3}/ OR (غزة NEAR/3 القدس)")], &[]);
        for hit in hits(&watches, &lang, &text, &text) {
            prop_assert!(hit.total >= hit.matches.len());
            for found in hit.matches {
                let there: String = text.chars().skip(found.start).take(found.end - found.start).collect();
                prop_assert_eq!(there, found.text);
            }
        }
    }

    #[test]
    fn no_query_panics(query in "([a-z\"()@:*/=\\\\ ]|AND |OR |NOT |NEAR/[0-9]|title:|غزة){0,30}") {
        let read = Watches::compile(&[with_query(&query)], &[]);
        if let Err(problems) = read {
            let length = query.chars().count();
            prop_assert!(problems.iter().all(|p| p.span.is_none_or(|(at, n)| at + n <= length.max(1) && !p.remedy.is_empty())));
        }
    }
}
