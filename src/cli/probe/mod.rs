//! `marsad probe`: examines an address and prints a source to paste into the configuration.

use std::time::Duration;

use ipnet::IpNet;

use crate::cli::output::{self, clean};
use crate::cli::{Exit, Session, session};
use crate::config::file::Surroundings;
use crate::config::{Config, Fetch};
use crate::daemon;
use crate::fetch::Why;
use crate::net::{NetError, Refusal};

mod block;
mod draw;
mod places;
mod program;
mod survey;
mod surveyor;
mod typed;

use survey::Unread;
use surveyor::Surveyor;
use typed::Typed;

/// Options of `marsad probe`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  marsad probe una-oic.org\n  marsad probe https://example.org/news/ --json\n\nIt needs no \
                  configuration, but uses [fetch] if there is one. It fetches the address once, then at most 3 of the \
                  advertised feeds, or else 7 usual paths, until one works. Exits with 0 if there is something to \
                  watch, 1 if the address cannot be read, 3 if nothing there can be watched."
)]
pub struct Args {
    /// The address of a feed, page, sitemap or site; without a scheme, https is tried first, then http.
    #[arg(value_name = "URL", value_parser = typed::address)]
    address: Typed,
    /// Allow the address to be in this private network, such as 10.1.0.0/16; the printed source allows it too.
    #[arg(long = "allow-network", value_name = "NETWORK", value_parser = typed::network)]
    networks: Vec<IpNet>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// What the configuration, if there is one, sets for fetching, and its sources.
struct House {
    fetch: Fetch,
    /// The ids and addresses of the configured sources.
    sources: Vec<(String, String)>,
}

/// Examines an address and prints what a source for it would read.
///
/// # Errors
/// If the configuration named by `--config` is invalid, or the HTTP client cannot be built.
pub fn run(args: &Args, session: &mut Session) -> anyhow::Result<Exit> {
    let house = house(session)?;
    let _log = session.log("error")?;
    let fetcher = daemon::fetcher_by(&house.fetch, &session.clock)?;
    let pause = Duration::try_from(house.fetch.host_delay).unwrap_or_default();
    let (clock, networks) = (session.clock.clone(), args.networks.as_slice());
    let surveyor = Surveyor { fetcher: &fetcher, clock: &clock, pause, networks };
    let surveyed = session::runtime()?.block_on(surveyor.survey(&args.address));
    match surveyed {
        Ok(survey) => {
            let taken: Vec<String> = house.sources.iter().map(|(id, _)| id.clone()).collect();
            if args.json {
                session.out.json(&program::survey(&args.address, &survey, &taken))?;
            } else {
                draw::survey(&args.address, &survey, &house.sources, session)?;
            }
            Ok(if survey.choices.is_empty() { Exit::Problems } else { Exit::Ok })
        }
        Err(unread) => {
            let said = said(&unread, &args.address);
            if args.json {
                session.out.json(&program::unread(&args.address, &unread, &said))?;
            } else {
                output::complain(&format!("{}: {}", clean(&args.address.text), clean(&said)));
            }
            Ok(Exit::Failed)
        }
    }
}

/// The configured settings; the defaults if there is no configuration, or a broken one that `--config` does not name.
fn house(session: &mut Session) -> anyhow::Result<House> {
    let (asked, around) = (session.global.config.clone(), Surroundings::of_onlooker());
    match Config::load_in(asked.as_deref(), &around) {
        Ok(config) => {
            let named = |source: &std::sync::Arc<crate::source::Source>| {
                (source.id.to_string(), source.address.as_str().to_owned())
            };
            Ok(House { sources: config.sources.iter().map(named).collect(), fetch: config.fetch })
        }
        Err(report) if asked.is_some() => Err(report.into()),
        Err(report) => {
            if Config::is_there(None, &around) {
                session.say(&format!("{}; using defaults", clean(&report.summary())));
            }
            Ok(House { fetch: Fetch::default(), sources: Vec::new() })
        }
    }
}

/// What went wrong, with a remedy.
fn said(unread: &Unread, typed: &Typed) -> String {
    let Unread::Fetch(error) = unread else { return unread.to_string() };
    match &error.why {
        Why::Net(NetError::Refused { host, why: Refusal::Special(ip) }) => {
            format!("{host} resolves to {ip}, a private or special address; to allow it, add --allow-network {ip}")
        }
        Why::Net(NetError::Dns { .. }) => format!("{error}; check the spelling of the name"),
        Why::Gone { .. } => {
            let deep = typed.addresses.iter().map(|address| address.url()).find(|url| url.path().len() > 1);
            let site = deep.map(|url| format!("; try the site: marsad probe {}", url.origin().ascii_serialization()));
            format!("{error}{}", site.unwrap_or_default())
        }
        _ => error.to_string(),
    }
}
