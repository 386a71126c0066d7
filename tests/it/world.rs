//! A world on loopback: a site, a receiver, a mailbox, a store and a clock that moves by hand.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use marsad::cadence::item_page::waits_until;
use marsad::clock::{Clock, ManualClock};
use marsad::config::Config;
use marsad::deliver::{Deliverer, RouteSettings, retry};
use marsad::fetch::Fetcher;
use marsad::loopback::mailbox::Mailbox;
use marsad::loopback::receiver::{ReceivedWebhook, WebhookReceiver};
use marsad::net::{self, Client};
use marsad::pipeline::{Pipeline, PipelineSetup, Visit};
use marsad::store::{DeliveryState, FollowDue, Store};
use marsad::telemetry::Metrics;
use serde_json::Value;
use sqlx::{Connection, SqliteConnection};

use super::site::Site;

/// What the receiver signs with.
pub const SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// The text of an item, long enough to identify it.
pub const TEXT: &str = "The council met for two days and agreed on a plan for clinics, water and schools; the next \
                        meeting will look at what was built and at what it cost.";

/// Everything that an end-to-end test needs. Dropping it fails if a delivery is still due.
pub struct World {
    pub site: Site,
    pub receiver: WebhookReceiver,
    pub mailbox: Mailbox,
    pub clock: Clock,
    pub hands: ManualClock,
    pub pipeline: Pipeline,
    pub setup: PipelineSetup,
    deliverers: Vec<Deliverer>,
    folder: tempfile::TempDir,
    may_have_due_deliveries: bool,
}

impl World {
    /// A world with the channels `desk` (webhook) and `press` (mail) and whatever `more` configures. In `more`,
    /// `{site}` stands for the site's address.
    pub async fn with(more: &str) -> Self {
        Self::prepared(None, more).await
    }

    /// As [`World::with`], on the database that these statements make.
    pub async fn on(statements: &'static str, more: &str) -> Self {
        Self::prepared(Some(statements), more).await
    }

    async fn prepared(statements: Option<&'static str>, more: &str) -> Self {
        let (clock, hands) = Clock::manual(Timestamp::from_second(1_800_000_000).unwrap());
        let site = Site::open().await;
        let receiver = WebhookReceiver::open(&clock, Some(SECRET)).await.unwrap();
        let mailbox = Mailbox::open(&clock).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        private(&folder.path().join("secret"), SECRET);
        let path = folder.path().join("marsad.toml");
        std::fs::write(&path, configuration(folder.path(), &site, &receiver, &mailbox, more)).unwrap();
        let config = Config::load(Some(&path)).unwrap_or_else(|r| panic!("{}", r.render(false)));
        if let Some(statements) = statements {
            std::fs::create_dir(&config.state_dir).unwrap();
            make(&config.state_dir.join("marsad.db"), statements).await;
        }
        let store = Store::open(&config.state_dir).await.unwrap();
        let pipeline = Pipeline { store, clock: clock.clone(), metrics: Metrics::new() };
        let (setup, deliverers) = built(config, &pipeline).await;
        Self {
            site,
            receiver,
            mailbox,
            clock,
            hands,
            pipeline,
            setup,
            deliverers,
            folder,
            may_have_due_deliveries: false,
        }
    }

    /// A world that watches one feed, `{site}/feed`, for one term, after a quiet first visit.
    pub async fn watching(term: &str) -> Self {
        let world = Self::with(&format!("{}{}", feed("wire", "/feed"), watch("watched", term, &["desk"]))).await;
        world.site.feed("/feed", &[("before", "Old lighthouse reopens", "What stood there before the first visit.")]);
        world.visit("wire").await;
        world
    }

