//! How long after its publication an item is seen, with equally many requests: at a fixed interval, by the entry
//! frequency rule of miniflux as its documentation states it, and by the rhythm that marsad learns.
//!
//! `cargo bench --bench freshness`. The traces are made here from fixed seeds; nothing is fetched and the clock is not
//! read, so the figures are the same on every machine. Each trace lasts 18 weeks, of which the first three are not
//! counted. The rule of miniflux decides how many requests the other two may make: one visit for each item of the last
//! seven days, at least 5 minutes and at most 24 hours apart. marsad runs once with the times that the items claim, as in a
//! feed, and once without, as on most pages.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use marsad::address::{Address, AddressError};
use marsad::cadence::rhythm::PublicationRhythm;
use marsad::cadence::{VisitHistory, next_visit};
use marsad::source::{Source, SourceKind, VisitInterval};

const HOUR: f64 = 3_600.0;
const DAY: f64 = 24.0 * HOUR;
const WEEK: f64 = 7.0 * DAY;
/// How long a trace lasts, and from when it counts, in seconds.
const END: f64 = 18.0 * WEEK;
const START: f64 = 3.0 * WEEK;
/// The bounds of the rule of miniflux: `SCHEDULER_ENTRY_FREQUENCY_MIN_INTERVAL` and `…_MAX_INTERVAL`.
const MINIFLUX: (f64, f64) = (300.0, DAY);
const SEEDS: u64 = 8;

/// Numbers that are the same at every run.
struct Dice(u64);

impl Dice {
    /// A number from 0 to just below 1.
    fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(self.0 >> 32).unwrap_or(0)) / 4_294_967_296.0
    }

    /// A waiting time with this mean.
    fn wait(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.roll()).ln()
    }

    /// How many events there are if `mean` are expected.
    fn count(&mut self, mean: f64) -> usize {
        let (mut product, mut count) = (self.roll(), 0);
        while product > (-mean).exp() {
            product *= self.roll();
            count += 1;
        }
        count
    }
}

/// The seconds at which items are published: `rate` says how many an hour, at most `most`.
fn published(dice: &mut Dice, most: f64, rate: impl Fn(f64) -> f64) -> Vec<f64> {
    let (mut at, mut all) = (0.0, Vec::new());
    loop {
        at += dice.wait(HOUR / most);
        if at > END {
            return all;
        }
        if dice.roll() < rate(at) / most {
            all.push(at);
        }
    }
}

/// The hour of the day and the day of the week of a second.
fn hour(at: f64) -> f64 {
    at.rem_euclid(DAY) / HOUR
}

fn day(at: f64) -> f64 {
    (at.rem_euclid(WEEK) / DAY).floor()
}

/// An agency in the daytime, with a weekend on Friday and Saturday.
fn diurnal(dice: &mut Dice) -> Vec<f64> {
    let rate = |at| {
        let of_hour = if (8.0..18.0).contains(&hour(at)) { 2.0 } else { 0.1 };
        of_hour * if [4.0, 5.0].contains(&day(at)) { 0.2 } else { 1.0 }
    };
    published(dice, 2.0, rate)
}

/// Bursts: each item brings 0.8 further ones on average, within 24 minutes each.
fn bursty(dice: &mut Dice) -> Vec<f64> {
    let mut open = published(dice, 0.15, |_| 0.15);
    let mut all = Vec::new();
    while let Some(at) = open.pop().filter(|_| all.len() < 100_000) {
        for _ in 0..dice.count(0.8) {
            let next = at + dice.wait(0.4 * HOUR);
            open.extend((next < END).then_some(next));
        }
        all.push(at);
    }
    all.sort_by(f64::total_cmp);
    all
}

/// One bulletin a week, on Thursday between 13:00 and 15:00.
fn weekly(dice: &mut Dice) -> Vec<f64> {
    let weeks = std::iter::successors(Some(0.0), |week| Some(week + WEEK)).take_while(|week| week + WEEK <= END);
    weeks.map(|week| week + 3.0 * DAY + (13.0 + 2.0 * dice.roll()) * HOUR).collect()
}

/// Daytime hours that move to the night for a month.
fn ramadan(dice: &mut Dice) -> Vec<f64> {
    let rate = |at| {
        let moved = (9.0 * WEEK..9.0 * WEEK + 30.0 * DAY).contains(&at);
        let hour = hour(if moved { at - 12.0 * HOUR } else { at });
        if (8.0..16.0).contains(&hour) { 2.0 } else { 0.1 }
    };
    published(dice, 2.0, rate)
}

/// Five items a week, and after half of the time one in three weeks.
fn silent(dice: &mut Dice) -> Vec<f64> {
    published(dice, 0.03, |at| if at < END / 2.0 { 0.03 } else { 0.002 })
}

/// No pattern at all: one item an hour, at any time.
fn even(dice: &mut Dice) -> Vec<f64> {
    published(dice, 1.0, |_| 1.0)
}

