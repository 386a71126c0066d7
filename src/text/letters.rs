//! Classifies and folds each character: the one table behind watches, hashes and search.
//!
//! The table is deliberately coarse: it merges what publishers spell differently. Where a merged letter can make
//! another word (ة and ه, ى and ي, ı and i), the matcher compares the original letters before it accepts.

use std::sync::LazyLock;

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_normalizer::properties::{CanonicalDecompositionBorrowed, Decomposed};

/// The kind of a character in word matching.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LetterKind {
    /// A letter of a word.
    Letter,
    /// A digit, whatever its script.
    Digit,
    /// A mark that does not count as a letter: harakat, tatweel, direction marks.
    Ignored,
    /// The bare hamza `ء`: not part of the folded word, but recorded.
    Hamza,
    /// The tanween `ً`: not part of the folded word, but recorded.
    Tanween,
    /// A divider inside one word: ZWNJ, zero-width space.
    Soft,
    /// A space.
    Space,
    /// The end of a line.
    Line,
    /// An apostrophe of any shape.
    Apostrophe,
    /// A hyphen.
    Hyphen,
    /// A quotation mark, underscore or hash sign: a phrase may continue after it.
    Quote,
    /// A full stop: part of `O.I.C.` and `3.5`, otherwise an end.
    Point,
    /// A comma of any script: part of `1,948`, otherwise an end.
    Comma,
    /// Anything else: a phrase ends here.
    Stop,
}

/// A classified character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LetterEntry {
    /// Its kind.
    pub kind: LetterKind,
    /// The letter or digit in the folded text; for other kinds, the character shown there.
    pub folded: char,
    /// The letter before folding, with presentation forms resolved.
    pub(crate) original: char,
}

/// The end of the blocks whose entries are kept in a table: Latin, Greek, Cyrillic, Hebrew and Arabic.
const TABLE_END: u32 = 0x700;

/// The entry of each character below [`TABLE_END`] that has exactly one.
static TABLE: LazyLock<Box<[Option<LetterEntry>]>> = LazyLock::new(|| {
    let entry_of = |c: char| {
        let mut entries = Vec::new();
        classify(c, &mut |entry| entries.push(entry));
        <[LetterEntry; 1]>::try_from(entries).ok().map(|[entry]| entry)
    };
    (0..TABLE_END).map(|code| char::from_u32(code).and_then(entry_of)).collect()
});

/// Emits the entry of one character; several for a ligature such as `œ` or `ﷲ`.
pub fn each(c: char, emit: &mut impl FnMut(LetterEntry)) {
    match TABLE.get(c as usize) {
        Some(Some(entry)) => emit(*entry),
        _ => classify(c, emit),
    }
}

fn classify(c: char, emit: &mut impl FnMut(LetterEntry)) {
    match c {
        '\0'..='\x7f' => emit(ascii(c)),
        '\u{600}'..='\u{6ff}' => emit(arabic(c)),
        _ => other(c, emit),
    }
}

fn entry(kind: LetterKind, folded: char, original: char) -> LetterEntry {
    LetterEntry { kind, folded, original }
}

fn ascii(c: char) -> LetterEntry {
    let (kind, folded) = match c {
        'a'..='z' => (LetterKind::Letter, c),
        'A'..='Z' => (LetterKind::Letter, c.to_ascii_lowercase()),
        '0'..='9' => (LetterKind::Digit, c),
        '\n' | '\r' => (LetterKind::Line, ' '),
        ' ' | '\t' | '\x0b' | '\x0c' => (LetterKind::Space, ' '),
        '\'' | '`' => (LetterKind::Apostrophe, '\''),
        '-' => (LetterKind::Hyphen, c),
        '"' | '_' | '#' => (LetterKind::Quote, c),
        '.' => (LetterKind::Point, c),
        ',' => (LetterKind::Comma, c),
        '\0'..='\x1f' | '\x7f' => (LetterKind::Ignored, ' '),
        _ => (LetterKind::Stop, c),
    };
    entry(kind, folded, c)
}

