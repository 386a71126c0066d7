//! `marsad status`: prints a health summary.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::channel::ChannelId;
use crate::cli::output::{Tone, clean, counted, relative};
use crate::cli::{Exit, Session, check, owner};
use crate::clock::{Clock, later};
use crate::config::Config;
use crate::config::report::Report;
use crate::server::json;
use crate::source::SourceId;
use crate::store::{DeliveryState, SetAside, SourceState, Store, StoreCondition, StoreCounts, StoreError};

/// Options of `marsad status`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: marsad status || systemctl status marsad")]
pub struct StatusArgs {
    /// Print one JSON object per line.
    #[arg(long)]
    json: bool,
}

mod channels;
pub(crate) mod daemon;
mod finding;

pub(crate) use channels::{channels, refused, stopped};
pub(crate) use finding::{Finding, finding};

/// How late a visit may be without a report. Chosen by hand: longer than a visit waits for its turn.
const LATE: SignedDuration = SignedDuration::from_mins(10);

/// How far ahead of the clock a visit may be: the daemon and this command read the clock at different moments. Chosen
/// by hand.
const AHEAD: SignedDuration = SignedDuration::from_secs(2);

/// How long a delivery that failed permanently stays in the summary. Chosen by hand.
const RECENT: SignedDuration = SignedDuration::from_hours(24);

/// How many items or rows a line lists. Chosen by hand.
const MAX_NAMED: usize = 3;

/// The most items set aside that are counted. Chosen by hand.
const MAX_COUNTED: usize = 1_000;

/// Prints the health of the daemon, the sources, the outbox and the store.
///
/// # Errors
/// If there is no store yet, another process locks it, or standard output is closed.
pub async fn run(
    args: &StatusArgs,
    session: &mut Session,
    config: &Config,
    broken: Option<&Report>,
) -> anyhow::Result<Exit> {
    let findings = findings(&session.clock, config, broken).await?;
    print(&findings, args.json, session)
}

/// Every finding, in the order of printing.
async fn findings(clock: &Clock, config: &Config, broken: Option<&Report>) -> Result<Vec<Finding>, StoreError> {
    let daemon = daemon::ask(config).await;
    let mut findings = vec![configuration(config, broken, &daemon), daemon.finding];
    match Store::open_shared(&config.state_dir).await {
        Ok(store) => {
            let condition = store.examine().await;
            let place = findings.len();
            findings.push(condition_finding(&condition));
            // A database that is damaged further on than its first pages is writable until it is read.
            if let Err(error) = stored(&store, config, clock, &mut findings).await
                && condition.error().is_none()
            {
                findings[place] = condition_finding(&StoreCondition::of(error));
            }
        }
        Err(error) if error.is_locked() => return Err(error),
        Err(error @ StoreError::Missing(_)) if !owner::daemon_runs(&config.state_dir) => return Err(error),
        Err(error) => findings.push(condition_finding(&StoreCondition::of(error))),
    }
    daemon::repair_first(&mut findings, &config.state_dir);
    Ok(findings)
}

/// The findings about sources, items, deliveries and channels.
async fn stored(store: &Store, config: &Config, clock: &Clock, findings: &mut Vec<Finding>) -> Result<(), StoreError> {
    let states = store.source_conditions().await?;
    // Read after the states: a daemon that does not answer takes seconds, during which it visits sources.
    let now = clock.now();
    findings.extend(sources(config, &states, now));
    findings.extend(clock_set_back(&states, now));
    findings.extend(outbox(&store.counts().await?, now));
    findings.extend(store.deliveries_paused().await?.iter().map(|reason| paused(reason)));
    let conditions = store.channel_conditions().await?;
    findings.extend(stopped(config, &conditions, now));
    findings.extend(channels(config, &store.failing_channels().await?, &conditions, now));
    findings.extend(refused(config, &store.refused_recipients().await?, now));
    findings.extend(set_aside(&store.all_set_aside(MAX_COUNTED).await?, now));
    findings.extend(failed_permanently(&store.dead_since(later(now, -RECENT)).await?));
    Ok(())
}

