//! Detects the language of a text and its direction.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};

mod function_words;
mod guess;

/// A language by its primary subtag (`ar`, `fa`, `ur`, `tr`, `fr`, `en`, …), in lower case (BCP 47).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Lang(String);

/// The text is not a language tag.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a language tag such as \"ar\" or \"fr\"")]
pub struct LangError(String);

/// The direction of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Direction {
    /// Left to right.
    Ltr,
    /// Right to left.
    Rtl,
}

impl Lang {
    /// Parses a tag and keeps its primary subtag: `ar-SA` is `ar`.
    ///
    /// ```
    /// use marsad::text::lang::Lang;
    ///
    /// assert_eq!(Lang::parse("ar-SA").unwrap().as_str(), "ar");
    /// assert!(Lang::parse("arabic").is_err());
    /// ```
    ///
    /// # Errors
    /// The text does not begin with two or three ASCII letters followed by its end, `-` or `_`.
    pub fn parse(tag: &str) -> Result<Self, LangError> {
        let primary = tag.trim().split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        if matches!(primary.len(), 2 | 3) && primary.bytes().all(|b| b.is_ascii_lowercase()) {
            Ok(Self(primary))
        } else {
            Err(LangError(tag.chars().take(MAX_SHOWN).collect()))
        }
    }

    /// The primary subtag.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The direction of the script that the language is written in.
    #[must_use]
    pub(crate) fn dir(&self) -> Direction {
        match self.0.as_str() {
            "ar" | "fa" | "ur" | "ps" | "ckb" | "sd" | "ug" | "he" | "yi" | "dv" | "prs" => Direction::Rtl,
            _ => Direction::Ltr,
        }
    }
}

impl Direction {
    /// The value of HTML's `dir` attribute.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ltr => "ltr",
            Self::Rtl => "rtl",
        }
    }
}

/// Decides the language of an item by its headline and the beginning of its text; none if nothing is conclusive.
///
/// The language declared by the document, or else configured for its source, is used unless the text contradicts it: many
/// sites declare the language of their theme. If the two differ, the text decides; a headline too short to decide has no
/// language rather than a wrong one. In the Arabic script, letters that only one language uses decide. In the Latin
/// script, and without such letters, function words and trigrams decide, and only when sure.
///
/// ```
/// use marsad::text::lang::{self, Lang};
///
/// let lang = lang::of_item("وزیر خارجه ایران وارد جده شد", "", None, None);
/// assert_eq!(lang.unwrap().as_str(), "fa");
/// assert!(lang::of_item("OIC", "", None, None).is_none());
/// let (fr, en) = (Lang::parse("fr").ok(), Lang::parse("en").ok());
/// assert_eq!(lang::of_item("OIC", "", None, en.as_ref()), en);
/// assert_eq!(lang::of_item("OIC", "", fr.as_ref(), en.as_ref()), None);
/// ```
#[must_use]
pub fn of_item(title: &str, body: &str, declared: Option<&Lang>, source: Option<&Lang>) -> Option<Lang> {
    let end = body.char_indices().nth(SAMPLE).map_or(body.len(), |(at, _)| at);
    detect(&[title, &body[..end]].join("\n"), declared, source)
}

fn detect(text: &str, declared: Option<&Lang>, source: Option<&Lang>) -> Option<Lang> {
    let counts = LetterCounts::count(text);
    let rtl = match counts.arabic.cmp(&(counts.latin + counts.other)) {
        Ordering::Greater => true,
        Ordering::Less => false,
        Ordering::Equal => return declared.or(source).cloned(),
    };
    let fits = |lang: &&Lang| is_plausible(lang, rtl, &counts, text);
    let (declared, source) = (declared.filter(fits), source.filter(fits));
    if let Some(prior) = declared.or(source).filter(|prior| source.is_none_or(|source| source == *prior)) {
        return Some(prior.clone());
    }
    if !rtl && counts.other * 2 > counts.latin {
        // A Chinese character carries as much as several letters, and Latin names occur in every script.
        return None;
    }
    if rtl { guess::arabic_script(text, &counts) } else { guess::latin_script(text) }.map(|tag| Lang(tag.to_owned()))
}

/// True if a word in lower case is a function word of a language.
#[must_use]
pub(crate) fn is_function_word(word: &str, lang: &Lang) -> bool {
    function_words::OF_LATIN.has(word, lang.as_str()) || function_words::OF_ARABIC.has(word, lang.as_str())
}

/// True if a text has any function words of a language of the Latin script.
#[must_use]
pub(crate) fn has_function_words(text: &str, lang: &Lang) -> bool {
    function_words::OF_LATIN.counts(text).of(lang.as_str()) > 0
}

