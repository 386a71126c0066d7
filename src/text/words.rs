//! Splits a text into words: the letters of each, their place in the text, and the gap to the next word.

use crate::text::initials;
use crate::text::letters;
use crate::text::letters::LetterKind;

/// One letter or digit of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WordLetter {
    /// The folded letter.
    pub folded: char,
    /// The original letter, with presentation forms resolved.
    pub(crate) original: char,
    /// A bare hamza follows it.
    pub(crate) hamza: bool,
    /// A tanween is on it or directly before it.
    pub(crate) tanween: bool,
}

/// The gap between a word and the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WordGap {
    /// Nothing: letters next to digits.
    Joined,
    /// A new word of a hashtag in camel case: `#WestBank`.
    Camel,
    /// ZWNJ or a full stop inside an acronym: one word or two.
    Soft,
    /// An apostrophe.
    Apostrophe,
    /// A hyphen.
    Hyphen,
    /// The full stop and the space between the letters of an acronym: `O. I. C.`.
    Initial,
    /// White space, perhaps with quotation marks.
    Space,
    /// The end of a clause, and of every phrase.
    Stop,
}

/// The script of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Script {
    /// Arabic letters.
    Arabic,
    /// Digits.
    Digits,
    /// Latin letters, with digits among them, and every other script.
    Latin,
}

/// One word of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// Its first letter, in [`WordList::letters`].
    pub first: u32,
    /// One past its last letter.
    pub last: u32,
    /// Its first byte in the text.
    pub from: u32,
    /// One past its last byte, marks included.
    pub to: u32,
    /// What follows it.
    pub gap: WordGap,
    /// A hash sign precedes it.
    pub hash: bool,
    /// Its script.
    pub(crate) script: Script,
}

/// Evidence of the language in the letters of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LanguageEvidence {
    /// More letters exclusive to Persian and Urdu than letters exclusive to Arabic.
    pub(crate) persian: bool,
    /// The same for Urdu.
    pub(crate) urdu: bool,
    /// Letters that only Turkish uses: the writer had them on the keyboard.
    pub(crate) turkish: bool,
    /// Letters with French accents: the writer had them on the keyboard.
    pub(crate) accents: bool,
    /// Letters in lower case: the text is not all in capitals.
    pub lower: bool,
}

/// The smallest share of letters exclusive to Urdu in an Urdu text, as one in so many. Chosen by hand.
const URDU_SHARE: u32 = 8;

/// The bytes of an Arabic letter and of a word, by which memory is reserved. Chosen by hand.
const LETTER_BYTES: usize = 2;
const WORD_BYTES: usize = 12;

/// The words of a text.
#[derive(Clone, Debug, Default)]
pub struct WordList {
    letters: Vec<WordLetter>,
    tokens: Vec<Word>,
    evidence: LanguageEvidence,
    /// The number of letters exclusive to Arabic, to Persian and Urdu, and to Urdu.
    counts: [u32; 3],
}

impl WordList {
    /// Splits a text into words.
    ///
    /// ```
    /// let words = marsad::text::words::WordList::read("l’OCI, 1,948");
    /// assert_eq!(words.folded(&words.all()[2]), "1948");
    /// ```
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut tokens = Self::default();
        tokens.reread(text);
        tokens
    }

    /// Splits another text, and reuses the memory.
    pub(crate) fn reread(&mut self, text: &str) {
        self.letters.clear();
        self.tokens.clear();
        self.letters.reserve(text.len() / LETTER_BYTES);
        self.tokens.reserve(text.len() / WORD_BYTES);
        self.evidence = LanguageEvidence::default();
        self.counts = [0; 3];
        let mut reader = WordReader::new(self, text);
        for (at, c) in text.char_indices() {
            let end = at + c.len_utf8();
            letters::each(c, &mut |g| reader.take(g, at, end));
        }
        reader.close();
        if let Some(last) = self.tokens.last_mut() {
            last.gap = WordGap::Stop;
        }
        // The letters are weighed, because a name with a Persian letter does not make a text Persian.
        let [arabic, eastern, urdu] = self.counts;
        self.evidence.persian = eastern > arabic;
        self.evidence.urdu = urdu > arabic && urdu * URDU_SHARE > eastern;
    }

    /// The words, in the order of the text.
    #[must_use]
    pub fn all(&self) -> &[Word] {
        &self.tokens
    }

    /// The letters of one word.
    #[must_use]
    pub fn letters(&self, token: &Word) -> &[WordLetter] {
        &self.letters[token.first as usize..token.last as usize]
    }

    /// The evidence of the language.
    #[must_use]
    pub(crate) fn evidence(&self) -> LanguageEvidence {
        self.evidence
    }

    /// The folded letters of one word.
    #[must_use]
    pub fn folded(&self, token: &Word) -> String {
        self.letters(token).iter().map(|l| l.folded).collect()
    }
}

