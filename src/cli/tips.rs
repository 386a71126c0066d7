//! Suggests the command that was meant, for a command line that clap rejects.

use clap::error::{ContextKind, ContextValue, ErrorKind};

/// The commands that have a subcommand `show`.
const SHOWING: [&str; 3] = ["sources", "deliveries", "stories"];

/// The error with the tip that applies; unchanged if none is known.
pub(super) fn improved(mut error: clap::Error, arguments: &[String]) -> clap::Error {
    let kind = match error.kind() {
        ErrorKind::InvalidSubcommand => ContextKind::InvalidSubcommand,
        ErrorKind::UnknownArgument => ContextKind::InvalidArg,
        _ => return error,
    };
    let Some(ContextValue::String(wrong)) = error.get(kind) else { return error };
    let before = arguments.iter().take_while(|argument| *argument != wrong);
    let commands: Vec<&str> = before.map(String::as_str).skip(1).collect();
    let is_guessed = error.get(ContextKind::SuggestedSubcommand).is_some();
    let Some(tip) = tip(&commands, wrong, is_guessed) else { return error };
    error.remove(ContextKind::SuggestedSubcommand);
    error.remove(ContextKind::SuggestedArg);
    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    error
}

/// What to type instead of `wrong` after these words. `is_guessed` is true if a command with a similar name exists.
fn tip(before: &[&str], wrong: &str, is_guessed: bool) -> Option<String> {
    let parent = before.iter().rev().find(|word| !word.starts_with('-')).copied();
    match (parent, wrong) {
        (Some(command @ ("sources" | "stories" | "items")), "list") => Some(format!("type marsad {command}")),
        (Some("retry"), "--all") => Some("type marsad deliveries retry --channel CHANNEL".to_owned()),
        _ if is_guessed && parent.is_some() => None,
        (Some(command), _) if SHOWING.contains(&command) && !wrong.starts_with('-') => {
            Some(format!("type marsad {command} show {wrong}"))
        }
        (Some("channel"), "list") => {
            Some("the channels are in the configuration; type marsad channel test ID".to_owned())
        }
        (Some("channel"), _) if !wrong.starts_with('-') => Some(format!("type marsad channel test {wrong}")),
        (None, _) => top_level(wrong).map(str::to_owned),
        _ => None,
    }
}

/// What to type instead of a command that marsad does not have.
fn top_level(wrong: &str) -> Option<&'static str> {
    Some(match wrong {
        "start" => "type marsad run, or start the service: systemctl start marsad",
        "stop" => "stop the service with systemctl stop marsad, or marsad run with Ctrl-C",
        "restart" => "restart the service: systemctl restart marsad",
        "reload" => "marsad reloads the configuration by itself; to reload it now: systemctl reload marsad",
        "list" => "type marsad items, marsad sources, marsad stories or marsad deliveries",
        "watches" | "watch" => "the watches are in the configuration; test them with marsad match or marsad backtest",
        "dump" | "export" | "save" => "type marsad backup FILE",
        "vacuum" | "compact" => "stop the service, then type marsad doctor --compact",
        "log" | "logs" => "read the log of the service: journalctl -u marsad",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn a_likely_command_gets_the_tip_that_was_meant() {
        for (typed, tip) in [
            ("sources feed-ar", "tip: type marsad sources show feed-ar"),
            ("deliveries msg_x", "tip: type marsad deliveries show msg_x"),
            ("stories 7c1v", "tip: type marsad stories show 7c1v"),
            ("channel desk", "tip: type marsad channel test desk"),
            ("-q channel desk", "tip: type marsad channel test desk"),
            ("sources list", "tip: type marsad sources"),
            ("items list", "tip: type marsad items"),
            ("deliveries retry --all", "tip: type marsad deliveries retry --channel CHANNEL"),
            ("start", "tip: type marsad run"),
            ("stop", "tip: stop the service"),
            ("list", "tip: type marsad items"),
            ("watches", "tip: the watches are in the configuration"),
            ("sources shwo", "tip: a similar subcommand exists: 'show'"),
            ("statsu", "tip: a similar subcommand exists: 'status'"),
            ("backtest w --since -1d", "a duration has no sign; write 1d"),
        ] {
            let arguments: Vec<String> = format!("marsad {typed}").split(' ').map(str::to_owned).collect();
            let error = improved(Cli::try_parse_from(&arguments).unwrap_err(), &arguments);
            let text = error.to_string();
            assert!(text.contains(tip) && text.matches("tip:").count() <= 1, "{typed}: {text}");
            assert_eq!(error.exit_code(), 2, "{typed}");
        }
    }
}
