//! The news agency that a text says it was taken from: `الرياض (واس)`, `به گزارش ایرنا`, `ANKARA (AA) –`, `المصدر: …`.
//!
//! Only the customary places are believed: the dateline, the opening clause, a label or a signature at the end. A
//! text that merely mentions an agency was not written by it.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;

use crate::text::fold::fold;

/// How much of a text is its dateline and opening, and how much its end, in characters.
const HEAD: usize = 240;
const TAIL: usize = 200;
/// The longest name that can be one of the agencies', in characters.
const MAX_FOLDED: usize = 80;
/// The longest name that a label may give, in characters.
const MAX_NAME: usize = 40;

/// What receivers are told, and the names under which texts are signed.
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

/// Words that lead to the name of a source, at the start of a line.
const LABELS: &[&str] = &["المصدر", "مصدر", "منبع", "ماخذ", "source", "kaynak", "sources"];
/// Openings that name who reports.
const REPORTS: &[&str] =
    &["به گزارش", "نقلا عن", "وفقا ل", "بحسب", "حسب", "به نقل از", "according to", "selon", "d'apres"];

static NAMES: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    AGENCIES.iter().flat_map(|(agency, names)| names.split('|').map(|name| (folded(name), *agency))).collect()
});

static OPENINGS: LazyLock<Vec<String>> = LazyLock::new(|| REPORTS.iter().map(|report| folded(report)).collect());

/// Any of the openings, by one search instead of ten.
#[expect(clippy::expect_used, reason = "a proof: an alternation of escaped words")]
static ANY_OPENING: LazyLock<Regex> = LazyLock::new(|| {
    let words: Vec<String> = OPENINGS.iter().map(|opening| regex::escape(opening)).collect();
    Regex::new(&words.join("|")).expect("escaped words")
});

/// The agency that `text` was taken from, as the text itself says.
#[must_use]
pub fn origin(text: &str) -> Option<String> {
    let head: String = text.chars().take(HEAD).collect();
    let opening = fold(&head);
    let opening = opening.text();
    let named = bracketed(opening).or_else(|| dateline(opening)).or_else(|| reported(opening));
    if let Some(agency) = named {
        return Some(agency.to_owned());
    }
    let start = text.char_indices().rev().nth(TAIL).map_or(0, |(at, _)| at);
    signed(&text[start..])
}

/// The agency of this name, for a byline that is one.
#[must_use]
pub fn named(name: &str) -> Option<&'static str> {
    NAMES.get(&folded(name)).copied()
}

fn folded(name: &str) -> String {
    spaced(fold(name).text())
}

/// The words with one space between them.
fn spaced(folded: &str) -> String {
    let words: Vec<&str> =
        folded.split(|c: char| c.is_whitespace() || c == '.').filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// As [`named`], for a part of a text that is folded already.
fn known(folded: &str) -> Option<&'static str> {
    if folded.chars().nth(MAX_FOLDED).is_some() { None } else { NAMES.get(&spaced(folded)).copied() }
}

/// `(واس)`, `/وفا/`, `[AFP]`: a name alone between marks in the opening.
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
    let place: usize = opening.char_indices().nth(90).map_or(opening.len(), |(at, _)| at);
    opening[..place].match_indices(['-', '–', '—', ':']).find_map(|(at, _)| {
        let words: Vec<&str> = opening[..at].split_whitespace().collect();
        (1..=3)
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
            .take(6)
            .collect();
        (0..2)
            .flat_map(|from| (1..=4).rev().map(move |count| (from, count)))
            .find_map(|(from, count)| known(&words.get(from..from + count)?.join(" ")))
    })
}

/// `المصدر: وكالات`, or a name in brackets as the last thing.
fn signed(end: &str) -> Option<String> {
    for line in end.lines().rev().take(4) {
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
    fn an_agency_is_read_where_texts_name_it() {
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
