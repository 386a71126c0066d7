//! Fetching from a rude server on loopback.