/// The number of letters of each kind in a text.
#[derive(Default)]
struct LetterCounts {
    arabic: usize,
    latin: usize,
    /// Letters of further scripts.
    other: usize,
    /// ٹ ڈ ڑ ں ھ ہ ے
    urdu: usize,
    /// پ چ ژ گ and ZWNJ between letters
    persian: usize,
    /// ک and ی, which Persian and Urdu share
    eastern: usize,
    /// ة ي ك ى
    western: usize,
    /// ة إ أ, which Persian and Urdu do not use
    definite: usize,
    /// ه as in Arabic and Persian, where Urdu has ہ
    heh: usize,
}

impl LetterCounts {
    fn count(text: &str) -> Self {
        let mut counts = Self::default();
        for c in text.chars() {
            match c {
                'ٹ' | 'ڈ' | 'ڑ' | 'ں' | 'ھ' | 'ہ' | 'ے' | 'ۓ' | '۔' => counts.urdu += 1,
                'پ' | 'چ' | 'ژ' | 'گ' | '\u{200c}' => counts.persian += 1,
                'ک' | 'ی' => counts.eastern += 1,
                'ة' | 'ي' | 'ك' | 'ى' | 'إ' => counts.western += 1,
                'ه' => counts.heh += 1,
                _ => {}
            }
            counts.definite += usize::from(matches!(c, 'ة' | 'إ' | 'أ'));
            match c {
                '\u{620}'..='\u{64a}' | '\u{66e}'..='\u{6d3}' | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' => {
                    counts.arabic += 1;
                }
                'a'..='z' | 'A'..='Z' => counts.latin += 1,
                '\u{250}'..='\u{1dff}' | '\u{2c80}'.. if c.is_alphabetic() => counts.other += 1,
                '\u{aa}'.. if c.is_alphabetic() => counts.latin += 1,
                _ => {}
            }
        }
        counts
    }
}

/// How much of a text is examined for its language, in characters. Chosen by hand.
const SAMPLE: usize = 2_000;

/// The fewest letters that make a text rather than a headline. Chosen by hand: of 40 letters of Urdu five are exclusive
/// to it on average, and hardly ever none.
const MIN_TEXT_LETTERS: usize = 40;

/// The fewest letters of an Arabic text in which Farsi yeh and keheh count against it. Chosen by hand.
const MIN_WEIGHED_LETTERS: usize = 20;

/// The largest share of letters that only Persian and Urdu have in an Arabic text, as one in so many. Chosen by hand.
const MAX_OWN_SHARE: usize = 8;

/// The smallest share of letters that only Urdu has in an Urdu text, as one in so many; the same for Persian. Chosen by
/// hand.
const URDU_SHARE: usize = 20;

/// The largest share of letters that Urdu does not use in an Urdu text, as one in so many. Chosen by hand.
const MAX_DEFINITE_SHARE: usize = 15;

/// The most characters of an invalid tag that an error shows. Chosen by hand.
const MAX_SHOWN: usize = 40;

