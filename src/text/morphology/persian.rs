//! Persian grammar: plurals, possessives and the ezafe, joined, spaced or after ZWNJ.

use super::exceptions;
use super::{ArabicArticle, StemCandidate, StemEnd, StemKind, WordContext, WordSuffix, ends, equals};
use crate::text::words::WordLetter;

/// The plurals, with the endings that may follow them, and the singular endings.
#[rustfmt::skip]
const TAILS: &[(&str, WordSuffix)] = &[
    ("ها", WordSuffix::Plural), ("هاي", WordSuffix::Plural), ("هايي", WordSuffix::Plural),
    ("هايش", WordSuffix::Plural), ("هايشان", WordSuffix::Plural), ("هايمان", WordSuffix::Plural),
    ("هايتان", WordSuffix::Plural), ("هايم", WordSuffix::Plural), ("هايت", WordSuffix::Plural),
    ("هاست", WordSuffix::Plural), ("ان", WordSuffix::Plural), ("اني", WordSuffix::Plural),
    ("انم", WordSuffix::Plural), ("انش", WordSuffix::Plural), ("انمان", WordSuffix::Plural),
    ("انتان", WordSuffix::Plural), ("انشان", WordSuffix::Plural), ("يان", WordSuffix::Plural),
    ("ياني", WordSuffix::Plural), ("يانم", WordSuffix::Plural), ("يانش", WordSuffix::Plural),
    ("يانمان", WordSuffix::Plural), ("يانتان", WordSuffix::Plural), ("يانشان", WordSuffix::Plural),
    ("گان", WordSuffix::Plural), ("گاني", WordSuffix::Plural), ("گانم", WordSuffix::Plural),
    ("گانش", WordSuffix::Plural), ("گانمان", WordSuffix::Plural), ("گانتان", WordSuffix::Plural),
    ("گانشان", WordSuffix::Plural), ("ات", WordSuffix::Plural), ("اتي", WordSuffix::Plural),
    ("اتم", WordSuffix::Plural), ("اتش", WordSuffix::Plural), ("اتمان", WordSuffix::Plural),
    ("اتتان", WordSuffix::Plural), ("اتشان", WordSuffix::Plural), ("ين", WordSuffix::Plural),
    ("ي", WordSuffix::OneLetter), ("م", WordSuffix::OneLetter), ("ش", WordSuffix::OneLetter),
    ("يي", WordSuffix::OneLetter), ("اي", WordSuffix::Possessive), ("اش", WordSuffix::Possessive),
    ("ام", WordSuffix::Possessive), ("مان", WordSuffix::Possessive), ("تان", WordSuffix::Possessive),
    ("شان", WordSuffix::Possessive), ("يشان", WordSuffix::Possessive),
];

/// Adds the places where a stem may end, other than the last letter.
pub(crate) fn stem_ends(word: &[WordLetter], out: &mut Vec<StemEnd>) {
    for (tail, suffix) in TAILS {
        if ends(word, tail) {
            out.push(StemEnd { at: word.len() - tail.chars().count(), suffix: *suffix });
        }
    }
}

/// True for a suffix that is detached from its noun by a space or ZWNJ; the span of a match includes it.
#[must_use]
pub(crate) fn is_detached_suffix(word: &[WordLetter], spaced: bool) -> bool {
    let plural = ["ها", "هاي", "هايي", "هايش", "هايشان", "هايمان"].iter().any(|s| equals(word, s));
    let attached = ["ي", "اي", "اش", "ام", "ات", "مان", "تان", "شان", "م", "ت", "ش", "يي"];
    plural || (!spaced && attached.iter().any(|s| equals(word, s)))
}

/// Accepts or rejects a candidate by its original letters.
pub(crate) fn accepts(c: &StemCandidate<'_>, context: &WordContext<'_>) -> bool {
    let inflected = match c.form.kind {
        StemKind::Word | StemKind::Seat => after(c, context),
        StemKind::Short => is_short_plural(c),
        _ => false,
    };
    before(c) && short_hamza(c) && same_alef(c) && !is_within_place(c) && inflected
}

/// A silent ه gives way to the plural: نماینده becomes نمایندگان, حمله becomes حملات.
fn is_short_plural(c: &StemCandidate<'_>) -> bool {
    let Some(first) = c.tail().first().filter(|_| ends_in_heh(c)) else { return false };
    match first.folded {
        'گ' => c.stem().len() > 3,
        // سادات are descendants of the Prophet, and no plural of ساده (simple).
        'ا' => c.stem().len() > 2 && is_arabic_plural(c.tail()) && !equals(c.stem(), "ساد"),
        _ => false,
    }
}

/// True for ات, alone or with what may follow it.
pub(super) fn is_arabic_plural(tail: &[WordLetter]) -> bool {
    matches!(tail, [alef, teh, ..] if (alef.folded, teh.folded) == ('ا', 'ت'))
}

/// True for the Arabic patterns فاعل and مفاعل, whose plural in ات belongs to a noun in ه: واقعات are events (واقعه).
pub(super) fn is_of_another(stem: &[WordLetter]) -> bool {
    match stem {
        [first, alef, _, _] => alef.folded == 'ا' && first.folded != 'ا',
        [meem, _, alef, _, _] => (meem.folded, alef.folded) == ('م', 'ا'),
        _ => false,
    }
}

