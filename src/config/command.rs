//! Writes commands for an operator to type.

use std::path::Path;

/// A command of marsad with the configuration file that was requested on the command line:
/// `marsad check --config my.toml`.
pub(crate) fn typed(command: &str, asked: Option<&Path>) -> String {
    match asked {
        Some(file) => format!("marsad {command} --config {}", shell_word(&file.display().to_string())),
        None => format!("marsad {command}"),
    }
}

/// A text as one word of a shell.
fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-+,@%".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_names_the_configuration_that_was_requested() {
        let with = |file: &str| typed("check", Some(Path::new(file)));
        assert_eq!(typed("check", None), "marsad check");
        assert_eq!(with("conf/my.toml"), "marsad check --config conf/my.toml");
        assert_eq!(with("my file's.toml"), "marsad check --config 'my file'\\''s.toml'");
    }
}