    /// The configuration's file.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("marsad.toml")
    }

    /// Visits a source now.
    pub async fn visit(&self, source: &str) -> Visit {
        let source = self.setup.config.source(source).unwrap_or_else(|| panic!("no source {source}"));
        self.pipeline.visit(source, &self.setup).await.unwrap()
    }

    /// Reads every page that an item waits for and that is due now.
    pub async fn follow(&self) {
        let due = |page: &FollowDue, now| {
            page.next_try_at <= now || page.waits_since.is_some_and(|since| waits_until(since) <= now)
        };
        loop {
            let pages = self.pipeline.store.follows(1_000).await.unwrap();
            let Some(page) = pages.iter().find(|page| due(page, self.clock.now())) else { return };
            self.pipeline.follow(page.number, &self.setup).await.unwrap();
        }
    }

    /// Makes the digests that are due now, and attempts everything that is due.
    pub async fn deliver(&self) {
        // A changed schedule is planned first, then what it lets go is made.
        for _ in 0..2 {
            self.pipeline.close_digests(&self.setup.config).await.unwrap();
        }
        for deliverer in &self.deliverers {
            while deliverer.deliver_one().await.unwrap() {}
        }
    }

    /// Replans deliveries, as each channel does after the clock was set back.
    pub async fn bring_forward(&self) {
        for deliverer in &self.deliverers {
            deliverer.bring_forward().await.unwrap();
        }
    }

    /// Visits a source, reads what its items wait for, and attempts what is due.
    pub async fn bring(&self, source: &str) -> Visit {
        let visit = self.visit(source).await;
        self.follow().await;
        self.deliver().await;
        visit
    }

    /// Lets time pass.
    pub fn wait(&self, time: SignedDuration) {
        self.hands.advance(time);
    }

    /// Applies another configuration, as a reload does.
    pub async fn reconfigure(&mut self, more: &str) {
        let text = configuration(self.folder.path(), &self.site, &self.receiver, &self.mailbox, more);
        std::fs::write(self.path(), text).unwrap();
        let config = Config::load(Some(&self.path())).unwrap_or_else(|report| panic!("{}", report.render(false)));
        (self.setup, self.deliverers) = built(config, &self.pipeline).await;
    }

    /// Closes the store and opens it again, as a new process does.
    pub async fn restart(&mut self) {
        let state_dir = self.setup.config.state_dir.clone();
        self.deliverers.clear();
        self.pipeline.store = Store::open_shared(&state_dir).await.unwrap();
        self.pipeline.store = Store::open(&state_dir).await.unwrap();
        self.pipeline.store.requeue_stale(retry::soonest(self.clock.now())).await.unwrap();
        let config = Config::load(Some(&self.path())).unwrap_or_else(|report| panic!("{}", report.render(false)));
        (self.setup, self.deliverers) = built(config, &self.pipeline).await;
    }

    /// Gives every fetch only this long.
    pub fn impatient(&mut self, time: Duration) {
        let client = Arc::new(Client::new(&net::ClientSettings::new("marsad/test")).unwrap());
        let timeout = SignedDuration::try_from(time).unwrap();
        let settings = marsad::config::FetchSettings { timeout, ..self.setup.config.fetch.clone() };
        self.setup.fetcher = Fetcher::new(client, &settings, self.clock.clone());
    }

    /// The headlines that the receiver got, in the order of arrival.
    pub fn alerted(&self) -> Vec<String> {
        let sent = self.receiver.letters().into_iter().map(|letter| body(&letter));
        sent.filter_map(|sent| Some(sent.pointer("/data/item/title")?.as_str()?.to_owned())).collect()
    }

    /// How many deliveries are in this state.
    pub async fn count(&self, state: DeliveryState) -> u64 {
        self.pipeline.store.counts().await.unwrap().deliveries.get(&state).copied().unwrap_or(0)
    }

    /// Allows this test to end with due deliveries.
    pub fn may_have_due_deliveries(&mut self) {
        self.may_have_due_deliveries = true;
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() || self.may_have_due_deliveries {
            return;
        }
        let state_dir = self.setup.config.state_dir.clone();
        // Drop cannot await: a separate runtime opens the store.
        let looking = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async { Store::open_shared(&state_dir).await.unwrap().counts().await.unwrap().deliveries })
        });
        let counts = looking.join().unwrap();
        let due =
            [DeliveryState::Pending, DeliveryState::Inflight].iter().filter_map(|state| counts.get(state)).sum::<u64>();
        assert!(due == 0, "{due} deliveries are still due");
    }
}

