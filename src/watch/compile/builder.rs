//! Builds term groups and a condition tree from the keys and the query of each watch.

use std::collections::HashMap;

use super::{
    ALL_FIELDS, ConceptGate, GroupMember, MAX_REGEX, NONE, QueryPattern, TermGroup, WatchCondition, Watches, bit,
};
use crate::source::SourceId;
use crate::text::fold;
use crate::text::lang::Lang;
use crate::text::words::WordList;
use crate::watch::concept::ConceptName;
use crate::watch::plural_terms::plural_terms;
use crate::watch::query::{self, QueryExpr, QuerySpan};
use crate::watch::term::{self, Term, TermMode};
use crate::watch::term_index;
use crate::watch::term_index::{TermIndex, WordFrequencies};
use crate::watch::{ProblemOwner, SourceFilter, Watch, WatchProblem, lint};

/// The compiler's state: the output so far and the problems found.
pub(super) struct WatchCompiler<'a> {
    concept_names: &'a HashMap<&'a str, Vec<ConceptName<'a>>>,
    pub(crate) problems: Vec<WatchProblem>,
    /// Term numbers by the hash of text and mode.
    numbers: HashMap<u64, u32>,
    /// The words of the current term.
    words: WordList,
    weights: WordFrequencies,
    /// The folded terms of the current watch.
    pub(crate) keys: lint::WatchTerms,
    concepts: HashMap<String, u32>,
    gates: HashMap<(u32, u32), u32>,
    members: Vec<(u32, GroupMember)>,
    pub out: Watches,
}

