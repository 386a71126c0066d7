//! Finds the news agency that a text comes from: `الرياض (واس)`, `به گزارش ایرنا`, `ANKARA (AA) –`, `المصدر: …`.
//!
//! Only the usual places count: the dateline, the opening clause, and a label or signature at the end. An agency that
//! the text only mentions did not write it.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;

use crate::text::fold::fold;

/// How much of a text is its dateline and opening, and how much its end, in characters. Chosen by hand.
const HEAD: usize = 240;
const TAIL: usize = 200;
/// The longest text that is looked up among the agencies' names, in characters. Chosen by hand.
const MAX_FOLDED: usize = 80;
/// The longest name after a label or between marks, in characters. Chosen by hand.
const MAX_NAME: usize = 40;
/// The longest dateline, in characters, and the most words of an agency's name at its end. Chosen by hand.
const MAX_DATELINE: usize = 90;
const MAX_DATELINE_WORDS: usize = 3;
/// How many words after a phrase such as "according to" are read, at which of them a name can begin, and how many words
/// it can have. Chosen by hand.
const REPORT_WORDS: usize = 6;
const REPORT_STARTS: usize = 2;
const MAX_REPORT_WORDS: usize = 4;
/// How many lines at the end of a text are searched for a label. Chosen by hand.
const LABEL_LINES: usize = 4;

/// Each agency's name in alerts, and the names in the texts.
const AGENCIES: &[(&str, &str)] = &[
    ("UNA", "يونا|UNA|اتحاد وكالات أنباء دول منظمة التعاون الإسلامي|إينا|IINA"),
    ("SPA", "واس|SPA|وكالة الأنباء السعودية"),
    ("WAFA", "وفا|WAFA|وكالة وفا|وكالة الأنباء الفلسطينية"),
    ("AA", "الأناضول|وكالة الأناضول|AA|Anadolu|Anadolu Ajansı|Anadolu Agency|آناتولی|خبرگزاری آناتولی|Agence Anadolu"),
    ("IRNA", "إرنا|ارنا|ایرنا|IRNA|خبرگزاری ایرنا|خبرگزاری جمهوری اسلامی|خبرگزاری جمهوری اسلامی ایران"),
    ("ISNA", "ایسنا|ISNA|خبرگزاری ایسنا"),
    ("Mehr", "خبرگزاری مهر|Mehr News|خبرنگار مهر"),
    ("Fars", "خبرگزاری فارس|Fars News"),
    ("Tasnim", "تسنیم|خبرگزاری تسنیم|Tasnim|تسنيم"),
    ("IQNA", "ایکنا|IQNA|إكنا|خبرگزاری بین‌المللی قرآن"),
    ("KUNA", "كونا|KUNA|وكالة الأنباء الكويتية"),
    ("QNA", "قنا|QNA|وكالة الأنباء القطرية"),
    ("WAM", "وام|WAM|وكالة أنباء الإمارات"),
    ("BNA", "بنا|BNA|وكالة أنباء البحرين"),
    ("ONA", "العمانية|ONA|وكالة الأنباء العمانية"),
    ("MENA", "أ ش أ|أ.ش.أ|MENA|وكالة أنباء الشرق الأوسط"),
    ("Petra", "بترا|Petra|وكالة الأنباء الأردنية"),
    ("NNA", "الوطنية|NNA|الوكالة الوطنية للإعلام"),
    ("SANA", "سانا|SANA|وكالة سانا"),
    ("INA", "واع|INA|وكالة الأنباء العراقية"),
    ("APS", "واج|وأج|APS|وكالة الأنباء الجزائرية"),
    ("MAP", "ومع|MAP|وكالة المغرب العربي للأنباء"),
    ("TAP", "وات|TAP|وكالة تونس إفريقيا للأنباء"),
    ("LANA", "وال|LANA|وكالة الأنباء الليبية"),
    ("SUNA", "سونا|SUNA|وكالة السودان للأنباء"),
    ("Saba", "سبأ|Saba|وكالة الأنباء اليمنية"),
    ("AMI", "و م أ|AMI|الوكالة الموريتانية للأنباء"),
    ("APP", "اے پی پی|APP"),
    ("Bernama", "برناما|Bernama"),
    ("Antara", "أنتارا|Antara"),
    ("AFP", "أ ف ب|أ.ف.ب|فرانس برس|وكالة فرانس برس|AFP|خبرگزاری فرانسه|اے ایف پی"),
    ("Reuters", "رويترز|وكالة رويترز|Reuters|رویترز|روئٹرز"),
    ("AP", "أ ب|أسوشيتد برس|AP|اسوشیتدپرس"),
    ("dpa", "د ب أ|د.ب.أ|dpa"),
    ("Xinhua", "شينخوا|Xinhua|شینهوا"),
    ("TASS", "تاس|TASS"),
    ("Sputnik", "سبوتنيك|Sputnik|اسپوتنیک"),
    ("İHA", "İHA|IHA"),
    ("DHA", "DHA"),
    ("TRT", "TRT Haber|TRT"),
];

