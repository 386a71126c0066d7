//! Compiles watches into one table of terms and one condition tree for each watch.

use std::collections::HashMap;

use super::term::Term;
use super::term_index::TermIndex;
use super::{Concept, SourceFilter, Watch, WatchProblem, concept, lint};
use crate::alert::{Field, WatchId};
use crate::text::lang::Lang;

mod builder;

use builder::WatchCompiler;

/// Every watch, ready to be evaluated.
#[derive(Clone, Debug, Default)]
pub struct Watches {
    pub(super) watches: Vec<Watch>,
    pub(super) numbers: HashMap<WatchId, u32>,
    pub(super) roots: Vec<WatchCondition>,
    /// The watches that can match an item without any term.
    pub(super) unconditional: Vec<u32>,
    pub(super) terms: Vec<Term>,
    pub(super) index: TermIndex,
    /// The index of each term's first entry in `members`.
    pub(super) offsets: Vec<u32>,
    pub(super) members: Vec<GroupMember>,
    pub(super) groups: Vec<TermGroup>,
    pub(super) concepts: Vec<String>,
    pub(super) gates: Vec<ConceptGate>,
    pub(super) regexes: Vec<QueryPattern>,
}

/// A condition of a watch.
#[derive(Clone, Debug)]
pub(super) enum WatchCondition {
    /// Each of these.
    All(Vec<WatchCondition>),
    /// One of these.
    Any(Vec<WatchCondition>),
    /// Not this.
    Not(Box<WatchCondition>),
    /// A term of this group occurs in the item.
    Group(u32),
    /// Terms of these groups occur near each other, in the order of the query.
    Near(u32, Vec<Vec<u32>>),
    /// A regular expression matches in these fields.
    Regex(u32, u8),
    /// The item's language.
    Lang(Lang),
    /// Where the item comes from.
    From(SourceFilter),
}

/// Terms of which any one is enough, in the fields of a bit mask.
#[derive(Clone, Copy, Debug)]
pub(super) struct TermGroup {
    pub watch: u32,
    pub fields: u8,
    /// A hit makes the watch worth evaluating.
    pub(crate) wanted: bool,
}

/// The membership of a term in a group.
#[derive(Clone, Copy, Debug)]
pub(super) struct GroupMember {
    pub(crate) group: u32,
    /// The concept that the term names, or [`NONE`].
    pub(crate) concept: u32,
    /// The gate that the term must pass, or [`NONE`].
    pub(crate) gate: u32,
}

/// No concept, no gate.
pub(super) const NONE: u32 = u32::MAX;

/// The evidence that an ambiguous name means its concept.
#[derive(Clone, Debug, Default)]
pub(super) struct ConceptGate {
    /// Terms of which one must occur near the name.
    pub(crate) near: Vec<u32>,
    /// Unambiguous names of the concept, which count anywhere in the item.
    pub(crate) sure: Vec<u32>,
}

/// A regular expression from a query.
#[derive(Clone, Debug)]
pub(super) struct QueryPattern {
    pub text: String,
    pub(crate) regex: regex::Regex,
}

/// The largest size of a compiled regular expression, in bytes. Chosen by hand.
pub(crate) const MAX_REGEX: usize = 1 << 20;

/// The bit of a field in a mask.
pub(super) fn bit(field: Field) -> u8 {
    match field {
        Field::Title => 1,
        Field::Summary => 2,
        Field::Text => 4,
    }
}

/// The mask of all fields.
pub(super) const ALL_FIELDS: u8 = 7;

impl Watches {
    /// Compiles every watch, and returns lint warnings with them.
    ///
    /// ```
    /// use marsad::alert::WatchId;
    /// use marsad::watch::{Watch, Watches};
    ///
    /// let watch = Watch { any: vec!["Gaza".to_owned()], ..Watch::named(WatchId::new("gaza")) };
    /// let (watches, warnings) = Watches::compile(&[watch], &[]).unwrap();
    /// assert_eq!((watches.terms(), warnings.len()), (1, 0));
    /// ```
    ///
    /// # Errors
    /// Returns every problem, warnings included, if at least one is an error.
    pub fn compile(watches: &[Watch], concepts: &[Concept]) -> Result<(Self, Vec<WatchProblem>), Vec<WatchProblem>> {
        let mut problems = Vec::new();
        let known = concept::read(concepts, &mut problems);
        let mut builder = WatchCompiler::new(&known, problems);
        for (number, watch) in (0u32..).zip(watches) {
            let root = builder.watch(number, watch);
            if root.holds_without_terms() {
                builder.out.unconditional.push(number);
            }
            builder.out.roots.push(root);
            builder.problems.extend(lint::warnings(watch, &builder.keys));
        }
        if builder.problems.iter().any(|p| !p.warning) {
            return Err(builder.problems);
        }
        Ok(builder.finish(watches))
    }

    /// A watch by its name.
    #[must_use]
    pub fn watch(&self, id: &WatchId) -> Option<&Watch> {
        self.numbers.get(id).map(|n| &self.watches[*n as usize])
    }

    /// Every watch, in the order of the configuration.
    #[must_use]
    pub fn all(&self) -> &[Watch] {
        &self.watches
    }

    /// The number of distinct terms.
    #[must_use]
    pub fn terms(&self) -> usize {
        self.terms.len()
    }
}

impl WatchCondition {
    fn holds_without_terms(&self) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(Self::holds_without_terms),
            Self::Any(parts) => parts.iter().any(Self::holds_without_terms),
            Self::Group(_) | Self::Near(..) => false,
            Self::Not(_) | Self::Regex(..) | Self::Lang(_) | Self::From(_) => true,
        }
    }

    /// True if the condition requires something and does not only exclude.
    fn requires(&self) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().any(Self::requires),
            Self::Not(_) => false,
            _ => true,
        }
    }
}