fn arabic(c: char) -> LetterEntry {
    let (kind, folded) = match c {
        'ا' | 'ب' | 'ت'..='غ' | 'ف'..='ه' | 'و' => (LetterKind::Letter, c),
        'آ' | 'أ' | 'إ' | 'ٱ'..='ٳ' | 'ٵ' => (LetterKind::Letter, 'ا'),
        'ؤ' | 'ٶ' => (LetterKind::Letter, 'و'),
        'ئ' | 'ى' | 'ی' | 'ې' | 'ے' | 'ۓ' | 'ۍ' | 'ێ' | 'ٸ' => (LetterKind::Letter, 'ي'),
        'ة' | 'ۀ' | 'ہ' | 'ۂ' | 'ۃ' | 'ە' => (LetterKind::Letter, 'ه'),
        'ک' | 'ڪ' => (LetterKind::Letter, 'ك'),
        'ء' | 'ٴ' => (LetterKind::Hamza, 'ء'),
        '\u{64b}' => (LetterKind::Tanween, c),
        '\u{610}'..='\u{61a}' | '\u{61c}' | '\u{640}' | '\u{64c}'..='\u{65f}' | '\u{670}' => (LetterKind::Ignored, c),
        '\u{6d6}'..='\u{6dc}' | '\u{6df}'..='\u{6e8}' | '\u{6ea}'..='\u{6ed}' => (LetterKind::Ignored, c),
        '٠'..='٩' => (LetterKind::Digit, digit(c, '٠')),
        '۰'..='۹' => (LetterKind::Digit, digit(c, '۰')),
        '۔' | '٫' => (LetterKind::Point, '.'),
        '،' | '٬' => (LetterKind::Comma, ','),
        '؛' => (LetterKind::Stop, ';'),
        '؟' => (LetterKind::Stop, '?'),
        '٪' => (LetterKind::Stop, '%'),
        _ if c.is_alphabetic() => (LetterKind::Letter, c),
        _ => (LetterKind::Stop, c),
    };
    entry(kind, folded, c)
}

fn digit(c: char, zero: char) -> char {
    char::from_u32(u32::from(c) - u32::from(zero) + u32::from('0')).unwrap_or(c)
}

/// Characters outside ASCII and the Arabic block.
fn other(c: char, emit: &mut impl FnMut(LetterEntry)) {
    let kind = match c {
        '\u{ad}' | '\u{34f}' | '\u{180e}' | '\u{200d}'..='\u{200f}' | '\u{202a}'..='\u{202e}' => LetterKind::Ignored,
        '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{300}'..='\u{36f}' => LetterKind::Ignored,
        '\u{591}'..='\u{5bd}' | '\u{8d3}'..='\u{8ff}' | '\u{20d0}'..='\u{20ff}' | '\u{80}'..='\u{9f}' => {
            LetterKind::Ignored
        }
        'ʾ' | 'ʿ' | 'ˈ' => LetterKind::Ignored,
        '\u{200b}' | '\u{200c}' => LetterKind::Soft,
        '\u{2028}' | '\u{2029}' => LetterKind::Line,
        '\'' | '‘' | '’' | '‛' | 'ʼ' | 'ʻ' | 'ʹ' | '′' | '´' | '＇' => LetterKind::Apostrophe,
        '‐' | '‑' | '−' | '﹣' | '－' => LetterKind::Hyphen,
        '‒' | '–' | '—' | '―' => return emit(entry(LetterKind::Stop, '-', c)),
        '“' | '”' | '„' | '‟' | '«' | '»' | '‹' | '›' | '″' => LetterKind::Quote,
        _ if c.is_whitespace() => LetterKind::Space,
        _ => return letter(c, emit),
    };
    let shown = match kind {
        LetterKind::Space | LetterKind::Line => ' ',
        LetterKind::Apostrophe => '\'',
        LetterKind::Hyphen => '-',
        LetterKind::Quote => '"',
        _ => c,
    };
    emit(entry(kind, shown, c));
}

