//! Derives what identifies the items of a document: hashes and keys.

use std::collections::HashSet;

use crate::address::Address;
use crate::dedupe::{self, KeyKind, KeyRules, keys};
use crate::item::{FoldedContent, Item};
use crate::source::Source;
use crate::store::ItemProbe;

/// An item as its source publishes it, with its keys.
pub(super) fn probe(item: Item, source: &Source, identity: &KeyRules) -> ItemProbe {
    probe_with_title(item, source, identity).0
}

/// The probe of an item and its folded title.
fn probe_with_title(item: Item, source: &Source, identity: &KeyRules) -> (ItemProbe, String) {
    let folded = FoldedContent::of(&item);
    let keys = keys::keys(&item, &folded, &source.id, identity);
    (ItemProbe { item, hash: folded.hash, content: folded.hash, keys }, folded.title)
}

/// The same item with the content of its own page; it keeps the keys of both contents.
pub(super) fn with_page(brought: &ItemProbe, whole: Item, source: &Source, identity: &KeyRules) -> ItemProbe {
    let mut probe = ItemProbe { content: brought.content, ..probe(whole, source, identity) };
    let more: Vec<_> = brought.keys.iter().copied().filter(|key| !probe.keys.contains(key)).collect();
    probe.keys.extend(more);
    probe
}

/// The same item, with the canonical address of its page as a further key.
pub(super) fn with_canonical(
    mut probe: ItemProbe,
    home: Option<Address>,
    source: &Source,
    identity: &KeyRules,
) -> ItemProbe {
    if let Some(home) = home {
        let there = Item { address: Some(home), ..Item::default() };
        let keys = keys::keys(&there, &FoldedContent::of(&there), &source.id, identity);
        let new = |key: &dedupe::Key| key.kind == KeyKind::Address && !probe.keys.contains(key);
        let new: Vec<_> = keys.into_iter().filter(new).collect();
        probe.keys.extend(new);
    }
    probe
}

/// The items with their keys; an item that is in the document twice (a picture and a headline that both link to it)
/// counts once.
pub(super) fn probes(items: &[Item], source: &Source, identity: &KeyRules) -> Vec<ItemProbe> {
    let (mut met, mut places) = (HashSet::new(), HashSet::new());
    let mut probes = Vec::with_capacity(items.len());
    for item in items {
        let (probe, title) = probe_with_title(item.clone(), source, identity);
        let keys = &probe.keys;
        let key = |address: &Address| match identity.volatile.fragments() {
            true => address.key_with_fragment(&|_| false),
            false => address.key(),
        };
        let place = (item.address.as_ref().map(key), title.clone());
        // A long headline alone may recur within a document.
        let strong = |kind: KeyKind| kind == KeyKind::Guid || kind == KeyKind::Text && !item.body().is_empty();
        let repeated = keys.iter().any(|key| strong(key.kind) && met.contains(key));
        met.extend(keys.iter().copied().filter(|key| strong(key.kind)));
        if !repeated && places.insert(place) {
            probes.push((probe, title));
        }
    }
    keys::remove_shared(probes.iter_mut().map(|(probe, title)| (&mut probe.keys, title.as_str())));
    probes.into_iter().map(|(probe, _)| probe).collect()
}
