//! Decides which suffixes an Arabic noun may have: pronouns, the dual and the plurals.

use super::nouns;
use super::without_article;
use crate::text::morphology::exceptions;
use crate::text::morphology::{ArabicArticle, StemCandidate, StemKind, WordContext, WordSuffix, equals};
use crate::text::words::WordLetter;

/// True if the suffix is possible after this word.
pub(super) fn after(c: &StemCandidate<'_>, context: &WordContext<'_>) -> bool {
    if c.end.suffix != WordSuffix::None && ["جده", "مالي", "بون", "قطر"].iter().any(|n| equals(c.watched, n))
    {
        // جدته is his grandmother and not his Jeddah, قطرها its diameter.
        return false;
    }
    match c.end.suffix {
        WordSuffix::None => match c.form.kind {
            // قال محام: the indefinite form of محامي.
            StemKind::Short => is_defective(c.watched) && is_mufaai(c.watched) && c.start.article == ArabicArticle::No,
            StemKind::Word | StemKind::Seat => !is_pronoun(c, context),
            _ => false,
        },
        WordSuffix::Pronoun => pronoun(c),
        WordSuffix::Dual => dual(c),
        WordSuffix::Masculine => masculine(c),
        WordSuffix::Construct => construct(c, context),
        WordSuffix::Feminine => feminine(c),
        WordSuffix::Tanween => tanween(c),
        _ => false,
    }
}

/// True if the last letter is the pronoun ـه and not ة: بدوره, where the text writes دورة with its ة. Before a noun
/// with an article, and with an article of its own, it is a ة.
fn is_pronoun(c: &StemCandidate<'_>, context: &WordContext<'_>) -> bool {
    let heh = ends_in_teh(c) && c.stem().last().is_some_and(|l| l.original == 'ه');
    if !heh || c.start.article != ArabicArticle::No || !(c.role.first && c.role.last) {
        return false;
    }
    let from = usize::from(matches!(c.word[0].folded, 'و' | 'ف') && c.start.at > 0);
    let set_phrase = || nouns::SET_PHRASES.iter().any(|w| equals(&c.word[from..], w) || equals(c.word, w));
    context.writes_teh || (set_phrase() && !has_article(context.next))
}

/// An explicit ة is never a pronoun: مصرّة does not contain مصر. The ك of مشترك and هناك is none either.
fn pronoun(c: &StemCandidate<'_>) -> bool {
    let (stem, tail) = (c.stem(), c.tail());
    let bare_noun = c.start.article == ArabicArticle::No && !c.form.bare;
    let written = tail[0].original != 'ة' && (tail.len() > 1 || stem.len() > 2);
    let kind = c.form.kind != StemKind::Short && (c.form.kind != StemKind::Word || !ends_in_teh(c));
    let particle = nouns::PREPOSITIONS.iter().any(|p| equals(stem, p));
    let name = matches!(tail, [kaf] if kaf.folded == 'ك') && is_name(stem);
    bare_noun && c.role.last && stem.len() > 2 && written && kind && !particle && !name
}

/// The ا of a tanween (رئيسا), or of a dual before its noun: حكومتا البلدين, where ة has opened.
fn tanween(c: &StemCandidate<'_>) -> bool {
    let (stem, tail) = (c.stem(), c.tail());
    let carries = tail[0].tanween || stem.last().is_some_and(|l| l.tanween);
    let last = stem[stem.len() - 1];
    // روسيا is not روسي (Russian).
    let adjective = is_nisba(c) && stem.len() > 3 && !is_country(c);
    let seated = c.form.kind == StemKind::Hamza;
    let open = matches!(last.folded, 'ي' | 'ا') && last.original != 'ئ' && !adjective && !seated;
    let sure = carries || (size(c) > 2 && !open && !(stem.len() == 3 && is_name(stem)));
    let alef = tail[0].original == 'ا' && !tail[0].hamza;
    let noun = match c.form.kind {
        StemKind::Word => !ends_in_teh(c),
        StemKind::Open => !c.form.bare,
        // شيئا, but لقاء has لقاء and not لقائا.
        StemKind::Hamza => c.watched.last().is_some_and(|l| l.folded != 'ا'),
        _ => false,
    };
    c.start.article == ArabicArticle::No && noun && alef && sure
}

