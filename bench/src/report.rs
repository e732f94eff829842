//! Writes the figures: as JSON, as tables in docs/benchmarks.md, and as pictures.

use crate::figures::{Commit, Row, Table, TargetRuns};
use crate::limits::OpenSsl;
use crate::listeners::Listening;
use crate::load::Cost;
use crate::picture;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use std::io;
use std::path::Path;

/// Markers of the tables in docs/benchmarks.md. The text around them is written by hand and kept.
const BEGIN: &str = "<!-- made by cargo xtask bench: begin -->\n";
const END: &str = "<!-- made by cargo xtask bench: end -->";

/// All figures of one run.
#[derive(Serialize, Deserialize)]
pub(crate) struct Report {
    pub(crate) machine: String,
    pub(crate) openssl: OpenSsl,
    pub(crate) fsync_us: f64,
    pub(crate) empty: Cost,
    pub(crate) production_empty: Cost,
    #[serde(rename = "promised")]
    pub(crate) targets: Vec<TargetRuns>,
    pub(crate) tables: Vec<Table>,
    #[serde(default)]
    pub(crate) listening: Vec<Listening>,
    pub(crate) commits: Vec<Commit>,
}

impl Report {
    /// Reads the figures of an earlier run.
    pub(crate) fn read(docs: &Path) -> io::Result<Self> {
        let json = std::fs::read_to_string(docs.join("benchmarks/figures.json"))?;
        serde_json::from_str(&json).map_err(io::Error::other)
    }

    /// Writes `benchmarks/figures.json`, the pictures, and the tables into `benchmarks.md`.
    pub(crate) fn write(&self, docs: &Path) -> io::Result<()> {
        let folder = docs.join("benchmarks");
        std::fs::create_dir_all(&folder)?;
        let json = serde_json::to_string_pretty(self).map_err(io::Error::other)?;
        std::fs::write(folder.join("figures.json"), json + "\n")?;
        std::fs::write(folder.join("targets.svg"), picture::targets(&self.targets))?;
        std::fs::write(folder.join("cpu.svg"), picture::cpu(&self.tables, &self.openssl))?;
        let page = docs.join("benchmarks.md");
        let text = std::fs::read_to_string(&page)?;
        let parts = text.split_once(BEGIN).and_then(|(head, rest)| Some((head, rest.split_once(END)?.1)));
        let (head, tail) = parts.ok_or_else(|| {
            io::Error::other("docs/benchmarks.md lacks the markers of its tables; restore it from git")
        })?;
        std::fs::write(page, format!("{head}{BEGIN}{}{END}{tail}", self.markdown()))
    }

    fn markdown(&self) -> String {
        let mut text = format!("{}\n\n", self.machine);
        // Writing into a String cannot fail.
        let _ = self.write_targets(&mut text);
        let _ = self.write_limits(&mut text);
        for table in &self.tables {
            let _ = self.write_table(&mut text, table);
        }
        let _ = self.write_listening(&mut text);
        let _ = self.write_commits(&mut text);
        text
    }

    fn write_targets(&self, text: &mut String) -> std::fmt::Result {
        text.push_str(
            "### Target rates\n\n\
             ![Measured latency beside its target](benchmarks/targets.svg)\n\n\
             | operation | requests/s: target | measured | p50 ms: target | measured | p99 ms: target | measured (of 5 runs) | |\n\
             |---|---|---|---|---|---|---|---|\n",
        );
        for row in &self.targets {
            let (target, run) = (&row.target, row.median());
            let runs: Vec<_> = row.runs.iter().map(|run| format!("{:.1}", run.p99_ms)).collect();
            writeln!(
                text,
                "| {} | {} | {:.0} | {} | {:.1} | {} | {:.1} ({}) | {} |",
                target.work,
                target.per_second,
                run.per_second,
                target.p50_ms,
                run.p50_ms,
                target.p99_ms,
                run.p99_ms,
                runs.join(", "),
                if row.is_met() { "met" } else { "missed" }
            )?;
        }
        Ok(())
    }

