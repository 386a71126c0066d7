//! Which language a text is in, and which way it runs.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A language by its primary subtag (`ar`, `fa`, `ur`, `tr`, `fr`, `en`, …), in lower case (BCP 47).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Lang(String);

/// The text is no language tag.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a language tag such as \"ar\" or \"fr\"")]
pub struct LangError(String);

/// Which way a text runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dir {
    /// Left to right.
    Ltr,
    /// Right to left.
    Rtl,
}

impl Lang {
    /// Reads a tag and keeps its primary subtag: `ar-SA` is `ar`.
    ///
    /// # Errors
    /// When the text does not begin with two or three letters of ASCII that end there or at `-` or `_`.
    pub fn parse(tag: &str) -> Result<Self, LangError> {
        let primary = tag.trim().split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        if matches!(primary.len(), 2 | 3) && primary.bytes().all(|b| b.is_ascii_lowercase()) {
            Ok(Self(primary))
        } else {
            Err(LangError(tag.chars().take(40).collect()))
        }
    }

    /// The primary subtag.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The direction of the script that the language is written in.
    #[must_use]
    pub fn dir(&self) -> Dir {
        match self.0.as_str() {
            "ar" | "fa" | "ur" | "ps" | "ckb" | "sd" | "ug" | "he" | "yi" | "dv" | "prs" => Dir::Rtl,
            _ => Dir::Ltr,
        }
    }
}

impl Dir {
    /// The value of HTML's `dir` attribute.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ltr => "ltr",
            Self::Rtl => "rtl",
        }
    }
}

/// The language of a text, where its letters and words leave no doubt; none is an answer too.
///
/// A declared language is believed unless the script contradicts it. Letters that one language alone uses decide
/// for the Arabic script; for the Latin script, and where no such letter occurs, trigrams do, and only when sure.
#[must_use]
pub fn detect(text: &str, declared: Option<&Lang>) -> Option<Lang> {
    let seen = Letters::count(text);
    let rtl = match seen.arabic.cmp(&seen.latin) {
        Ordering::Greater => true,
        Ordering::Less => false,
        Ordering::Equal => return declared.cloned(),
    };
    if let Some(declared) = declared
        && believable(declared, rtl, &seen)
    {
        return Some(declared.clone());
    }
    if rtl { arabic_script(text, &seen) } else { guess(text, LATIN, 40) }.map(|tag| Lang(tag.to_owned()))
}

/// How many letters of each kind a text has.
#[derive(Default)]
struct Letters {
    arabic: usize,
    latin: usize,
    /// ٹ ڈ ڑ ں ھ ہ ے
    urdu: usize,
    /// پ چ ژ گ and ZWNJ between letters
    persian: usize,
    /// ک and ی, which Persian and Urdu share
    eastern: usize,
    /// ة ي ك ى
    western: usize,
}

impl Letters {
    fn count(text: &str) -> Self {
        let mut seen = Self::default();
        for c in text.chars() {
            match c {
                'ٹ' | 'ڈ' | 'ڑ' | 'ں' | 'ھ' | 'ہ' | 'ے' | 'ۓ' | '۔' => seen.urdu += 1,
                'پ' | 'چ' | 'ژ' | 'گ' | '\u{200c}' => seen.persian += 1,
                'ک' | 'ی' => seen.eastern += 1,
                'ة' | 'ي' | 'ك' | 'ى' | 'إ' => seen.western += 1,
                _ => {}
            }
            match c {
                '\u{620}'..='\u{64a}' | '\u{66e}'..='\u{6d3}' | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' => {
                    seen.arabic += 1;
                }
                _ if c.is_alphabetic() => seen.latin += 1,
                _ => {}
            }
        }
        seen
    }
}

/// Whether the letters allow what was declared: a feed declared Arabic that serves French is French, and Urdu
/// letters throughout make no Arabic.
fn believable(declared: &Lang, rtl: bool, seen: &Letters) -> bool {
    let foreign = seen.urdu + seen.persian + seen.eastern;
    (declared.dir() == Dir::Rtl) == rtl && !(declared.as_str() == "ar" && seen.arabic > 20 && foreign * 8 > seen.arabic)
}

