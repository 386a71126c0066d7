//! Any bytes as a page of each kind.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| marsad_fuzz::page(bytes));
