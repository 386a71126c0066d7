//! Reads the configuration on one thread that stays.
//!
//! glibc gives each thread its own part of the heap, and memory that was freed in one part does not serve another. Read
//! by a different thread each time, a configuration of 100,000 terms leaves its size behind in each part
//! (`tests/outside/reloads.py` measures it).

use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc;

use tokio::sync::oneshot;

use crate::config::Config;
use crate::config::report::Report;

/// A thread that reads the configuration; it starts with the first request and ends with this value.
#[derive(Debug, Default)]
pub(crate) struct Loader {
    requests: Option<mpsc::Sender<LoadRequest>>,
}

#[derive(Debug)]
struct LoadRequest {
    asked: Option<PathBuf>,
    answer: oneshot::Sender<Result<Config, Report>>,
}

impl Loader {
    /// Reads as [`Config::load`] does; none when the thread cannot start or when reading panicked, which is logged.
    pub(crate) async fn load(&mut self, asked: Option<&Path>) -> Option<Result<Config, Report>> {
        let (answer, loaded) = oneshot::channel();
        if let Err(error) = self.send(LoadRequest { asked: asked.map(Path::to_owned), answer }) {
            tracing::error!(%error, "cannot start the thread that reads the configuration");
            return None;
        }
        loaded.await.map_err(|_| tracing::error!("reading the configuration panicked")).ok()
    }

    /// Hands a request to the thread; where there is none, or a panic has ended it, a new one starts.
    fn send(&mut self, request: LoadRequest) -> io::Result<()> {
        let unsent = match &self.requests {
            Some(requests) => requests.send(request).err().map(|error| error.0),
            None => Some(request),
        };
        let Some(request) = unsent else { return Ok(()) };
        let (requests, received) = mpsc::channel();
        std::thread::Builder::new().name("config".to_owned()).spawn(move || serve(request, &received))?;
        self.requests = Some(requests);
        Ok(())
    }
}

fn serve(first: LoadRequest, more: &mpsc::Receiver<LoadRequest>) {
    let mut next = Some(first);
    while let Some(LoadRequest { asked, answer }) = next {
        // Nobody waits for the answer when the daemon stops meanwhile.
        let _ = answer.send(Config::load(asked.as_deref()));
        next = more.recv().ok();
    }
}
