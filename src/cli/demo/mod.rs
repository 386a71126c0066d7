//! `marsad demo`: runs the real daemon between publishers, a webhook receiver and a mailbox on loopback.
//!
//! Ten invented publishers in six languages publish news for half a minute. Each alert is printed as it arrives: at a
//! receiver that verifies the signature itself, and in a mailbox. At the end the arrivals are compared with what was
//! published.
//!
//! 1. `plan` and `stories` hold what the publishers publish, and when.
//! 2. `newsroom` serves it as feeds and pages (`paper`).
//! 3. `setup` writes the configuration that joins publishers, receiver and mailbox.
//! 4. `tally` compares the arrivals with the plan; `show` formats them.

use std::io::Write;
use std::time::Duration;

use anyhow::Context;
use jiff::SignedDuration;
use tokio::sync::watch;

use crate::cli::output::Output;
use crate::cli::{Exit, Session, session};
use crate::clock::Clock;
use crate::config::Config;
use crate::daemon::Daemon;
use crate::telemetry::Metrics;

use self::plan::OUTLETS;
use self::setup::DemoSetup;
use self::show::HighlightStyle;
use self::tally::{Summary, Tally};

pub(crate) mod newsroom;
pub(crate) mod paper;
pub mod plan;
pub(crate) mod setup;
pub(crate) mod show;
pub(crate) mod stories;
pub(crate) mod tally;

/// How long to wait for the first visits before the news begins. Chosen by hand.
const FIRST_VISITS: Duration = Duration::from_secs(15);

/// How long before the end the publishers stop, so that the last items can arrive. Chosen by hand.
const QUIET: SignedDuration = SignedDuration::from_secs(3);

/// How long to wait after the end for alerts under way. Chosen by hand.
const LAST_ALERTS: Duration = Duration::from_secs(2);

/// Options of `marsad demo`.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct DemoArgs {
    /// End after this time, such as 30s; without it, Ctrl-C ends the demo.
    #[arg(long = "for", value_parser = crate::cli::duration::parse, value_name = "TIME")]
    pub(crate) duration: Option<SignedDuration>,

    /// Print one JSON object per alert, then one with the summary.
    #[arg(long)]
    pub json: bool,
}

/// Runs the demo and prints the arrivals.
///
/// # Errors
/// If the loopback servers or the daemon cannot start, or standard output is closed.
pub fn run(args: &DemoArgs, session: &mut Session) -> anyhow::Result<Exit> {
    let _log = session.log("error")?;
    let runtime = session::runtime()?;
    let clock = session.clock.clone();
    let mut output = DemoOutput { json: args.json, out: &mut session.out };
    let summary = runtime.block_on(perform(args, &clock, &mut output))?;
    runtime.shutdown_timeout(Duration::from_secs(1));
    output.end(&summary)?;
    Ok(if summary.fault().is_none() { Exit::Ok } else { Exit::Failed })
}

/// Starts the loopback servers and the daemon, and prints the arrivals.
async fn perform(args: &DemoArgs, clock: &Clock, output: &mut DemoOutput<'_>) -> anyhow::Result<Summary> {
    let mut setup = DemoSetup::build(clock).await.context("the demo needs a temporary folder and loopback")?;
    let config = Config::load(Some(&setup.config()))?;
    let daemon = Daemon::start(config, clock.clone(), Metrics::new()).await?;
    output.note(&format!(
        "{} sources, a webhook receiver and a mailbox on loopback; no network is used",
        OUTLETS.len()
    ))?;
    if let Some(address) = daemon.listening() {
        output.note(&format!("the same alerts as a stream: curl -N http://{address}/api/v1/stream"))?;
    }
    if tokio::time::timeout(FIRST_VISITS, setup.newsroom.all_visited()).await.is_err() {
        output.note("not every source was visited within 15 s")?;
    }
    let time = args.duration.map(|time| SignedDuration::try_from(time.unsigned_abs()).unwrap_or(SignedDuration::MAX));
    let last = time.map(|time| u32::try_from(time.saturating_sub(QUIET).as_secs()));
    setup.newsroom.open(last.map(|last| last.unwrap_or(0)));
    let summary = follow(&setup, time, clock, output).await?;
    daemon.stop().await;
    Ok(summary)
}