fn after(c: &StemCandidate<'_>, context: &WordContext<'_>) -> bool {
    let stem = c.stem();
    let last = stem[stem.len() - 1].folded;
    let vowel = matches!(last, 'ه' | 'ا' | 'و' | 'ي');
    match c.end.suffix {
        WordSuffix::None => true,
        WordSuffix::Plural => match c.tail()[0].folded {
            'ه' => stem.len() > 1,
            'گ' => false,
            'ي' if c.tail().len() > 2 => stem.len() > 3 && matches!(last, 'ا' | 'و') && !is_place(stem),
            'ا' if is_arabic_plural(c.tail()) && is_of_another(stem) => false,
            // ان, ات and the Arabic ین: a word of four letters that does not end in a long vowel and is not a place
            // name.
            _ => stem.len() > 3 && (!vowel || last == 'ي') && !is_place(stem),
        },
        WordSuffix::OneLetter if c.tail()[0].folded == 'ي' => yeh(c, context),
        // After three letters it makes other words: مردم is not مرد, ارزش is not ارز.
        WordSuffix::OneLetter => c.role.last && stem.len() > 3 && !vowel && !is_place(stem),
        WordSuffix::Possessive => {
            let after_vowel = matches!(c.tail()[0].folded, 'ا' | 'ي');
            c.role.last && stem.len() > 2 && (if after_vowel { vowel } else { true }) && !is_place(stem)
        }
        _ => false,
    }
}

/// A ی: the ezafe after ا and و (آسیای مرکزی), and mostly another word after other letters (اقتصادی, بیماری).
fn yeh(c: &StemCandidate<'_>, context: &WordContext<'_>) -> bool {
    let stem = c.stem();
    let last = stem[stem.len() - 1].folded;
    let long = matches!(last, 'ا' | 'و');
    if stem.len() < 3 || last == 'ي' {
        return false;
    }
    if c.tail().len() == 1 && long {
        return true;
    }
    // رئیس جمهوری is the president as well.
    let of_president = equals(c.watched, "جمهور") && !c.role.first;
    let ends = if c.tail().len() == 1 { !long } else { long };
    of_president || (ends && !is_place(stem) && is_indefinite(stem, context))
}

/// True if the words around it show the ی of an indefinite noun: هیچ کشوری, در نشستی خبری. A noun for a person or a
/// quality makes an abstract noun instead: بیماری.
fn is_indefinite(stem: &[WordLetter], context: &WordContext<'_>) -> bool {
    let any = |words: &[&str], word: &[WordLetter]| words.iter().any(|w| equals(word, w));
    let adjective = || context.next.len() > 2 && context.next.last().is_some_and(|l| l.folded == 'ي');
    let evident = any(&["هر", "هيچ", "چنين"], context.before)
        || (any(&["در", "به", "از", "با", "براي", "طي"], context.before)
            && (adjective() || any(&["كه", "با", "براي", "ميان", "بين", "عليه"], context.next)));
    let person = exceptions::PERSIAN_PERSONS.iter().any(|w| equals(stem, w))
        || exceptions::PERSIAN_AGENTS.iter().any(|tail| ends(stem, tail));
    evident && !person
}

/// True for a part of a verb: می in می‌دانم is not the beginning of میدان.
#[must_use]
pub(crate) fn is_verb_prefix(word: &[WordLetter]) -> bool {
    ["مي", "نمي"].iter().any(|w| equals(word, w))
}

/// True for a word that is not a part of a compound although a ZWNJ joins it: این‌کشور, کشور‌را.
#[must_use]
pub(crate) fn is_loose(word: &[WordLetter]) -> bool {
    exceptions::PERSIAN_LOOSE.iter().any(|w| equals(word, w))
}

/// True for a common short word of Persian or Urdu, which never begins or ends a compound: ما در is not مادر.
#[must_use]
pub(crate) fn is_common(word: &[WordLetter]) -> bool {
    exceptions::PERSIAN_COMMON.iter().any(|w| equals(word, w))
}

/// آ is a letter of its own, which writers omit only in longer words: امریکا, but آمار is not امار.
fn same_alef(c: &StemCandidate<'_>) -> bool {
    let omitted = matches!((c.watched, c.stem()), ([a, ..], [b, ..]) if a.original == 'آ' && b.original == 'ا');
    !omitted || c.stem().len() > 4
}

/// True if the word is a longer place name: سودانی has nothing to do with سود.
fn is_within_place(c: &StemCandidate<'_>) -> bool {
    let longer = |place: &str| {
        let count = place.chars().count();
        count > c.end.at && count <= c.word.len() && equals(&c.word[..count], place)
    };
    c.end.suffix != WordSuffix::None && exceptions::PERSIAN_PLACES.iter().any(|p| longer(p))
}

/// True if nothing precedes the stem but the Arabic article of a borrowed name.
pub(super) fn before(c: &StemCandidate<'_>) -> bool {
    !c.form.bare && c.start.prefix.is_none() && (c.start.article == ArabicArticle::No || c.stem().len() > 2)
}

pub(super) fn short_hamza(c: &StemCandidate<'_>) -> bool {
    c.watched.len() > 3 || !c.watched.iter().zip(c.stem()).any(|(a, b)| a.hamza != b.hamza)
}

pub(super) fn ends_in_heh(c: &StemCandidate<'_>) -> bool {
    c.watched.last().is_some_and(|l| l.folded == 'ه')
}

/// True if the suffix after a ZWNJ makes the adjective of a place: ترکیه‌ای is not ترکیه.
#[must_use]
pub(crate) fn is_adjective(place: &[WordLetter], after: &[WordLetter]) -> bool {
    ["اي", "يي", "ي"].iter().any(|s| equals(after, s)) && is_place(place)
}

fn is_place(stem: &[WordLetter]) -> bool {
    exceptions::PERSIAN_PLACES.iter().any(|p| equals(stem, p))
}