/// True if the text does not contradict the declared language: a feed declared Arabic that serves French is French, and
/// a text full of Urdu letters is not Arabic.
fn is_plausible(declared: &Lang, rtl: bool, counts: &LetterCounts, text: &str) -> bool {
    if (declared.dir() == Direction::Rtl) != rtl {
        return false;
    }
    let own = counts.urdu + counts.persian;
    match declared.as_str() {
        "ar" if counts.arabic > MIN_WEIGHED_LETTERS => (own + counts.eastern) * MAX_OWN_SHARE <= counts.arabic,
        // Farsi yeh and keheh also come from keyboards.
        "ar" => own * MAX_OWN_SHARE <= counts.arabic || counts.definite > 0,
        "fa" => counts.urdu < 2 || counts.urdu * URDU_SHARE < counts.arabic,
        "ur" => {
            counts.arabic < MIN_TEXT_LETTERS || counts.urdu > 0 || counts.definite * MAX_DEFINITE_SHARE <= counts.arabic
        }
        "tr" | "fr" | "en" => function_words::dominant(text).is_none_or(|found| found == Some(declared.as_str())),
        _ => true,
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Lang {
    type Error = LangError;

    fn try_from(tag: String) -> Result<Self, Self::Error> {
        Self::parse(&tag)
    }
}

impl From<Lang> for String {
    fn from(lang: Lang) -> Self {
        lang.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detected(text: &str) -> Option<String> {
        detect(text, None, None).map(|l| l.to_string())
    }

    #[test]
    fn headlines_of_different_languages_are_distinguished() {
        for (text, lang) in [
            ("الأمين العام يستقبل وزير الخارجية في جدة", "ar"),
            ("ارتفاع أسعار النفط عالميا", "ar"),
            ("وزیر خارجه ایران وارد جده شد", "fa"),
            ("نشست کشورهای عضو در تهران", "fa"),
            ("او آئی سی کا ہنگامی اجلاس جدہ میں", "ur"),
            ("تازہ ترین خبریں", "ur"),
            ("Dışişleri Bakanları Konseyi olağanüstü toplandı", "tr"),
            ("Le secrétaire général reçoit le ministre des affaires étrangères", "fr"),
            ("The Secretary General receives the foreign minister of Oman", "en"),
        ] {
            assert_eq!(detected(text).as_deref(), Some(lang), "{text}");
        }
    }

    #[test]
    fn related_languages_are_not_confused() {
        for (text, lang) in [
            ("د پولنډ لومړی وزیر ته بلنه", Some("ps")),
            ("سەرۆکی پەرلەمان گەیشتە هەولێر", Some("ckb")),
            ("وفاقی وزیر کا دورہ مصر", Some("ur")),
            ("Alto el fuego en la frontera", None),
            ("Gempa bumi di Sumatra", None),
            ("Bakıda beynəlxalq sərgi", None),
            ("Presidenti i Kosovës viziton Tiranën dhe Shkupin sot pasdite", None),
            ("Erdoğan to meet the king of Jordan in Amman", Some("en")),
            ("Erdoğan Amman'da kral ile görüştü", Some("tr")),
        ] {
            assert_eq!(detected(text).as_deref(), lang, "{text}");
        }
    }

    #[test]
    fn a_text_without_evidence_has_no_language() {
        for text in ["", "2025", "OIC", "— …", "COMSTECH CCoE", "今天在吉达举行了会议 the of and", "Встреча министров"]
        {
            assert_eq!(detected(text), None, "{text}");
        }
        assert_eq!(detected("Der Generalsekretär empfängt den Außenminister von Oman in der neuen Zentrale"), None);
    }

    #[test]
    fn a_declaration_counts_unless_the_script_contradicts_it() {
        let declared =
            |tag: &str, text: &str| detect(text, Some(&Lang::parse(tag).unwrap()), None).map(|l| l.to_string());
        assert_eq!(declared("ps", "د افغانستان اسلامي امارت").as_deref(), Some("ps"));
        assert_eq!(
            declared("ar", "Le ministre est arrivé dans la capitale avec une délégation").as_deref(),
            Some("fr")
        );
        assert_eq!(declared("ar", "پاکستان کے وزیر خارجہ نے جدہ میں ملاقات کی").as_deref(), Some("ur"));
        assert_eq!(declared("ar", "57").as_deref(), Some("ar"));
    }

    /// Short headlines in the six languages: one language and headline per line.
    fn headlines() -> Vec<(Lang, &'static str)> {
        let lines = include_str!("lang/headlines.txt").lines().filter(|line| !line.starts_with('#'));
        lines.filter_map(|line| line.split_once('|')).map(|(lang, text)| (Lang::parse(lang).unwrap(), text)).collect()
    }

    #[test]
    fn a_short_headline_has_no_language_rather_than_a_wrong_one() {
        let all = headlines();
        let mut wrong = Vec::new();
        for (lang, text) in &all {
            wrong
                .extend(detect(text, None, None).filter(|found| found != lang).map(|found| format!("{found}: {text}")));
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        for lang in ["ar", "fa", "ur", "tr", "fr", "en"] {
            assert!(all.iter().filter(|(own, _)| own.as_str() == lang).count() >= 20, "{lang}");
        }
        let detected = all.iter().filter(|(_, text)| detect(text, None, None).is_some()).count();
        assert!(detected * 2 > all.len(), "{detected} of {}", all.len());
    }

    #[test]
    fn a_short_headline_is_in_the_language_of_its_source() {
        for (lang, text) in headlines() {
            assert_eq!(detect(text, None, Some(&lang)).as_ref(), Some(&lang), "{text}");
            assert_eq!(detect(text, Some(&lang), Some(&lang)).as_ref(), Some(&lang), "{text}");
            for theme in ["ar", "fa", "ur", "tr", "fr", "en"].map(|tag| Lang::parse(tag).unwrap()) {
                let found = detect(text, Some(&theme), Some(&lang));
                assert!(found.as_ref().is_none_or(|found| *found == lang), "{text} under {theme}: {found:?}");
            }
        }
    }
}
