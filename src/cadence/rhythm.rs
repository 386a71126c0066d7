//! Learns when a source publishes, so that visits come when new items are likely.
//!
//! A source has an expected number of new items for each hour of the week in its timezone, learnt from its visits, and a
//! short memory of the last hour, because news comes in bursts. Each is followed as far as it has predicted the items
//! better than the mean rate. For a given number of visits, the sum of the delays is least if the visits are as frequent
//! as the square root of the rate of new items (minimise Σ λ/r for a constant Σ r). An account of the visits in excess
//! keeps the mean interval the configured one.
//!
//! `benches/freshness.rs` compares it with a fixed interval and with the rule of another reader. The constants below were
//! chosen there, on synthetic traces.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::clock::later;

/// The hours of a week, from Monday 00:00.
const HOURS: usize = 168;

/// After this time, what was learnt counts half: a source that changes its hours, as in Ramadan, is known again soon.
const HALF_LIFE: SignedDuration = SignedDuration::from_hours(10 * 24);

/// The least time between two steps in which what was learnt fades.
const FADE_STEP: SignedDuration = SignedDuration::from_hours(6);

/// How long a burst lasts: after this time, new items count by a factor of e less for the present rate.
const BURST: SignedDuration = SignedDuration::from_mins(40);

/// The part of the rate that the present burst decides; the hour of the week decides the rest.
const BURST_PART: f64 = 0.7;

/// The rate in a burst, as a multiple of the mean, above which more items change nothing.
const MAX_BURST: f64 = 30.0;

/// The bounds of a score, so that a source that changes is believed again within some items.
const MAX_SCORE: f64 = 6.0;

/// The least rate of an hour, as a part of the mean: news comes at night, too.
const FLOOR: f64 = 0.02;

/// The power of the rate to which the frequency of visits is proportional. The square root makes the mean delay least, a
/// little more the median.
const POWER: f64 = 0.55;

/// How many items the mean counts for against those of an hour of the day, and of the week.
const DAY_PRIOR: f64 = 1.0;
const WEEK_PRIOR: f64 = 2.0;

/// The fewest items from which a rhythm is inferred, and the weeks that are assumed at the least. Chosen by hand.
const MIN_ITEMS: f64 = 1.0;
const MIN_WEEKS: f64 = 0.3;

/// The shortest and the longest pause, as parts of the configured interval.
const SHORTEST: f64 = 1.0 / 30.0;
const LONGEST: f64 = 5.0;

/// How many intervals of visits in excess make all pauses longer by a factor of e.
const ACCOUNT: f64 = 40.0;

/// The most new items of a visit that count. Chosen by hand: what an outage gathers says little about an hour.
const MAX_NEW: usize = 30;

/// The time before the first visit in which listed items count.
const FIRST_VIEW: SignedDuration = SignedDuration::from_hours(14 * 24);

const WEEK: f64 = 7.0 * 86_400.0;
const HOUR: f64 = 3_600.0;

/// When a source publishes, as learnt from its visits.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PublicationRhythm {
    /// The items of each hour of the week, older ones counting less; hours without items are left out.
    #[serde(default)]
    hours: BTreeMap<usize, f64>,
    /// The weeks over which they were counted, older ones counting less.
    #[serde(default)]
    weeks: f64,
    /// The items of the present burst.
    #[serde(default)]
    burst: f64,
    /// How much better the hours of the week, and bursts, have predicted the items than the mean rate: differences of
    /// log-likelihoods.
    #[serde(default)]
    hours_score: f64,
    #[serde(default)]
    burst_score: f64,
    /// Until when new items are known.
    #[serde(default)]
    learnt_at: Option<Timestamp>,
    /// When what was learnt was last made to count less.
    #[serde(default)]
    faded_at: Option<Timestamp>,
    /// How many visits were made in excess: the sum of interval minus pause, in intervals.
    #[serde(default)]
    ahead: f64,
}

impl PublicationRhythm {
    /// The rhythm at the first visit, from the times at which the listed items were published.
    #[must_use]
    pub fn first(published: &[Timestamp], zone: &TimeZone, now: Timestamp) -> Self {
        let oldest = later(now, -FIRST_VIEW);
        let mut minutes: Vec<i64> = published.iter().map(|at| at.as_second() / 60).collect();
        minutes.sort_unstable();
        minutes.dedup();
        let mut rhythm = Self { learnt_at: Some(now), ..Self::default() };
        // Times that repeat are those of a build, not of the items.
        if minutes.len() * 2 <= published.len() {
            return rhythm;
        }
        let recent: Vec<Timestamp> = published.iter().copied().filter(|at| (oldest..=now).contains(at)).collect();
        let Some(first) = recent.iter().min() else { return rhythm };
        for at in &recent {
            *rhythm.hours.entry(hour_of_week(*at, zone)).or_default() += 1.0;
        }
        rhythm.weeks = seconds(now.duration_since(*first)) / WEEK;
        rhythm
    }

