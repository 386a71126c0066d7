//! One watch after another: its keys and its query become groups of terms and a tree over them.

use std::collections::HashMap;

use super::{
    ALL_FIELDS, ConceptGate, GroupMember, MAX_REGEX, NONE, QueryPattern, TermGroup, WatchCondition, Watches, bit,
};
use crate::source::SourceId;
use crate::text::fold;
use crate::text::lang::Lang;
use crate::text::words::WordList;
use crate::watch::concept::ConceptName;
use crate::watch::query::{self, QueryExpr, QuerySpan};
use crate::watch::term::{self, Term, TermMode};
use crate::watch::term_index;
use crate::watch::term_index::{TermIndex, WordFrequencies};
use crate::watch::{ProblemOwner, SourceFilter, Watch, WatchProblem, lint};

/// What is being compiled, and what was found wrong on the way.
pub(super) struct WatchCompiler<'a> {
    known: &'a HashMap<&'a str, Vec<ConceptName<'a>>>,
    pub problems: Vec<WatchProblem>,
    /// The terms by the hash of their text and mode.
    numbers: HashMap<u64, u32>,
    /// The words of the term that is being read.
    words: WordList,
    weights: WordFrequencies,
    /// The folded terms of the watch that is being read.
    pub keys: lint::WatchTerms,
    concepts: HashMap<String, u32>,
    gates: HashMap<(u32, u32), u32>,
    posts: Vec<(u32, GroupMember)>,
    pub out: Watches,
}

/// Where a part of a watch stands: in which key, under which conditions.
#[derive(Clone, Copy)]
struct KeyContext<'a> {
    watch: &'a Watch,
    number: u32,
    key: &'static str,
    index: Option<usize>,
    span: Option<QuerySpan>,
    fields: u8,
    wanted: bool,
}

impl KeyContext<'_> {
    fn problem(&self, message: impl Into<String>, remedy: impl Into<String>) -> WatchProblem {
        let owner = ProblemOwner::Watch(self.watch.id.clone());
        let (message, remedy) = (message.into(), remedy.into());
        WatchProblem {
            owner,
            key: self.key.to_owned(),
            index: self.index,
            span: self.span,
            message,
            remedy,
            warning: false,
        }
    }
}

impl<'a> WatchCompiler<'a> {
    pub fn new(known: &'a HashMap<&'a str, Vec<ConceptName<'a>>>, problems: Vec<WatchProblem>) -> Self {
        Self {
            known,
            problems,
            numbers: HashMap::new(),
            words: WordList::default(),
            weights: WordFrequencies::default(),
            keys: lint::WatchTerms::default(),
            concepts: HashMap::new(),
            gates: HashMap::new(),
            posts: Vec::new(),
            out: Watches::default(),
        }
    }

    pub fn watch(&mut self, number: u32, watch: &'a Watch) -> WatchCondition {
        let fields = if watch.fields.is_empty() { ALL_FIELDS } else { watch.fields.iter().fold(0, |m, f| m | bit(*f)) };
        let place = KeyContext { watch, number, key: "any", index: None, span: None, fields, wanted: true };
        let sound = self.problems.len();
        self.keys.iter_mut().for_each(Vec::clear);
        let mut parts = Vec::new();
        if !watch.any.is_empty() {
            let group = self.group(&place);
            self.fill(group, &watch.any, &place);
            parts.push(WatchCondition::Group(group));
        }
        for (index, text) in watch.all.iter().enumerate() {
            let place = KeyContext { key: "all", index: Some(index), ..place };
            let group = self.group(&place);
            self.member(group, text, &place);
            parts.push(WatchCondition::Group(group));
        }
        if let Some(text) = &watch.query {
            let place = KeyContext { key: "query", ..place };
            match query::parse(text) {
                Ok(expr) => parts.push(self.expr(&expr, &place)),
                Err(fault) => {
                    let place = KeyContext { span: Some(fault.span), ..place };
                    self.problems.push(place.problem(fault.message, fault.remedy));
                    return WatchCondition::Any(parts);
                }
            }
        }
        let wanted = parts.iter().any(WatchCondition::asks);
        if !watch.none.is_empty() {
            let place = KeyContext { key: "none", wanted: false, ..place };
            let group = self.group(&place);
            self.fill(group, &watch.none, &place);
            parts.push(WatchCondition::Not(Box::new(WatchCondition::Group(group))));
        }
        if !parts.is_empty() && !wanted && self.problems.len() == sound {
            let place = KeyContext { key: if watch.query.is_some() { "query" } else { "none" }, ..place };
            let remedy = "add what it must match: any = [\"…\"], or a word before NOT";
            self.problems.push(place.problem("the watch only excludes", remedy));
        }
        WatchCondition::All(parts)
    }

    fn group(&mut self, place: &KeyContext<'_>) -> u32 {
        self.out.groups.push(TermGroup { watch: place.number, fields: place.fields, wanted: place.wanted });
        number(self.out.groups.len() - 1)
    }