/// Prints findings and returns the exit code for the worst of them.
///
/// # Errors
/// If standard output is closed.
pub(crate) fn print(findings: &[Finding], json: bool, session: &mut Session) -> anyhow::Result<Exit> {
    for finding in findings {
        let text = session.typed(&finding.text);
        if json {
            session.out.json(&json!({"about": finding.about, "state": finding.tone, "text": text}))?;
        } else {
            session.out.verdict(finding.tone, &format!("{}: {text}", finding.about))?;
        }
    }
    let bad = findings.iter().any(|finding| finding.tone == Tone::Bad);
    Ok(if bad { Exit::Problems } else { Exit::Ok })
}

/// Whether the files are valid, and so in use. A daemon that has rejected them decides: it may read what this command
/// cannot, and the other way round.
#[must_use]
pub(crate) fn configuration(config: &Config, broken: Option<&Report>, daemon: &daemon::DaemonReply) -> Finding {
    if let (None, Some(why)) = (broken, &daemon.rejected) {
        return finding("configuration", Tone::Bad, format!("the running daemon says: {why}; run marsad check"));
    }
    if let Some(report) = broken {
        let text = format!(
            "{}; the lines below use the configuration that was applied last; run marsad check",
            report.summary()
        );
        finding("configuration", Tone::Bad, text)
    } else if config.warnings.is_empty() {
        finding("configuration", Tone::Ok, check::summary(config))
    } else {
        finding("configuration", Tone::Warn, format!("{}; run marsad check", config.warnings.summary()))
    }
}

/// The condition of the store.
fn condition_finding(condition: &StoreCondition) -> Finding {
    match condition.summary() {
        None => finding("store", Tone::Ok, "writable"),
        Some(summary) => finding("store", Tone::Bad, summary),
    }
}

fn sources(config: &Config, states: &[SourceState], now: Timestamp) -> Vec<Finding> {
    let known: BTreeMap<&SourceId, &SourceState> = states.iter().map(|state| (&state.id, state)).collect();
    let (mut by_word, mut late) = (BTreeMap::<&str, usize>::new(), Vec::new());
    let mut tone = Tone::Ok;
    for source in &config.sources {
        let state = known.get(&source.id).copied();
        let status = json::status(source, state);
        *by_word.entry(status.as_str()).or_default() += 1;
        if status.is_failing() {
            tone = Tone::Bad;
        } else if !status.is_well() && tone == Tone::Ok {
            tone = Tone::Warn;
        }
        let due = state.and_then(|state| state.next_visit_at).filter(|_| source.enabled);
        if due.is_some_and(|due| later(due, LATE) < now) {
            late.push(source.id.as_str());
        }
    }
    let texts: Vec<String> = by_word.iter().map(|(word, number)| format!("{number} {word}")).collect();
    let remedy = if tone == Tone::Ok { "" } else { "; run marsad sources" };
    let text = if texts.is_empty() { "none configured".to_owned() } else { format!("{}{remedy}", texts.join(", ")) };
    let mut findings = vec![finding("sources", tone, text)];
    findings.extend(without_items(config, &known));
    findings.extend(held(config, &known));
    if !late.is_empty() {
        let text =
            format!("{} overdue by more than 10 minutes; the first is {}", counted(late.len(), "source"), late[0]);
        findings.push(finding("schedule", Tone::Bad, text));
    }
    findings
}

/// Sources that answer but have never had an item: their selectors or addresses may be wrong.
fn without_items(config: &Config, known: &BTreeMap<&SourceId, &SourceState>) -> Option<Finding> {
    let has_no_items = |state: &&SourceState| state.last_success_at.is_some() && state.items == 0;
    let states = config.sources.iter().filter(|source| source.enabled).filter_map(|source| known.get(&source.id));
    let without_items: Vec<&str> = states.copied().filter(has_no_items).map(|state| state.id.as_str()).collect();
    let first = without_items.first()?;
    let text = format!("{} without an item so far; run marsad visit {first}", counted(without_items.len(), "source"));
    Some(finding("items", Tone::Warn, text))
}

/// Items whose alerts wait for an operator since a redesign of a site.
fn held(config: &Config, known: &BTreeMap<&SourceId, &SourceState>) -> Option<Finding> {
    let states = config.sources.iter().filter_map(|source| known.get(&source.id));
    let held: Vec<&&SourceState> = states.filter(|state| state.held > 0).collect();
    let first = held.first()?;
    let text = format!(
        "{} with items that wait since a redesign; run marsad sources accept {} or marsad sources discard {}",
        counted(held.len(), "source"),
        first.id,
        first.id
    );
    Some(finding("flood", Tone::Warn, text))
}

