//! Assigns each stored item to at most one item of a document.
//!
//! An item with a known headline at a new address may be the stored item, whose address has changed, or a different
//! one. It is a different one if another item of the document has the stored address, and a stored item matches only
//! one item.

use std::collections::HashMap;

use super::{Change, Seen, Verdict, VolatileParts, judge_at};

/// Removes matches with stored items that other items of the document claim. `seen` is in the order of the document.
pub(crate) fn settle(seen: &mut [Vec<Seen>], volatile: &VolatileParts) {
    let mut claimed: HashMap<i64, usize> = HashMap::new();
    for (n, seen) in seen.iter().enumerate() {
        claimed.extend(seen.iter().filter(|seen| !seen.is_weak()).map(|seen| (seen.item, n)));
    }
    // New entries usually appear at the top, so the last ones choose first.
    for n in (0..seen.len()).rev() {
        let strong: Vec<i64> = seen[n].iter().filter(|seen| !seen.is_weak()).map(|seen| seen.item).collect();
        let is_free = |claimed: &HashMap<i64, usize>, seen: &Seen| {
            let decorated =
                matches!(seen.by, super::KeyKind::Title | super::KeyKind::Place) && seen.change == Change::Nothing;
            decorated || strong.contains(&seen.item) || claimed.get(&seen.item).is_none_or(|claimant| *claimant == n)
        };
        seen[n].retain(|seen| !seen.is_weak() || is_free(&claimed, seen));
        if let Verdict::Known(item) | Verdict::Revised(item) = judge_at(&seen[n], volatile) {
            claimed.entry(item).or_insert(n);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dedupe::{Dates, KeyKind, SourceRecord};

    fn seen(item: i64, by: KeyKind, change: Change) -> Seen {
        Seen {
            item,
            by,
            own: true,
            here: SourceRecord::Same,
            same_hash: true,
            containment: 1.0,
            dates: Dates::Unclear,
            change,
            settled: false,
            words: 0,
            remembered: None,
        }
    }

    fn verdicts(mut of: Vec<Vec<Seen>>) -> Vec<Verdict> {
        let volatile = VolatileParts::default();
        settle(&mut of, &volatile);
        of.iter().map(|seen| judge_at(seen, &volatile)).collect()
    }

    #[test]
    fn a_stored_item_matches_one_item_of_a_document() {
        let redrawn = || Change::Redrawn(vec!["f".to_owned()]);
        let title = |item| seen(item, KeyKind::Title, redrawn());
        let address = seen(1, KeyKind::Address, Change::Nothing);
        assert_eq!(verdicts(vec![vec![title(1)], vec![address, title(1)]]), [Verdict::New, Verdict::Known(1)]);
        assert_eq!(verdicts(vec![vec![title(1)], vec![title(1)]]), [Verdict::New, Verdict::Known(1)]);
        let both = || vec![title(1), title(2)];
        assert_eq!(verdicts(vec![both(), both()]), [Verdict::Known(1), Verdict::Known(2)]);
        let decorated = seen(1, KeyKind::Title, Change::Nothing);
        let address = seen(1, KeyKind::Address, Change::Nothing);
        assert_eq!(verdicts(vec![vec![decorated], vec![address]]), [Verdict::Known(1), Verdict::Known(1)]);
    }
}