    fn fill(&mut self, group: u32, texts: &[String], place: &KeyContext<'_>) {
        for (index, text) in texts.iter().enumerate() {
            self.member(group, text, &KeyContext { index: Some(index), ..*place });
        }
    }

    /// A term of `any`, `all` or `none`: words, or a concept.
    fn member(&mut self, group: u32, text: &str, place: &KeyContext<'_>) {
        let mut key = String::new();
        if let Some(name) = text.strip_prefix('@') {
            self.concept(group, name, place);
        } else if self.words(group, text.strip_prefix("\\@").map_or(text, |_| &text[1..]), TermMode::Words, place) {
            key = fold::key_of(&self.words);
        }
        self.keys[["any", "all", "none"].iter().position(|k| *k == place.key).unwrap_or(0)].push(key);
    }

    /// Whether the words can be watched for: then they are, and stay in memory until the next are read.
    fn words(&mut self, group: u32, text: &str, mode: TermMode, place: &KeyContext<'_>) -> bool {
        match self.term(text, mode) {
            Ok(term) => {
                self.posts.push((term, GroupMember { group, concept: NONE, gate: NONE }));
                true
            }
            Err((message, remedy)) => {
                self.problems.push(place.problem(message, remedy));
                false
            }
        }
    }

    /// The number of a term; or why it is none.
    fn term(&mut self, text: &str, mode: TermMode) -> Result<u32, (String, String)> {
        term::refuse(text, &mut self.words)?;
        let text = text.trim();
        let hash = term_index::hash(text.chars().chain(['\0', mode.sign()]));
        let is_this =
            |term: &&u32| self.out.terms.get(**term as usize).is_some_and(|t| t.mode == mode && &*t.text == text);
        if let Some(known) = self.numbers.get(&hash).filter(is_this) {
            return Ok(*known);
        }
        self.weights.add(&self.words);
        let term = number(self.out.terms.len());
        self.out.terms.push(Term { text: text.into(), mode });
        self.numbers.insert(hash, term);
        Ok(term)
    }

    fn concept(&mut self, group: u32, name: &str, place: &KeyContext<'_>) {
        let Some(names) = self.known.get(name) else {
            let nearest = lint::nearest(name, self.known.keys().copied());
            let remedy = match nearest {
                Some(nearest) => format!("did you mean @{nearest}? A word that begins with @ is written \\@{name}"),
                None => format!("add a [concept.{name}] section; a word that begins with @ is written \\@{name}"),
            };
            self.problems.push(place.problem(format!("unknown concept {name:?}"), remedy));
            return;
        };
        let concept = match self.concepts.get(name) {
            Some(known) => *known,
            None => {
                self.out.concepts.push(name.to_owned());
                self.concepts.insert(name.to_owned(), number(self.out.concepts.len() - 1));
                number(self.out.concepts.len() - 1)
            }
        };
        let sure: Vec<&str> = names.iter().filter(|n| n.near.is_empty()).map(|n| n.text).collect();
        for name in names {
            // A name that cannot be watched for has been reported with its concept.
            let Ok(term) = self.term(name.text, TermMode::Words) else { continue };
            let gate = if name.near.is_empty() { NONE } else { self.gate(concept, term, name.near, &sure) };
            self.posts.push((term, GroupMember { group, concept, gate }));
        }
    }

    fn gate(&mut self, concept: u32, term: u32, near: &[String], sure: &[&str]) -> u32 {
        if let Some(known) = self.gates.get(&(concept, term)) {
            return *known;
        }
        let near = near.iter().filter_map(|n| self.term(n, TermMode::Words).ok()).collect();
        let sure = sure.iter().filter_map(|n| self.term(n, TermMode::Words).ok()).collect();
        self.out.gates.push(ConceptGate { near, sure });
        let gate = number(self.out.gates.len() - 1);
        self.gates.insert((concept, term), gate);
        gate
    }

    fn expr(&mut self, expr: &QueryExpr, place: &KeyContext<'_>) -> WatchCondition {
        match expr {
            QueryExpr::And(parts) => WatchCondition::All(parts.iter().map(|p| self.expr(p, place)).collect()),
            QueryExpr::Or(parts) => self.either(parts, place),
            QueryExpr::Not(inner) => {
                let place = KeyContext { wanted: !place.wanted, ..*place };
                WatchCondition::Not(Box::new(self.expr(inner, &place)))
            }
            QueryExpr::In(field, inner, span) => {
                let fields = place.fields & bit(*field);
                if fields == 0 {
                    let place = KeyContext { span: Some(*span), ..*place };
                    let message = format!("{}: can never match, because `fields` does not include it", field.as_str());
                    self.problems.push(place.problem(message, format!("add {:?} to `fields`", field.as_str())));
                }
                self.expr(inner, &KeyContext { fields, ..*place })
            }
            QueryExpr::Near(reach, parts, _) => {
                let parts = parts.iter().map(|p| self.places(p, place)).collect();
                WatchCondition::Near(*reach, parts)
            }
            QueryExpr::Term { .. } | QueryExpr::Concept(..) => WatchCondition::Group(self.leaf(expr, place)),
            QueryExpr::Regex(text, span) => self.regex(text, &KeyContext { span: Some(*span), ..*place }),
            QueryExpr::Lang(text, span) => self.lang(text, &KeyContext { span: Some(*span), ..*place }),
            QueryExpr::Source(text, _) => WatchCondition::From(SourceFilter::Id(SourceId::new(text.as_str()))),
            QueryExpr::Tag(text, _) => WatchCondition::From(SourceFilter::Tag(text.clone())),
        }
    }