/// Letters with accents, ligatures, presentation forms, full-width forms and other scripts.
fn letter(c: char, emit: &mut impl FnMut(LetterEntry)) {
    let pair = match c {
        'ı' | 'İ' => return emit(entry(LetterKind::Letter, 'i', c)),
        'ß' | 'ẞ' => ['s', 's'],
        'æ' | 'Æ' => ['a', 'e'],
        'œ' | 'Œ' => ['o', 'e'],
        'þ' | 'Þ' => ['t', 'h'],
        'ø' | 'Ø' => return emit(entry(LetterKind::Letter, 'o', c)),
        'đ' | 'Đ' | 'ð' | 'Ð' => return emit(entry(LetterKind::Letter, 'd', c)),
        'ł' | 'Ł' => return emit(entry(LetterKind::Letter, 'l', c)),
        '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' | '\u{370}'..='\u{3ff}' => return accented(c, emit),
        _ => return compatible(c, emit),
    };
    for folded in pair {
        emit(entry(LetterKind::Letter, folded, c));
    }
}

/// A letter without its accents, in lower case.
fn accented(c: char, emit: &mut impl FnMut(LetterEntry)) {
    let base = match CanonicalDecompositionBorrowed::new().decompose(c) {
        Decomposed::Expansion(base, _) | Decomposed::Singleton(base) => base,
        Decomposed::Default => lower(c),
    };
    if base == c {
        return compatible(c, emit);
    }
    let dynamic: &mut dyn FnMut(LetterEntry) = &mut |g| emit(LetterEntry { original: c, ..g });
    classify(base, &mut { dynamic });
}

fn lower(c: char) -> char {
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

/// Resolves presentation forms through NFKC, and lower-cases letters of other scripts.
fn compatible(c: char, emit: &mut impl FnMut(LetterEntry)) {
    let mut bytes = [0; 4];
    let plain = ComposingNormalizerBorrowed::new_nfkc().normalize(c.encode_utf8(&mut bytes)).into_owned();
    if plain.chars().any(|p| p != c) {
        for p in plain.chars().filter(|p| *p != c) {
            classify(p, emit);
        }
        return;
    }
    let small = lower(c);
    if small != c {
        return classify(small, emit);
    }
    let kind = match c {
        _ if c.is_alphabetic() => LetterKind::Letter,
        '\u{900}'..='\u{109f}' | '\u{1dc0}'..='\u{1dff}' => LetterKind::Letter,
        _ if c.is_numeric() => LetterKind::Digit,
        _ => LetterKind::Stop,
    };
    emit(entry(kind, c, c));
}

/// True for a character of the Arabic blocks.
#[must_use]
pub(crate) fn is_arabic(c: char) -> bool {
    matches!(c, '\u{600}'..='\u{6ff}' | '\u{750}'..='\u{77f}' | '\u{8a0}'..='\u{8ff}')
}

/// True for a digit of the Latin, Arabic and Persian scripts.
#[must_use]
pub(crate) fn is_digit(c: char) -> bool {
    matches!(c, '0'..='9' | '٠'..='٩' | '۰'..='۹')
}

/// True if a point and a digit follow the digits at the start of `rest`, as in a date.
#[must_use]
pub(crate) fn is_dotted_again(rest: &str) -> bool {
    let mut after = rest.trim_start_matches(is_digit).chars();
    after.next().is_some_and(|c| matches!(c, '.' | '٫')) && after.next().is_some_and(is_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(c: char) -> String {
        let mut out = String::new();
        each(c, &mut |g| out.push(g.folded));
        out
    }

    #[test]
    fn every_character_folds_to_characters_that_fold_to_themselves() {
        for c in '\0'..=char::MAX {
            each(c, &mut |g| {
                if matches!(g.kind, LetterKind::Letter | LetterKind::Digit) {
                    assert_eq!(folded(g.folded), g.folded.to_string(), "{c:?} U+{:04X}", u32::from(c));
                }
            });
        }
    }

    #[test]
    fn the_table_merges_what_publishers_spell_differently() {
        for (from, to) in [('ﻼ', "لا"), ('ﺔ', "ه"), ('İ', "i"), ('É', "e"), ('œ', "oe"), ('ﬁ', "fi"), ('Ａ', "a")]
        {
            assert_eq!(folded(from), to, "{from}");
        }
        assert_eq!(folded('ھ'), "ھ", "the aspirate stays a letter of its own");
        assert_eq!(folded('٧') + &folded('۷'), "77");
    }
}
