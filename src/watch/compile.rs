//! Watches made ready to be found in an item.

use super::{Concept, Problem, Watch};

/// (being written)
#[derive(Debug)]
pub struct Watches {
    all: Vec<Watch>,
}

impl Watches {
    /// Compiles all watches.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn compile(watches: &[Watch], _concepts: &[Concept]) -> Result<(Self, Vec<Problem>), Vec<Problem>> {
        Ok((Self { all: watches.to_vec() }, Vec::new()))
    }

    /// All watches.
    #[must_use]
    pub fn all(&self) -> &[Watch] {
        &self.all
    }

    /// The watch of this name.
    #[must_use]
    pub fn watch(&self, id: &crate::alert::WatchId) -> Option<&Watch> {
        self.all.iter().find(|watch| watch.id == *id)
    }
}
