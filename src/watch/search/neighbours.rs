//! What stands beside a word of a text: the rest of its phrase, and what belongs to it though it stands apart.

use super::{MOST_PARTS, TermSearch};
use crate::text::morphology::{Grammar, WordMatch, latin, persian, turkish};
use crate::text::words::{Script, Word, WordGap, WordLetter};
use crate::watch::acronym;
use crate::watch::term::TermMode;

impl TermSearch<'_> {
    /// The part before the word `at`; a Persian plural may stand between them.
    pub(super) fn left(&self, mode: TermMode, part: usize, at: usize) -> Option<(usize, WordMatch)> {
        let mut at = at;
        for _ in 0..2 {
            let before = at.checked_sub(1).filter(|b| self.passes(*b, part))?;
            let joined = (before.saturating_sub(MOST_PARTS - 1)..=before).rev();
            for first in joined.filter(|f| self.is_one(*f, before)) {
                if let Some(fit) = self.part(mode, part, first, before) {
                    return Some((first, fit));
                }
            }
            if !self.is_loose_suffix(before) && !self.is_loose_article(before) && !self.is_ending(before, part) {
                return None;
            }
            at = before;
        }
        None
    }

    /// The part after the word `at`.
    pub(super) fn right(&self, mode: TermMode, part: usize, at: usize) -> Option<(usize, WordMatch)> {
        let mut at = at;
        for _ in 0..2 {
            let next = Some(at + 1).filter(|n| *n < self.words.all().len() && self.passes(at, part - 1))?;
            let until = (next + MOST_PARTS).min(self.words.all().len());
            for last in (next..until).filter(|l| self.is_one(next, *l)) {
                if let Some(fit) = self.part(mode, part, next, last) {
                    return Some((last, fit));
                }
            }
            if !self.is_loose_suffix(next) && !self.is_loose_article(next) && !self.is_ending(next, part - 1) {
                return None;
            }
            at = next;
        }
        None
    }

    /// What follows a word of the text may lie inside the phrase; a comma only where the term has one.
    fn passes(&self, at: usize, part: usize) -> bool {
        self.words.all()[at].gap != WordGap::Stop || self.run[part].token.gap == WordGap::Stop
    }

    /// The words may be read as one: what divides them is no more than a ZWNJ, a hyphen, an apostrophe or a capital; or they are
    /// two, and the space between them is one that spelling may leave out.
    pub(super) fn is_one(&self, first: usize, last: usize) -> bool {
        (first..last).all(|i| self.is_divided(i)) || (last == first + 1 && self.is_spaced(first))
    }

    fn is_divided(&self, at: usize) -> bool {
        let token = &self.words.all()[at];
        let divides = matches!(token.gap, WordGap::Soft | WordGap::Apostrophe | WordGap::Hyphen | WordGap::Initial);
        token.gap == WordGap::Camel || divides && token.script != Script::Digits
    }

    /// A compound of Persian or Urdu, a name such as عبد اللطيف or أبو ظبي, or COP 28, written apart.
    fn is_spaced(&self, at: usize) -> bool {
        let all = self.words.all();
        let (token, Some(next)) = (&all[at], all.get(at + 1)) else { return false };
        if token.gap == WordGap::Space && (token.script, next.script) == (Script::Latin, Script::Digits) {
            return true;
        }
        if token.gap != WordGap::Space || token.script != Script::Arabic || next.script != Script::Arabic {
            return false;
        }
        let letters = self.words.letters(token);
        let compound = self.grammars[0] != Grammar::Arabic && letters.len() > 1 && next.last - next.first > 1;
        let parted = |a: &[WordLetter]| matches!(a, [.., a, b, c] if matches!([a.folded, b.folded, c.folded], ['ع', 'ب', 'د'] | ['ا', 'ب', 'و' | 'ي' | 'ا']));
        compound || (letters.len() <= 5 && parted(letters))
    }

    /// A Persian suffix that stands apart from its noun.
    fn is_loose_suffix(&self, at: usize) -> bool {
        let Some(before) = at.checked_sub(1) else { return false };
        let (token, gap) = (&self.words.all()[at], self.words.all()[before].gap);
        let persian = token.script == Script::Arabic && self.grammars[0] == Grammar::Persian;
        persian && gap != WordGap::Stop && persian::is_loose_suffix(self.words.letters(token), gap == WordGap::Space)
    }

    /// The suffix behind the apostrophe of an acronym: EU's summit, BM'nin raporu.
    fn is_ending(&self, at: usize, part: usize) -> bool {
        let Some(before) = at.checked_sub(1) else { return false };
        self.words.all()[before].gap == WordGap::Apostrophe
            && self.goes_on(before)
            && acronym::is_acronym(&self.watched, &self.run[part].token)
    }

    /// The words are a hashtag, or what underscores divide in one. Of a hashtag in camel case a part is none: its
    /// capitals tell an acronym from a word.
    pub(super) fn is_tag(&self, first: usize, last: usize) -> bool {
        let all = self.words.all();
        let humps = |a: &Word, b: &Word| a.gap == WordGap::Camel && a.script == b.script;
        let before = first.checked_sub(1).is_some_and(|before| humps(&all[before], &all[first]));
        let after = all.get(last + 1).is_some_and(|next| humps(&all[last], next));
        all[first].hash && !before && !after
    }

    /// What follows the word after a ZWNJ makes the adjective of the place that is watched for.
    pub(super) fn is_adjective(&self, at: usize, watched: &[WordLetter]) -> bool {
        let all = self.words.all();
        let after = all.get(at + 1).filter(|_| all[at].gap == WordGap::Soft);
        after.is_some_and(|after| persian::is_adjective(watched, self.words.letters(after)))
    }

    /// The article before a number: الدورة الـ76.
    fn is_loose_article(&self, at: usize) -> bool {
        let all = self.words.all();
        let article = matches!(self.words.letters(&all[at]), [alef, lam] if (alef.original, lam.folded) == ('ا', 'ل'));
        article && all[at].gap != WordGap::Stop && all.get(at + 1).is_some_and(|n| n.script == Script::Digits)
    }

    /// The word before is an elided article or the like.
    pub(super) fn is_elided(&self, at: usize) -> bool {
        let Some(before) = at.checked_sub(1) else { return false };
        let token = &self.words.all()[before];
        token.gap == WordGap::Apostrophe && latin::is_elided(self.words.letters(token))
    }

    /// The word after belongs to this one: an English `'s`, a Turkish case, a Persian plural.
    pub(super) fn goes_on(&self, at: usize) -> bool {
        let all = self.words.all();
        let Some(next) = all.get(at + 1) else { return false };
        let letters = self.words.letters(next);
        match all[at].gap {
            WordGap::Apostrophe => {
                let s = matches!(letters, [one] if one.folded == 's');
                next.script == Script::Latin && (s || turkish::is_inflection(letters))
            }
            WordGap::Soft | WordGap::Space => self.is_loose_suffix(at + 1),
            _ => false,
        }
    }
}
