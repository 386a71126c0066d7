//! Any bytes as a document of any encoding.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| marsad_fuzz::decode(bytes));