const ARABIC: &[whatlang::Lang] = &[whatlang::Lang::Ara, whatlang::Lang::Pes, whatlang::Lang::Urd];
const LATIN: &[whatlang::Lang] = &[whatlang::Lang::Tur, whatlang::Lang::Fra, whatlang::Lang::Eng];

fn arabic_script(text: &str, seen: &Letters) -> Option<&'static str> {
    if seen.urdu > 0 && seen.urdu * 20 >= seen.arabic {
        Some("ur")
    } else if seen.western > seen.eastern && seen.persian * 20 < seen.arabic {
        Some("ar")
    } else if seen.persian + seen.eastern > 0 && seen.western * 4 <= seen.eastern + seen.persian {
        Some("fa")
    } else {
        guess(text, ARABIC, 20)
    }
}

/// What trigrams say, when they are sure. The list keeps them from answers nobody here would want; a text in a
/// language outside it is told apart by letters and words that would be frequent in each.
fn guess(text: &str, among: &[whatlang::Lang], least: usize) -> Option<&'static str> {
    if text.chars().filter(|c| c.is_alphabetic()).count() < least {
        return by_small_words(text);
    }
    let free = whatlang::detect(text)?;
    let info = whatlang::Detector::with_allowlist(among.to_vec()).detect(text)?;
    // Sure among all languages that it is another one: no answer rather than the nearest of the six.
    let foreign = free.is_reliable() && !among.contains(&free.lang());
    let sure = info.is_reliable() || free.lang() == info.lang() || by_small_words(text) == Some(tag(info.lang()));
    (sure && !foreign).then(|| tag(info.lang()))
}

fn tag(lang: whatlang::Lang) -> &'static str {
    match lang {
        whatlang::Lang::Ara => "ar",
        whatlang::Lang::Pes => "fa",
        whatlang::Lang::Urd => "ur",
        whatlang::Lang::Tur => "tr",
        whatlang::Lang::Fra => "fr",
        _ => "en",
    }
}

/// The language of a short text by the small words that only it has; none where two of them claim it.
fn by_small_words(text: &str) -> Option<&'static str> {
    const SMALL: &[(&str, &[&str])] = &[
        ("ar", &["في", "من", "إلى", "على", "عن", "التي", "الذي", "بين", "أن"]),
        ("fa", &["در", "از", "را", "این", "است", "شد", "برای", "های", "کرد"]),
        ("tr", &["ve", "ile", "için", "bir", "bu", "da", "de", "olarak", "yeni"]),
        ("fr", &["le", "la", "les", "des", "du", "et", "à", "aux", "dans", "une", "sur", "l", "d"]),
        ("en", &["the", "of", "and", "to", "in", "for", "with", "on", "is", "at"]),
    ];
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).collect();
    let count = |small: &[&str]| words.iter().filter(|w| small.contains(w)).count();
    let mut counts: Vec<(usize, &str)> = SMALL.iter().map(|(lang, small)| (count(small), *lang)).collect();
    counts.sort_unstable();
    match counts.as_slice() {
        [.., second, first] if first.0 > second.0 => Some(first.1),
        _ => None,
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
        detect(text, None).map(|l| l.to_string())
    }

    #[test]
    fn headlines_are_told_apart() {
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
    fn a_text_without_a_clue_has_no_language() {
        for text in ["", "2025", "OIC", "— …", "COMSTECH CCoE"] {
            assert_eq!(detected(text), None, "{text}");
        }
        assert_eq!(detected("Der Generalsekretär empfängt den Außenminister von Oman in der neuen Zentrale"), None);
    }

    #[test]
    fn a_declaration_is_believed_unless_the_script_contradicts_it() {
        let declared = |tag: &str, text: &str| detect(text, Some(&Lang::parse(tag).unwrap())).map(|l| l.to_string());
        assert_eq!(declared("ps", "د افغانستان اسلامي امارت").as_deref(), Some("ps"));
        assert_eq!(
            declared("ar", "Le ministre est arrivé dans la capitale avec une délégation").as_deref(),
            Some("fr")
        );
        assert_eq!(declared("ar", "پاکستان کے وزیر خارجہ نے جدہ میں ملاقات کی").as_deref(), Some("ur"));
        assert_eq!(declared("ar", "57").as_deref(), Some("ar"));
    }
}
