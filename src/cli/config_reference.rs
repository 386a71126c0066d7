//! `marsad config`: prints the reference of the configuration, templates to start from, and the concepts.

use std::io::Write;

use crate::cli::exit::UnknownName;
use crate::cli::output::Column;
use crate::cli::{Exit, Session};
use crate::config::file::Environment;
use crate::config::{Config, lexicon};
use crate::render::template;
use crate::watch::Concept;

/// The subcommands of `marsad config`.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print an example with every key, its meaning and its default.
    #[command(after_help = "Example: marsad config example > marsad.toml\n\nEvery optional key is a comment, so the \
                            file changes nothing until you remove the comment signs.")]
    Example,
    /// List the concepts that a watch can use as @NAME: those of the configuration and the built-in ones.
    #[command(after_help = "Example: marsad config concepts | grep -i cooperation")]
    Concepts,
    /// Print a shipped template for the body of a webhook, to start your own from.
    #[command(after_help = "Example: marsad config template slack > my.json.j2\n\nThen write format = { template = \
                            \"my.json.j2\" } in the channel. docs/payloads.md describes what a template may use.")]
    Template {
        /// The service: slack, discord, teams, telegram or ntfy.
        name: String,
    },
}

/// The reference.
const EXAMPLE: &str = include_str!("../../config/marsad.toml");

/// Prints the reference or a template.
///
/// # Errors
/// If the template does not exist or standard output is closed.
pub(crate) fn run(command: &ConfigCommand, session: &mut Session) -> anyhow::Result<Exit> {
    match command {
        ConfigCommand::Example => session.out.write_all(EXAMPLE.as_bytes())?,
        ConfigCommand::Concepts => {
            let config = Config::load_in(session.global.config.as_deref(), &Environment::read_only()).ok();
            let rows = concepts(config.as_ref());
            session.out.table(&[Column::whole("CONCEPT"), Column::text("NAME")], rows)?;
        }
        ConfigCommand::Template { name } => {
            let known: Vec<&str> = template::names().collect();
            UnknownName::unless_known("template", Some(name), &known)?;
            session.out.write_all(template::shipped(name).unwrap_or_default().as_bytes())?;
        }
    }
    Ok(Exit::Ok)
}

/// Each concept with its first English name, or its first name in another language.
fn concepts(config: Option<&Config>) -> Vec<Vec<String>> {
    let mut concepts = config.map(|config| config.concepts.to_vec()).unwrap_or_default();
    lexicon::complete(&mut concepts);
    concepts.sort_by(|one, other| one.name.cmp(&other.name));
    let row = |concept: &Concept| {
        let english = concept.names.iter().find(|(lang, _)| lang.as_str() == "en").map(|(_, names)| names);
        let name = english.or_else(|| concept.names.values().next()).and_then(|names| names.first());
        vec![format!("@{}", concept.name), name.cloned().unwrap_or_default()]
    };
    concepts.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_concepts_are_listed_with_a_name() {
        let rows = concepts(None);
        assert!(rows.contains(&vec!["@unrwa".to_owned(), "UNRWA".to_owned()]), "{rows:?}");
        assert!(rows.len() > 50 && rows.iter().all(|row| row[0].len() > 1 && !row[1].is_empty()));
    }
}
