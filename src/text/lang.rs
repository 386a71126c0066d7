//! Which language a text is in, and which way it runs.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};

mod guess;
mod small;

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
    let rtl = match seen.arabic.cmp(&(seen.latin + seen.other)) {
        Ordering::Greater => true,
        Ordering::Less => false,
        Ordering::Equal => return declared.cloned(),
    };
    if let Some(declared) = declared
        && believable(declared, rtl, &seen)
    {
        return Some(declared.clone());
    }
    if !rtl && seen.other * 2 > seen.latin {
        // A sign of Chinese says as much as several letters, and names in Latin letters stand in every script.
        return None;
    }
    if rtl { guess::arabic_script(text, &seen) } else { guess::latin_script(text) }.map(|tag| Lang(tag.to_owned()))
}

/// Whether a folded word is one of the function words that stand all over texts in a language of the Latin script.
#[must_use]
pub fn is_function_word(word: &str, lang: &Lang) -> bool {
    small::OF_LATIN.has(word, lang.as_str())
}

/// How many letters of each kind a text has.
#[derive(Default)]
struct Letters {
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
                'a'..='z' | 'A'..='Z' => seen.latin += 1,
                '\u{250}'..='\u{1dff}' | '\u{2c80}'.. if c.is_alphabetic() => seen.other += 1,
                '\u{aa}'.. if c.is_alphabetic() => seen.latin += 1,
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
    fn the_neighbours_of_a_language_are_not_taken_for_it() {
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
    fn a_text_without_a_clue_has_no_language() {
        for text in ["", "2025", "OIC", "— …", "COMSTECH CCoE", "今天在吉达举行了会议 the of and", "Встреча министров"]
        {
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
