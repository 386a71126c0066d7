//! Explains to the author of a watch why an item hits it or not.

use super::compile::{NONE, Watches};
use super::evaluate::field;
use super::plural_terms::plural_terms;
use super::term::{Term, TermMode};
use super::term_hit::TermHit;
use super::term_index::{TermIndex, WordFrequencies};
use super::{WatchInput, acronym, search, web_address};
use crate::alert::{Field, Hit, WatchId};
use crate::text::morphology;
use crate::text::morphology::Grammar;
use crate::text::words::{Script, Word, WordGap, WordList};

/// Why an item hits a watch or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Explanation {
    /// The watch.
    pub watch: WatchId,
    /// The hit; none if the watch does not match.
    pub(crate) hit: Option<Hit>,
    /// The terms that do not occur, as the configuration writes them; at most [`MOST_TERMS`].
    pub(crate) missing: Vec<String>,
    /// Near misses of missing terms, at most [`MOST_NEAR`].
    pub(crate) near: Vec<NearMiss>,
    /// Why the watch does not apply: it excludes the item's source or language.
    pub(crate) elsewhere: Option<String>,
}

/// A text that resembles a term but does not match it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NearMiss {
    /// The term as the configuration writes it.
    pub(crate) term: String,
    /// The field.
    pub(crate) field: Field,
    /// The first character, in Unicode scalar values.
    pub start: usize,
    /// One past the last.
    pub end: usize,
    /// The text at this place.
    pub text: String,
    /// Why it does not match, and what to change so that it does.
    pub(crate) reason: String,
}

/// The fewest letters of a word that is looked for within hashtags. Chosen by hand: shorter ones are in any word.
const MIN_HASHTAG_WORD: usize = 4;

/// The most missing terms in an explanation. Chosen by hand.
pub(crate) const MOST_TERMS: usize = 200;
/// The most near misses in an explanation. Chosen by hand.
pub(crate) const MOST_NEAR: usize = 10;

const FIELDS: [Field; 3] = [Field::Title, Field::Summary, Field::Text];

impl Watches {
    /// Explains how a watch evaluates an item; none if the watch does not exist.
    #[must_use]
    pub(crate) fn explain(&self, id: &WatchId, input: &WatchInput<'_>) -> Option<Explanation> {
        let number = *self.numbers.get(id)?;
        let watch = &self.watches[number as usize];
        let hit = self.evaluate(input).into_iter().find(|h| h.watch == *id);
        let mut explanation =
            Explanation { watch: id.clone(), hit, missing: Vec::new(), near: Vec::new(), elsewhere: None };
        if !watch.sources.is_empty() && !watch.sources.iter().any(|s| super::evaluate::passes_filter(s, input)) {
            explanation.elsewhere = Some(format!("the watch excludes the source {}", input.source.as_str()));
        } else if let Some(lang) = input.lang.filter(|l| !watch.lang.is_empty() && !watch.lang.contains(l)) {
            explanation.elsewhere = Some(format!("the watch excludes texts in {lang}"));
        }
        let mut scan = search::TermSearch::new(&self.terms, &self.index, input);
        for name in FIELDS {
            scan.field(name, field(input, name));
        }
        let found = acronym::retain_acronyms(scan.found, &self.terms, input);
        let texts: Vec<(Field, WordList)> = FIELDS.iter().map(|f| (*f, WordList::read(field(input, *f)))).collect();
        for term in self.required_terms(number).into_iter().take(MOST_TERMS) {
            self.explain_term(term, &found, &texts, input, &mut explanation);
        }
        explanation.near.extend(self.broken_plurals(&explanation.missing, input));
        explanation.near.truncate(MOST_NEAR);
        Some(explanation)
    }