    /// Learns from a visit at `now` that found `new` items since the visit before. `published` are the times that the
    /// items of the document claim; those since the visit before are taken for the new items' own.
    pub fn learn(&mut self, new: usize, published: &[Timestamp], zone: &TimeZone, now: Timestamp) {
        let Some(since) = self.learnt_at.filter(|since| *since < now) else {
            self.learnt_at = Some(now);
            return;
        };
        let passed = now.duration_since(since);
        let new = new.min(MAX_NEW);
        self.score(to_float(new), zone, (since, passed));
        self.fade(passed, now);
        self.learnt_at = Some(now);
        let known = published.iter().copied().filter(|at| since < *at && *at <= now).take(new);
        let mut without_time = new;
        for at in known {
            without_time -= 1;
            *self.hours.entry(hour_of_week(at, zone)).or_default() += 1.0;
            self.burst += (-seconds(now.duration_since(at)) / seconds(BURST)).exp();
        }
        if without_time > 0 {
            self.spread(to_float(without_time), zone, (since, passed));
        }
    }

    /// Compares how well the hours of the week, and the burst, predict that `new` items came in an interval: each as a
    /// Poisson process, against one at the mean rate.
    fn score(&mut self, new: f64, zone: &TimeZone, (since, passed): (Timestamp, SignedDuration)) {
        let total: f64 = self.hours.values().sum();
        if total < MIN_ITEMS {
            return;
        }
        let (length, mean) = (seconds(passed), self.mean_rate(total) * seconds(passed));
        let (rates, start) = (self.rates(total), local_second(since, zone));
        let (mut by_hours, mut at) = (0.0, 0.0);
        while at < length.min(WEEK) {
            let step = (HOUR - (start + at).rem_euclid(HOUR) + 0.001).min(length - at);
            by_hours += rates[hour_index(start + at)] * step / length.min(WEEK);
            at += step;
        }
        let burst = seconds(BURST);
        let by_burst = self.burst / self.mean_rate(total) / length * (1.0 - (-length / burst).exp());
        let better = |relative: f64| new * relative.max(FLOOR).ln() - mean * (relative - 1.0);
        self.hours_score = (self.hours_score + better(by_hours)).clamp(-MAX_SCORE, MAX_SCORE);
        let by_burst = 1.0 - BURST_PART + BURST_PART * by_burst.min(MAX_BURST);
        self.burst_score = (self.burst_score + better(by_burst)).clamp(-MAX_SCORE, MAX_SCORE);
    }

    /// The mean number of items in a second.
    fn mean_rate(&self, total: f64) -> f64 {
        total / (self.weeks.max(MIN_WEEKS) * WEEK)
    }

    /// Lets what was learnt count less after an interval that ends `now`. All but the burst fades in steps of some hours,
    /// so that the digits that are stored tell the steps apart.
    fn fade(&mut self, passed: SignedDuration, now: Timestamp) {
        self.weeks += seconds(passed) / WEEK;
        self.burst *= (-seconds(passed) / seconds(BURST)).exp();
        let since = *self.faded_at.get_or_insert(later(now, -passed));
        let length = now.duration_since(since);
        if length < FADE_STEP {
            return;
        }
        let fade = 0.5_f64.powf(seconds(length) / seconds(HALF_LIFE));
        self.hours.values_mut().for_each(|items| *items *= fade);
        self.hours.retain(|_, items| *items >= 0.01);
        self.weeks *= fade;
        self.hours_score *= fade;
        self.burst_score *= fade;
        self.faded_at = Some(now);
    }

    /// Adds items of which nothing is known but that they came within an interval.
    fn spread(&mut self, items: f64, zone: &TimeZone, (since, passed): (Timestamp, SignedDuration)) {
        let (length, burst, now) = (seconds(passed), seconds(BURST), later(since, passed));
        self.burst += items * burst / length * (1.0 - (-length / burst).exp());
        let last = usize::try_from(passed.as_hours()).unwrap_or(HOURS).min(HOURS - 1);
        let mut at = if last == 0 { later(since, passed / 2) } else { since };
        for _ in 0..=last {
            *self.hours.entry(hour_of_week(at.min(now), zone)).or_default() += items / to_float(last + 1);
            at = later(at, SignedDuration::from_hours(1));
        }
    }