    fn write_limits(&self, text: &mut String) -> std::fmt::Result {
        text.push_str("\n### The limits\n\n| limit | |\n|---|---|\n");
        writeln!(text, "| OpenSSL private operation, RSA-3072 | {:.0} µs |", self.openssl.private_us)?;
        writeln!(text, "| OpenSSL public operation | {:.0} µs |", self.openssl.public_us)?;
        writeln!(text, "| write of 4 KiB and fsync, median | {:.0} µs |", self.fsync_us)?;
        for (name, empty) in [("one mint", &self.empty), ("nginx and two mints", &self.production_empty)] {
            let (cpu_us, per_second) = (empty.together_us(), empty.per_second);
            writeln!(text, "| empty request, {name}: CPU; rate | {cpu_us:.0} µs; {per_second:.0}/s |")?;
        }
        text.push_str(
            "\n### CPU of one operation\n\n![CPU of one operation by process](benchmarks/cpu.svg)\n",
        );
        Ok(())
    }

    fn write_table(&self, text: &mut String, table: &Table) -> std::fmt::Result {
        let names: Vec<_> = table
            .rows
            .first()
            .map_or(Vec::new(), |row| row.cost.cpu_us.iter().map(|(name, _)| name.as_str()).collect());
        write!(text, "\n| {} | per s | p50 ms | p99 ms |", table.name)?;
        names.iter().try_for_each(|name| write!(text, " CPU µs: {name} |"))?;
        writeln!(text, " together | ratio |\n|{}", "---|".repeat(names.len() + 6))?;
        for Row { work, cost } in &table.rows {
            write!(text, "| {work} | {:.0} | {:.1} | {:.1} |", cost.per_second, cost.p50_ms, cost.p99_ms)?;
            names.iter().try_for_each(|name| write!(text, " {:.0} |", cost.of(name)))?;
            writeln!(text, " {:.0} | {} |", cost.together_us(), self.ratio(table, work, cost))?;
        }
        Ok(())
    }

    /// Returns the ratio of a kind of work to its theoretical limit.
    fn ratio(&self, table: &Table, work: &str, cost: &Cost) -> String {
        let OpenSsl { private_us, public_us } = self.openssl;
        let together_us = cost.together_us();
        if work.starts_with("blind") {
            let signing_us = cost.of("mint") + cost.of("mints") + cost.of("signer");
            return format!("mint and signer ÷ private operation: {:.2}", signing_us / private_us);
        }
        if work.starts_with("withdrawal") || work.starts_with("swap") {
            return format!("together ÷ private operation: {:.2}", together_us / private_us);
        }
        if work.starts_with("verification of 100") {
            return format!("OpenSSL's public operation ÷ together: {:.2}", public_us / together_us);
        }
        if work.starts_with("creation") {
            return format!("together ÷ empty request: {:.2}", together_us / self.empty.together_us());
        }
        let empty = if table.name == "production" { &self.production_empty } else { &self.empty };
        let floor_us = public_us + empty.together_us();
        format!("together ÷ (public operation + empty request): {:.2}", together_us / floor_us)
    }

    fn write_listening(&self, text: &mut String) -> std::fmt::Result {
        text.push_str(
            "\n### Open payments with event streams\n\n\
             | | event streams | server | MiB without and with them | KiB per stream | CPU µs per stream and minute, with keep-alives | from sending a payment to its event, ms: p50, p99 |\n\
             |---|---|---|---|---|---|---|\n",
        );
        for listening in &self.listening {
            let Listening { name, streams, servers, heard_p50_ms, heard_p99_ms } = listening;
            for server in servers {
                let [before, with_all] = server.memory_kib;
                let each = with_all.saturating_sub(before) as f64 / (*streams).max(1) as f64;
                writeln!(
                    text,
                    "| {name} | {streams} | {} | {} and {} | {each:.1} | {:.0} | {heard_p50_ms:.1}, {heard_p99_ms:.1} |",
                    server.name,
                    before / 1024,
                    with_all / 1024,
                    server.cpu_us_per_stream_minute
                )?;
            }
        }
        Ok(())
    }

    fn write_commits(&self, text: &mut String) -> std::fmt::Result {
        text.push_str(
            "\n### The committer's settings\n\n\
             | PostgreSQL: COMMIT_BATCH_SIZE | COMMIT_DELAY_US | redemptions per s | p50 ms | p99 ms | CPU µs together |\n\
             |---|---|---|---|---|---|\n",
        );
        for Commit { batch_size, delay_us, cost } in &self.commits {
            writeln!(
                text,
                "| {batch_size} | {delay_us} | {:.0} | {:.1} | {:.1} | {:.0} |",
                cost.per_second,
                cost.p50_ms,
                cost.p99_ms,
                cost.together_us()
            )?;
        }
        Ok(())
    }
}