/// Labels before the name of a source, at the start of a line.
const LABELS: &[&str] = &["المصدر", "مصدر", "منبع", "ماخذ", "source", "kaynak", "sources"];
/// Phrases before the name of the reporter, in an opening.
const REPORTS: &[&str] =
    &["به گزارش", "نقلا عن", "وفقا ل", "بحسب", "حسب", "به نقل از", "according to", "selon", "d'apres"];

static NAMES: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    AGENCIES.iter().flat_map(|(agency, names)| names.split('|').map(|name| (folded(name), *agency))).collect()
});

static OPENINGS: LazyLock<Vec<String>> = LazyLock::new(|| REPORTS.iter().map(|report| folded(report)).collect());

/// Finds any of the openings in one search.
#[expect(clippy::expect_used, reason = "a proof: an alternation of escaped words")]
static ANY_OPENING: LazyLock<Regex> = LazyLock::new(|| {
    let words: Vec<String> = OPENINGS.iter().map(|opening| regex::escape(opening)).collect();
    Regex::new(&words.join("|")).expect("escaped words")
});

/// The agency that `text` names as its origin.
///
/// ```
/// use marsad::parse::credited_agency::origin;
/// assert_eq!(origin("ANKARA (AA) - The council met.").as_deref(), Some("AA"));
/// assert_eq!(origin("The Reuters building was sold"), None);
/// ```
#[must_use]
pub fn origin(text: &str) -> Option<String> {
    let end = text.char_indices().nth(HEAD).map_or(text.len(), |(at, _)| at);
    let opening = fold(&text[..end]);
    let named = bracketed(&opening).or_else(|| dateline(&opening)).or_else(|| reported(&opening));
    if let Some(agency) = named {
        return Some(agency.to_owned());
    }
    let start = text.char_indices().rev().nth(TAIL).map_or(0, |(at, _)| at);
    signed(&text[start..])
}

/// The agency with this name, for a byline.
#[must_use]
pub fn named(name: &str) -> Option<&'static str> {
    NAMES.get(&folded(name)).copied()
}

fn folded(name: &str) -> String {
    spaced(&fold(name))
}

/// The words with one space between them.
fn spaced(folded: &str) -> String {
    let words: Vec<&str> =
        folded.split(|c: char| c.is_whitespace() || c == '.').filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// Like [`named`], for text that is already folded.
fn known(folded: &str) -> Option<&'static str> {
    if folded.chars().nth(MAX_FOLDED).is_some() { None } else { NAMES.get(&spaced(folded)).copied() }
}

/// `(واس)`, `/وفا/`, `[AFP]`: a name between marks in the opening.
fn bracketed(opening: &str) -> Option<&'static str> {
    for (open, close) in [('(', ')'), ('[', ']'), ('/', '/')] {
        let mut rest = opening;
        while let Some((_, after)) = rest.split_once(open) {
            let Some((inner, _)) = after.split_once(close) else { break };
            if inner.chars().count() <= MAX_NAME
                && let Some(agency) = known(inner)
            {
                return Some(agency);
            }
            rest = after;
        }
    }
    None
}

