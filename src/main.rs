//! Exit codes.

use std::process::ExitCode;

fn main() -> ExitCode {
    marsad::cli::run().into()
}