    /// Explains one term that the watch asks for: found, found where it does not count, or missing with near misses.
    fn explain_term(
        &self,
        term: (u32, u32),
        found: &[TermHit],
        texts: &[(Field, WordList)],
        input: &WatchInput<'_>,
        explanation: &mut Explanation,
    ) {
        let written = &self.terms[term.0 as usize];
        let is_plural = |f: &TermHit| self.terms[f.term as usize].singular.as_ref() == Some(&written.text);
        let all = found.iter().filter(|f| f.term == term.0 || is_plural(f));
        let (places, inside): (Vec<&TermHit>, Vec<&TermHit>) =
            all.partition(|hit| web_address::is_kept(hit, &self.terms, field(input, hit.field)));
        if let Some(place) = places.first() {
            let counted = explanation
                .hit
                .iter()
                .flat_map(|h| &h.matches)
                .any(|m| m.term == self.terms[term.0 as usize].written());
            if term.1 != NONE && !counted {
                explanation.near.push(self.ambiguous(term, place, input));
            }
            return;
        }
        explanation.missing.push(written.written());
        if let Some(hit) = inside.first() {
            let reason = "it is part of an address or handle; a term that is the whole address matches".to_owned();
            let text = field(input, hit.field);
            explanation.near.push(near_miss(written.written(), hit.field, text, (hit.from, hit.to), reason));
            return;
        }
        for (name, tokens) in texts {
            self.misses(term.0, *name, tokens, input, &mut explanation.near);
        }
    }

    /// The terms that a watch asks for, with their gates, in the order of the configuration.
    fn required_terms(&self, number: u32) -> Vec<(u32, u32)> {
        let mut required_terms = Vec::new();
        let terms = (0u32..).zip(self.offsets.windows(2));
        for (term, bounds) in terms.filter(|(term, _)| self.terms[*term as usize].singular.is_none()) {
            let members = &self.members[bounds[0] as usize..bounds[1] as usize];
            let member = members.iter().find(|p| {
                let group = &self.groups[p.group as usize];
                group.watch == number && group.wanted
            });
            required_terms.extend(member.map(|p| (term, p.gate)));
        }
        required_terms
    }

    /// The broken plurals of missing terms in an item.
    fn broken_plurals(&self, missing: &[String], input: &WatchInput<'_>) -> Vec<NearMiss> {
        let is_missing = |t: &&Term| t.mode == TermMode::Words && missing.contains(&t.written());
        let missing = self.terms.iter().filter(is_missing);
        let terms: Vec<Term> = missing.flat_map(|t| plural_terms(&t.text, &mut WordList::default())).collect();
        let index = TermIndex::new(&terms, &WordFrequencies::default());
        let mut scan = search::TermSearch::new(&terms, &index, input);
        for name in FIELDS {
            scan.field(name, field(input, name));
        }
        let mut near: Vec<NearMiss> = Vec::new();
        for hit in scan.found {
            let term = &terms[hit.term as usize];
            let reason = format!("{} is a broken plural; add it, or set plurals = true", term.text);
            let miss = near_miss(term.written(), hit.field, field(input, hit.field), (hit.from, hit.to), reason);
            if !near.iter().any(|n| (&n.term, &n.text) == (&miss.term, &miss.text)) {
                near.push(miss);
            }
        }
        near
    }

    /// Explains an ambiguous name without evidence near it.
    fn ambiguous(&self, (term, gate): (u32, u32), place: &TermHit, input: &WatchInput<'_>) -> NearMiss {
        let words: Vec<&str> = self.gates[gate as usize].near.iter().map(|t| &*self.terms[*t as usize].text).collect();
        let shown = words.join(", ");
        let name = self.terms[term as usize].written();
        let reason = format!("{name} is ambiguous: none of {shown} occurs within {} words", super::concept::NEAR);
        near_miss(name, place.field, field(input, place.field), (place.from, place.to), reason)
    }

    /// Adds the near misses of a term in one field.
    fn misses(&self, term: u32, name: Field, tokens: &WordList, input: &WatchInput<'_>, out: &mut Vec<NearMiss>) {
        let term = &self.terms[term as usize];
        let watched = WordList::read(&term.text);
        if term.mode != TermMode::Words || out.len() >= MOST_NEAR {
            return;
        }
        let text = field(input, name);
        if acronym::is_single_acronym(term, &watched) {
            let word = acronym::find_lower_case(&term.text, tokens);
            if let Some(word) = word.filter(|word| !web_address::is_inside(text, (word.from, word.to))) {
                let reason = format!(
                    "in lower case, but {} matches capitals only; add {} to match both",
                    term.text,
                    watched.all().iter().map(|token| watched.folded(token)).collect::<String>()
                );
                out.push(near_miss(term.written(), name, text, (word.from, word.to), reason));
            }
            return;
        }
        if let [first, .., _] = watched.all() {
            if let Some((from, to)) = scattered(&watched, tokens, first.script, input) {
                let reason = "the words occur, but not next to each other; use AND or NEAR/5 in `query`";
                out.push(near_miss(term.written(), name, text, (from, to), reason.to_owned()));
            }
            return;
        }
        let Some(only) = watched.all().first() else { return };
        let own = watched.folded(only);
        let mut reported = Vec::new();
        for token in tokens.all().iter().filter(|t| t.script == only.script) {
            let word = tokens.folded(token);
            if !reported.contains(&word)
                && !web_address::is_inside(text, (token.from, token.to))
                && let Some(why) = hashtag(&own, &word, &text[..token.from as usize])
                    .or_else(|| relation(&own, &word, only.script, &term.text))
            {
                out.push(near_miss(term.written(), name, text, (token.from, token.to), why));
                reported.push(word);
            }
        }
    }
}