struct WordReader<'a> {
    out: &'a mut WordList,
    text: &'a str,
    open: Option<Word>,
    gap: WordGap,
    lines: u8,
    hash: bool,
    tanween: bool,
    /// The first letter of the current part of a hashtag.
    tag: usize,
    /// The end of the last run of initials.
    initials: usize,
}

impl<'a> WordReader<'a> {
    fn new(out: &'a mut WordList, text: &'a str) -> Self {
        let (open, gap) = (None, WordGap::Stop);
        Self { out, text, open, gap, lines: 0, hash: false, tanween: false, tag: 0, initials: 0 }
    }

    fn take(&mut self, g: letters::LetterEntry, at: usize, end: usize) {
        match g.kind {
            LetterKind::Letter => self.letter(g, script(g.folded), at, end),
            LetterKind::Digit => self.letter(g, Script::Digits, at, end),
            LetterKind::Ignored => self.extend(end),
            LetterKind::Hamza => {
                self.extend(end);
                self.flag(|l| l.hamza = true);
            }
            LetterKind::Tanween => {
                self.extend(end);
                self.tanween = true;
                self.flag(|l| l.tanween = true);
            }
            LetterKind::Point | LetterKind::Comma if self.in_number(g.kind, end) => self.point(g, at, end),
            // The full stops of an acronym do not end a clause.
            LetterKind::Point if self.is_in_initials(at) => {
                let last = if end < self.initials { WordGap::Initial } else { WordGap::Joined };
                self.part(if self.next_is_letter(end) { WordGap::Soft } else { last });
            }
            LetterKind::Point if self.next_is_letter(end) => self.part(WordGap::Soft),
            kind => self.between(kind, g.original),
        }
    }

    fn between(&mut self, kind: LetterKind, original: char) {
        // #Gaza_oic is one hashtag.
        let continues = original == '_' && self.open.is_some_and(|open| open.hash);
        self.hash = original == '#' || continues || (self.hash && kind == LetterKind::Soft);
        match kind {
            LetterKind::Soft => self.part(WordGap::Soft),
            LetterKind::Apostrophe => self.part(WordGap::Apostrophe),
            LetterKind::Hyphen => self.part(WordGap::Hyphen),
            LetterKind::Space | LetterKind::Quote => self.part(WordGap::Space),
            LetterKind::Line => {
                self.lines = self.lines.saturating_add(1);
                // A blank line ends a paragraph, and with it every phrase.
                self.part(if self.lines > 1 { WordGap::Stop } else { WordGap::Space });
            }
            _ => self.part(WordGap::Stop),
        }
    }

    fn letter(&mut self, g: letters::LetterEntry, script: Script, at: usize, end: usize) {
        self.record_evidence(g.original);
        if self.open.is_some_and(|t| !joins(t.script, script)) {
            self.part(WordGap::Joined);
        } else if self.is_new_hump(g.original, end) {
            self.part(WordGap::Camel);
            self.hash = true;
        }
        if self.open.is_none() {
            if let Some(last) = self.out.tokens.last_mut() {
                last.gap = self.gap;
            }
            let first = offset(self.out.letters.len());
            let hash = std::mem::take(&mut self.hash);
            if self.gap != WordGap::Camel {
                self.tag = self.out.letters.len();
            }
            let (from, to) = (offset(at), offset(end));
            self.open = Some(Word { first, last: first, from, to, gap: WordGap::Stop, hash, script });
            (self.lines, self.tanween) = (0, false);
        }
        let tanween = std::mem::take(&mut self.tanween);
        self.out.letters.push(WordLetter { folded: g.folded, original: g.original, hamza: false, tanween });
        if g.folded == 'و' {
            self.merge_hamza_seat();
        }
        self.extend(end);
    }

    /// True for a letter that begins a new word of a hashtag. Between capitals and lower case, the last capital may
    /// belong to either word (`#OICSummit`, `#OICsummit`): it becomes a word of its own that can join both.
    fn is_new_hump(&self, next: char, end: usize) -> bool {
        if !self.open.is_some_and(|open| open.hash) {
            return false;
        }
        let (upper, small) = (char::is_uppercase, |c: char| c.is_lowercase());
        match &self.out.letters[self.tag..] {
            [.., last] if last.original.is_alphabetic() != next.is_alphabetic() => true,
            [.., last] if small(last.original) => upper(next),
            [.., before, last] if upper(before.original) && upper(last.original) && small(next) => true,
            [.., last] if upper(last.original) && upper(next) => self.text[end..].chars().next().is_some_and(small),
            _ => false,
        }
    }

