//! `marsad demo`: runs the real daemon between publishers, a webhook receiver and a mailbox on loopback.
//!
//! Ten invented publishers in six languages publish news for half a minute. Each alert is printed as it arrives: at a
//! receiver that verifies the signature itself, and in a mailbox. At the end the arrivals are compared with what was
//! published.

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

pub mod newsroom;
pub mod paper;
pub mod plan;
pub mod setup;
pub mod show;
pub mod stories;
pub mod tally;

/// How long to wait for the first visits before the news begins.
const PATIENCE: Duration = Duration::from_secs(15);

/// How long before the end the publishers stop, so that the last items can arrive.
const QUIET: SignedDuration = SignedDuration::from_secs(3);

/// How long to wait after the end for alerts under way.
const GRACE: Duration = Duration::from_secs(2);

/// Options of `marsad demo`.
#[derive(clap::Args, Clone, Debug)]
pub struct DemoArgs {
    /// End after this time, such as 30s; without it, Ctrl-C ends the demo.
    #[arg(long = "for", value_name = "TIME")]
    pub duration: Option<SignedDuration>,

    /// Print one JSON object per alert; the last one is the summary.
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
    let mut teller = DemoOutput { json: args.json, out: &mut session.out };
    let summary = runtime.block_on(play(args, &clock, &mut teller))?;
    runtime.shutdown_timeout(Duration::from_secs(1));
    teller.end(&summary)?;
    Ok(if summary.fault().is_none() { Exit::Ok } else { Exit::Failed })
}

/// Starts the loopback servers and the daemon, and prints the arrivals.
async fn play(args: &DemoArgs, clock: &Clock, teller: &mut DemoOutput<'_>) -> anyhow::Result<Summary> {
    let mut stage = DemoSetup::build(clock).await.context("the demo needs a temporary folder and loopback")?;
    let config = Config::load(Some(&stage.config()))?;
    let daemon = Daemon::start(config, clock.clone(), Metrics::new()).await?;
    teller.note(&format!(
        "{} sources, a webhook receiver and a mailbox on loopback; no network is used",
        OUTLETS.len()
    ))?;
    if let Some(address) = daemon.listening() {
        teller.note(&format!("the same alerts as a stream: curl -N http://{address}/api/v1/stream"))?;
    }
    if tokio::time::timeout(PATIENCE, stage.newsroom.everyone_came()).await.is_err() {
        teller.note("not every source was visited within 15 s")?;
    }
    let time = args.duration.map(|time| SignedDuration::try_from(time.unsigned_abs()).unwrap_or(SignedDuration::MAX));
    let last = time.map(|time| u32::try_from(time.saturating_sub(QUIET).as_secs()));
    stage.newsroom.open(last.map(|last| last.unwrap_or(0)));
    let summary = follow(&stage, time, clock, teller).await?;
    daemon.stop().await;
    Ok(summary)
}

/// Prints arrivals until the time is over or Ctrl-C, then waits a moment for those under way.
async fn follow(
    stage: &DemoSetup,
    time: Option<SignedDuration>,
    clock: &Clock,
    teller: &mut DemoOutput<'_>,
) -> anyhow::Result<Summary> {
    let mut came = Arrivals::default();
    let (mut letters, mut mails) = (stage.receiver.arrivals(), stage.mailbox.arrivals());
    let end = over(time);
    tokio::pin!(end);
    loop {
        tokio::select! {
            () = &mut end => break,
            Some(()) = changed(&mut letters) => {}
            Some(()) = changed(&mut mails) => {}
        }
        came.show(stage, teller)?;
    }
    stage.newsroom.close();
    let ended = clock.now();
    let grace = tokio::time::sleep(GRACE);
    tokio::pin!(grace);
    came.show(stage, teller)?;
    while !came.tally.is_complete(&stage.newsroom, ended) {
        tokio::select! {
            () = &mut grace => break,
            Some(()) = changed(&mut letters) => {}
            Some(()) = changed(&mut mails) => {}
        }
        came.show(stage, teller)?;
    }
    Ok(came.tally.summary(&stage.newsroom, OUTLETS.len(), ended))
}

/// What has arrived and was printed.
#[derive(Default)]
struct Arrivals {
    tally: Tally,
    letters: usize,
    mails: usize,
}

impl Arrivals {
    fn show(&mut self, stage: &DemoSetup, teller: &mut DemoOutput<'_>) -> anyhow::Result<()> {
        for letter in stage.receiver.letters().into_iter().skip(self.letters) {
            self.letters += 1;
            if let Some(told) = self.tally.letter(&letter, &stage.newsroom) {
                teller.alert(&told)?;
            }
        }
        for mail in stage.mailbox.mails().into_iter().skip(self.mails) {
            self.mails += 1;
            let pieces = self.tally.mail(&mail, &stage.newsroom);
            teller.note(&show::mail(&mail, !pieces.is_empty()))?;
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

    fn alert(&mut self, told: &tally::ReceivedAlert) -> std::io::Result<()> {
        let marks = if self.out.color { HighlightStyle::Colour } else { HighlightStyle::Brackets };
        if self.json {
            self.out.json(told)?
        } else {
            self.out.line(show::alert(told, marks))?
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