/// Prints arrivals until the time is over or Ctrl-C, then waits a moment for those under way.
async fn follow(
    setup: &DemoSetup,
    time: Option<SignedDuration>,
    clock: &Clock,
    output: &mut DemoOutput<'_>,
) -> anyhow::Result<Summary> {
    let mut arrivals = Arrivals::default();
    let (mut webhooks, mut mails) = (setup.receiver.arrivals(), setup.mailbox.arrivals());
    let end = over(time);
    tokio::pin!(end);
    loop {
        tokio::select! {
            () = &mut end => break,
            Some(()) = changed(&mut webhooks) => {}
            Some(()) = changed(&mut mails) => {}
        }
        arrivals.show(setup, output)?;
    }
    setup.newsroom.close();
    let ended = clock.now();
    let grace = tokio::time::sleep(LAST_ALERTS);
    tokio::pin!(grace);
    arrivals.show(setup, output)?;
    while !arrivals.tally.is_complete(&setup.newsroom, ended) {
        tokio::select! {
            () = &mut grace => break,
            Some(()) = changed(&mut webhooks) => {}
            Some(()) = changed(&mut mails) => {}
        }
        arrivals.show(setup, output)?;
    }
    Ok(arrivals.tally.summary(&setup.newsroom, OUTLETS.len(), ended))
}

/// The arrivals that were printed.
#[derive(Default)]
struct Arrivals {
    tally: Tally,
    webhooks: usize,
    mails: usize,
}

impl Arrivals {
    fn show(&mut self, setup: &DemoSetup, output: &mut DemoOutput<'_>) -> anyhow::Result<()> {
        for webhook in setup.receiver.letters().into_iter().skip(self.webhooks) {
            self.webhooks += 1;
            if let Some(alert) = self.tally.webhook(&webhook, &setup.newsroom) {
                output.alert(&alert)?;
            }
        }
        for mail in setup.mailbox.mails().into_iter().skip(self.mails) {
            self.mails += 1;
            let pieces = self.tally.mail(&mail, &setup.newsroom);
            output.note(&show::mail(&mail, !pieces.is_empty()))?;
        }
        Ok(())
    }
}

async fn changed(count: &mut watch::Receiver<usize>) -> Option<()> {
    count.changed().await.ok()
}

/// Ends when the time is over, or at Ctrl-C.
async fn over(after: Option<SignedDuration>) {
    let interrupted = async {
        // Without a handler, the time limit or a signal to the process ends the demo.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    match after.map(SignedDuration::unsigned_abs) {
        Some(time) => tokio::select! { () = tokio::time::sleep(time) => {}, () = interrupted => {} },
        None => interrupted.await,
    }
}

/// The output of the demo: lines, or JSON objects.
struct DemoOutput<'a> {
    json: bool,
    out: &'a mut Output,
}

impl DemoOutput<'_> {
    fn note(&mut self, text: &str) -> std::io::Result<()> {
        if !self.json {
            self.out.line(text)?;
        }
        self.out.flush()
    }

    fn alert(&mut self, alert: &tally::ReceivedAlert) -> std::io::Result<()> {
        let marks = if self.out.color { HighlightStyle::Colour } else { HighlightStyle::Brackets };
        if self.json {
            self.out.json(alert)?
        } else {
            self.out.line(show::alert(alert, marks))?
        }
        self.out.flush()
    }

    fn end(&mut self, summary: &Summary) -> std::io::Result<()> {
        if self.json {
            self.out.json(&serde_json::json!({ "summary": summary }))?;
        } else {
            self.out.line(format!("\n{}", show::summary(summary)))?;
        }
        self.out.flush()
    }
}
