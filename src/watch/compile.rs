//! From what the configuration says to what is looked for: one table of terms and one small tree a watch.

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
    /// The watches that may hold for an item in which no term stands.
    pub(super) always: Vec<u32>,
    pub(super) terms: Vec<Term>,
    pub(super) index: TermIndex,
    /// Where each term's posts begin.
    pub(super) offsets: Vec<u32>,
    pub(super) posts: Vec<GroupMember>,
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
    /// A term of this group stands in the item.
    Group(u32),
    /// Terms of these groups stand near each other, in this order of mention.
    Near(u32, Vec<Vec<u32>>),
    /// A regular expression matches in these fields.
    Regex(u32, u8),
    /// The item's language.
    Lang(Lang),
    /// Where the item comes from.
    From(SourceFilter),
}

/// Terms any of which will do, in the fields of a mask.
#[derive(Clone, Copy, Debug)]
pub(super) struct TermGroup {
    pub watch: u32,
    pub fields: u8,
    /// A hit makes the watch worth evaluating.
    pub wanted: bool,
}

/// That a term belongs to a group.
#[derive(Clone, Copy, Debug)]
pub(super) struct GroupMember {
    pub group: u32,
    /// The concept it is a name of, or [`NONE`].
    pub concept: u32,
    /// What must stand near it, or [`NONE`].
    pub gate: u32,
}

/// No concept, no gate.
pub(super) const NONE: u32 = u32::MAX;

/// What proves that an ambiguous name means its concept.
#[derive(Clone, Debug, Default)]
pub(super) struct ConceptGate {
    /// Terms one of which stands near.
    pub near: Vec<u32>,
    /// Names that mean only this concept, anywhere in the item.
    pub sure: Vec<u32>,
}

/// A regular expression as the query writes it.
#[derive(Clone, Debug)]
pub(super) struct QueryPattern {
    pub text: String,
    pub regex: regex::Regex,
}

/// The most memory that a compiled regular expression may take, in bytes.
pub const MAX_REGEX: usize = 1 << 20;

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
    /// Compiles every watch; beside them come doubts worth a word to the operator.
    ///
    /// # Errors
    /// Everything that is wrong, doubts included, when anything is.
    pub fn compile(watches: &[Watch], concepts: &[Concept]) -> Result<(Self, Vec<WatchProblem>), Vec<WatchProblem>> {
        let mut problems = Vec::new();
        let known = concept::read(concepts, &mut problems);
        let mut builder = WatchCompiler::new(&known, problems);
        for (number, watch) in (0u32..).zip(watches) {
            let root = builder.watch(number, watch);
            if root.holds_without_terms() {
                builder.out.always.push(number);
            }
            builder.out.roots.push(root);
            builder.problems.extend(lint::doubts(watch, &builder.keys));
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

    /// How many different terms are looked for.
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

    /// It asks for something, and does not only forbid.
    fn asks(&self) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().any(Self::asks),
            Self::Not(_) => false,
            _ => true,
        }
    }
}
