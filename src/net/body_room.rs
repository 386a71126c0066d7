//! Bounds how many large bodies are in memory at once, from their arrival until they are parsed.

use std::sync::{Arc, LazyLock};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A body up to this size needs no room, in bytes. Chosen by hand: most feeds and pages are smaller.
pub(super) const SMALL: usize = 512 * 1024;

/// How many larger bodies may be in memory at once. Measured: a page of 7 MB takes 33 MiB from its arrival until its
/// items are read, so 64 visits at once would take 2 GiB (`tests/outside/memory.py --only 2`).
const ROOMS: usize = 3;

// Memory is a resource of the process, and so are the rooms: they outlive each client.
static FREE: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(ROOMS)));

/// Room in memory for a large body. It is free again when the last clone is dropped.
#[derive(Clone, Debug)]
pub struct BodyRoom {
    _permit: Arc<OwnedSemaphorePermit>,
}

impl BodyRoom {
    /// Waits for room.
    pub(super) async fn take() -> Option<Self> {
        let permit = Arc::clone(&FREE).acquire_owned().await.ok()?;
        Some(Self { _permit: Arc::new(permit) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_room_is_free_again_when_its_last_clone_is_dropped() {
        let mut rooms = Vec::new();
        for _ in 0..ROOMS {
            rooms.push(BodyRoom::take().await.unwrap());
        }
        let clone = rooms[0].clone();
        let waiting = tokio::spawn(BodyRoom::take());
        drop(rooms.swap_remove(0));
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished(), "a clone keeps the room");
        drop(clone);
        assert!(waiting.await.unwrap().is_some());
    }
}
