//! Remembers how many items the last documents of a source had.

/// The numbers of items of the last documents, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DocumentSizes(Vec<u32>);

/// How many documents are remembered. Chosen by hand.
const REMEMBERED: usize = 15;

impl DocumentSizes {
    /// Parses the stored form; what cannot be read is left out.
    #[must_use]
    pub(crate) fn from_stored(stored: &str) -> Self {
        Self(stored.split(',').filter_map(|size| size.parse().ok()).collect())
    }

    /// The stored form.
    #[must_use]
    pub(crate) fn stored(&self) -> String {
        self.0.iter().map(u32::to_string).collect::<Vec<_>>().join(",")
    }

    /// The sizes after a document with `found` items. Of a run of empty documents only two are remembered, so that the
    /// run does not become what is usual.
    #[must_use]
    pub(crate) fn with(mut self, found: usize) -> Self {
        if found > 0 || !self.0.ends_with(&[0, 0]) {
            self.0.push(u32::try_from(found).unwrap_or(u32::MAX));
        }
        let surplus = self.0.len().saturating_sub(REMEMBERED);
        self.0.drain(..surplus);
        self
    }

    /// The usual number of items: the median, without the empty documents at the end. None if nothing is remembered.
    #[must_use]
    pub(crate) fn usual(&self) -> Option<u32> {
        let end = self.0.iter().rposition(|size| *size > 0)? + 1;
        let mut sizes = self.0[..end].to_vec();
        sizes.sort_unstable();
        sizes.get(sizes.len() / 2).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(sizes: &[usize]) -> DocumentSizes {
        sizes.iter().fold(DocumentSizes::default(), |sizes, found| sizes.with(*found))
    }

    #[test]
    fn the_usual_size_is_the_median_without_the_empty_documents_at_the_end() {
        assert_eq!(after(&[20, 21, 0, 19, 0, 0, 0]).usual(), Some(20));
        assert_eq!(after(&[1, 0, 0, 1, 0]).usual(), Some(1));
        assert_eq!(after(&[0, 0]).usual(), None);
        assert_eq!(after(&[20; 40]).stored().split(',').count(), REMEMBERED);
        let long = after(&[vec![20; 5], vec![0; 40]].concat());
        assert_eq!((long.usual(), DocumentSizes::from_stored(&long.stored())), (Some(20), long));
    }
}