fn ends_in_teh(c: &StemCandidate<'_>) -> bool {
    c.watched.last().is_some_and(|l| l.original == 'ة')
}

/// True if the watched word ends in ي, and is mostly an adjective: with ات it makes a different noun (رياضيات).
fn is_nisba(c: &StemCandidate<'_>) -> bool {
    c.watched.last().is_some_and(|l| matches!(l.original, 'ي' | 'ی' | 'ى'))
}

/// The number of letters of the stem, bare hamzas included.
fn size(c: &StemCandidate<'_>) -> usize {
    c.stem().len() + c.stem().iter().filter(|l| l.hamza).count()
}

/// `ان`, `ين`: after an opened ة, or after a noun of four letters; of three where the article makes it a noun.
/// Names of places have no dual: البحرين is not two seas.
fn dual(c: &StemCandidate<'_>) -> bool {
    if is_place(c) || is_foreign(c.stem()) {
        return false;
    }
    let count = size(c);
    let genitive = c.tail()[0].folded == 'ي';
    match c.form.kind {
        StemKind::Open => true,
        StemKind::Word if ends_in_teh(c) => false,
        StemKind::Word if is_nisba(c) => genitive && count > 3,
        StemKind::Word | StemKind::Seat => count > 3 || (count == 3 && c.start.article != ArabicArticle::No),
        StemKind::Hamza => true,
        StemKind::Short => genitive && is_defective(c.watched),
        _ => false,
    }
}

/// `ون`; محامي loses its ي before it.
fn masculine(c: &StemCandidate<'_>) -> bool {
    let noun = match c.form.kind {
        StemKind::Word | StemKind::Seat => c.stem().len() > 3,
        StemKind::Short => is_defective(c.watched),
        _ => false,
    };
    noun && !is_place(c) && !is_foreign(c.stem())
}

/// The construct state, without its noon: مسؤولو المنظمة, قمتي, مواطنيها.
fn construct(c: &StemCandidate<'_>, context: &WordContext<'_>) -> bool {
    if c.start.article != ArabicArticle::No {
        return false;
    }
    let (stem, tail) = (c.stem(), c.tail());
    let ending = stem[stem.len() - 1].folded;
    let closed = !matches!(ending, 'ي' | 'ه' | 'ا');
    if tail.len() > 1 {
        let noun = c.form.kind == StemKind::Word && stem.len() > 3 && closed;
        let opened = c.form.kind == StemKind::Open && tail[0].folded == 'ي';
        return c.role.last && (noun || opened) && !c.form.bare && !is_name(stem);
    }
    match (c.form.kind, tail[0].folded) {
        (StemKind::Open, 'ي') => true,
        (StemKind::Short, 'و') => is_defective(c.watched),
        (StemKind::Word, 'و') => (stem.len() > 4 || (stem.len() == 4 && stem[0].folded == 'م')) && closed,
        // صحفيي: no other word ends so.
        (StemKind::Word, 'ي') if is_nisba(c) && ending == 'ي' => stem.len() > 3 && !is_name(stem),
        (StemKind::Word | StemKind::Seat, 'ي') => closed && !c.form.bare && yeh(c, context),
        _ => false,
    }
}

/// A bare ي: the plural or dual before its noun (ممثلي الدول, وزيري الخارجية), "my" after some nouns, but mostly the
/// nisba (مركزي). What follows decides.
fn yeh(c: &StemCandidate<'_>, context: &WordContext<'_>) -> bool {
    let stem = c.stem();
    let listed = |nouns: &[&str]| nouns.iter().any(|n| equals(stem, n));
    if c.role.last && listed(nouns::OWNED) {
        return true;
    }
    if stem.len() < 4 || is_name(stem) || listed(nouns::WITH_NISBA) {
        return false;
    }
    let owner = has_article(context.next) || is_name(context.next);
    let noun = is_noun(context.next);
    match *stem {
        // In a phrase, its next word has been compared already.
        _ if !c.role.last => true,
        [meem, ..] if meem.folded == 'م' => noun,
        [_, alef, _, _] if alef.folded == 'ا' => owner,
        [_, _, yeh, _] if yeh.folded == 'ي' => owner || (noun && has_article(context.second)),
        _ => false,
    }
}

/// True for a word with the article that may own the word before it.
fn has_article(word: &[WordLetter]) -> bool {
    super::is_article(word) && !nouns::NOT_OWNERS.iter().any(|w| equals(word, w))
}

