//! Writes the configuration of the demo: what a newcomer would write, with loopback instead of the internet.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tempfile::TempDir;

use super::newsroom::Newsroom;
use super::plan::{OUTLETS, Outlet, OutletFormat};
use crate::clock::Clock;
use crate::loopback::mailbox::Mailbox;
use crate::loopback::receiver::WebhookReceiver;

/// The part of the shipped lexicon that the demo's watches refer to.
const LEXICON: &[(&str, &str)] = &[
    ("oic.toml", include_str!("../../../config/lexicon/oic.toml")),
    ("causes.toml", include_str!("../../../config/lexicon/causes.toml")),
];

/// The watches of the demo, with concepts of the shipped lexicon.
const WATCHES: &str = r#"
[[watch]]
id = "oic"
any = ["@oic"]
alert = ["desk"]

[[watch]]
id = "secretary-general"
any = ["@oic-secretary-general"]
alert = ["desk", "press"]

[[watch]]
id = "palestine"
any = ["@palestine-question", "@al-quds", "@gaza"]
alert = ["desk", "press"]

[[watch]]
id = "institutions"
any = ["@isdb", "@comstech", "@wdo"]
alert = ["desk"]
"#;

/// Publishers, receiver, mailbox, and a folder with the configuration that joins them.
#[derive(Debug)]
pub(crate) struct DemoSetup {
    /// The publishers.
    pub(crate) newsroom: Newsroom,
    /// The channel `desk`.
    pub(crate) receiver: WebhookReceiver,
    /// The channel `press`.
    pub(crate) mailbox: Mailbox,
    folder: TempDir,
}

impl DemoSetup {
    /// Builds everything in a temporary folder, which is deleted with this value.
    ///
    /// # Errors
    /// If the folder cannot be written or loopback has no free port.
    pub(crate) async fn build(clock: &Clock) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("marsad-demo-").tempdir()?;
        let newsroom = Newsroom::build(clock).await?;
        let secret = secret(&newsroom);
        let receiver = WebhookReceiver::open(clock, Some(&secret)).await?;
        let mailbox = Mailbox::open(clock).await?;
        let mut file =
            File::options().create_new(true).write(true).mode(0o600).open(folder.path().join("desk-secret"))?;
        file.write_all(secret.as_bytes())?;
        std::fs::create_dir(folder.path().join("lexicon"))?;
        for (name, text) in LEXICON {
            std::fs::write(folder.path().join("lexicon").join(name), text)?;
        }
        let setup = Self { newsroom, receiver, mailbox, folder };
        std::fs::write(setup.config(), setup.text())?;
        Ok(setup)
    }

    /// The configuration's file.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.path().join("marsad.toml")
    }

    /// The folder of the configuration and the state.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    fn text(&self) -> String {
        let mut text = format!(
            "state_dir = {state:?}\ntimezone = \"UTC\"\ninclude = [\"lexicon/*.toml\"]\n\n\
             [http]\nlisten = \"127.0.0.1:0\"\n\n\
             [fetch]\nuser_agent = \"marsad/demo (loopback)\"\nhost_delay = \"0s\"\nper_host = 4\n\n\
             [smtp]\nurl = {smtp:?}\nfrom = \"marsad <marsad@demo.example>\"\n\n\
             [[channel]]\nid = \"desk\"\nwebhook = {hook:?}\nsecret = {{ file = {secret:?} }}\nmax_in_flight = 4\n\n\
             [[channel]]\nid = \"press\"\nemail = [\"press@demo.example\"]\n",
            state = self.path().join("state"),
            smtp = self.mailbox.url(),
            hook = self.receiver.url(),
            secret = self.path().join("desk-secret"),
        );
        text.push_str(WATCHES);
        for outlet in OUTLETS {
            text.push_str(&source(outlet, &self.newsroom.address(outlet)));
        }
        text
    }
}

/// A secret for this one run; it protects nothing but is as long as a real one.
fn secret(newsroom: &Newsroom) -> String {
    let seed = format!("{:?} {:?}", newsroom.socket(), std::process::id());
    format!("whsec_{}", STANDARD.encode(blake3::hash(seed.as_bytes()).as_bytes()))
}

fn source(outlet: &Outlet, address: &str) -> String {
    let (key, selectors) = match outlet.format {
        OutletFormat::Listing => (
            "page",
            "item = \"article.post\"\ntitle = \"h2 a\"\nlink = \"h2 a@href\"\nsummary = \".excerpt\"\n\
             date = \"time@datetime\"\n",
        ),
        OutletFormat::Topic => (
            "page",
            "item = \"ul.topic > li\"\ntitle = \"a.title\"\nlink = \"a.title@href\"\nsummary = \"p.lead\"\n\
             date = \"time@datetime\"\n",
        ),
        _ => ("feed", ""),
    };
    let mut text = String::new();
    // Writing into a string cannot fail.
    let _ = write!(
        text,
        "\n[[source]]\nid = {:?}\n{key} = {address:?}\nevery = \"1s\"\nmin_every = \"1s\"\nlang = {:?}\n\
         tags = [\"demo\"]\nfirst_visit = \"quiet\"\nallow_networks = [\"127.0.0.0/8\"]\n{selectors}",
        outlet.id, outlet.lang,
    );
    text
}