fn near_miss(term: String, field: Field, text: &str, (from, to): (u32, u32), reason: String) -> NearMiss {
    let (from, to) = (from as usize, to as usize);
    let start = text[..from].chars().count();
    let text = text[from..to].to_owned();
    NearMiss { term, field, start, end: start + text.chars().count(), text, reason }
}

/// The span of a phrase's first word, if every word of the phrase occurs in the text but not as the phrase.
fn scattered(watched: &WordList, tokens: &WordList, script: Script, input: &WatchInput<'_>) -> Option<(u32, u32)> {
    let grammar = morphology::grammar(script, input.lang, tokens.evidence());
    let setting = morphology::WordContext::alone(grammar, tokens.evidence());
    let role = morphology::PhraseRole { first: true, last: true };
    let find = |own: &Word| {
        tokens.all().iter().find(|t| {
            morphology::match_word(watched.letters(own), own.script, tokens.letters(t), role, &setting).is_some()
        })
    };
    let places: Option<Vec<&Word>> =
        watched.all().iter().filter(|t| t.last - t.first > 2 || t.gap == WordGap::Stop).map(find).collect();
    places?.first().map(|t| (t.from, t.to))
}

/// Explains a hashtag without capitals or signs between its words that contains the watched word.
fn hashtag(own: &str, word: &str, before: &str) -> Option<String> {
    let holds = before.ends_with('#') && own.chars().count() >= MIN_HASHTAG_WORD && own != word && word.contains(own);
    holds.then(|| format!("it is part of a hashtag that is written as one word; add {word} to match it"))
}

/// Explains how a word is related to a watched word that it does not match.
fn relation(own: &str, word: &str, script: Script, term: &str) -> Option<String> {
    let letters = own.chars().count();
    if letters < 3 || own == word {
        return None;
    }
    let stem = stem(own, script);
    let add = "add it to match it";
    for start in unprefixed(word, script) {
        if let Some(tail) = start.strip_prefix(stem.as_str()).filter(|t| !t.is_empty()) {
            let kind = derivation(tail, script);
            if let Some(kind) = kind {
                return Some(format!("{word} is a {kind} of {term}; {add}"));
            }
        }
        let without = own.strip_prefix("ال").filter(|rest| script == Script::Arabic && *rest == start);
        if without.is_some() {
            return Some(format!("{word} occurs without the article; {add}"));
        }
    }
    if letters > 4 && one_letter_apart(own, word) {
        return Some(format!("{word} differs from {term} by one letter; add it if it is another spelling"));
    }
    None
}

/// Removes the ending that derivation replaces: سوريا gives سوري, Turquie gives turqu.
fn stem(own: &str, script: Script) -> String {
    let bare = if script == Script::Arabic {
        own.strip_prefix("ال").filter(|r| r.chars().count() > 2).unwrap_or(own)
    } else {
        own
    };
    let ending: &[char] = if script == Script::Arabic { &['ا', 'ه'] } else { &['e', 'a'] };
    let stem = bare.strip_suffix(ending).filter(|s| s.chars().count() > 2).unwrap_or(bare);
    // Names in يا derive from the stem before the ي: سوري, ليبي.
    stem.strip_suffix('ي').filter(|s| bare.ends_with('ا') && s.chars().count() > 2).unwrap_or(stem).to_owned()
}

/// The word without each prefix that may be attached to it.
fn unprefixed(word: &str, script: Script) -> Vec<String> {
    if script != Script::Arabic {
        return vec![word.to_owned()];
    }
    let tokens = WordList::read(word);
    let Some(token) = tokens.all().first() else { return Vec::new() };
    let letters = tokens.letters(token);
    let mut starts = Vec::new();
    morphology::stem_starts(Grammar::Arabic, letters, &mut starts);
    starts.iter().map(|s| letters[s.at..].iter().map(|l| l.folded).collect()).collect()
}