    /// The pause after a visit at `now`, for an interval that is `every` on average; none while too little is known.
    #[must_use]
    pub fn pause(&self, every: SignedDuration, zone: &TimeZone, now: Timestamp) -> Option<SignedDuration> {
        let total: f64 = self.hours.values().sum();
        if total < MIN_ITEMS || every <= SignedDuration::ZERO {
            return None;
        }
        let (by_hours, by_burst) = (trust(self.hours_score), BURST_PART * trust(self.burst_score));
        let rates = self.rates(total).map(|rate| 1.0 - by_hours + by_hours * rate);
        let mean = rates.iter().map(|rate| rate.powf(POWER)).sum::<f64>() / to_float(HOURS);
        let interval = seconds(every);
        let burst = self.burst / (self.mean_rate(total) * seconds(BURST));
        let scale = mean * (self.ahead / ACCOUNT).clamp(-2.0, 2.0).exp() * interval;
        let local = local_second(now, zone);
        let step = (seconds(BURST) / 15.0).max(interval / 100.0);
        let (mut passed, mut due, longest) = (0.0, 0.0, interval * LONGEST);
        while passed < longest {
            let at = local + passed;
            let present = (burst * (-passed / seconds(BURST)).exp()).min(MAX_BURST);
            let rate = (1.0 - by_burst) * rates[hour_index(at)] + by_burst * present;
            let visits = rate.powf(POWER) / scale;
            let until_next_hour = HOUR - at.rem_euclid(HOUR) + 0.001;
            let step = step.min(until_next_hour);
            if due + visits * step >= 1.0 {
                passed += (1.0 - due) / visits;
                break;
            }
            due += visits * step;
            passed += step;
        }
        let pause = passed.clamp(interval * SHORTEST, longest);
        Some(SignedDuration::from_secs_f64(pause))
    }

    /// Records that a visit for an interval of `every` is followed by a pause of `pause`.
    pub fn account(&mut self, every: SignedDuration, pause: SignedDuration) {
        let excess = 1.0 - seconds(pause) / seconds(every).max(1.0);
        self.ahead = (self.ahead + excess).clamp(-2.0 * ACCOUNT, 2.0 * ACCOUNT);
    }

    /// The form in which the store keeps it: four digits after the point, because it is written at every visit.
    #[must_use]
    pub(crate) fn stored(&self) -> Option<String> {
        let round = |number: f64| (number * 10_000.0).round() / 10_000.0;
        let rounded = Self {
            hours: self.hours.iter().map(|(hour, items)| (*hour, round(*items))).collect(),
            weeks: round(self.weeks),
            burst: round(self.burst),
            hours_score: round(self.hours_score),
            burst_score: round(self.burst_score),
            ahead: round(self.ahead),
            ..*self
        };
        serde_json::to_string(&rounded).ok()
    }

    /// Reads the stored form; none if another version wrote it in another one.
    #[must_use]
    pub(crate) fn from_stored(stored: &str) -> Option<Self> {
        serde_json::from_str(stored).ok()
    }

    /// The expected rate of each hour of the week, as a multiple of the mean.
    fn rates(&self, total: f64) -> [f64; HOURS] {
        let mut week = [0.0; HOURS];
        let mut day = [0.0; 24];
        for (hour, items) in &self.hours {
            if let Some(of_week) = week.get_mut(*hour) {
                *of_week = *items;
                day[hour % 24] += items;
            }
        }
        let (week, day) = (smooth(week), smooth(day));
        std::array::from_fn(|hour| {
            let of_day = (day[hour % 24] + DAY_PRIOR / 24.0) / (total + DAY_PRIOR);
            let of_week = (week[hour] + WEEK_PRIOR * of_day / 7.0) / (total + WEEK_PRIOR);
            (1.0 - FLOOR) * to_float(HOURS) * of_week + FLOOR
        })
    }
}

/// The part, from 0 to 1, to which a prediction with this score is followed.
fn trust(score: f64) -> f64 {
    1.0 / (1.0 + (-2.0 * score).exp())
}

/// Each value with a quarter of its neighbours: what came at 9:59 may come at 10:01.
fn smooth<const N: usize>(values: [f64; N]) -> [f64; N] {
    std::array::from_fn(|at| 0.25 * values[(at + N - 1) % N] + 0.5 * values[at] + 0.25 * values[(at + 1) % N])
}

/// The seconds since Monday 00:00 in this zone.
fn local_second(at: Timestamp, zone: &TimeZone) -> f64 {
    let local = at.to_zoned(zone.clone());
    let day = i64::from(local.weekday().to_monday_zero_offset());
    let time = local.time().duration_since(jiff::civil::Time::midnight());
    seconds(SignedDuration::from_hours(day * 24) + time)
}

fn hour_of_week(at: Timestamp, zone: &TimeZone) -> usize {
    hour_index(local_second(at, zone))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a week has 168 hours, none negative")]
fn hour_index(second: f64) -> usize {
    (second / HOUR).rem_euclid(168.0) as usize % HOURS
}

fn seconds(time: SignedDuration) -> f64 {
    time.as_secs_f64()
}

#[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
fn to_float(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests;
