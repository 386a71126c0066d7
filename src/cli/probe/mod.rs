//! `marsad probe`: examines an address and prints a source to paste into the configuration.
//!
//! 1. `input` parses the typed address.
//! 2. `surveyor` fetches it, and tries its feeds and the usual paths (`well_known`); the result is a `survey`.
//! 3. `source_block` writes the source; `text_output` or `json_output` prints everything.

use std::time::Duration;

use ipnet::IpNet;

use crate::cli::output::{self, clean};
use crate::cli::{Exit, Session, session};
use crate::config::file::Environment;
use crate::config::{Config, FetchSettings};
use crate::daemon;
use crate::fetch::FetchFailure;
use crate::net::{FenceRefusal, NetError};

mod input;
mod json_output;
mod source_block;
mod survey;
mod surveyor;
mod text_output;
mod well_known;

use input::TypedAddress;
use survey::ProbeFailure;
use surveyor::Surveyor;

/// Options of `marsad probe`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  marsad probe una-oic.org\n  marsad probe https://example.org/news/ --json\n\nIt needs no \
                  configuration; if there is one, its [fetch] section applies. It fetches the address, then tries up \
                  to 3 advertised feeds. If none is advertised or none works, it tries up to 8 common paths of feeds \
                  and sitemaps. It stops at the first that works. Exits with 0 if there is something to \
                  watch, 1 if the address cannot be read, 3 if nothing there can be watched."
)]
pub(crate) struct ProbeArgs {
    /// The address of a feed, page, sitemap or site; without a scheme, https is tried first, then http.
    #[arg(value_name = "URL", value_parser = input::address)]
    address: TypedAddress,
    /// Allow an address in this private network, such as 10.1.0.0/16; the printed source then contains the same
    /// permission.
    #[arg(long = "allow-network", value_name = "NETWORK", value_parser = input::network)]
    networks: Vec<IpNet>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// What the configuration, if there is one, sets for fetching, and its sources.
struct ProbeDefaults {
    fetch: FetchSettings,
    /// The ids and addresses of the configured sources.
    sources: Vec<(String, String)>,
}

/// Examines an address and prints what a source for it would read.
///
/// # Errors
/// If the configuration named by `--config` is invalid, or the HTTP client cannot be built.
pub fn run(args: &ProbeArgs, session: &mut Session) -> anyhow::Result<Exit> {
    let defaults = defaults(session)?;
    let _log = session.log("error")?;
    let fetcher = daemon::fetcher_by(&defaults.fetch, &session.clock)?;
    let pause = Duration::try_from(defaults.fetch.host_delay).unwrap_or_default();
    let (clock, networks) = (session.clock.clone(), args.networks.as_slice());
    let surveyor = Surveyor { fetcher: &fetcher, clock: &clock, pause, networks };
    let surveyed = session::runtime()?.block_on(surveyor.survey(&args.address));
    match surveyed {
        Ok(survey) => {
            let taken: Vec<String> = defaults.sources.iter().map(|(id, _)| id.clone()).collect();
            if args.json {
                session.out.json(&json_output::survey(&args.address, &survey, &taken))?;
            } else {
                text_output::survey(&args.address, &survey, &defaults.sources, session)?;
            }
            Ok(if survey.choices.is_empty() { Exit::Problems } else { Exit::Ok })
        }
        Err(unread) => {
            let message = explain(&unread, args);
            if args.json {
                session.out.json(&json_output::failure(&args.address, &unread, &message))?;
            } else {
                output::complain(&format!("{}: {}", clean(&args.address.text), clean(&message)));
            }
            Ok(Exit::Failed)
        }
    }
}

/// The configured settings; the defaults if there is no configuration, or a broken one that `--config` does not name.
fn defaults(session: &mut Session) -> anyhow::Result<ProbeDefaults> {
    let (asked, environment) = (session.global.config.clone(), Environment::read_only());
    match Config::load_in(asked.as_deref(), &environment) {
        Ok(config) => {
            let named = |source: &std::sync::Arc<crate::source::Source>| {
                (source.id.to_string(), source.address.as_str().to_owned())
            };
            Ok(ProbeDefaults { sources: config.sources.iter().map(named).collect(), fetch: config.fetch })
        }
        Err(report) if asked.is_some() => Err(report.into()),
        Err(report) => {
            if Config::is_there(None, &environment) {
                session.say(&format!("{}; using defaults", clean(&report.summary())));
            }
            Ok(ProbeDefaults { fetch: FetchSettings::default(), sources: Vec::new() })
        }
    }
}

/// What went wrong, with a remedy.
fn explain(unread: &ProbeFailure, args: &ProbeArgs) -> String {
    let ProbeFailure::Fetch(error) = unread else { return unread.to_string() };
    match &error.why {
        FetchFailure::Net(NetError::Refused { host, why: FenceRefusal::Special(ip) }) => {
            format!("{host} resolves to {ip}, a private or special address; to allow it, add --allow-network {ip}")
        }
        FetchFailure::Net(NetError::Dns { .. }) => format!("{error}; check the spelling of the name"),
        FetchFailure::Gone { .. } | FetchFailure::LeadsNowhere { .. } => {
            let networks: String = args.networks.iter().map(|network| format!(" --allow-network {network}")).collect();
            let deep = args.address.addresses.iter().map(|address| address.url()).find(|url| url.path().len() > 1);
            let site = deep
                .map(|url| format!("; try the site: marsad probe {}{networks}", url.origin().ascii_serialization()));
            format!("{error}{}", site.unwrap_or_default())
        }
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::FetchError;

    #[test]
    fn the_advice_to_try_the_site_keeps_the_allowed_networks() {
        let why = FetchFailure::Gone { host: "127.0.0.1".to_owned(), status: 404 };
        let unread = ProbeFailure::Fetch(FetchError { why, took: Duration::ZERO });
        let address = input::address("http://127.0.0.1:8080/gone").unwrap();
        let args = ProbeArgs { address, networks: vec!["127.0.0.1/32".parse().unwrap()], json: false };
        let message = explain(&unread, &args);
        let site = "try the site: marsad probe http://127.0.0.1:8080 --allow-network 127.0.0.1/32";
        assert!(message.ends_with(site), "{message}");
        assert!(message.starts_with("127.0.0.1 has no page at this address (status 404)"), "{message}");
    }
}
