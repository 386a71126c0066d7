//! Aligns the words of two texts, in time proportional to their length and not to their product.

use std::collections::HashMap;

/// The most edits searched exactly; beyond it, words unique in each text are anchors. Chosen by hand.
const MAX_EDITS: usize = 300;

/// Pairs of positions with the same word, increasing on both sides: as many as a shortest edit keeps, if it has at most
/// [`MAX_EDITS`] edits.
#[must_use]
pub fn aligned(a: &[u32], b: &[u32]) -> Vec<(usize, usize)> {
    if let Some(pairs) = shortest(a, b, MAX_EDITS) {
        return pairs;
    }
    let mut pairs = Vec::new();
    let (mut x, mut y) = (0, 0);
    for (to_x, to_y) in anchors(a, b).into_iter().chain([(a.len(), b.len())]) {
        let gap = shortest(&a[x..to_x], &b[y..to_y], MAX_EDITS).unwrap_or_default();
        pairs.extend(gap.into_iter().map(|(dx, dy)| (x + dx, y + dy)));
        if to_x < a.len() {
            pairs.push((to_x, to_y));
        }
        (x, y) = (to_x + 1, to_y + 1);
    }
    pairs
}

/// Myers' greedy algorithm ("An O(ND) Difference Algorithm", 1986); none if more than `most` edits are needed.
fn shortest(a: &[u32], b: &[u32], most: usize) -> Option<Vec<(usize, usize)>> {
    if a.len().abs_diff(b.len()) > most {
        return None;
    }
    let mut reach = DiagonalReach::new(most.min(a.len() + b.len()));
    let mut trace = Vec::new();
    for d in 0..=reach.most {
        trace.push(reach.around(d));
        for k in (-d..=d).step_by(2) {
            let mut x = if goes_down(d, k, |k| reach.at(k)) { reach.at(k + 1) } else { reach.at(k - 1) + 1 };
            while word(a, x).is_some() && word(a, x) == word(b, x - k) {
                x += 1;
            }
            reach.set(k, x);
            if x >= signed(a.len()) && x - k >= signed(b.len()) {
                return Some(back(&trace, signed(a.len()), signed(b.len())));
            }
        }
    }
    None
}

/// The furthest position in the first text on each diagonal, from `-most - 1` to `most + 1`.
struct DiagonalReach {
    most: isize,
    furthest: Vec<isize>,
}

impl DiagonalReach {
    fn new(most: usize) -> Self {
        Self { most: signed(most), furthest: vec![0; 2 * most + 3] }
    }

    fn place(&self, k: isize) -> usize {
        unsigned(k + self.most + 1)
    }

    fn at(&self, k: isize) -> isize {
        self.furthest[self.place(k)]
    }

    fn set(&mut self, k: isize, x: isize) {
        let place = self.place(k);
        self.furthest[place] = x;
    }

    /// The positions on the diagonals from `-d - 1` to `d + 1`.
    fn around(&self, d: isize) -> Vec<isize> {
        self.furthest[self.place(-d - 1)..=self.place(d + 1)].to_vec()
    }
}

/// True if step `d` reaches diagonal `k` from the one above it.
fn goes_down(d: isize, k: isize, at: impl Fn(isize) -> isize) -> bool {
    k == -d || k != d && at(k - 1) < at(k + 1)
}

/// Traces back from the end, and collects the words kept between two edits.
fn back(trace: &[Vec<isize>], mut x: isize, mut y: isize) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    for (d, before) in trace.iter().enumerate().rev() {
        let d = signed(d);
        let at = |k: isize| before[unsigned(k + d + 1)];
        let k = x - y;
        let from = if goes_down(d, k, at) { k + 1 } else { k - 1 };
        let (from_x, from_y) = (at(from), at(from) - from);
        while x > from_x && y > from_y && x > 0 && y > 0 {
            (x, y) = (x - 1, y - 1);
            pairs.push((unsigned(x), unsigned(y)));
        }
        (x, y) = (from_x, from_y);
    }
    pairs.reverse();
    pairs
}

fn word(words: &[u32], at: isize) -> Option<u32> {
    words.get(usize::try_from(at).ok()?).copied()
}

fn signed(number: usize) -> isize {
    isize::try_from(number).unwrap_or(isize::MAX)
}

fn unsigned(number: isize) -> usize {
    usize::try_from(number).unwrap_or_default()
}

/// Words that are unique in each text, in their common order.
fn anchors(a: &[u32], b: &[u32]) -> Vec<(usize, usize)> {
    let (left, right) = (unique_words(a), unique_words(b));
    let mut pairs: Vec<(usize, usize)> =
        left.iter().filter_map(|(word, x)| Some(((*x)?, (*right.get(word)?)?))).collect();
    pairs.sort_unstable();
    longest_increasing(&pairs)
}

fn unique_words(words: &[u32]) -> HashMap<u32, Option<usize>> {
    let mut places = HashMap::new();
    for (at, word) in words.iter().enumerate() {
        places.entry(*word).and_modify(|place| *place = None).or_insert(Some(at));
    }
    places
}

/// The longest subsequence of the pairs that increases on both sides (patience sorting).
fn longest_increasing(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // For each length, the pair with the lowest end; and for each pair, its predecessor.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    for (at, pair) in pairs.iter().enumerate() {
        let length = ends.partition_point(|end| pairs[*end].1 < pair.1);
        before.push(length.checked_sub(1).map(|shorter| ends[shorter]));
        if length == ends.len() {
            ends.push(at);
        } else {
            ends[length] = at;
        }
    }
    let mut chain = Vec::with_capacity(ends.len());
    let mut at = ends.last().copied();
    while let Some(place) = at {
        chain.push(pairs[place]);
        at = before[place];
    }
    chain.reverse();
    chain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_common_part_is_kept() {
        assert_eq!(aligned(&[1, 2, 3, 1, 2, 2, 1], &[3, 2, 1, 2, 1, 3]).len(), 4);
        assert_eq!(aligned(&[1, 2, 3], &[1, 2, 3]), [(0, 0), (1, 1), (2, 2)]);
        assert_eq!(aligned(&[], &[1]), []);
        assert_eq!(aligned(&[1, 2], &[3, 4]), []);
    }

    #[test]
    fn very_different_texts_are_aligned_by_their_unique_words() {
        let a: Vec<u32> = (0..5_000).map(|n| if n % 10 == 0 { n } else { 1_000_000 + n }).collect();
        let b: Vec<u32> = (0..5_000).map(|n| if n % 10 == 0 { n } else { 2_000_000 + n }).collect();
        let pairs = aligned(&a, &b);
        assert_eq!(pairs.len(), 500);
        assert!(pairs.iter().all(|(x, y)| a[*x] == b[*y]));
    }
}
