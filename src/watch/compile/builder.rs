//! One watch after another: its keys and its query become groups of terms and a tree over them.

use std::collections::HashMap;

use super::{ALL_FIELDS, Gate, Group, MAX_REGEX, NONE, Node, Pattern, Post, Watches, bit};
use crate::source::SourceId;
use crate::text::fold;
use crate::text::lang::Lang;
use crate::text::token::Tokens;
use crate::watch::concept::Name;
use crate::watch::index::{self, Index, Weights};
use crate::watch::query::{self, Expr, Span};
use crate::watch::term::{self, Mode, Term};
use crate::watch::{Owner, Problem, SourceFilter, Watch, doubt};

/// What is being compiled, and what was found wrong on the way.
pub(super) struct Builder<'a> {
    known: &'a HashMap<&'a str, Vec<Name<'a>>>,
    pub problems: Vec<Problem>,
    /// The terms by the hash of their text and mode.
    numbers: HashMap<u64, u32>,
    /// The words of the term that is being read.
    words: Tokens,
    weights: Weights,
    /// The folded terms of the watch that is being read.
    pub keys: doubt::Keys,
    concepts: HashMap<String, u32>,
    gates: HashMap<(u32, u32), u32>,
    posts: Vec<(u32, Post)>,
    pub out: Watches,
}

/// Where a part of a watch stands: in which key, under which conditions.
#[derive(Clone, Copy)]
struct Place<'a> {
    watch: &'a Watch,
    number: u32,
    key: &'static str,
    index: Option<usize>,
    span: Option<Span>,
    fields: u8,
    wanted: bool,
}

impl Place<'_> {
    fn problem(&self, message: impl Into<String>, remedy: impl Into<String>) -> Problem {
        let owner = Owner::Watch(self.watch.id.clone());
        let (message, remedy) = (message.into(), remedy.into());
        Problem { owner, key: self.key.to_owned(), index: self.index, span: self.span, message, remedy, warning: false }
    }
}

impl<'a> Builder<'a> {
    pub fn new(known: &'a HashMap<&'a str, Vec<Name<'a>>>, problems: Vec<Problem>) -> Self {
        Self {
            known,
            problems,
            numbers: HashMap::new(),
            words: Tokens::default(),
            weights: Weights::default(),
            keys: doubt::Keys::default(),
            concepts: HashMap::new(),
            gates: HashMap::new(),
            posts: Vec::new(),
            out: Watches::default(),
        }
    }

    pub fn watch(&mut self, number: u32, watch: &'a Watch) -> Node {
        let fields = if watch.fields.is_empty() { ALL_FIELDS } else { watch.fields.iter().fold(0, |m, f| m | bit(*f)) };
        let place = Place { watch, number, key: "any", index: None, span: None, fields, wanted: true };
        let sound = self.problems.len();
        self.keys.iter_mut().for_each(Vec::clear);
        let mut parts = Vec::new();
        if !watch.any.is_empty() {
            let group = self.group(&place);
            self.fill(group, &watch.any, &place);
            parts.push(Node::Group(group));
        }
        for (index, text) in watch.all.iter().enumerate() {
            let place = Place { key: "all", index: Some(index), ..place };
            let group = self.group(&place);
            self.member(group, text, &place);
            parts.push(Node::Group(group));
        }
        if let Some(text) = &watch.query {
            let place = Place { key: "query", ..place };
            match query::parse(text) {
                Ok(expr) => parts.push(self.expr(&expr, &place)),
                Err(fault) => {
                    let place = Place { span: Some(fault.span), ..place };
                    self.problems.push(place.problem(fault.message, fault.remedy));
                    return Node::Any(parts);
                }
            }
        }
        let wanted = parts.iter().any(Node::asks);
        if !watch.none.is_empty() {
            let place = Place { key: "none", wanted: false, ..place };
            let group = self.group(&place);
            self.fill(group, &watch.none, &place);
            parts.push(Node::Not(Box::new(Node::Group(group))));
        }
        if !parts.is_empty() && !wanted && self.problems.len() == sound {
            let place = Place { key: if watch.query.is_some() { "query" } else { "none" }, ..place };
            let remedy = "add what it must match: any = [\"…\"], or a word before NOT";
            self.problems.push(place.problem("the watch only excludes", remedy));
        }
        Node::All(parts)
    }

