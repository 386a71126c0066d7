//! Counts the function words of each language in a text.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Languages with their most frequent function words.
type LanguageWords = &'static [(&'static str, &'static str)];

/// Languages of the Arabic script. Chosen by hand.
const ARABIC: LanguageWords = &[
    ("ar", "في من إلى الى على عن التي الذي بين أن مع بعد قبل خلال"),
    ("fa", "در از را این است شد برای های کرد که می با تا یک خود به بر بود علیه درباره نیز خواهد"),
    ("ur", "کا کی کے نے میں اور ہے سے کو پر کیا گیا"),
    ("ps", "د په کې ته چې نه یې سره له څخه"),
];

/// Languages of the Latin script. Chosen by hand.
#[rustfmt::skip]
const LATIN: LanguageWords = &[
    ("tr", "ve ile için bir bu olarak yeni son dakika durum bugün dün türkiye gazze filistin haberleri sonra oldu"),
    ("fr", "le la les des du et à aux dans une un sur l d au en pour par est avec qui contre après entre de"),
    ("en", "the of and to in for with on is at by from after over against says new amid as meets meet hits his her news visits talks"),
    ("es", "el la los las del y en una un por con para al se que es de su a contra tras entre nueva nuevo"),
    ("pt", "o a os as do da dos das e em um uma no na ao por para com que de não após"),
    ("it", "il lo la gli i di del della dei e in un una per con da al alla che nel sono dopo"),
    ("de", "der die das und in im den dem von mit auf ein eine für zu nach bei ist gegen trifft"),
    ("nl", "de het een en in van op voor met is te aan door naar bij"),
    ("ms", "di dan yang untuk dengan ke dari pada ini itu dalam akan tidak oleh kepada bertemu umum hadiri presiden menteri perdana luar"),
    ("sq", "i e të në me për nga dhe një së"),
    ("bs", "u i na za se od s je o da iz posjeti"),
    ("sw", "ya wa na kwa ni katika za la cha"),
    ("so", "ee oo iyo ka ku waa uu soo"),
    ("ha", "ya da na ta a ga ne ce sun"),
    ("uz", "va bilan uchun bu bir oʻz"),
];

/// The function words of a script, each with the languages that have it.
pub(super) struct FunctionWords {
    langs: Vec<&'static str>,
    /// Bit n: the n-th language has the word.
    words: HashMap<&'static str, u32>,
}

/// The function words of the Arabic script.
pub(super) static OF_ARABIC: LazyLock<FunctionWords> = LazyLock::new(|| FunctionWords::of(ARABIC));

/// The function words of the Latin script.
pub(super) static OF_LATIN: LazyLock<FunctionWords> = LazyLock::new(|| FunctionWords::of(LATIN));

