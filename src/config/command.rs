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

/// The words before a command at the end of a message.
const CUES: &[&str] = &["run ", "with ", "see ", "or "];

/// A message whose commands of marsad, in backquotes or at its end, name the configuration file that was requested.
pub(crate) fn completed(message: &str, asked: Option<&Path>) -> String {
    let parts = message.split('`').enumerate().map(|(number, part)| match part.strip_prefix("marsad ") {
        Some(command) if number % 2 == 1 => typed(command, asked),
        _ => part.to_owned(),
    });
    let message = parts.collect::<Vec<_>>().join("`");
    match message.rsplit_once("marsad ") {
        Some((before, command)) if ends_with_cue(before) && !command.contains([';', ',', ':']) => {
            format!("{before}{}", typed(command, asked))
        }
        _ => message,
    }
}

fn ends_with_cue(before: &str) -> bool {
    CUES.iter().any(|cue| before.strip_suffix(cue).is_some_and(|rest| rest.is_empty() || rest.ends_with(' ')))
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

    #[test]
    fn a_command_at_the_end_of_a_message_names_the_configuration_too() {
        let with = |message: &str| completed(message, Some(Path::new("my.toml")));
        assert_eq!(with("2 warnings; run marsad check"), "2 warnings; run marsad check --config my.toml");
        assert_eq!(
            with("list them with marsad deliveries list --state dead"),
            "list them with marsad deliveries list --state dead --config my.toml"
        );
        assert_eq!(with("`marsad run` creates it"), "`marsad run --config my.toml` creates it");
        for message in [
            "marsad run creates it",
            "`x` and marsad run` y",
            "another marsad holds it",
            "run marsad check; the rest is old",
            "fine",
        ] {
            assert_eq!(with(message), message);
        }
        assert_eq!(completed("run marsad check", None), "run marsad check");
    }
}
