//! Any bytes as a dateline.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| marsad_fuzz::date(bytes));
