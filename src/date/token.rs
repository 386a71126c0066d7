//! Splits a text into numbers, words and marks, in any digits and letters.

/// The most tokens that are read. Chosen by hand.
const MAX_TOKENS: usize = 400;

/// A token of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DateToken {
    pub(super) kind: DateTokenKind,
    /// White space precedes it.
    pub(super) gap: bool,
}

/// The kind of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum DateTokenKind {
    /// A number: its value, saturated, and its number of digits.
    Number(u64, usize),
    /// A word, folded.
    Word(String),
    /// Anything else.
    Mark(char),
}

impl DateToken {
    /// The word; empty for any other token.
    pub(super) fn word(&self) -> &str {
        if let DateTokenKind::Word(word) = &self.kind { word } else { "" }
    }

    pub(super) fn is_mark(&self, marks: &str) -> bool {
        matches!(self.kind, DateTokenKind::Mark(mark) if marks.contains(mark))
    }

    pub(super) fn number(&self) -> Option<(u64, usize)> {
        if let DateTokenKind::Number(value, digits) = self.kind { Some((value, digits)) } else { None }
    }
}

/// The tokens of `text`.
pub(super) fn tokens(text: &str) -> Vec<DateToken> {
    let mut out: Vec<DateToken> = Vec::new();
    let mut gap = false;
    let mut adjacent = false;
    for c in text.chars().filter(|c| !is_invisible(*c)) {
        if c.is_whitespace() {
            (gap, adjacent) = (true, false);
            continue;
        }
        if !(adjacent && out.last_mut().is_some_and(|last| last.append(c))) {
            if out.len() >= MAX_TOKENS {
                break;
            }
            out.push(DateToken { kind: begin(c), gap });
        }
        (gap, adjacent) = (false, true);
    }
    out
}

fn begin(c: char) -> DateTokenKind {
    if let Some(digit) = digit(c) {
        DateTokenKind::Number(digit, 1)
    } else if c.is_alphabetic() {
        let mut word = String::new();
        fold(c, &mut word);
        DateTokenKind::Word(word)
    } else {
        DateTokenKind::Mark(mark(c))
    }
}

impl DateToken {
    /// Appends the next character if it continues this token.
    fn append(&mut self, c: char) -> bool {
        match (&mut self.kind, digit(c)) {
            (DateTokenKind::Number(value, digits), Some(digit)) => {
                *value = value.saturating_mul(10).saturating_add(digit);
                *digits += 1;
                true
            }
            (DateTokenKind::Word(word), None) if c.is_alphabetic() => {
                fold(c, word);
                true
            }
            _ => false,
        }
    }
}

/// The value of a decimal digit in the scripts of the sources.
fn digit(c: char) -> Option<u64> {
    const ZEROS: [char; 6] = ['0', '٠', '۰', '０', '०', '০'];
    ZEROS.iter().map(|zero| u32::from(c).wrapping_sub(u32::from(*zero))).find(|value| *value < 10).map(u64::from)
}

/// True for joiners, vowel signs, the tatweel and direction marks, which do not change a word.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{610}'..='\u{61a}' | '\u{61c}' | '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{300}'..='\u{36f}' | '\u{feff}')
}

fn mark(c: char) -> char {
    match c {
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '~' | '〜' => '-',
        '،' | '؛' | '，' | '、' => ',',
        '٫' => '.',
        '’' | '‘' | '`' => '\'',
        '∕' | '⁄' => '/',
        '：' | '∶' => ':',
        other => other,
    }
}

/// Folds letters that publishers spell in several ways.
fn fold(c: char, into: &mut String) {
    let folded = match c {
        'أ' | 'إ' | 'آ' | 'ٱ' => 'ا',
        'ى' | 'ی' | 'ې' | 'ے' | 'ئ' | 'ۍ' | 'ۓ' => 'ي',
        'ؤ' => 'و',
        'ڤ' => 'ف',
        'ک' | 'ڪ' => 'ك',
        'ة' | 'ہ' | 'ۂ' | 'ۀ' | 'ھ' | 'ە' => 'ه',
        'İ' | 'I' | 'ı' | 'î' | 'ï' | 'í' | 'Î' | 'Ï' | 'Í' => 'i',
        'ş' | 'Ş' | 'ș' => 's',
        'ğ' | 'Ğ' => 'g',
        'ç' | 'Ç' => 'c',
        'ö' | 'Ö' | 'ô' | 'Ô' | 'ó' | 'Ó' => 'o',
        'ü' | 'Ü' | 'û' | 'Û' | 'ù' | 'ú' | 'Ú' => 'u',
        'é' | 'è' | 'ê' | 'ë' | 'É' | 'È' | 'Ê' | 'Ë' => 'e',
        'à' | 'â' | 'ä' | 'á' | 'À' | 'Â' | 'Ä' | 'Á' | 'ã' => 'a',
        other => {
            into.extend(other.to_lowercase());
            return;
        }
    };
    into.push(folded);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_and_letters_of_every_script_are_folded() {
        let kinds: Vec<DateTokenKind> = tokens("۲۱ KASIM ٢٠٢٥م").into_iter().map(|token| token.kind).collect();
        assert_eq!(
            kinds,
            [
                DateTokenKind::Number(21, 2),
                DateTokenKind::Word("kasim".into()),
                DateTokenKind::Number(2025, 4),
                DateTokenKind::Word("م".into())
            ]
        );
        assert_eq!(tokens("پنج‌شنبه")[0].word(), tokens("پنجشنبه")[0].word());
        assert_eq!(tokens("نُشِر")[0].word(), "نشر");
    }
}