    /// One group for all plain terms of an OR: a long list costs no more than its hits.
    fn either(&mut self, parts: &[QueryExpr], place: &KeyContext<'_>) -> WatchCondition {
        let is_leaf = |p: &&QueryExpr| matches!(p, QueryExpr::Term { .. } | QueryExpr::Concept(..));
        let mut nodes: Vec<WatchCondition> =
            parts.iter().filter(|p| !is_leaf(p)).map(|p| self.expr(p, place)).collect();
        let leaves: Vec<&QueryExpr> = parts.iter().filter(is_leaf).collect();
        if !leaves.is_empty() {
            let group = self.group(place);
            for leaf in leaves {
                self.join(group, leaf, place);
            }
            nodes.push(WatchCondition::Group(group));
        }
        WatchCondition::Any(nodes)
    }

    fn leaf(&mut self, expr: &QueryExpr, place: &KeyContext<'_>) -> u32 {
        let group = self.group(place);
        self.join(group, expr, place);
        group
    }

    fn join(&mut self, group: u32, expr: &QueryExpr, place: &KeyContext<'_>) {
        match expr {
            QueryExpr::Term { text, mode, span } => {
                self.words(group, text, *mode, &KeyContext { span: Some(*span), ..*place });
            }
            QueryExpr::Concept(name, span) => self.concept(group, name, &KeyContext { span: Some(*span), ..*place }),
            _ => {}
        }
    }

    /// The groups of one side of a NEAR.
    fn places(&mut self, expr: &QueryExpr, place: &KeyContext<'_>) -> Vec<u32> {
        match expr {
            QueryExpr::Or(parts) => parts.iter().flat_map(|p| self.places(p, place)).collect(),
            QueryExpr::In(field, inner, _) => {
                self.places(inner, &KeyContext { fields: place.fields & bit(*field), ..*place })
            }
            _ => vec![self.leaf(expr, place)],
        }
    }

    fn regex(&mut self, text: &str, place: &KeyContext<'_>) -> WatchCondition {
        match regex::RegexBuilder::new(text).size_limit(MAX_REGEX).dfa_size_limit(MAX_REGEX).build() {
            Ok(regex) if regex.is_match("") => {
                let remedy = "require at least one character: + instead of *";
                self.problems
                    .push(place.problem("the regular expression matches every text, even an empty one", remedy));
            }
            Ok(regex) => {
                self.out.regexes.push(QueryPattern { text: format!("/{text}/"), regex });
                return WatchCondition::Regex(number(self.out.regexes.len() - 1), place.fields);
            }
            Err(regex::Error::CompiledTooBig(_)) => {
                let remedy = "reduce its repetitions; the limit is 1 MiB when compiled";
                self.problems.push(place.problem("the regular expression is too big", remedy));
            }
            Err(error) => {
                let why = error.to_string();
                let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
                let remedy = "correct it; look-around and back-references are not supported, and \\/ is a slash";
                self.problems.push(place.problem(format!("invalid regular expression: {why}"), remedy));
            }
        }
        WatchCondition::Any(Vec::new())
    }

    fn lang(&mut self, text: &str, place: &KeyContext<'_>) -> WatchCondition {
        match Lang::parse(text) {
            Ok(lang) => WatchCondition::Lang(lang),
            Err(error) => {
                self.problems.push(place.problem(error.to_string(), "write a tag of two or three letters: lang:ar"));
                WatchCondition::Any(Vec::new())
            }
        }
    }

    pub fn finish(mut self, watches: &[Watch]) -> (Watches, Vec<WatchProblem>) {
        let mut out = std::mem::take(&mut self.out);
        // What only the reading needed makes room for the index.
        (self.numbers, self.keys) = (HashMap::new(), lint::WatchTerms::default());
        out.watches = watches.to_vec();
        out.numbers = (0u32..).zip(watches).map(|(n, w)| (w.id.clone(), n)).collect();
        self.posts.sort_unstable_by_key(|(term, post)| (*term, post.group, post.concept));
        self.posts.dedup_by_key(|(term, post)| (*term, post.group, post.concept));
        out.offsets = vec![0; out.terms.len() + 1];
        for (term, _) in &self.posts {
            out.offsets[*term as usize + 1] += 1;
        }
        for i in 1..out.offsets.len() {
            out.offsets[i] += out.offsets[i - 1];
        }
        out.posts = self.posts.into_iter().map(|(_, post)| post).collect();
        out.index = TermIndex::new(&out.terms, &self.weights);
        out.terms.shrink_to_fit();
        out.groups.shrink_to_fit();
        (out, self.problems)
    }
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(NONE - 1)
}
