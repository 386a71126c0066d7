//! Exit codes.

fn main() {}