/// True for a word that may be a noun in the genitive.
fn is_noun(word: &[WordLetter]) -> bool {
    word.len() > 2 && !nouns::NOT_OWNERS.iter().chain(nouns::PARTICLES).any(|w| equals(word, w))
}

/// `ات` replaces ة; without ة the noun needs four letters or more: قطرات is not قطر.
fn feminine(c: &StemCandidate<'_>) -> bool {
    let pronoun = c.tail().len() > 2;
    let noun = match c.form.kind {
        StemKind::Short => c.watched.last().is_some_and(|l| l.folded == 'ه'),
        // المنشآت
        StemKind::Madda => c.stem().len() > 2 && matches!(c.tail()[0].original, 'آ' | 'ا'),
        // مستشفيات, but not رياضيات.
        StemKind::Word if c.watched.last().is_some_and(|l| l.original == 'ى') => size(c) > 3,
        StemKind::Word if is_nisba(c) => is_verbal(without_article(c.watched)),
        StemKind::Word | StemKind::Seat => {
            size(c) > 3 && !ends_in_teh(c) && !is_nisba(c) && !is_place(c) && has_own_plural(c.watched)
        }
        _ => false,
    };
    noun && !(pronoun && (!c.role.last || c.start.article != ArabicArticle::No))
}

/// True for a noun whose plural is in ات. That of a person belongs to another noun: مستوطنات are settlements (مستوطنة)
/// and not settlers, and every مفاعلات but the reactors belongs to a مفاعلة.
fn has_own_plural(watched: &[WordLetter]) -> bool {
    let noun = without_article(watched);
    let listed = |nouns: &[&str]| nouns.iter().any(|n| equals(noun, n));
    let of_another = match noun {
        [meem, _, alef, _, _] if (meem.folded, alef.folded) == ('م', 'ا') => true,
        [first, alef, _, _] if alef.folded == 'ا' && first.folded != 'ا' => true,
        // The camps (مخيمات) belong to مخيم, but no فعيل has a plural in ات.
        [first, _, yeh, last] if yeh.folded == 'ي' && first.folded != 'م' => last.folded != 'ه',
        _ => listed(nouns::PERSONS),
    };
    !of_another || listed(nouns::OWN_PLURAL)
}

/// True for the noun of a defective verb: تحدي, تعدي, تلاقي.
fn is_verbal(noun: &[WordLetter]) -> bool {
    let pattern = match noun {
        [teh, _, _, yeh] => teh.folded == 'ت' && yeh.folded == 'ي',
        [teh, _, alef, _, yeh] => (teh.folded, alef.folded, yeh.folded) == ('ت', 'ا', 'ي'),
        _ => false,
    };
    pattern && !nouns::NOT_VERBAL.iter().any(|n| equals(noun, n))
}

/// True for a participle that loses its ي before ين and ون: محامي, محامون.
pub(super) fn is_defective(watched: &[WordLetter]) -> bool {
    let noun = without_article(watched);
    is_mufaai(noun) || nouns::DEFECTIVE.iter().any(|n| equals(noun, n))
}

fn is_mufaai(noun: &[WordLetter]) -> bool {
    matches!(without_article(noun), [meem, _, alef, _, yeh] if (meem.folded, alef.folded, yeh.folded) == ('م', 'ا', 'ي'))
}

/// True for a pattern that no Arabic noun has: فيليب.
fn is_foreign(stem: &[WordLetter]) -> bool {
    matches!(stem, [_, a, _, b, _] if (a.folded, b.folded) == ('ي', 'ي'))
}

/// True if the word with its alef is the name of a country: روسيا.
fn is_country(c: &StemCandidate<'_>) -> bool {
    exceptions::NAMES.iter().any(|name| equals(&c.word[c.start.at..], name))
}

/// True for names of places, which have no plural of their own.
pub(super) fn is_name(stem: &[WordLetter]) -> bool {
    exceptions::NAMES.iter().chain(exceptions::PLACES).any(|name| equals(stem, name))
}

/// True for a name that looks like a dual or a plural, ignoring the article.
fn is_place(c: &StemCandidate<'_>) -> bool {
    let name = without_article(&c.word[c.start.at..]);
    exceptions::PLACES.iter().any(|place| equals(name, place))
}