/// Visits ahead of the clock: they were made before it was set back.
fn clock_set_back(states: &[SourceState], now: Timestamp) -> Option<Finding> {
    let ahead = |state: &&SourceState| state.last_visit_at.is_some_and(|at| at > later(now, AHEAD));
    let ahead: Vec<&SourceState> = states.iter().filter(ahead).collect();
    let last = ahead.iter().filter_map(|state| state.last_visit_at).max()?;
    let by = SignedDuration::from_secs(last.duration_since(now).as_secs());
    let text = format!(
        "set back by at least {by:#}: {} last visited in the future; visits go on at the usual intervals",
        if ahead.len() == 1 { "1 source was".to_owned() } else { format!("{} sources were", ahead.len()) }
    );
    Some(finding("clock", Tone::Warn, text))
}

fn outbox(counts: &StoreCounts, now: Timestamp) -> Vec<Finding> {
    let words: Vec<String> =
        counts.deliveries.iter().map(|(state, number)| format!("{number} {}", state.as_str())).collect();
    let oldest = counts.oldest_pending.map(|at| format!("; the oldest pending was created {}", relative(at, now)));
    let waiting = match counts.waiting {
        0 => String::new(),
        some => format!(", {some} awaiting their page"),
    };
    let gathered = gathered(counts.gathered);
    let deliveries = if words.is_empty() { "none".to_owned() } else { words.join(", ") };
    let mut findings =
        vec![finding("items", Tone::Ok, format!("{} stored{waiting}, {}", counts.items, alerts(counts)))];
    if counts.events > 0 {
        let text = format!("{} about sources, configuration and channels, tests included", counts.events);
        findings.push(finding("events", Tone::Ok, text));
    }
    findings.push(finding("deliveries", Tone::Ok, format!("{deliveries}{}{gathered}", oldest.unwrap_or_default())));
    findings
}

/// The alerts that wait for a digest, to follow another statement; empty if there are none.
#[must_use]
pub(crate) fn gathered(number: u64) -> String {
    match number {
        0 => String::new(),
        1 => "; 1 alert waits for a digest".to_owned(),
        some => format!("; {some} alerts wait for a digest"),
    }
}

/// Deliveries that wait until the operator resumes them.
#[must_use]
pub(crate) fn paused(reason: &str) -> Finding {
    let text = format!("all wait: {}; to send them, run marsad deliveries resume", clean(reason));
    finding("deliveries", Tone::Bad, text)
}

/// The number of alerts: "sent" only if no delivery failed or is still to come.
fn alerts(counts: &StoreCounts) -> String {
    // Only tests of channels are cancelled.
    let ends_well = |state| matches!(state, DeliveryState::Delivered | DeliveryState::Cancelled);
    let sent =
        counts.gathered == 0 && counts.deliveries.iter().all(|(state, number)| ends_well(*state) || *number == 0);
    let number = usize::try_from(counts.alerts).unwrap_or(usize::MAX);
    format!("{} {}", counted(number, "alert"), if sent { "sent" } else { "created" })
}

/// Content that cannot be stored or read: bad for a day, then a warning while it is listed.
fn set_aside(all: &[SetAside], now: Timestamp) -> Option<Finding> {
    let newest = all.first()?;
    let tone = if later(newest.last_at, RECENT) > now { Tone::Bad } else { Tone::Warn };
    let named: Vec<String> = all
        .iter()
        .take(MAX_NAMED)
        .map(|one| format!("{} {}: {}", one.what, clean(&one.name), clean(&one.why)))
        .collect();
    let more = if all.len() > MAX_NAMED { format!("; and {} more", all.len() - MAX_NAMED) } else { String::new() };
    let text =
        format!("{} that cannot be stored, read or rendered: {}{more}", counted(all.len(), "entry"), named.join("; "));
    Some(finding("set aside", tone, text))
}

/// The deliveries that failed permanently within the last day, by channel; `None` if there are none.
fn failed_permanently(dead: &[(ChannelId, u64)]) -> Option<Finding> {
    let texts: Vec<String> = dead.iter().map(|(channel, number)| format!("{number} to {channel}")).collect();
    let text =
        format!("failed permanently in the last 24 h: {}; run marsad deliveries list --state dead", texts.join(", "));
    (!texts.is_empty()).then(|| finding("dead", Tone::Bad, text))
}

#[cfg(test)]
mod tests;
