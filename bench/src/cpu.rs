//! CPU time and memory of a process and all its children, from /proc.

use std::fs;
use std::time::Duration;

/// Linux counts CPU time in ticks of 1/100 s on all common architectures.
const TICK: Duration = Duration::from_millis(10);

/// Returns the CPU time that a process tree has used so far, with that of its children that have exited.
pub(crate) fn used_by(root: u32) -> Duration {
    let ticks = fields_of(root).map_or(0, |fields| number(&fields, 11) + number(&fields, 12));
    // The CPU time of children that have exited and were waited for.
    let ended = fields_of(root).map_or(0, |fields| number(&fields, 13) + number(&fields, 14));
    let living: Duration = children_of(root).into_iter().map(used_by).sum();
    TICK * u32::try_from(ticks + ended).unwrap_or(u32::MAX) + living
}

/// Returns the memory of a process tree in KiB. Memory that processes share is divided among them.
pub(crate) fn memory_kib(root: u32) -> u64 {
    let rollup = fs::read_to_string(format!("/proc/{root}/smaps_rollup")).unwrap_or_default();
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"));
    let own: u64 = line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0);
    own + children_of(root).into_iter().map(memory_kib).sum::<u64>()
}

/// Returns the fields of `/proc/PID/stat` after the process name, which may contain spaces.
fn fields_of(pid: u32) -> Option<Vec<String>> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(") ")?;
    Some(rest.split(' ').map(str::to_owned).collect())
}

fn number(fields: &[String], index: usize) -> u64 {
    fields.get(index).and_then(|field| field.parse().ok()).unwrap_or(0)
}

fn children_of(parent: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|pid| fields_of(*pid).is_some_and(|fields| number(&fields, 1) == u64::from(parent))).collect()
}
