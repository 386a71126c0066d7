//! `marsad check`: reports every problem of the configuration at once.

use crate::cli::output::{Tone, clean, counted};
use crate::cli::{Exit, Session, output, owner, session, visit};
use crate::config::Config;
use crate::config::file::Environment;

/// Options of `marsad check`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  marsad check && systemctl reload marsad\n  marsad check -c new.toml\n\nWithout \
                        --online it only reads files. It never sends anything to a channel. Exits with 3 if there \
                        is a problem.")]
pub struct CheckArgs {
    /// Also visit every source once and report those that cannot be read.
    #[arg(long)]
    online: bool,
}

/// Reads the configuration and reports on it.
///
/// # Errors
/// If standard output is closed.
pub fn run(args: &CheckArgs, session: &mut Session) -> anyhow::Result<Exit> {
    match Config::load_in(session.global.config.as_deref(), &Environment::read_only()) {
        Ok(config) => {
            if !config.warnings.is_empty() {
                output::complain(&config.warnings.render(session.error_color()));
            }
            session.out.line(summary(&config))?;
            if args.online { online(&config, session) } else { Ok(Exit::Ok) }
        }
        Err(report) => {
            output::complain(&report.render(session.error_color()));
            Ok(Exit::Problems)
        }
    }
}

fn online(config: &Config, session: &mut Session) -> anyhow::Result<Exit> {
    owner::become_owner(&config.state_dir)?;
    session.out.zone = config.timezone.clone();
    let _log = session.log("error")?;
    let enabled: Vec<_> = config.sources.iter().filter(|source| source.enabled).cloned().collect();
    session.say(&format!("visiting {}", counted(enabled.len(), "source")));
    let looks = session::runtime()?.block_on(visit::looks(enabled, config, &session.clock))?;
    let mut exit = Exit::Ok;
    for (source, look) in looks {
        let (tone, text) = match look {
            Err(failure) => (Tone::Bad, clean(&failure.message)),
            Ok((reading, _)) if reading.parsed.items.is_empty() => {
                let why = reading.parsed.degraded.as_deref().map(|why| format!(": {}", clean(why)));
                (Tone::Bad, format!("no items found{}", why.unwrap_or_default()))
            }
            Ok((reading, _)) => (
                Tone::Ok,
                format!("{}, {}", reading.parsed.format.as_str(), counted(reading.parsed.items.len(), "item")),
            ),
        };
        if tone == Tone::Bad {
            exit = Exit::Problems;
        }
        session.out.verdict(tone, &format!("{}: {text}", source.id))?;
    }
    Ok(exit)
}

/// A summary of a configuration, on one line.
#[must_use]
pub fn summary(config: &Config) -> String {
    let counts = [
        (config.sources.len(), "source"),
        (config.watches.all().len(), "watch"),
        (config.channels.len(), "channel"),
        (config.file_count, "file"),
    ];
    let counts: Vec<String> = counts.iter().map(|(number, word)| counted(*number, word)).collect();
    let first = config.files.first().map(|file| file.display().to_string()).unwrap_or_default();
    format!("{first}: {}", counts.join(", "))
}