/// The delays in seconds, sorted, and the number of visits, the first of which is at `start`. `pause` gets the time and the new items of each visit.
fn simulated(items: &[f64], start: f64, mut pause: impl FnMut(f64, &[f64]) -> f64) -> (Vec<f64>, usize) {
    let (mut at, mut seen, mut visits, mut delays) = (start, 0, 0, Vec::new());
    while at < END {
        let until = seen + items[seen..].iter().take_while(|item| **item <= at).count();
        let new = &items[seen..until];
        if at >= START {
            visits += 1;
            delays.extend(new.iter().filter(|item| **item >= START).map(|item| at - item));
        }
        seen = until;
        at += pause(at, new);
    }
    delays.sort_by(f64::total_cmp);
    (delays, visits)
}

fn by_miniflux(items: &[f64], start: f64) -> (Vec<f64>, usize) {
    let mut known: Vec<f64> = Vec::new();
    simulated(items, start, |at, new| {
        known.extend(new);
        known.retain(|item| *item > at - WEEK);
        let of_week = u32::try_from(known.len()).unwrap_or(u32::MAX);
        if of_week == 0 { MINIFLUX.1 } else { (WEEK / f64::from(of_week)).clamp(MINIFLUX.0, MINIFLUX.1) }
    })
}

fn by_marsad(address: &Address, (items, has_times): (&[f64], bool), start: f64, every: f64) -> (Vec<f64>, usize) {
    let every = SignedDuration::from_secs_f64(every);
    // 1970-01-05 was a Monday.
    let monday = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(4 * 24);
    let source = Source {
        every: VisitInterval::Pause(every),
        max_every: SignedDuration::from_hours(24 * 14),
        ..Source::at(SourceKind::Feed, address.clone())
    };
    let mut rhythm = PublicationRhythm::default();
    simulated(items, start, |at, new| {
        let now = monday + SignedDuration::from_secs_f64(at);
        let times = new.iter().filter(|_| has_times).map(|item| monday + SignedDuration::from_secs_f64(*item));
        rhythm.learn(new.len(), &times.collect::<Vec<_>>(), &TimeZone::UTC, now);
        let history = VisitHistory { rhythm: rhythm.pause(every, &TimeZone::UTC, now), ..VisitHistory::default() };
        let pause = next_visit(&source, &history, now).at.duration_since(now);
        rhythm.account(every, pause);
        pause.as_secs_f64()
    })
}

/// The value below which this share of the sorted delays lies, in minutes.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "few delays")]
fn quantile(delays: &[f64], share: f64) -> f64 {
    let place = (delays.len() as f64 * share) as usize;
    delays.get(place).or(delays.last()).map_or(0.0, |delay| delay / 60.0)
}

/// The mean over the seeds of the median and 95th percentile in minutes, and of the visits.
#[derive(Default)]
struct Freshness([f64; 3]);

impl Freshness {
    #[expect(clippy::cast_precision_loss, reason = "few visits")]
    fn add(&mut self, (delays, visits): &(Vec<f64>, usize)) {
        let one = [quantile(delays, 0.5), quantile(delays, 0.95), *visits as f64];
        self.0.iter_mut().zip(one).for_each(|(sum, value)| *sum += value / SEEDS as f64);
    }
}

fn main() -> Result<(), AddressError> {
    let address = Address::parse("https://example.org/feed")?;
    let columns = ["fixed interval", "miniflux", "marsad", "marsad, no times"];
    println!("{:8} {}", "trace", columns.map(|column| format!("{column:>24}")).join(" "));
    println!("{:8} {}", "", ["median, 95 %, visits"; 4].map(|column| format!("{column:>24}")).join(" "));
    type Trace = fn(&mut Dice) -> Vec<f64>;
    let traces: [(&str, Trace); 6] = [
        ("bursty", bursty),
        ("diurnal", diurnal),
        ("weekly", weekly),
        ("ramadan", ramadan),
        ("silent", silent),
        ("even", even),
    ];
    for (name, trace) in traces {
        let mut of: [Freshness; 4] = Default::default();
        for seed in 0..SEEDS {
            let mut dice = Dice(seed * 7_919 + 1);
            let (items, start) = (trace(&mut dice), dice.roll() * DAY);
            let miniflux = by_miniflux(&items, start);
            let every = (END - START) / f64::from(u32::try_from(miniflux.1).unwrap_or(u32::MAX));
            of[0].add(&simulated(&items, start, |_, _| every));
            of[2].add(&by_marsad(&address, (&items, true), start, every));
            of[3].add(&by_marsad(&address, (&items, false), start, every));
            of[1].add(&miniflux);
        }
        let shown = of.map(|Freshness([median, most, visits])| format!("{median:.1} m, {most:.0} m, {visits:.0}"));
        println!("{name:8} {}", shown.map(|column| format!("{column:>24}")).join(" "));
    }
    Ok(())
}