/// The kind of word that an ending forms.
fn derivation(tail: &str, script: Script) -> Option<&'static str> {
    const NISBA: &[&str] =
        &["ي", "يه", "يون", "يين", "يات", "يتين", "اوي", "اويه", "وي", "ويه", "ييون", "ييين", "ياً", "يي", "ايي"];
    const MAKERS: &[&str] = &[
        "li", "lu", "liler", "lilar", "lular", "luler", "lik", "luk", "ligi", "lugu", "ci", "cu", "siz", "suz", "ce",
        "ca",
    ];
    const LATIN: &[&str] = &[
        "i", "is", "ien", "iens", "ienne", "iennes", "ian", "ians", "n", "ns", "an", "ans", "ais", "aise", "ite",
        "ese", "ish", "al", "ial", "ic", "ique", "in", "ine", "ins", "ines", "ani", "iste", "istes", "ist", "ists",
        "er", "ers",
    ];
    match script {
        Script::Arabic if NISBA.contains(&tail) => Some("nisba"),
        Script::Arabic if tail == "ه" => Some("feminine or another word"),
        Script::Latin if MAKERS.contains(&tail) || LATIN.contains(&tail) => Some("derived word"),
        _ => None,
    }
}

fn one_letter_apart(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let same = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let tail = a[same..].iter().rev().zip(b[same..].iter().rev()).take_while(|(x, y)| x == y).count();
    a.len().max(b.len()) - same - tail == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceId;
    use crate::text::lang::Lang;
    use crate::watch::tests::{any, compiled, oic};

    fn explained(term: &str, lang: &str, text: &str) -> Explanation {
        let watches = compiled(&[any(&[term])], &[oic()]);
        let (source, lang) = (SourceId::new("s"), Lang::parse(lang).ok());
        let input = WatchInput { title: "", summary: "", text, lang: lang.as_ref(), source: &source, tags: &[] };
        watches.explain(&WatchId::new("w"), &input).expect("the watch is there")
    }

    #[test]
    fn near_misses_are_named() {
        for (term, lang, text, there, reason) in [
            ("فلسطين", "ar", "دعم الشعب الفلسطيني", "الفلسطيني", "nisba"),
            ("سوريا", "ar", "والسوريون في الخارج", "والسوريون", "nisba"),
            ("اقتصاد", "fa", "مشکلات اقتصادی مردم", "اقتصادی", "nisba"),
            ("بیمار", "fa", "شیوع بیماری در جنوب", "بیماری", "nisba"),
            ("وزير", "ar", "اجتماع للوزراء العرب", "للوزراء", "broken plural"),
            ("وزير الخارجية", "ar", "لقاء وزراء الخارجية", "وزراء الخارجية", "plurals = true"),
            ("اليمن", "ar", "يمن جديد", "يمن", "without the article"),
            ("Filistin", "tr", "Filistinli çocuklar", "Filistinli", "derived"),
            ("Iran", "fr", "un Iranien arrêté", "Iranien", "derived"),
            ("ترامب", "ar", "قال ترمب اليوم", "ترمب", "one letter"),
            ("West Bank", "en", "a bank in the west", "west", "not next to each other"),
            ("@oic", "en", "the OIC signed a car insurance", "OIC", "is ambiguous"),
            ("OIC", "en", "the oic signed a car insurance", "oic", "in lower case"),
            ("Gaza", "en", "mail press@gaza.example today", "gaza", "part of an address"),
            ("Gaza", "en", "people write #freegaza today", "freegaza", "part of a hashtag"),
            ("EU", "fr", "il a eu lieu", "eu", "in lower case"),
        ] {
            let near = explained(term, lang, text).near;
            assert!(near.iter().any(|n| n.text == there && n.reason.contains(reason)), "{term} in {text}: {near:?}");
        }
    }

    #[test]
    fn a_hit_is_explained_by_its_places() {
        let explanation = explained("غزة", "ar", "مساعدات لغزة");
        assert_eq!(explanation.hit.map(|h| h.matches[0].how.prefix.clone()), Some(Some("ل".to_owned())));
        assert_eq!((explanation.missing, explanation.near), (Vec::new(), Vec::new()));
        assert_eq!(explained("غزة", "ar", "مصنع غزل").missing, ["غزة"]);
    }
}