/// `رام الله 21-11-2025 وفا-`, `JEDDAH, UNA –`: the words before a dash that ends a dateline.
fn dateline(opening: &str) -> Option<&'static str> {
    let end: usize = opening.char_indices().nth(MAX_DATELINE).map_or(opening.len(), |(at, _)| at);
    opening[..end].match_indices(['-', '–', '—', ':']).find_map(|(at, _)| {
        let words: Vec<&str> = opening[..at].split_whitespace().collect();
        (1..=MAX_DATELINE_WORDS)
            .filter_map(|count| words.get(words.len().checked_sub(count)?..))
            .find_map(|words| known(&words.join(" ")))
    })
}

/// `به گزارش خبرگزاری مهر`, `نقلا عن وكالة الأناضول`.
fn reported(opening: &str) -> Option<&'static str> {
    if !ANY_OPENING.is_match(opening) {
        return None;
    }
    OPENINGS.iter().find_map(|report| {
        let (_, after) = opening.split_once(report.as_str())?;
        let after = after.trim_start_matches(|c: char| c == 'ل' || c.is_whitespace());
        let words: Vec<&str> = after
            .split(|c: char| c.is_whitespace() || "،,.;:؛».".contains(c))
            .filter(|word| !word.is_empty())
            .take(REPORT_WORDS)
            .collect();
        (0..REPORT_STARTS)
            .flat_map(|from| (1..=MAX_REPORT_WORDS).rev().map(move |count| (from, count)))
            .find_map(|(from, count)| known(&words.get(from..from + count)?.join(" ")))
    })
}

/// `المصدر: وكالات`, or a name in brackets at the very end.
fn signed(end: &str) -> Option<String> {
    for line in end.lines().rev().take(LABEL_LINES) {
        let line = line.trim();
        if let Some((label, name)) = line.split_once(':')
            && LABELS.contains(&folded(label).as_str())
        {
            let name = name.trim().trim_end_matches(['.', '،', '-']);
            let sane = (1..=MAX_NAME).contains(&name.chars().count()) && !name.contains("//");
            return named(name).map(str::to_owned).or_else(|| sane.then(|| name.to_owned()));
        }
    }
    let last = end.trim_end_matches(|c: char| c.is_whitespace() || c == '.');
    let inner = last.strip_suffix(')')?.rsplit('(').next()?;
    named(inner).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agency_is_found_at_the_usual_places() {
        for (text, agency) in [
            ("جدة (يونا) – عقدت المنظمة اجتماعا", "UNA"),
            ("الرياض 30 جمادى الأولى 1447 هـ الموافق 21 نوفمبر 2025 م واس - استقبل", "SPA"),
            ("رام الله 21-11-2025 وفا- أدانت الرئاسة", "WAFA"),
            ("به گزارش ایرنا، وزیر خارجه گفت", "IRNA"),
            ("به گزارش خبرنگار مهر، نشست برگزار شد", "Mehr"),
            ("ANKARA (AA) - Dışişleri Bakanı", "AA"),
            ("PARIS (AFP) – Le ministre", "AFP"),
            ("انعقد الاجتماع اليوم.\nالمصدر: رويترز", "Reuters"),
            ("Toplantı yapıldı.\nKaynak: Anadolu Ajansı", "AA"),
            ("انعقد الاجتماع.\nالمصدر: صحيفة عكاظ", "صحيفة عكاظ"),
            ("The council met. (Bernama)", "Bernama"),
        ] {
            assert_eq!(origin(text).as_deref(), Some(agency), "{text}");
        }
    }

    #[test]
    fn a_text_that_only_mentions_an_agency_has_none() {
        for text in [
            "زار الوزير مقر وكالة الأنباء السعودية في الرياض",
            "The Reuters building was sold",
            "قال (الوزير) إن",
            "",
            "المصدر:",
        ] {
            assert_eq!(origin(text), None, "{text}");
        }
    }
}
