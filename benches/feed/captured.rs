//! Feeds as sites served them, from a folder that is no part of the project.

use std::path::{Path, PathBuf};
use std::time::Duration;

use marsad::parse::Parsed;
use marsad::parse::feed::FeedReader;

use crate::cpu;

/// How often the folder is read; the best reading counts.
const ROUNDS: usize = 9;
/// What a visit takes at most, in bytes.
const MAX_BODY: usize = 8 << 20;

/// Reads the bytes of a feed with one reader, or with whichever reads it.
pub type Read<'r> = dyn Fn(&[u8], Option<FeedReader>) -> Option<Parsed> + 'r;

/// Reads every file under `folder` and prints what a second of processor time reads. Files that are no feed of at
/// least one item are left out, and so are those that `MARSAD_FEEDS_BUT` names a part of.
pub fn report(folder: &Path, by: &Read<'_>) {
    let read = |bytes: &[u8]| by(bytes, None);
    let but = std::env::var("MARSAD_FEEDS_BUT").unwrap_or_else(|_| "hostile".to_owned());
    let mut files = Vec::new();
    collect(folder, &but, &mut files);
    let bodies: Vec<(PathBuf, Vec<u8>)> = files
        .into_iter()
        .filter_map(|file| std::fs::read(&file).ok().map(|bytes| (file, bytes)))
        .filter(|(_, bytes)| bytes.len() <= MAX_BODY && read(bytes).is_some_and(|parsed| !parsed.items.is_empty()))
        .collect();
    for (name, from, to) in [("all", 0, MAX_BODY), ("from 10 kB", 10_000, MAX_BODY), ("below 10 kB", 0, 9_999)] {
        let chosen: Vec<&[u8]> =
            bodies.iter().map(|(_, bytes)| &**bytes).filter(|bytes| (from..=to).contains(&bytes.len())).collect();
        let bytes: usize = chosen.iter().map(|bytes| bytes.len()).sum();
        let took = cpu::best(ROUNDS, || chosen.iter().for_each(|bytes| drop(std::hint::black_box(read(bytes)))));
        let rate = rate(bytes, took);
        println!("captured, {name}: {} feeds, {bytes} bytes, {took:?} of processor time, {rate:.1} MB/s", chosen.len());
    }
    readers(&bodies, by);
    slowest(&bodies, read);
}

/// What each reader costs: on the feeds that the strict one takes both, on the others the refusal and the lenient one.
fn readers(bodies: &[(PathBuf, Vec<u8>)], read: &Read<'_>) {
    let is_strict = |bytes: &[u8]| read(bytes, Some(FeedReader::Strict)).is_some();
    let (taken, left): (Vec<&[u8]>, Vec<&[u8]>) = bodies.iter().map(|(_, bytes)| &**bytes).partition(|b| is_strict(b));
    println!("captured: {} of {} feeds are read by the strict reader", taken.len(), bodies.len());
    for (name, chosen) in [("taken by the strict reader", &taken), ("left to the lenient reader", &left)] {
        let bytes: usize = chosen.iter().map(|bytes| bytes.len()).sum();
        for reader in [FeedReader::Strict, FeedReader::Lenient] {
            let took = cpu::best(ROUNDS, || {
                chosen.iter().for_each(|bytes| drop(std::hint::black_box(read(bytes, Some(reader)))))
            });
            let (cost, reader) = (1e3 / rate(bytes, took).max(1e-9), reader.as_str());
            println!("captured, {name}: {bytes} bytes, {reader}: {took:?} of processor time, {cost:.1} ms/MB");
        }
    }
}

/// The feeds that take the most time, for whoever wants to know where it goes.
fn slowest(bodies: &[(PathBuf, Vec<u8>)], read: impl Fn(&[u8]) -> Option<Parsed>) {
    let timed = |(file, bytes): &(PathBuf, Vec<u8>)| {
        let took = cpu::best(ROUNDS, || drop(std::hint::black_box(read(bytes))));
        (took, rate(bytes.len(), took), file.file_name().map(|name| name.to_string_lossy().into_owned()))
    };
    let mut timed: Vec<_> = bodies.iter().map(timed).collect();
    timed.sort_by_key(|timed| std::cmp::Reverse(timed.0));
    for (took, rate, file) in timed.into_iter().take(12) {
        println!("  {took:>12.1?} {rate:>8.1} MB/s  {}", file.unwrap_or_default());
    }
}

fn collect(folder: &Path, but: &str, into: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
        let wanted = path.file_name().is_some_and(|name| but.is_empty() || !name.to_string_lossy().contains(but));
        if path.is_dir() {
            collect(&path, but, into);
        } else if wanted && path.extension().is_none_or(|kind| kind != "jsonl") {
            into.push(path);
        }
    }
    into.sort();
}

/// Megabytes of 10⁶ bytes for each second.
#[expect(clippy::cast_precision_loss, reason = "a rate for people")]
fn rate(bytes: usize, took: Duration) -> f64 {
    bytes as f64 / 1e6 / took.as_secs_f64().max(1e-9)
}
