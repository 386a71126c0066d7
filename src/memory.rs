//! Bounds the memory that documents take, from the arrival of a body until its items are stored.
//!
//! 1. [`BodyRoom`] grows with a large body as it arrives, and is held until the document is parsed.
//! 2. [`ReadingSlot`] limits how many documents are parsed at once: a tree takes several times the size of its document.
//!    It parses on threads of its own.
//! 3. [`ItemRoom`] is held for many or long items until they are stored.
//!
//! A document takes them in this order, and none that comes earlier while it holds a later one: documents cannot wait for
//! each other in a circle. The limits are of the process, because its memory is.
//!
//! Small documents take no room while they arrive, and large ones have slots of their own: a small feed never waits until
//! large ones are read.

use std::sync::{Arc, LazyLock};

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;

/// A body up to this size takes no room, in bytes. Chosen by hand: 80 fetches at once, the default, then take 10 MiB.
pub(crate) const SMALL: usize = 128 * 1024;

/// The room for all larger bodies, in bytes; one body may grow beyond it. Chosen by hand: twice the default of
/// `max_body`.
const BODIES: usize = 16 << 20;

/// A document from this size on is parsed in a slot for large ones, in bytes. Chosen by hand: most are smaller.
const LARGE: usize = 512 * 1024;

/// The estimated memory of the documents that are parsed at once, in bytes: of small ones, and of large ones as much
/// again. Chosen by hand, so that the process stays below 256 MiB (`tests/outside/memory.py`).
const READING: usize = 64 << 20;

/// The least share of [`READING`] that a document takes, in bytes: at most four are parsed at once. Chosen by hand.
const LEAST_READING: usize = READING / 4;

/// The threads that parse small documents, and large ones. Chosen by hand: small ones take milliseconds, and a large one
/// must not take all cores of a small machine.
const SMALL_READERS: usize = READING / LEAST_READING;
const LARGE_READERS: usize = 1;

/// The memory of a document while it is parsed, in bytes, for each byte of its text and for each of its tags. Measured
/// with heaptrack: a page of 7.2 MB with 54,000 tags takes 41 MB, one of 0.2 MB with as many tags 27 MB, one of 7 MB
/// without tags 14 MB, and the listing of `tests/outside/memory.py` 34 MB (7.3 MB, 17,000 tags).
const READING_PER_BYTE: usize = 3;
const READING_PER_TAG: usize = 500;

/// The room for the items that wait for the store, in bytes. Chosen by hand.
const ITEMS: usize = 48 << 20;

/// The items of one document take no room up to this size, in bytes. Chosen by hand: most take less.
const FEW_ITEMS: usize = 512 * 1024;

/// The bytes of one permit.
const PERMIT: usize = 1024;

static BODY_BUDGET: LazyLock<BodyBudget> = LazyLock::new(|| BodyBudget::new(BODIES));
static READING_BUDGET: LazyLock<ReadingBudget> = LazyLock::new(ReadingBudget::new);
static ITEM_BUDGET: LazyLock<ByteBudget> = LazyLock::new(|| ByteBudget::new(ITEMS));

/// A number of bytes to share. Those who wait get their bytes in the order in which they asked.
#[derive(Debug)]
struct ByteBudget {
    free: Arc<Semaphore>,
    permits: usize,
}

/// The room for bodies.
#[derive(Debug)]
struct BodyBudget {
    shared: ByteBudget,
    /// The right to grow beyond the shared room, which one body has at a time. That body never waits for room, so it
    /// ends, and frees what others wait for: bodies that each hold a part of the room cannot block each other.
    beyond: Arc<Semaphore>,
}

/// The memory and the threads for parsing small or large documents.
#[derive(Debug)]
struct Readers {
    budget: ByteBudget,
    /// glibc gives threads parts of the heap that other threads do not use, and a tree leaves its part large. On the
    /// threads for blocking work, every part would grow: `tests/outside/memory.py --sources 60` then took 267 MiB
    /// instead of 156.
    threads: Option<Runtime>,
}

/// The readers of small and of large documents.
#[derive(Debug)]
struct ReadingBudget {
    small: Readers,
    large: Readers,
}

/// Room for a large body. It is free again when it and all its clones are dropped.
#[derive(Clone, Debug)]
pub struct BodyRoom {
    _room: Arc<GrowingRoom>,
}

/// Room for a body that arrives.
#[derive(Debug)]
pub(crate) struct GrowingRoom {
    budget: &'static BodyBudget,
    shared: Option<OwnedSemaphorePermit>,
    beyond: Option<OwnedSemaphorePermit>,
}

/// The right to parse a document, until it is dropped.
#[derive(Debug)]
pub(crate) struct ReadingSlot {
    threads: Option<Handle>,
    _permit: Option<OwnedSemaphorePermit>,
}