    fn group(&mut self, place: &Place<'_>) -> u32 {
        self.out.groups.push(Group { watch: place.number, fields: place.fields, wanted: place.wanted });
        number(self.out.groups.len() - 1)
    }

    fn fill(&mut self, group: u32, texts: &[String], place: &Place<'_>) {
        for (index, text) in texts.iter().enumerate() {
            self.member(group, text, &Place { index: Some(index), ..*place });
        }
    }

    /// A term of `any`, `all` or `none`: words, or a concept.
    fn member(&mut self, group: u32, text: &str, place: &Place<'_>) {
        let mut key = String::new();
        if let Some(name) = text.strip_prefix('@') {
            self.concept(group, name, place);
        } else if self.words(group, text.strip_prefix("\\@").map_or(text, |_| &text[1..]), Mode::Words, place) {
            key = fold::key_of(&self.words);
        }
        self.keys[["any", "all", "none"].iter().position(|k| *k == place.key).unwrap_or(0)].push(key);
    }

    /// Whether the words can be watched for: then they are, and stay in memory until the next are read.
    fn words(&mut self, group: u32, text: &str, mode: Mode, place: &Place<'_>) -> bool {
        match self.term(text, mode) {
            Ok(term) => {
                self.posts.push((term, Post { group, concept: NONE, gate: NONE }));
                true
            }
            Err((message, remedy)) => {
                self.problems.push(place.problem(message, remedy));
                false
            }
        }
    }

