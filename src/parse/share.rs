//! Compares counts in percent, with integers.

use std::ops::Mul;

/// More than this share, in percent, is a majority.
pub(crate) const MAJORITY: u8 = 50;

/// True where `part` is more than `percent` of `whole`.
///
/// ```
/// use marsad::parse::share::is_over;
/// assert!(is_over(3_usize, 50, 5));
/// assert!(!is_over(2_usize, 50, 4));
/// ```
pub fn is_over<N: Mul<Output = N> + PartialOrd + From<u8>>(part: N, percent: u8, whole: N) -> bool {
    part * N::from(100) > whole * N::from(percent)
}

/// True where `part` is `percent` of `whole` or more.
///
/// ```
/// use marsad::parse::share::is_at_least;
/// assert!(is_at_least(7_usize, 70, 10));
/// assert!(!is_at_least(6_usize, 70, 10));
/// ```
pub fn is_at_least<N: Mul<Output = N> + PartialOrd + From<u8>>(part: N, percent: u8, whole: N) -> bool {
    part * N::from(100) >= whole * N::from(percent)
}