/// Room for the items of a document. It is free again when it and all its clones are dropped.
#[derive(Clone, Debug, Default)]
pub(crate) struct ItemRoom {
    permit: Option<Arc<OwnedSemaphorePermit>>,
}

impl ByteBudget {
    fn new(bytes: usize) -> Self {
        let permits = bytes / PERMIT;
        Self { free: Arc::new(Semaphore::new(permits)), permits }
    }

    /// Waits for `bytes`, or for the whole budget if it is smaller. Never none: the semaphore is not closed.
    async fn take(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let permits = bytes.div_ceil(PERMIT).min(self.permits);
        Arc::clone(&self.free).acquire_many_owned(u32::try_from(permits).ok()?).await.ok()
    }

    /// Takes `bytes` if they are free.
    fn try_take(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.free).try_acquire_many_owned(u32::try_from(bytes.div_ceil(PERMIT)).ok()?).ok()
    }

    /// True if no number of returned bytes is enough for `bytes`.
    fn is_below(&self, bytes: usize) -> bool {
        bytes.div_ceil(PERMIT) > self.permits
    }
}

impl BodyBudget {
    fn new(bytes: usize) -> Self {
        Self { shared: ByteBudget::new(bytes), beyond: Arc::new(Semaphore::new(1)) }
    }
}

impl Readers {
    fn new(threads: usize) -> Self {
        let threads = Builder::new_current_thread().max_blocking_threads(threads).thread_name("marsad-read").build();
        Self { budget: ByteBudget::new(READING), threads: threads.ok() }
    }

    async fn take(&self, text: &str) -> ReadingSlot {
        let permit = self.budget.take(reading_cost(text).max(LEAST_READING)).await;
        ReadingSlot { threads: self.threads.as_ref().map(|threads| threads.handle().clone()), _permit: permit }
    }
}

impl ReadingBudget {
    fn new() -> Self {
        Self { small: Readers::new(SMALL_READERS), large: Readers::new(LARGE_READERS) }
    }

    async fn take(&self, text: &str) -> ReadingSlot {
        if text.len() < LARGE { self.small.take(text).await } else { self.large.take(text).await }
    }
}

impl GrowingRoom {
    fn of(budget: &'static BodyBudget) -> Self {
        Self { budget, shared: None, beyond: None }
    }

    /// True if the room is enough for `bytes`. Up to [`SMALL`] bytes, any room is.
    pub(crate) fn has(&self, bytes: usize) -> bool {
        bytes <= SMALL || bytes <= self.shared() || self.beyond.is_some()
    }

    /// Waits until the room is enough for `bytes`.
    pub(crate) async fn grow(&mut self, bytes: usize) {
        if self.has(bytes) {
            return;
        }
        let (shared, more) = (&self.budget.shared, bytes - self.shared());
        tokio::select! {
            biased;
            more = shared.take(more), if !shared.is_below(bytes) => self.add(more),
            beyond = Arc::clone(&self.budget.beyond).acquire_owned() => self.beyond = beyond.ok(),
        }
    }

    /// The room of a body that has arrived: `bytes` of it, the rest is freed. None if it needs no room.
    pub(crate) fn settle(mut self, bytes: usize) -> Option<BodyRoom> {
        if bytes <= SMALL {
            return None;
        }
        shrink(self.shared.as_mut(), bytes);
        if self.beyond.is_some()
            && let Some(missing) = self.budget.shared.try_take(bytes.saturating_sub(self.shared()))
        {
            self.add(Some(missing));
            self.beyond = None;
        }
        Some(BodyRoom { _room: Arc::new(self) })
    }

    fn add(&mut self, more: Option<OwnedSemaphorePermit>) {
        match (&mut self.shared, more) {
            (Some(held), Some(more)) => held.merge(more),
            (held, more) => *held = more,
        }
    }

    /// Its part of the shared room, in bytes.
    fn shared(&self) -> usize {
        self.shared.as_ref().map_or(0, |permit| permit.num_permits() * PERMIT)
    }
}

impl Default for GrowingRoom {
    fn default() -> Self {
        Self::of(&BODY_BUDGET)
    }
}

impl ReadingSlot {
    /// Waits until there is memory to parse `text`.
    pub(crate) async fn take(text: &str) -> Self {
        READING_BUDGET.take(text).await
    }

    /// Runs `parse` on a thread for parsing.
    pub(crate) fn run<T: Send + 'static>(&self, parse: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
        match &self.threads {
            Some(threads) => threads.spawn_blocking(parse),
            None => tokio::task::spawn_blocking(parse),
        }
    }
}

impl ItemRoom {
    /// Waits for room for items of `bytes`.
    pub(crate) async fn take(bytes: usize) -> Self {
        if bytes <= FEW_ITEMS {
            return Self::default();
        }
        Self { permit: ITEM_BUDGET.take(bytes).await.map(Arc::new) }
    }

