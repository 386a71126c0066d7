//! Matches the neighbours of a word: the rest of its phrase, and detached prefixes and suffixes.

use super::{MAX_JOINED, TermSearch};
use crate::text::morphology::{Grammar, WordMatch, latin, persian, turkish};
use crate::text::words::{Script, Word, WordGap, WordLetter};
use crate::watch::acronym;
use crate::watch::term::TermMode;

impl TermSearch<'_> {
    /// Matches the part before the word `at`; a detached Persian plural may be between them.
    pub(super) fn match_before(&self, mode: TermMode, part: usize, at: usize) -> Option<(usize, WordMatch)> {
        let mut at = at;
        for _ in 0..2 {
            let before = at.checked_sub(1).filter(|b| self.allows_gap(*b, part))?;
            let joined = (before.saturating_sub(MAX_JOINED - 1)..=before).rev();
            for first in joined.filter(|f| self.reads_as_one_word(*f, before)) {
                if let Some(matched) = self.match_part(mode, part, first, before) {
                    return Some((first, matched));
                }
            }
            if !self.is_detached_suffix(before)
                && !self.is_detached_article(before)
                && !self.is_acronym_suffix(before, part)
            {
                return None;
            }
            at = before;
        }
        None
    }

    /// Matches the part after the word `at`.
    pub(super) fn match_after(&self, mode: TermMode, part: usize, at: usize) -> Option<(usize, WordMatch)> {
        let mut at = at;
        for _ in 0..2 {
            let next = Some(at + 1).filter(|n| *n < self.words.all().len() && self.allows_gap(at, part - 1))?;
            let until = (next + MAX_JOINED).min(self.words.all().len());
            for last in (next..until).filter(|l| self.reads_as_one_word(next, *l)) {
                if let Some(matched) = self.match_part(mode, part, next, last) {
                    return Some((last, matched));
                }
            }
            if !self.is_detached_suffix(next)
                && !self.is_detached_article(next)
                && !self.is_acronym_suffix(next, part - 1)
            {
                return None;
            }
            at = next;
        }
        None
    }

    /// True if the gap after a word may be inside the phrase; a comma only if the term has one.
    fn allows_gap(&self, at: usize, part: usize) -> bool {
        self.words.all()[at].gap != WordGap::Stop || self.run[part].token.gap == WordGap::Stop
    }

    /// True if the words may be read as one: only ZWNJ, hyphens, apostrophes or capitals divide them, or they are two
    /// and spelling may omit the space between them.
    pub(super) fn reads_as_one_word(&self, first: usize, last: usize) -> bool {
        (first..last).all(|i| self.is_divided(i)) || (last == first + 1 && self.may_omit_space(first))
    }

    fn is_divided(&self, at: usize) -> bool {
        let token = &self.words.all()[at];
        let divides = matches!(token.gap, WordGap::Soft | WordGap::Apostrophe | WordGap::Hyphen | WordGap::Initial);
        token.gap == WordGap::Camel || divides && token.script != Script::Digits
    }

    /// True for a spaced compound of Persian or Urdu, a name such as عبد اللطيف or أبو ظبي, or COP 28.
    fn may_omit_space(&self, at: usize) -> bool {
        let all = self.words.all();
        let (token, Some(next)) = (&all[at], all.get(at + 1)) else { return false };
        if token.gap == WordGap::Space && (token.script, next.script) == (Script::Latin, Script::Digits) {
            return true;
        }
        if token.gap != WordGap::Space || token.script != Script::Arabic || next.script != Script::Arabic {
            return false;
        }
        let letters = self.words.letters(token);
        let common = || persian::is_common(letters) || persian::is_common(self.words.letters(next));
        let compound =
            self.grammars[0] != Grammar::Arabic && letters.len() > 1 && next.last - next.first > 1 && !common();
        let parted = |a: &[WordLetter]| matches!(a, [.., a, b, c] if matches!([a.folded, b.folded, c.folded], ['ع', 'ب', 'د'] | ['ا', 'ب', 'و' | 'ي' | 'ا']));
        compound || (letters.len() <= 5 && parted(letters))
    }

    /// True if the suffix of words that are read as one begins before the last of them: حمله‌ای is not حمل and های; or
    /// if they are a verb: می‌دانم is not میدان.
    pub(super) fn splits_suffix(&self, first: usize, last: usize, suffix: usize) -> bool {
        if first == last || suffix == 0 {
            return false;
        }
        let all = self.words.all();
        let mut left = suffix;
        for word in all[first..=last].iter().rev() {
            let letters = (word.last - word.first) as usize;
            if left < letters {
                return left < suffix || persian::is_verb_prefix(self.words.letters(&all[first]));
            }
            left -= letters;
            if left == 0 {
                return false;
            }
        }
        false
    }

    /// True if ZWNJ joins the words to another noun, in Persian: سیب‌زمینی is not زمین. In a hashtag it is a space.
    pub(super) fn is_part_of_compound(&self, text: &str, first: usize, last: usize) -> bool {
        let all = self.words.all();
        if self.grammars[0] != Grammar::Persian || all[first].script != Script::Arabic {
            return false;
        }
        let joined = |a: usize| text[all[a].to as usize..all[a + 1].from as usize].contains('\u{200c}');
        let loose = |i: usize| persian::is_loose(self.words.letters(&all[i])) || all[i].script != Script::Arabic;
        let before = first.checked_sub(1).is_some_and(|before| joined(before) && !loose(before));
        let suffix = |i: usize| persian::is_detached_suffix(self.words.letters(&all[i]), false);
        let after = last + 1 < all.len() && joined(last) && !loose(last + 1) && !suffix(last + 1);
        (before || after) && !self.is_in_hashtag(first)
    }

    /// True if the word is in a chain of words that a hash sign begins and ZWNJ joins.
    fn is_in_hashtag(&self, at: usize) -> bool {
        let all = self.words.all();
        (0..=at).rev().take_while(|i| *i == at || all[*i].gap == WordGap::Soft).any(|i| all[i].hash)
    }

    /// True for a Persian suffix that is detached from its noun.
    fn is_detached_suffix(&self, at: usize) -> bool {
        let Some(before) = at.checked_sub(1) else { return false };
        let (token, gap) = (&self.words.all()[at], self.words.all()[before].gap);
        let persian = token.script == Script::Arabic && self.grammars[0] == Grammar::Persian;
        persian && gap != WordGap::Stop && persian::is_detached_suffix(self.words.letters(token), gap == WordGap::Space)
    }

    /// True for the suffix after the apostrophe of an acronym: EU's summit, BM'nin raporu.
    fn is_acronym_suffix(&self, at: usize, part: usize) -> bool {
        let Some(before) = at.checked_sub(1) else { return false };
        self.words.all()[before].gap == WordGap::Apostrophe
            && self.has_detached_suffix(before)
            && acronym::is_acronym(&self.watched, &self.run[part].token)
    }

    /// True if the words are a whole hashtag, or a part of one between underscores. A part of a camel-case hashtag does
    /// not count: its capitals distinguish acronyms from words.
    pub(super) fn is_whole_hashtag(&self, first: usize, last: usize) -> bool {
        let all = self.words.all();
        let humps = |a: &Word, b: &Word| a.gap == WordGap::Camel && a.script == b.script;
        let before = first.checked_sub(1).is_some_and(|before| humps(&all[before], &all[first]));
        let after = all.get(last + 1).is_some_and(|next| humps(&all[last], next));
        all[first].hash && !before && !after
    }

    /// True if the suffix after a ZWNJ turns a watched place name into an adjective.
    pub(super) fn is_adjective(&self, at: usize, watched: &[WordLetter]) -> bool {
        let all = self.words.all();
        let after = all.get(at + 1).filter(|_| all[at].gap == WordGap::Soft);
        after.is_some_and(|after| persian::is_adjective(watched, self.words.letters(after)))
    }

    /// True for an Arabic article before a number: الدورة الـ76.
    fn is_detached_article(&self, at: usize) -> bool {
        let all = self.words.all();
        let article = matches!(self.words.letters(&all[at]), [alef, lam] if (alef.original, lam.folded) == ('ا', 'ل'));
        article && all[at].gap != WordGap::Stop && all.get(at + 1).is_some_and(|n| n.script == Script::Digits)
    }

    /// True if the word before is an elided article or particle.
    pub(super) fn is_elided(&self, at: usize) -> bool {
        let Some(before) = at.checked_sub(1) else { return false };
        let token = &self.words.all()[before];
        token.gap == WordGap::Apostrophe && latin::is_elided(self.words.letters(token))
    }

    /// True if the next word is a suffix of this one: an English `'s`, a Turkish case, a Persian plural.
    pub(super) fn has_detached_suffix(&self, at: usize) -> bool {
        let all = self.words.all();
        let Some(next) = all.get(at + 1) else { return false };
        let letters = self.words.letters(next);
        match all[at].gap {
            WordGap::Apostrophe => {
                let s = matches!(letters, [one] if one.folded == 's');
                next.script == Script::Latin && (s || turkish::is_inflection(letters))
            }
            WordGap::Soft | WordGap::Space => self.is_detached_suffix(at + 1),
            _ => false,
        }
    }
}
