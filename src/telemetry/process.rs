//! Reads the metrics of this process from `/proc`, under the usual Prometheus names.

use std::fs;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

/// Clock ticks per second in `/proc`: 100 on every architecture (proc_pid_stat(5)).
const TICKS: f64 = 100.0;

/// Reads `/proc/self` at every scrape; unreadable values are omitted.
#[derive(Debug)]
pub(crate) struct ProcessMetrics;

#[derive(Debug, Default, PartialEq)]
struct ProcessStat {
    cpu_seconds: f64,
    started_ticks: f64,
}

impl Collector for ProcessMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), std::fmt::Error> {
        if let Some(stat) = fs::read_to_string("/proc/self/stat").ok().as_deref().and_then(read_stat) {
            let cpu = ConstCounter::new(stat.cpu_seconds);
            let help = "Processor time that this process has used";
            cpu.encode(encoder.encode_descriptor("process_cpu_seconds", help, None, cpu.metric_type())?)?;
            if let Some(booted) = fs::read_to_string("/proc/stat").ok().as_deref().and_then(boot_time) {
                let help = "When this process started, in Unix time";
                gauge(&mut encoder, "process_start_time_seconds", help, booted + stat.started_ticks / TICKS)?;
            }
        }
        if let Some(bytes) = fs::read_to_string("/proc/self/status").ok().as_deref().and_then(resident) {
            gauge(&mut encoder, "process_resident_memory_bytes", "Memory in use", bytes)?;
        }
        if let Ok(open) = fs::read_dir("/proc/self/fd") {
            gauge(&mut encoder, "process_open_fds", "Open file descriptors", count(open.count()))?;
        }
        if let Some(most) = rustix::process::getrlimit(rustix::process::Resource::Nofile).current {
            let most = u32::try_from(most).unwrap_or(u32::MAX);
            gauge(&mut encoder, "process_max_fds", "The most file descriptors that may be open", f64::from(most))?;
        }
        Ok(())
    }
}

fn gauge(encoder: &mut DescriptorEncoder, name: &str, help: &str, value: f64) -> Result<(), std::fmt::Error> {
    let gauge = ConstGauge::new(value);
    gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)
}

fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

/// The command name is in parentheses and may contain anything, so fields are counted after the last parenthesis.
fn read_stat(text: &str) -> Option<ProcessStat> {
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok());
    Some(ProcessStat { cpu_seconds: (number(11)? + number(12)?) / TICKS, started_ticks: number(19)? })
}

fn boot_time(text: &str) -> Option<f64> {
    text.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()
}

fn resident(text: &str) -> Option<f64> {
    let kib: f64 =
        text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_does_not_shift_the_fields() {
        let text = "42 (a) b (c)) S 1 1 1 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 4 0 12345 1000 200";
        assert_eq!(read_stat(text), Some(ProcessStat { cpu_seconds: 3.0, started_ticks: 12345.0 }));
    }

    #[test]
    fn memory_is_reported_in_bytes() {
        assert_eq!(resident("Name:\tmarsad\nVmRSS:\t    2048 kB\n"), Some(2_097_152.0));
    }
}