    /// Frees the room beyond `bytes`.
    pub(crate) fn shrink_to(&mut self, bytes: usize) {
        shrink(self.permit.as_mut().and_then(Arc::get_mut), bytes);
    }
}

/// Returns what a permit holds beyond `bytes`.
fn shrink(permit: Option<&mut OwnedSemaphorePermit>, bytes: usize) {
    if let Some(permit) = permit {
        let rest = permit.num_permits().saturating_sub(bytes.div_ceil(PERMIT));
        drop(permit.split(rest));
    }
}

/// The estimated memory of a text while it is parsed, in bytes.
fn reading_cost(text: &str) -> usize {
    let tags = text.bytes().filter(|byte| *byte == b'<').count();
    text.len() * READING_PER_BYTE + tags * READING_PER_TAG
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1 << 20;

    fn budget(bytes: usize) -> &'static BodyBudget {
        Box::leak(Box::new(BodyBudget::new(bytes)))
    }

    async fn grown(budget: &'static BodyBudget, bytes: usize) -> GrowingRoom {
        let mut room = GrowingRoom::of(budget);
        room.grow(bytes).await;
        room
    }

    #[tokio::test]
    async fn a_room_is_free_again_when_its_last_clone_is_dropped() {
        let budget = budget(4 * MIB);
        let room = grown(budget, 4 * MIB).await.settle(4 * MIB).unwrap();
        let beyond = grown(budget, MIB).await;
        let clone = room.clone();
        let waiting = tokio::spawn(grown(budget, MIB));
        drop(room);
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished(), "a clone keeps the room");
        drop(clone);
        assert!(waiting.await.unwrap().shared.is_some());
        drop(beyond);
    }

    #[tokio::test]
    async fn bodies_that_grow_in_turn_do_not_block_each_other() {
        let budget = budget(4 * MIB);
        let bodies = (0..16).map(|_| {
            tokio::spawn(async {
                let mut room = GrowingRoom::of(budget);
                for bytes in 1..=8 {
                    room.grow(bytes * MIB).await;
                    tokio::task::yield_now().await;
                }
                assert!(room.has(8 * MIB));
            })
        });
        for body in bodies.collect::<Vec<_>>() {
            tokio::time::timeout(std::time::Duration::from_secs(10), body)
                .await
                .expect("no body waits for ever")
                .unwrap();
        }
        assert_eq!((budget.shared.free.available_permits(), budget.beyond.available_permits()), (4 * MIB / PERMIT, 1));
    }

    #[tokio::test]
    async fn a_body_that_turned_out_small_frees_its_room_and_a_large_one_what_it_does_not_need() {
        let budget = budget(8 * MIB);
        assert!(grown(budget, 8 * MIB).await.settle(SMALL).is_none());
        let large = grown(budget, 8 * MIB).await.settle(3 * MIB).unwrap();
        assert_eq!(budget.shared.free.available_permits() * PERMIT, 5 * MIB);
        let beyond = grown(budget, 9 * MIB).await;
        assert!(beyond.beyond.is_some(), "a body that can never fit does not wait for room");
        let settled = beyond.settle(5 * MIB).unwrap();
        assert_eq!(budget.shared.free.available_permits(), 0, "once it is known to fit, it takes shared room");
        assert_eq!(budget.beyond.available_permits(), 1);
        drop((large, settled));
    }

    #[tokio::test]
    async fn a_small_document_does_not_wait_until_large_ones_are_parsed() {
        let budget: &ReadingBudget = Box::leak(Box::new(ReadingBudget::new()));
        let large = "<p>".repeat(3 * MIB);
        let _parsed = budget.take(&large).await;
        let waits = async { tokio::join!(budget.take(&large), budget.take(&large)) };
        let small = async {
            for _ in 0..100 {
                budget.take("<p>text").await;
            }
        };
        tokio::select! {
            biased;
            _ = waits => panic!("two large documents are parsed at once"),
            () = small => {}
        }
    }

    #[test]
    fn a_small_document_of_many_tags_takes_as_much_as_a_large_one() {
        let dense = "<p>a".repeat(110_000);
        assert!(dense.len() < LARGE && reading_cost(&dense) > READING / 2, "{}", reading_cost(&dense));
        assert!(reading_cost(&"word ".repeat(20_000)) < LEAST_READING);
    }

    #[test]
    fn the_room_of_items_shrinks_to_those_that_are_kept() {
        let held = ByteBudget::new(MIB);
        let mut room = ItemRoom { permit: held.try_take(MIB).map(Arc::new) };
        room.shrink_to(MIB / 4);
        assert_eq!(held.free.available_permits() * PERMIT, 3 * MIB / 4);
    }
}