    /// The number of a term; or why it is none.
    fn term(&mut self, text: &str, mode: Mode) -> Result<u32, (String, String)> {
        term::refuse(text, &mut self.words)?;
        let text = text.trim();
        let hash = index::hash(text.chars().chain(['\0', mode.sign()]));
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

    fn concept(&mut self, group: u32, name: &str, place: &Place<'_>) {
        let Some(names) = self.known.get(name) else {
            let nearest = doubt::nearest(name, self.known.keys().copied());
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
            let Ok(term) = self.term(name.text, Mode::Words) else { continue };
            let gate = if name.near.is_empty() { NONE } else { self.gate(concept, term, name.near, &sure) };
            self.posts.push((term, Post { group, concept, gate }));
        }
    }

    fn gate(&mut self, concept: u32, term: u32, near: &[String], sure: &[&str]) -> u32 {
        if let Some(known) = self.gates.get(&(concept, term)) {
            return *known;
        }
        let near = near.iter().filter_map(|n| self.term(n, Mode::Words).ok()).collect();
        let sure = sure.iter().filter_map(|n| self.term(n, Mode::Words).ok()).collect();
        self.out.gates.push(Gate { near, sure });
        let gate = number(self.out.gates.len() - 1);
        self.gates.insert((concept, term), gate);
        gate
    }

    fn expr(&mut self, expr: &Expr, place: &Place<'_>) -> Node {
        match expr {
            Expr::And(parts) => Node::All(parts.iter().map(|p| self.expr(p, place)).collect()),
            Expr::Or(parts) => self.either(parts, place),
            Expr::Not(inner) => {
                let place = Place { wanted: !place.wanted, ..*place };
                Node::Not(Box::new(self.expr(inner, &place)))
            }
            Expr::In(field, inner, span) => {
                let fields = place.fields & bit(*field);
                if fields == 0 {
                    let place = Place { span: Some(*span), ..*place };
                    let message = format!("{}: can never match, because `fields` does not include it", field.as_str());
                    self.problems.push(place.problem(message, format!("add {:?} to `fields`", field.as_str())));
                }
                self.expr(inner, &Place { fields, ..*place })
            }
            Expr::Near(reach, parts, _) => {
                let parts = parts.iter().map(|p| self.places(p, place)).collect();
                Node::Near(*reach, parts)
            }
            Expr::Term { .. } | Expr::Concept(..) => Node::Group(self.leaf(expr, place)),
            Expr::Regex(text, span) => self.regex(text, &Place { span: Some(*span), ..*place }),
            Expr::Lang(text, span) => self.lang(text, &Place { span: Some(*span), ..*place }),
            Expr::Source(text, _) => Node::From(SourceFilter::Id(SourceId::new(text.as_str()))),
            Expr::Tag(text, _) => Node::From(SourceFilter::Tag(text.clone())),
        }
    }

    /// One group for all plain terms of an OR: a long list costs no more than its hits.
    fn either(&mut self, parts: &[Expr], place: &Place<'_>) -> Node {
        let is_leaf = |p: &&Expr| matches!(p, Expr::Term { .. } | Expr::Concept(..));
        let mut nodes: Vec<Node> = parts.iter().filter(|p| !is_leaf(p)).map(|p| self.expr(p, place)).collect();
        let leaves: Vec<&Expr> = parts.iter().filter(is_leaf).collect();
        if !leaves.is_empty() {
            let group = self.group(place);
            for leaf in leaves {
                self.join(group, leaf, place);
            }
            nodes.push(Node::Group(group));
        }
        Node::Any(nodes)
    }

    fn leaf(&mut self, expr: &Expr, place: &Place<'_>) -> u32 {
        let group = self.group(place);
        self.join(group, expr, place);
        group
    }

    fn join(&mut self, group: u32, expr: &Expr, place: &Place<'_>) {
        match expr {
            Expr::Term { text, mode, span } => {
                self.words(group, text, *mode, &Place { span: Some(*span), ..*place });
            }
            Expr::Concept(name, span) => self.concept(group, name, &Place { span: Some(*span), ..*place }),
            _ => {}
        }
    }

    /// The groups of one side of a NEAR.
    fn places(&mut self, expr: &Expr, place: &Place<'_>) -> Vec<u32> {
        match expr {
            Expr::Or(parts) => parts.iter().flat_map(|p| self.places(p, place)).collect(),
            Expr::In(field, inner, _) => self.places(inner, &Place { fields: place.fields & bit(*field), ..*place }),
            _ => vec![self.leaf(expr, place)],
        }
    }

    fn regex(&mut self, text: &str, place: &Place<'_>) -> Node {
        match regex::RegexBuilder::new(text).size_limit(MAX_REGEX).dfa_size_limit(MAX_REGEX).build() {
            Ok(regex) if regex.is_match("") => {
                let remedy = "require at least one character: + instead of *";
                self.problems
                    .push(place.problem("the regular expression matches every text, even an empty one", remedy));
            }
            Ok(regex) => {
                self.out.regexes.push(Pattern { text: format!("/{text}/"), regex });
                return Node::Regex(number(self.out.regexes.len() - 1), place.fields);
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
        Node::Any(Vec::new())
    }

    fn lang(&mut self, text: &str, place: &Place<'_>) -> Node {
        match Lang::parse(text) {
            Ok(lang) => Node::Lang(lang),
            Err(error) => {
                self.problems.push(place.problem(error.to_string(), "write a tag of two or three letters: lang:ar"));
                Node::Any(Vec::new())
            }
        }
    }

    pub fn finish(mut self, watches: &[Watch]) -> (Watches, Vec<Problem>) {
        let mut out = std::mem::take(&mut self.out);
        // What only the reading needed makes room for the index.
        (self.numbers, self.keys) = (HashMap::new(), doubt::Keys::default());
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
        out.index = Index::new(&out.terms, &self.weights);
        out.terms.shrink_to_fit();
        out.groups.shrink_to_fit();
        (out, self.problems)
    }
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(NONE - 1)
}
