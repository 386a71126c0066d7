//! Hashes words to keys, and holds sets and maps of keys.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

/// A set of keys. A key is a hash already, so that it is not hashed again; texts are short enough for keys that someone
/// has made to collide.
pub(crate) type KeySet = HashSet<u64, BuildHasherDefault<KeyHasher>>;

/// A map by keys.
pub(crate) type KeyMap<V> = HashMap<u64, V, BuildHasherDefault<KeyHasher>>;

/// Passes a key on as its hash.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 ^= stable_hash(bytes);
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}

/// A hash that stays the same between versions and machines: FNV-1a, 64 bits (G. Fowler, L. C. Noll, K.-P. Vo).
pub(crate) fn stable_hash(bytes: &[u8]) -> u64 {
    stable_hash_of(bytes.iter().copied())
}

/// [`stable_hash`] of bytes that do not lie side by side.
pub(crate) fn stable_hash_of(bytes: impl Iterator<Item = u8>) -> u64 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    bytes.fold(OFFSET, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME))
}
