//! `marsad probe`: what stands at an address, and the source to paste for it.

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
                  configuration; where there is one, it goes by its [fetch]. The address itself is fetched once; then \
                  at most 3 of the feeds that it advertises, or else 7 usual places, until one works. Exits 0 with \
                  something to watch, 1 where the address cannot be read, 3 where nothing there can be watched."
)]
pub struct Args {
    /// The address: of a feed, a page, a sitemap or a site; without a scheme https is tried, then http.
    #[arg(value_name = "URL", value_parser = typed::address)]
    address: Typed,
    /// Let the address stand in this private network, such as 10.1.0.0/16; the source to paste will say so too.
    #[arg(long = "allow-network", value_name = "NETWORK", value_parser = typed::network)]
    networks: Vec<IpNet>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// What the configuration, where there is one, says of fetching and of names that are taken.
struct House {
    fetch: Fetch,
    /// The names of the configured sources with their addresses.
    sources: Vec<(String, String)>,
}

/// Looks at an address and prints what a source for it would read.
///
/// # Errors
/// A configuration that was asked for and cannot be used, or a client that cannot be built.
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

/// What is configured; the usual where nothing is, or where what is there is broken and was not asked for.
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
                session.say(&format!("{}; this goes on without it", clean(&report.summary())));
            }
            Ok(House { fetch: Fetch::default(), sources: Vec::new() })
        }
    }
}

/// What went wrong, with what can be done about it here.
fn said(unread: &Unread, typed: &Typed) -> String {
    let Unread::Fetch(error) = unread else { return unread.to_string() };
    match &error.why {
        Why::Net(NetError::Refused { host, why: Refusal::Special(ip) }) => {
            format!(
                "{host} stands at {ip}, a private or special address; where that is meant, add --allow-network {ip}"
            )
        }
        Why::Net(NetError::Dns { .. }) => format!("{error}; is the name spelt right?"),
        Why::Gone { .. } => {
            let deep = typed.addresses.iter().map(|address| address.url()).find(|url| url.path().len() > 1);
            let site = deep.map(|url| format!(", as by: marsad probe {}", url.origin().ascii_serialization()));
            format!("{error}{}", site.unwrap_or_default())
        }
        _ => error.to_string(),
    }
}