/// Makes a database by statements.
async fn make(path: &Path, statements: &'static str) {
    let mut connection = SqliteConnection::connect(&format!("sqlite://{}?mode=rwc", path.display())).await.unwrap();
    sqlx::raw_sql(statements).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// Writes a file that nobody else may read.
pub fn private(path: &Path, text: &str) {
    let mut file = std::fs::File::options().create_new(true).write(true).mode(0o600).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

/// The text of a mail.
pub fn body(letter: &ReceivedWebhook) -> Value {
    serde_json::from_slice(&letter.body).unwrap()
}

/// A feed at `path` of the site, whose item pages are not read.
pub fn feed(id: &str, path: &str) -> String {
    source(id, "feed", path, "follow = \"never\"")
}

/// A source of `kind` at `path` of the site, with further keys.
pub fn source(id: &str, kind: &str, path: &str, more: &str) -> String {
    format!(
        "\n[[source]]\nid = \"{id}\"\n{kind} = \"{{site}}{path}\"\nevery = \"10m\"\nlang = \"en\"\n\
         allow_networks = [\"127.0.0.0/8\"]\n{more}\n"
    )
}

/// A watch for one term that alerts these channels.
pub fn watch(id: &str, term: &str, channels: &[&str]) -> String {
    format!("\n[[watch]]\nid = \"{id}\"\nany = [\"{term}\"]\nalert = {channels:?}\n")
}

/// The text of a configuration with the channels `desk` and `press` and whatever `more` adds.
pub fn configuration(folder: &Path, site: &Site, receiver: &WebhookReceiver, mailbox: &Mailbox, more: &str) -> String {
    format!(
        "state_dir = {state:?}\ntimezone = \"UTC\"\n\n[http]\nlisten = \"\"\n\n[fetch]\nhost_delay = \"0s\"\n\n\
         [smtp]\nurl = {smtp:?}\nfrom = \"marsad <marsad@example.org>\"\n\n\
         [[channel]]\nid = \"desk\"\nwebhook = {hook:?}\nsecret = {{ file = {secret:?} }}\n\n\
         [[channel]]\nid = \"press\"\nemail = [\"press@example.org\"]\n{more}",
        state = folder.join("state"),
        smtp = mailbox.url(),
        hook = receiver.url(),
        secret = folder.join("secret"),
        more = more.replace("{site}", &site.url("")),
    )
}

async fn built(config: Config, pipeline: &Pipeline) -> (PipelineSetup, Vec<Deliverer>) {
    let now = pipeline.clock.now();
    let sources: Vec<_> = config.sources.iter().map(|source| (Arc::clone(source), now)).collect();
    pipeline.store.sync_sources(&sources, now).await.unwrap();
    pipeline.save_configured(&config, now).await.unwrap();
    pipeline.look_back(&config).await.unwrap();
    pipeline.looked_back(&pipeline.store.returned().await.unwrap()).await.unwrap();
    pipeline.close_digests(&config).await.unwrap();
    let client = Arc::new(Client::new(&net::ClientSettings::new("marsad/test")).unwrap());
    let fetcher = Fetcher::new(client, &config.fetch, pipeline.clock.clone());
    let mut settings = RouteSettings::new(net::ClientSettings::new("marsad/test"), config.smtp.clone());
    settings.webhook_deadline = Duration::from_secs(2);
    let deliverer = |channel| {
        Deliverer::new(pipeline.store.clone(), pipeline.clock.clone(), pipeline.metrics.clone(), channel, &settings)
            .unwrap()
    };
    let deliverers = config.channels.iter().map(|channel| deliverer(Arc::clone(channel))).collect();
    (PipelineSetup { config: Arc::new(config), fetcher }, deliverers)
}