    /// True for the full stops of `U.N.` and `O. I. C.`.
    fn is_in_initials(&mut self, at: usize) -> bool {
        if let Some(open) = self.open
            && at >= self.initials
            && self.out.letters.len() == open.first as usize + 1
        {
            self.initials = open.from as usize + initials::run(&self.text[open.from as usize..]);
        }
        at < self.initials
    }

    /// `ئ` before `و` is the other seat of `ؤ`: مسئول is مسؤول.
    fn merge_hamza_seat(&mut self) {
        let first = self.open.map_or(0, |t| t.first as usize);
        if let [.., seat, waw] = &mut self.out.letters[first..]
            && (seat.original, waw.folded) == ('ئ', 'و')
        {
            seat.folded = 'و';
        }
    }

    fn point(&mut self, g: letters::LetterEntry, at: usize, end: usize) {
        if g.kind == LetterKind::Comma {
            self.extend(end);
        } else {
            self.letter(letters::LetterEntry { folded: '.', ..g }, Script::Digits, at, end);
        }
    }

    /// True for the comma of `1,948` and the point of `3.5`, but not for the full stops of `24.09.2021`.
    fn in_number(&self, kind: LetterKind, end: usize) -> bool {
        let Some(open) = self.open else { return false };
        let before = &self.out.letters[open.first as usize..];
        let of_a_date = self.text[..open.from as usize].ends_with('.');
        // The digits of `#A1.5` belong to the hashtag, as those of `A1.5` belong to the word.
        let of_a_tag = self.out.tokens.last().is_some_and(|word| word.gap == WordGap::Camel);
        if open.script != Script::Digits || of_a_date || of_a_tag || before.iter().any(|l| l.folded == '.') {
            return false;
        }
        let digits = self.text[end..].chars().take(4).take_while(|c| letters::is_digit(*c)).count();
        match kind {
            LetterKind::Comma => digits == 3,
            _ => digits > 0 && !letters::is_dotted_again(&self.text[end..]),
        }
    }

    fn next_is_letter(&self, end: usize) -> bool {
        self.open.is_some() && self.text[end..].chars().next().is_some_and(char::is_alphabetic)
    }

    /// Ends the current word, and keeps the strongest gap after it.
    fn part(&mut self, gap: WordGap) {
        if self.open.is_some() {
            self.close();
            self.gap = gap;
        } else if rank(gap) > rank(self.gap) {
            self.gap = gap;
        }
    }

    fn close(&mut self) {
        if let Some(mut token) = self.open.take() {
            token.last = offset(self.out.letters.len());
            self.out.tokens.push(token);
        }
    }

    fn extend(&mut self, end: usize) {
        if let Some(open) = &mut self.open {
            open.to = offset(end);
        }
    }

    fn flag(&mut self, set: impl FnOnce(&mut WordLetter)) {
        if self.open.is_some()
            && let Some(letter) = self.out.letters.last_mut()
        {
            set(letter);
        }
    }

    fn record_evidence(&mut self, original: char) {
        if original.is_ascii() {
            self.out.evidence.lower |= original.is_ascii_lowercase();
            return;
        }
        // Arabic letters have no case.
        self.out.evidence.lower |= !letters::is_arabic(original) && original.is_lowercase();
        let counts = &mut self.out.counts;
        match original {
            'ة' | 'ي' | 'ك' | 'ى' | 'أ' | 'إ' => counts[0] += 1,
            'پ' | 'چ' | 'ژ' | 'گ' | 'ک' | 'ی' => counts[1] += 1,
            'ٹ' | 'ڈ' | 'ڑ' | 'ں' | 'ھ' | 'ہ' | 'ے' | 'ۓ' => counts[2] += 1,
            'ı' | 'İ' | 'ğ' | 'Ğ' | 'ş' | 'Ş' => self.out.evidence.turkish = true,
            'é' | 'è' | 'ê' | 'à' => self.out.evidence.accents = true,
            _ => {}
        }
    }
}

fn offset(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn script(folded: char) -> Script {
    if letters::is_arabic(folded) { Script::Arabic } else { Script::Latin }
}

/// True if a word continues in another script: Latin letters and digits make one word (`G20`), Arabic letters and
/// digits make two (`2015م`).
fn joins(open: Script, next: Script) -> bool {
    open == next || matches!((open, next), (Script::Latin, Script::Digits) | (Script::Digits, Script::Latin))
}

fn rank(gap: WordGap) -> u8 {
    match gap {
        WordGap::Joined | WordGap::Camel => 0,
        WordGap::Soft => 1,
        WordGap::Apostrophe => 2,
        WordGap::Hyphen => 3,
        WordGap::Initial | WordGap::Space => 4,
        WordGap::Stop => 5,
    }
}

#[cfg(test)]
mod tests;