/// The key that is being compiled, with the conditions that apply to it.
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
    pub fn new(concept_names: &'a HashMap<&'a str, Vec<ConceptName<'a>>>, problems: Vec<WatchProblem>) -> Self {
        Self {
            concept_names,
            problems,
            numbers: HashMap::new(),
            words: WordList::default(),
            weights: WordFrequencies::default(),
            keys: lint::WatchTerms::default(),
            concepts: HashMap::new(),
            gates: HashMap::new(),
            members: Vec::new(),
            out: Watches::default(),
        }
    }

    pub fn watch(&mut self, number: u32, watch: &'a Watch) -> WatchCondition {
        let fields = if watch.fields.is_empty() { ALL_FIELDS } else { watch.fields.iter().fold(0, |m, f| m | bit(*f)) };
        let context = KeyContext { watch, number, key: "any", index: None, span: None, fields, wanted: true };
        let problems_before = self.problems.len();
        self.keys.iter_mut().for_each(Vec::clear);
        let mut parts = Vec::new();
        if !watch.any.is_empty() {
            let group = self.group(&context);
            self.fill(group, &watch.any, &context);
            parts.push(WatchCondition::Group(group));
        }
        for (index, text) in watch.all.iter().enumerate() {
            let context = KeyContext { key: "all", index: Some(index), ..context };
            let group = self.group(&context);
            self.member(group, text, &context);
            parts.push(WatchCondition::Group(group));
        }
        if let Some(text) = &watch.query {
            let context = KeyContext { key: "query", ..context };
            match query::parse(text) {
                Ok(expr) => parts.push(self.expr(&expr, &context)),
                Err(error) => {
                    let context = KeyContext { span: Some(error.span), ..context };
                    self.problems.push(context.problem(error.message, error.remedy));
                    return WatchCondition::Any(parts);
                }
            }
        }
        let wanted = parts.iter().any(WatchCondition::requires);
        if !watch.none.is_empty() {
            let context = KeyContext { key: "none", wanted: false, ..context };
            let group = self.group(&context);
            self.fill(group, &watch.none, &context);
            parts.push(WatchCondition::Not(Box::new(WatchCondition::Group(group))));
        }
        if !parts.is_empty() && !wanted && self.problems.len() == problems_before {
            let context = KeyContext { key: if watch.query.is_some() { "query" } else { "none" }, ..context };
            let remedy = "add what it must match: any = [\"…\"], or a word before NOT";
            self.problems.push(context.problem("the watch only excludes", remedy));
        }
        WatchCondition::All(parts)
    }

    fn group(&mut self, context: &KeyContext<'_>) -> u32 {
        self.out.groups.push(TermGroup { watch: context.number, fields: context.fields, wanted: context.wanted });
        number(self.out.groups.len() - 1)
    }

    fn fill(&mut self, group: u32, texts: &[String], context: &KeyContext<'_>) {
        for (index, text) in texts.iter().enumerate() {
            self.member(group, text, &KeyContext { index: Some(index), ..*context });
        }
    }

    /// A term of `any`, `all` or `none`: words, or a concept.
    fn member(&mut self, group: u32, text: &str, context: &KeyContext<'_>) {
        let mut key = String::new();
        if let Some(name) = text.strip_prefix('@') {
            self.concept(group, name, context);
        } else if self.add_term(group, text.strip_prefix("\\@").map_or(text, |_| &text[1..]), TermMode::Words, context)
        {
            key = fold::key_of(&self.words);
        }
        self.keys[["any", "all", "none"].iter().position(|k| *k == context.key).unwrap_or(0)].push(key);
    }

    /// Adds a term to a group and returns true if the term is valid. Its words stay in `self.words` until the next
    /// term.
    fn add_term(&mut self, group: u32, text: &str, mode: TermMode, context: &KeyContext<'_>) -> bool {
        match self.term(text, mode) {
            Ok(term) => {
                self.members.push((term, GroupMember { group, concept: NONE, gate: NONE }));
                if mode == TermMode::Words && context.watch.plurals == Some(true) {
                    self.add_plurals(group, text);
                }
                true
            }
            Err((message, remedy)) => {
                self.problems.push(context.problem(message, remedy));
                false
            }
        }
    }

    /// Adds the broken plurals of a term to its group. The words of the term stay in `self.words`.
    fn add_plurals(&mut self, group: u32, text: &str) {
        for plural in plural_terms(text.trim(), &mut WordList::default()) {
            let term = self.number_of(plural);
            self.members.push((term, GroupMember { group, concept: NONE, gate: NONE }));
        }
    }

    /// Returns the number of a term, or the reason why it is invalid.
    fn term(&mut self, text: &str, mode: TermMode) -> Result<u32, (String, String)> {
        term::validate(text, &mut self.words)?;
        let known = self.out.terms.len();
        let term = self.number_of(Term { text: text.trim().into(), mode, singular: None });
        if self.out.terms.len() > known {
            self.weights.add(&self.words);
        }
        Ok(term)
    }

    /// Returns the number of a valid term, and adds it if it is new.
    fn number_of(&mut self, term: Term) -> u32 {
        let singular = term.singular.as_deref().unwrap_or_default();
        let hash = term_index::hash(term.text.chars().chain(['\0', term.mode.symbol()]).chain(singular.chars()));
        if let Some(known) = self.numbers.get(&hash).filter(|n| self.out.terms.get(**n as usize) == Some(&term)) {
            return *known;
        }
        let added = number(self.out.terms.len());
        self.out.terms.push(term);
        self.numbers.insert(hash, added);
        added
    }

    fn concept(&mut self, group: u32, name: &str, context: &KeyContext<'_>) {
        let Some(names) = self.concept_names.get(name) else {
            let (message, remedy) = self.unknown_concept(name, context.key);
            self.problems.push(context.problem(message, remedy));
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
            // Invalid names have been reported with their concept.
            let Ok(term) = self.term(name.text, TermMode::Words) else { continue };
            let gate = if name.near.is_empty() { NONE } else { self.gate(concept, term, name.near, &sure) };
            self.members.push((term, GroupMember { group, concept, gate }));
        }
    }

    /// The problem of a concept that is not defined.
    fn unknown_concept(&self, name: &str, key: &str) -> (String, String) {
        if let Some(several) = lint::several(&format!("@{name}"), key) {
            return several;
        }
        let is_plain = |name: &str| name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
        let nearest = lint::nearest(name, self.concept_names.keys().copied());
        let remedy = match nearest {
            Some(nearest) => format!("did you mean @{nearest}? To match the sign @ itself, write '\\@{name}'"),
            None if is_plain(name) => {
                format!(
                    "use one that `marsad config concepts` lists, or add a [concept.{name}] section; to match the \
                     sign @ itself, write '\\@{name}'"
                )
            }
            None => {
                format!("a concept has a name of a-z, 0-9 and '-'; to match the sign @ itself, write '\\@{name}'")
            }
        };
        (format!("unknown concept {name:?}"), remedy)
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

    fn expr(&mut self, expr: &QueryExpr, context: &KeyContext<'_>) -> WatchCondition {
        match expr {
            QueryExpr::And(parts) => WatchCondition::All(parts.iter().map(|p| self.expr(p, context)).collect()),
            QueryExpr::Or(parts) => self.either(parts, context),
            QueryExpr::Not(inner) => {
                let context = KeyContext { wanted: !context.wanted, ..*context };
                WatchCondition::Not(Box::new(self.expr(inner, &context)))
            }
            QueryExpr::In(field, inner, span) => {
                let fields = context.fields & bit(*field);
                if fields == 0 {
                    let context = KeyContext { span: Some(*span), ..*context };
                    let message = format!("{}: can never match, because `fields` does not include it", field.as_str());
                    self.problems.push(context.problem(message, format!("add {:?} to `fields`", field.as_str())));
                }
                self.expr(inner, &KeyContext { fields, ..*context })
            }
            QueryExpr::Near(reach, parts, _) => {
                let parts = parts.iter().map(|p| self.places(p, context)).collect();
                WatchCondition::Near(*reach, parts)
            }
            QueryExpr::Term { .. } | QueryExpr::Concept(..) => WatchCondition::Group(self.leaf(expr, context)),
            QueryExpr::Regex(text, span) => self.regex(text, &KeyContext { span: Some(*span), ..*context }),
            QueryExpr::Lang(text, span) => self.lang(text, &KeyContext { span: Some(*span), ..*context }),
            QueryExpr::Source(text, _) => WatchCondition::From(SourceFilter::Id(SourceId::new(text.as_str()))),
            QueryExpr::Tag(text, _) => WatchCondition::From(SourceFilter::Tag(text.clone())),
        }
    }

    /// Puts all plain terms of an OR into one group, so that a long list costs no more than its hits.
    fn either(&mut self, parts: &[QueryExpr], context: &KeyContext<'_>) -> WatchCondition {
        let is_leaf = |p: &&QueryExpr| matches!(p, QueryExpr::Term { .. } | QueryExpr::Concept(..));
        let mut nodes: Vec<WatchCondition> =
            parts.iter().filter(|p| !is_leaf(p)).map(|p| self.expr(p, context)).collect();
        let leaves: Vec<&QueryExpr> = parts.iter().filter(is_leaf).collect();
        if !leaves.is_empty() {
            let group = self.group(context);
            for leaf in leaves {
                self.join(group, leaf, context);
            }
            nodes.push(WatchCondition::Group(group));
        }
        WatchCondition::Any(nodes)
    }

    fn leaf(&mut self, expr: &QueryExpr, context: &KeyContext<'_>) -> u32 {
        let group = self.group(context);
        self.join(group, expr, context);
        group
    }

    fn join(&mut self, group: u32, expr: &QueryExpr, context: &KeyContext<'_>) {
        match expr {
            QueryExpr::Term { text, mode, span } => {
                self.add_term(group, text, *mode, &KeyContext { span: Some(*span), ..*context });
            }
            QueryExpr::Concept(name, span) => self.concept(group, name, &KeyContext { span: Some(*span), ..*context }),
            _ => {}
        }
    }

    /// Returns the groups of one side of a NEAR.
    fn places(&mut self, expr: &QueryExpr, context: &KeyContext<'_>) -> Vec<u32> {
        match expr {
            QueryExpr::Or(parts) => parts.iter().flat_map(|p| self.places(p, context)).collect(),
            QueryExpr::In(field, inner, _) => {
                self.places(inner, &KeyContext { fields: context.fields & bit(*field), ..*context })
            }
            _ => vec![self.leaf(expr, context)],
        }
    }

    fn regex(&mut self, text: &str, context: &KeyContext<'_>) -> WatchCondition {
        match regex::RegexBuilder::new(text).size_limit(MAX_REGEX).dfa_size_limit(MAX_REGEX).build() {
            Ok(regex) if regex.is_match("") => {
                let remedy = "require at least one character: + instead of *";
                self.problems
                    .push(context.problem("the regular expression matches every text, even an empty one", remedy));
            }
            Ok(regex) => {
                self.out.regexes.push(QueryPattern { text: format!("/{text}/"), regex });
                return WatchCondition::Regex(number(self.out.regexes.len() - 1), context.fields);
            }
            Err(regex::Error::CompiledTooBig(_)) => {
                let remedy = "reduce its repetitions; the limit is 1 MiB when compiled";
                self.problems.push(context.problem("the regular expression is too big", remedy));
            }
            Err(error) => {
                let why = error.to_string();
                let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
                let remedy = "correct it; look-around and back-references are not supported, and \\/ is a slash";
                self.problems.push(context.problem(format!("invalid regular expression: {why}"), remedy));
            }
        }
        WatchCondition::Any(Vec::new())
    }

    fn lang(&mut self, text: &str, context: &KeyContext<'_>) -> WatchCondition {
        match Lang::parse(text) {
            Ok(lang) => WatchCondition::Lang(lang),
            Err(error) => {
                self.problems.push(context.problem(error.to_string(), "write a tag of two or three letters: lang:ar"));
                WatchCondition::Any(Vec::new())
            }
        }
    }

    pub(crate) fn finish(mut self, watches: &[Watch]) -> (Watches, Vec<WatchProblem>) {
        let mut out = std::mem::take(&mut self.out);
        // Frees what only compilation needs before the index is built.
        (self.numbers, self.keys) = (HashMap::new(), lint::WatchTerms::default());
        out.watches = watches.to_vec();
        out.numbers = (0u32..).zip(watches).map(|(n, w)| (w.id.clone(), n)).collect();
        self.members.sort_unstable_by_key(|(term, member_of)| (*term, member_of.group, member_of.concept));
        self.members.dedup_by_key(|(term, member_of)| (*term, member_of.group, member_of.concept));
        out.offsets = vec![0; out.terms.len() + 1];
        for (term, _) in &self.members {
            out.offsets[*term as usize + 1] += 1;
        }
        for i in 1..out.offsets.len() {
            out.offsets[i] += out.offsets[i - 1];
        }
        out.members = self.members.into_iter().map(|(_, member_of)| member_of).collect();
        out.index = TermIndex::new(&out.terms, &self.weights);
        out.terms.shrink_to_fit();
        out.groups.shrink_to_fit();
        (out, self.problems)
    }
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(NONE - 1)
}