/// The number of function words of each language in a text, fewest first.
pub(super) struct FunctionWordCounts(Vec<(usize, &'static str)>);

impl FunctionWords {
    fn of(table: LanguageWords) -> Self {
        let mut words = HashMap::new();
        for (n, (_, function_words)) in table.iter().enumerate() {
            function_words.split(' ').for_each(|word| *words.entry(word).or_default() |= 1 << n);
        }
        Self { langs: table.iter().map(|(lang, _)| *lang).collect(), words }
    }

    /// True if a language has this word.
    pub fn has(&self, word: &str, lang: &str) -> bool {
        let place = self.langs.iter().position(|known| *known == lang);
        place.is_some_and(|n| self.words.get(word).is_some_and(|langs| langs >> n & 1 == 1))
    }

    /// Counts the function words of each language in a text.
    pub(crate) fn counts(&self, text: &str) -> FunctionWordCounts {
        let mut totals = vec![0; self.langs.len()];
        let lower = text.to_lowercase();
        for word in lower.split(|c: char| !c.is_alphanumeric()) {
            let langs = self.words.get(word).copied().unwrap_or_default();
            totals.iter_mut().enumerate().for_each(|(n, count)| *count += (langs >> n & 1) as usize);
        }
        let mut counts: Vec<(usize, &str)> = totals.into_iter().zip(self.langs.iter().copied()).collect();
        counts.sort_unstable();
        FunctionWordCounts(counts)
    }
}

impl FunctionWordCounts {
    /// The language with the most words; none if two have equally many.
    pub fn most(&self) -> Option<&'static str> {
        match self.0.as_slice() {
            [.., second, first] if first.0 > second.0 => Some(first.1),
            _ => None,
        }
    }

    /// The number of words of this language.
    pub fn of(&self, lang: &str) -> usize {
        self.0.iter().find(|(_, known)| *known == lang).map_or(0, |(count, _)| *count)
    }

    /// True if a language outside `ours` has [`MIN_FOREIGN`] words or more, and none of `ours` has half as many.
    pub(crate) fn are_foreign(&self, ours: &[&str]) -> bool {
        let most = |own: bool| self.0.iter().rev().find(|(_, lang)| ours.contains(lang) == own).map_or(0, |(n, _)| *n);
        most(false) >= MIN_FOREIGN && most(true) * 2 < most(false)
    }

    /// True if no language has more words than this one, which has some.
    pub(crate) fn none_above(&self, lang: &'static str) -> bool {
        self.0.last().is_some_and(|(most, _)| *most > 0 && self.0.contains(&(*most, lang)))
    }

    /// True if no language has any words.
    pub fn is_empty(&self) -> bool {
        self.0.last().is_none_or(|(most, _)| *most == 0)
    }
}

/// The number of words at the start of a text that are counted. Chosen by hand.
const MAX_WORDS: usize = 120;

/// The fewest words of a foreign language that rule out the six. Chosen by hand.
const MIN_FOREIGN: usize = 6;

/// The share of dominant words in a text, as one in so many words. Chosen by hand.
const MIN_SHARE: usize = 6;

/// Words that are frequent in any text of a language, with its tag if it is one of the six. The first word and two
/// others must occur: this combination is unique to the language.
const DOMINANT_WORDS: &[(Option<&str>, &[&str])] = &[
    (Some("en"), &["the", "of", "and", "to", "in", "with", "that", "is", "for", "on", "it"]),
    (Some("fr"), &["les", "et", "dans", "une", "aux", "sur", "est", "pour"]),
    (Some("tr"), &["ve", "bir", "için", "ile", "olarak"]),
    (None, &["und", "der", "die", "den", "mit", "von", "das", "ist", "auf"]),
    (None, &["los", "el", "que", "las", "del", "con", "una"]),
    (None, &["do", "em", "uma", "com", "não", "os", "dos", "da"]),
    (None, &["van", "het", "een", "met", "voor", "zijn", "niet"]),
    (None, &["yang", "dan", "di", "dari", "untuk", "dengan", "ini"]),
];

/// Each word with the number of its language and its index there.
static WORD_INDEX: LazyLock<HashMap<&'static str, (usize, usize)>> = LazyLock::new(|| {
    let of = |(lang, (_, words)): (usize, &(_, &'static [&'static str]))| {
        words.iter().enumerate().map(move |(at, word)| (*word, (lang, at)))
    };
    DOMINANT_WORDS.iter().enumerate().flat_map(of).collect()
});

/// The language whose most frequent words make up [`MIN_SHARE`] of the opening of the text, if those of all other
/// languages together make up less than a third of that. The inner value is none for a language outside the six.
pub(super) fn dominant(text: &str) -> Option<Option<&'static str>> {
    let mut counts = [0_usize; DOMINANT_WORDS.len()];
    let mut seen = [0_u16; DOMINANT_WORDS.len()];
    let mut all = 0;
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).take(MAX_WORDS) {
        all += 1;
        if let Some((lang, at)) = WORD_INDEX.get(word) {
            counts[*lang] += 1;
            seen[*lang] |= 1 << at;
        }
    }
    let (best, count) = counts.iter().enumerate().max_by_key(|(_, count)| **count)?;
    let rest = counts.iter().sum::<usize>() - count;
    let clear = seen[best] & 1 == 1 && seen[best].count_ones() >= 3 && count * MIN_SHARE >= all && rest * 3 <= *count;
    clear.then(|| DOMINANT_WORDS[best].0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_in_the_language_of_its_function_words() {
        let english = "The council of the ministers met in Jeddah and asked the states to help the people of the city.";
        assert_eq!(dominant(english), Some(Some("en")));
        let french = "Les ministres et les experts ont discuté dans une salle, et les États ont voté.";
        assert_eq!(dominant(french), Some(Some("fr")));
        assert_eq!(dominant("Bakanlar ve uzmanlar için bir toplantı ve bir bildiri yapıldı."), Some(Some("tr")));
    }

    #[test]
    fn a_language_outside_the_six_is_recognised_as_foreign() {
        let spanish = "Los ministros y las delegaciones del consejo que votaron con el presidente de los pueblos";
        assert_eq!(dominant(spanish), Some(None));
        assert_eq!(dominant("Der Rat und die Minister haben mit den Staaten das Papier beraten"), Some(None));
    }

    #[test]
    fn related_languages_and_quotations_are_left_to_the_trigrams() {
        for text in [
            "De raad van de Europese ministers heeft in de stad vergaderd over de toestand der mensen",
            "Nazirlər və ekspertlər bir iclasda bu məsələni müzakirə etdilər və bəyanat üçün səs verdilər",
            "Der Film The Lord of the Rings and the rest lief gestern Abend in allen Kinos der Stadt mit großem Erfolg",
            "",
        ] {
            assert_eq!(dominant(text), None, "{text}");
        }
    }
}
