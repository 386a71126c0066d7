//! (being written)

use super::{Reading, Watch};
use crate::alert::{Hit, WatchId};

/// (being written)
#[derive(Debug)]
pub struct Watches(pub Vec<Watch>);

impl Watches {
    /// (being written)
    ///
    /// # Errors
    /// Never.
    pub fn compile(
        watches: &[Watch],
        _: &[super::Concept],
    ) -> Result<(Self, Vec<super::Problem>), Vec<super::Problem>> {
        Ok((Self(watches.to_vec()), Vec::new()))
    }

    /// (being written)
    #[must_use]
    pub fn all(&self) -> &[Watch] {
        &self.0
    }

    /// (being written)
    #[must_use]
    pub fn watch(&self, id: &WatchId) -> Option<&Watch> {
        self.0.iter().find(|watch| watch.id == *id)
    }

    /// (being written)
    #[must_use]
    pub fn evaluate(&self, reading: &Reading<'_>) -> Vec<Hit> {
        let text = format!("{} {} {}", reading.title, reading.summary, reading.text);
        let hits = self.0.iter().filter(|w| w.any.is_empty() || w.any.iter().any(|t| text.contains(t.as_str())));
        hits.map(|w| Hit { watch: w.id.clone(), matches: Vec::new(), total: 0 }).collect()
    }
}
