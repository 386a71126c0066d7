//! French and English grammar: plurals, the feminine, elided articles, and capitals that make a different word.

use super::{Grammar, StemCandidate, StemEnd, StemForm, StemKind, WordContext, WordSuffix, ends, equals};
use crate::text::words::WordLetter;

mod nouns;

/// Adds the places where a stem may end, other than the last letter.
pub(crate) fn stem_ends(grammar: Grammar, word: &[WordLetter], out: &mut Vec<StemEnd>) {
    let mut add = |letters: usize, suffix| {
        if word.len() > letters + 1 {
            out.push(StemEnd { at: word.len() - letters, suffix });
        }
    };
    let french = grammar != Grammar::English;
    match word.last().map(|l| l.folded) {
        Some('s') => {
            add(1, WordSuffix::Many);
            if ends(word, "es") {
                add(2, if french { WordSuffix::French } else { WordSuffix::Many });
                if french {
                    add(2, WordSuffix::Many);
                }
            }
            if ends(word, "ies") {
                add(3, WordSuffix::Ies);
            }
        }
        Some('x') if french => {
            add(1, WordSuffix::Many);
            if ends(word, "aux") {
                add(2, WordSuffix::Aux);
            }
        }
        Some('e') if grammar == Grammar::French => add(1, WordSuffix::French),
        _ => {}
    }
}

/// Adds shortened stems: agency is also looked up as agenc-, national as nationa-, travail as trava-, crisis as cris-.
pub(crate) fn forms(word: &[WordLetter], forms: &mut Vec<StemForm>) {
    let count = word.len();
    if ends(word, "sis") && count > 4 {
        forms.push(StemForm::kept(count - 2, StemKind::Is));
    }
    match word.last().map(|l| l.folded) {
        Some('y') if count > 3 => forms.push(StemForm::kept(count - 1, StemKind::Y)),
        Some('l') if ends(word, "al") && count > 4 => forms.push(StemForm::kept(count - 1, StemKind::Al)),
        Some('l') if ends(word, "ail") && count > 4 => forms.push(StemForm::kept(count - 2, StemKind::Al)),
        _ => {}
    }
}

/// Accepts or rejects a candidate by its original letters.
pub(crate) fn accepts(c: &StemCandidate<'_>, context: &WordContext<'_>) -> bool {
    let last = c.stem()[c.stem().len() - 1].folded;
    let inflected = match (c.end.suffix, c.form.kind) {
        (WordSuffix::None, StemKind::Word) => true,
        (WordSuffix::Many, StemKind::Word) => is_plural(c, context),
        (WordSuffix::Ies, StemKind::Y) => !matches!(last, 'a' | 'e' | 'i' | 'o' | 'u'),
        (WordSuffix::Aux, StemKind::Al) => true,
        (WordSuffix::Many, StemKind::Is) => c.tail().len() == 2,
        (WordSuffix::French, StemKind::Word) => is_feminine(c, context),
        _ => false,
    };
    inflected && !lost_accent(c, context)
}

/// réfugiée, présidente, élue: after é, after the u of a participle, and after the endings of adjectives and of nouns
/// for persons, in a word long enough not to be a different word (port, porte). The e is mute: accordé is not accord.
fn is_feminine(c: &StemCandidate<'_>, context: &WordContext<'_>) -> bool {
    let stem = c.stem();
    if is_acronym(c.watched) || matches!(c.tail()[0].original, 'é' | 'É' | 'è' | 'ê') {
        return false;
    }
    if c.watched.last().is_some_and(|l| matches!(l.original, 'é' | 'É')) {
        return true;
    }
    let participle = matches!(stem, [.., before, u] if u.folded == 'u' && !matches!(before.folded, 'a' | 'e' | 'i' | 'o' | 'q'))
        && stem.len() > 2;
    let adjective = stem.len() > 5 && nouns::FEMININE.iter().any(|ending| ends(stem, ending));
    let listed = |words: &[&str]| words.iter().any(|w| equals(stem, w));
    let other = ends(stem, "ment") || listed(nouns::OTHER_FEMININE);
    context.grammar == Grammar::French && (participle || (adjective && !other) || listed(nouns::PERSONS))
}

/// traite is not traité in a French text with accents.
fn lost_accent(c: &StemCandidate<'_>, context: &WordContext<'_>) -> bool {
    let last = c.watched.len() - 1;
    let plain = c.stem().get(last).is_some_and(|l| l.original == 'e') && c.watched[last].original == 'é';
    plain && context.writes_accents && context.grammar == Grammar::French
}

/// `s` after most letters, `es` after a sibilant, French `x` after u. AIDS is not the plural of aid.
fn is_plural(c: &StemCandidate<'_>, context: &WordContext<'_>) -> bool {
    let (stem, tail) = (c.stem(), c.tail());
    // embargoes
    let sibilant = stem.len() > 3 && ends(stem, "o") && tail.len() == 2
        || ends(stem, "s")
        || ends(stem, "x")
        || ends(stem, "z")
        || ends(stem, "ch")
        || ends(stem, "sh");
    let fits = match tail[0].folded {
        'x' => ends(stem, "eu") || ends(stem, "au") || ends(stem, "ou"),
        's' => !sibilant,
        _ => sibilant && tail.len() == 2,
    };
    let capitals = |letters: &[WordLetter]| letters.iter().all(|l| l.original.is_uppercase());
    let acronym = stem.len() < 5 && capitals(c.word) && !capitals(c.watched) && !context.among_capitals;
    // Stevens is not the plural of Steven.
    let name = c.watched[0].original.is_uppercase() && nouns::NAMES.iter().any(|n| equals(c.watched, n));
    fits && stem.len() > 2 && !acronym && !name
}

/// True if the watched word is all in capitals.
#[must_use]
pub(crate) fn is_acronym(word: &[WordLetter]) -> bool {
    word.len() > 1 && word.iter().all(|l| l.original.is_uppercase() || l.original.is_numeric())
}

/// True for a word that French elides before a vowel: `l'`, `qu'`, `jusqu'`.
#[must_use]
pub(crate) fn is_elided(word: &[WordLetter]) -> bool {
    const ELIDED: &[&str] =
        &["l", "d", "j", "m", "t", "s", "n", "c", "qu", "jusqu", "lorsqu", "puisqu", "quoiqu", "presqu", "entr"];
    ELIDED.iter().any(|e| equals(word, e))
}
