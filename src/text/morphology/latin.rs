//! French and English: plurals and the feminine, elided articles, and capitals that make another word.

use super::{Grammar, StemCandidate, StemEnd, StemForm, StemKind, WordContext, WordSuffix, ends, spells};
use crate::text::words::WordLetter;

/// The places where a stem may end, besides the last letter.
pub fn cuts(grammar: Grammar, word: &[WordLetter], out: &mut Vec<StemEnd>) {
    let mut cut = |letters: usize, suffix| {
        if word.len() > letters + 1 {
            out.push(StemEnd { at: word.len() - letters, suffix });
        }
    };
    let french = grammar != Grammar::English;
    match word.last().map(|l| l.folded) {
        Some('s') => {
            cut(1, WordSuffix::Many);
            if ends(word, "es") {
                cut(2, if french { WordSuffix::French } else { WordSuffix::Many });
                if french {
                    cut(2, WordSuffix::Many);
                }
            }
            if ends(word, "ies") {
                cut(3, WordSuffix::Ies);
            }
        }
        Some('x') if french => {
            cut(1, WordSuffix::Many);
            if ends(word, "aux") {
                cut(2, WordSuffix::Aux);
            }
        }
        Some('e') if grammar == Grammar::French => cut(1, WordSuffix::French),
        _ => {}
    }
}

/// agency is looked up as agenc- too, national as nationa-, travail as trava-, crisis as cris-.
pub fn forms(word: &[WordLetter], forms: &mut Vec<StemForm>) {
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

/// The strict look.
pub fn stands(c: &StemCandidate<'_>, setting: &WordContext) -> bool {
    let stem = c.stem();
    let last = stem[stem.len() - 1].folded;
    let consonant = !matches!(last, 'a' | 'e' | 'i' | 'o' | 'u');
    let inflected = match (c.cut.suffix, c.form.kind) {
        (WordSuffix::None, StemKind::Whole) => true,
        (WordSuffix::Many, StemKind::Whole) => many(c, setting),
        (WordSuffix::Ies, StemKind::Y) => !matches!(last, 'a' | 'e' | 'i' | 'o' | 'u'),
        (WordSuffix::Aux, StemKind::Al) => true,
        (WordSuffix::Many, StemKind::Is) => c.tail().len() == 2,
        // réfugiée, présidente: after é, or after a consonant in a word long enough not to be another (port, porte).
        (WordSuffix::French, StemKind::Whole) => {
            let accent = c.watched.last().is_some_and(|l| matches!(l.original, 'é' | 'É'));
            let long = consonant && last != 's' && stem.len() > 5;
            // élue, détenues: a participle.
            let participle =
                last == 'u' && stem.len() > 2 && !matches!(stem[stem.len() - 2].folded, 'a' | 'e' | 'i' | 'o' | 'q');
            !is_acronym(c.watched) && (accent || ((long || participle) && setting.grammar == Grammar::French))
        }
        _ => false,
    };
    inflected && !lost_accent(c, setting)
}

/// traite is not traité, in a French text whose writer types accents.
fn lost_accent(c: &StemCandidate<'_>, setting: &WordContext) -> bool {
    let last = c.watched.len() - 1;
    let plain = c.stem().get(last).is_some_and(|l| l.original == 'e') && c.watched[last].original == 'é';
    plain && setting.writes_accents && setting.grammar == Grammar::French
}

/// `s` after most letters, `es` after a hiss, French `x` after u. AIDS is no plural of aid.
fn many(c: &StemCandidate<'_>, setting: &WordContext) -> bool {
    let (stem, tail) = (c.stem(), c.tail());
    // embargoes
    let hiss = stem.len() > 3 && ends(stem, "o") && tail.len() == 2
        || ends(stem, "s")
        || ends(stem, "x")
        || ends(stem, "z")
        || ends(stem, "ch")
        || ends(stem, "sh");
    let fits = match tail[0].folded {
        'x' => ends(stem, "eu") || ends(stem, "au") || ends(stem, "ou"),
        's' => !hiss,
        _ => hiss && tail.len() == 2,
    };
    let capitals = |letters: &[WordLetter]| letters.iter().all(|l| l.original.is_uppercase());
    let acronym = stem.len() < 5 && capitals(c.word) && !capitals(c.watched) && !setting.shouted;
    fits && stem.len() > 2 && !acronym
}

/// The watched word is written in capitals throughout.
#[must_use]
pub fn is_acronym(word: &[WordLetter]) -> bool {
    word.len() > 1 && word.iter().all(|l| l.original.is_uppercase() || l.original.is_numeric())
}

/// A word that French elides before a vowel: `l'`, `qu'`, `jusqu'`.
#[must_use]
pub fn is_elided(word: &[WordLetter]) -> bool {
    const ELIDED: &[&str] =
        &["l", "d", "j", "m", "t", "s", "n", "c", "qu", "jusqu", "lorsqu", "puisqu", "quoiqu", "presqu", "entr"];
    ELIDED.iter().any(|e| spells(word, e))
}
