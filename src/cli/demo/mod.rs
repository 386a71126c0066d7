//! `marsad demo`: a whole newsroom, a receiver and a mailbox on loopback, and the real daemon between them.
//!
//! Ten invented publishers in six languages bring news for half a minute. Each alert is shown as it arrives at the
//! other end: at a receiver that checks the signature itself, and in a mailbox. At the end everything that came is
//! held against what was to be told.

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
use self::setup::Stage;
use self::show::Marks;
use self::tally::{Summary, Tally};

pub mod mailbox;
pub mod mime;
pub mod newsroom;
pub mod paper;
pub mod plan;
pub mod receiver;
pub mod setup;
pub mod show;
pub mod stories;
pub mod tally;

/// How long the first visits may take before the news begins without them.
const PATIENCE: Duration = Duration::from_secs(15);

/// How long before its end the demo brings no news any more, so that what it brought can arrive.
const QUIET: SignedDuration = SignedDuration::from_secs(3);

/// How long after its end what is still on its way is waited for.
const GRACE: Duration = Duration::from_secs(2);

/// What `demo` is asked.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// End after this time, for example 30s; without it, Ctrl-C ends the demo.
    #[arg(long = "for", value_name = "TIME")]
    pub duration: Option<SignedDuration>,

    /// Print one JSON object per alert, and the summary as the last one.
    #[arg(long)]
    pub json: bool,
}

/// Runs the demo and prints what comes.
///
/// # Errors
/// When the stage cannot be built, the daemon does not start, or nobody reads the output any more.
pub fn run(args: &Args, session: &mut Session) -> anyhow::Result<Exit> {
    let _log = session.log("error")?;
    let runtime = session::runtime()?;
    let clock = session.clock.clone();
    let mut teller = Teller { json: args.json, out: &mut session.out };
    let summary = runtime.block_on(play(args, &clock, &mut teller))?;
    runtime.shutdown_timeout(Duration::from_secs(1));
    teller.end(&summary)?;
    Ok(if summary.fault().is_none() { Exit::Ok } else { Exit::Failed })
}

/// Builds the stage, puts the daemon on it, and follows what comes.
async fn play(args: &Args, clock: &Clock, teller: &mut Teller<'_>) -> anyhow::Result<Summary> {
    let mut stage = Stage::build(clock).await.context("the demo needs a temporary folder and loopback")?;
    let config = Config::load(Some(&stage.config()))?;
    let daemon = Daemon::start(config, clock.clone(), Metrics::new()).await?;
    teller.note(&format!(
        "{} sources, a webhook receiver and a mailbox stand on loopback; no network is used",
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

/// Prints what arrives until the time is over or the operator ends it, and then for a moment what was on its way.
async fn follow(
    stage: &Stage,
    time: Option<SignedDuration>,
    clock: &Clock,
    teller: &mut Teller<'_>,
) -> anyhow::Result<Summary> {
    let mut came = Came::default();
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

/// What has come and was shown.
#[derive(Default)]
struct Came {
    tally: Tally,
    letters: usize,
    mails: usize,
}

impl Came {
    fn show(&mut self, stage: &Stage, teller: &mut Teller<'_>) -> anyhow::Result<()> {
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
        // Where the signal cannot be heard, the time limit or the process's own end remains.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    match after.map(SignedDuration::unsigned_abs) {
        Some(time) => tokio::select! { () = tokio::time::sleep(time) => {}, () = interrupted => {} },
        None => interrupted.await,
    }
}

/// Where the demo speaks: lines for people, or objects for programs.
struct Teller<'a> {
    json: bool,
    out: &'a mut Output,
}

impl Teller<'_> {
    fn note(&mut self, text: &str) -> std::io::Result<()> {
        if !self.json {
            self.out.line(text)?;
        }
        self.out.flush()
    }

    fn alert(&mut self, told: &tally::Told) -> std::io::Result<()> {
        let marks = if self.out.color { Marks::Colour } else { Marks::Brackets };
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
