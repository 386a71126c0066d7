//! The news of the demo, one file per language: invented, neutral, with offices instead of names.

pub mod ar;
pub mod en;
pub mod fa;
pub mod fr;
pub mod tr;
pub mod ur;

use super::plan::{ExpectedOutcome, PlannedItem};

/// Every piece of the plan.
pub(crate) fn pieces() -> impl Iterator<Item = &'static PlannedItem> {
    [ar::PIECES, ar::COPIES, fa::PIECES, ur::PIECES, tr::PIECES, fr::PIECES, en::PIECES].into_iter().flatten()
}

/// The text of `piece`; a reprint has that of its original.
#[must_use]
pub(crate) fn wording(piece: &PlannedItem) -> (&'static str, &'static str) {
    match piece.role {
        ExpectedOutcome::Reprint(of) => pieces()
            .find(|other| other.slug == of && other.role == ExpectedOutcome::Alerts)
            .map_or((piece.title, piece.text), |other| (other.title, other.text)),
        _ => (piece.title, piece.text),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::cli::demo::plan::{OUTLETS, outlet};

    #[test]
    fn at_least_sixteen_pieces_in_six_languages_alert() {
        let alerting: Vec<_> = pieces().filter(|piece| piece.role == ExpectedOutcome::Alerts).collect();
        let languages: BTreeSet<_> = alerting.iter().filter_map(|piece| outlet(piece.outlet)).map(|o| o.lang).collect();
        assert!(alerting.len() >= 16, "{}", alerting.len());
        assert_eq!(languages.len(), 6, "{languages:?}");
    }

    #[test]
    fn every_piece_has_an_outlet_and_only_a_revision_repeats_a_slug() {
        let mut seen = BTreeSet::new();
        for piece in pieces() {
            assert!(outlet(piece.outlet).is_some(), "{}", piece.slug);
            assert_eq!(seen.insert(piece.slug), piece.role != ExpectedOutcome::Revision, "{}", piece.slug);
            assert_eq!(piece.second == 0, piece.role == ExpectedOutcome::Before, "{}", piece.slug);
        }
        for outlet in OUTLETS {
            assert!(pieces().any(|p| p.outlet == outlet.id && p.role == ExpectedOutcome::Before), "{}", outlet.id);
        }
    }

    #[test]
    fn copies_come_after_what_they_copy_and_within_half_a_minute() {
        for piece in pieces() {
            if let ExpectedOutcome::Reprint(of) = piece.role {
                let original = pieces().find(|other| other.slug == of).unwrap();
                assert!(original.second < piece.second && original.outlet != piece.outlet, "{}", piece.slug);
                assert!(!wording(piece).0.is_empty() && !wording(piece).1.is_empty());
            }
        }
        assert!(pieces().all(|piece| piece.second <= 27));
    }
}
