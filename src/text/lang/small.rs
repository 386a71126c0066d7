//! The small words by which a language is known at a glance.

use std::collections::HashMap;
use std::sync::LazyLock;

/// So many words tell.
const ENOUGH: usize = 120;

/// Words that stand all over a text of a language, and the tag of the language where it is one of the six. The first
/// of each must occur and two others with it: taken together they stand in no other language.
const THROUGHOUT: &[(Option<&str>, &[&str])] = &[
    (Some("en"), &["the", "of", "and", "to", "in", "with", "that", "is", "for", "on", "it"]),
    (Some("fr"), &["les", "et", "dans", "une", "aux", "sur", "est", "pour"]),
    (Some("tr"), &["ve", "bir", "için", "ile", "olarak"]),
    (None, &["und", "der", "die", "den", "mit", "von", "das", "ist", "auf"]),
    (None, &["los", "el", "que", "las", "del", "con", "una"]),
    (None, &["do", "em", "uma", "com", "não", "os", "dos", "da"]),
    (None, &["van", "het", "een", "met", "voor", "zijn", "niet"]),
    (None, &["yang", "dan", "di", "dari", "untuk", "dengan", "ini"]),
];

/// Each of the words with its language and its place among that language's, by number.
static PLACES: LazyLock<HashMap<&'static str, (usize, usize)>> = LazyLock::new(|| {
    let of = |(lang, (_, words)): (usize, &(_, &'static [&'static str]))| {
        words.iter().enumerate().map(move |(at, word)| (*word, (lang, at)))
    };
    THROUGHOUT.iter().enumerate().flat_map(of).collect()
});

/// The language whose commonest words make a sixth of the text's opening, where the others' make less than a third of
/// that; an inner none for a language that is not one of the six.
pub(super) fn throughout(text: &str) -> Option<Option<&'static str>> {
    let mut counts = [0_usize; THROUGHOUT.len()];
    let mut seen = [0_u16; THROUGHOUT.len()];
    let mut all = 0;
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).take(ENOUGH) {
        all += 1;
        if let Some((lang, at)) = PLACES.get(word) {
            counts[*lang] += 1;
            seen[*lang] |= 1 << at;
        }
    }
    let (best, count) = counts.iter().enumerate().max_by_key(|(_, count)| **count)?;
    let rest = counts.iter().sum::<usize>() - count;
    let clear = seen[best] & 1 == 1 && seen[best].count_ones() >= 3 && count * 6 >= all && rest * 3 <= *count;
    clear.then(|| THROUGHOUT[best].0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_full_of_one_languages_small_words_is_in_it() {
        let english = "The council of the ministers met in Jeddah and asked the states to help the people of the city.";
        assert_eq!(throughout(english), Some(Some("en")));
        let french = "Les ministres et les experts ont discuté dans une salle, et les États ont voté.";
        assert_eq!(throughout(french), Some(Some("fr")));
        assert_eq!(throughout("Bakanlar ve uzmanlar için bir toplantı ve bir bildiri yapıldı."), Some(Some("tr")));
    }

    #[test]
    fn a_language_beyond_the_six_is_none_of_them() {
        let spanish = "Los ministros y las delegaciones del consejo que votaron con el presidente de los pueblos";
        assert_eq!(throughout(spanish), Some(None));
        assert_eq!(throughout("Der Rat und die Minister haben mit den Staaten das Papier beraten"), Some(None));
    }

    #[test]
    fn a_neighbour_or_a_quotation_is_left_to_the_trigrams() {
        for text in [
            "De raad van de Europese ministers heeft in de stad vergaderd over de toestand der mensen",
            "Nazirlər və ekspertlər bir iclasda bu məsələni müzakirə etdilər və bəyanat üçün səs verdilər",
            "Der Film The Lord of the Rings and the rest lief gestern Abend in allen Kinos der Stadt mit großem Erfolg",
            "",
        ] {
            assert_eq!(throughout(text), None, "{text}");
        }
    }
}
