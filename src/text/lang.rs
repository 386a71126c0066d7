//! Which language a text is in, and which way it runs.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};

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
    if rtl { arabic_script(text, &seen) } else { latin_script(text) }.map(|tag| Lang(tag.to_owned()))
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

/// Letters that a neighbour of the three languages writes and none of them does.
const NEIGHBOURS: &[(&str, &str)] =
    &[("ug", "ۇۈۋڭ"), ("ckb", "ەێۆڕڵ"), ("ps", "ځڅډړږښګڼۍټې"), ("sd", "ٻڄڃڏڌٺٽڀڳڱڻٿڦڊڍڪ")];

fn arabic_script(text: &str, seen: &Letters) -> Option<&'static str> {
    let neighbour = NEIGHBOURS.iter().find(|(_, own)| {
        let count = text.chars().filter(|c| own.contains(*c)).count();
        count * 40 >= seen.arabic && count > 0
    });
    let small = by_small_words(text, ARABIC_WORDS);
    if let Some((tag, _)) = neighbour.filter(|_| seen.urdu * 20 < seen.arabic) {
        Some(tag)
    } else if small == Some("ps") {
        small
    } else if seen.urdu > 0 && (seen.urdu * 20 >= seen.arabic || small == Some("ur")) {
        Some("ur")
    } else if seen.western > seen.eastern && seen.persian * 20 < seen.arabic {
        Some("ar")
    } else if seen.persian + seen.eastern > 0 && seen.western * 4 <= seen.eastern + seen.persian {
        Some(small.filter(|tag| *tag == "ur").unwrap_or("fa"))
    } else {
        guess(text, ARABIC, ARABIC_WORDS, 20)
    }
}

/// What a text in Latin letters is in.
fn latin_script(text: &str) -> Option<&'static str> {
    let has = |letters: &str| text.chars().any(|c| letters.contains(c));
    // Azerbaijani, Kurdish, Romanian, Turkmen, Spanish, Portuguese and German have letters that no Turkish, French or
    // English text has, names aside.
    if has("əƏ") || (has("şŞ") && has("êÊăĂțȚýÝňŇ")) || has("ñÑ¿¡ãÃõÕß") {
        return None;
    }
    if has("ğĞıİşŞ") {
        // A Turkish name makes no Turkish text: Erdoğan.
        let few = text.chars().filter(|c| "ğĞıİşŞ".contains(*c)).count() < 3;
        return match by_small_words(text, LATIN_WORDS) {
            None | Some("tr") => Some("tr"),
            Some(small) => Some(small).filter(|small| few && matches!(*small, "fr" | "en")),
        };
    }
    // The most texts are told by their commonest words, at a tenth of what the trigrams of forty languages cost.
    small::throughout(text).unwrap_or_else(|| guess(text, LATIN, LATIN_WORDS, 40))
}

/// What trigrams say, when they are sure and the small words do not say otherwise. The list keeps them from answers
/// nobody here would want; a text in a language outside it is told apart by words that are frequent in each.
fn guess(text: &str, among: &[whatlang::Lang], words: Words, least: usize) -> Option<&'static str> {
    let small = by_small_words(text, words);
    let known = |tag: &&str| matches!(*tag, "ar" | "fa" | "ur" | "tr" | "fr" | "en");
    if text.chars().filter(|c| c.is_alphabetic()).count() < least {
        return small.filter(known);
    }
    let free = whatlang::detect(text)?;
    let info = whatlang::Detector::with_allowlist(among.to_vec()).detect(text)?;
    // Sure among all languages that it is another one: no answer rather than the nearest of the six.
    let foreign = free.is_reliable() && !among.contains(&free.lang());
    let said = tag(info.lang());
    let claims = claims(text, words);
    let most = claims.last().map_or(0, |(most, _)| *most);
    let shared = most > 0 && claims.contains(&(most, said));
    let alike = free.lang() == info.lang() && (shared || (most == 0 && free.is_reliable()));
    ((small == Some(said) || alike) && !foreign).then_some(said)
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

/// Languages and the small words that are frequent in them.
type Words = &'static [(&'static str, &'static str)];

const ARABIC_WORDS: Words = &[
    ("ar", "في من إلى الى على عن التي الذي بين أن مع بعد قبل خلال"),
    ("fa", "در از را این است شد برای های کرد که می با تا یک خود"),
    ("ur", "کا کی کے نے میں اور ہے سے کو پر"),
    ("ps", "د په کې ته چې نه یې سره له څخه"),
];

#[rustfmt::skip]
const LATIN_WORDS: Words = &[
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

/// The language of a short text by the small words that it has most of; none where two claim it alike.
fn by_small_words(text: &str, words: Words) -> Option<&'static str> {
    match claims(text, words).as_slice() {
        [.., second, first] if first.0 > second.0 => Some(first.1),
        _ => None,
    }
}

/// How many of its small words each language finds in a text, the fewest first.
fn claims(text: &str, words: Words) -> Vec<(usize, &'static str)> {
    let lower = text.to_lowercase();
    let all: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let count = |small: &str| all.iter().filter(|w| small.split(' ').any(|s| s == **w)).count();
    let mut claims: Vec<(usize, &str)> = words.iter().map(|(lang, small)| (count(small), *lang)).collect();
    claims.sort_unstable();
    claims
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
