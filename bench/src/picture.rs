//! Bar charts as SVG, for light and dark pages.

use crate::figures::{Table, TargetRuns};
use crate::limits::OpenSsl;
use std::fmt::Write as _;

const WIDTH: f64 = 760.0;
const LABELS: f64 = 250.0;
const BAR: f64 = 16.0;
const STEP: f64 = 24.0;
/// The width reserved for the figure to the right of the longest bar.
const FIGURES: f64 = 120.0;
/// One colour per process, distinguishable with colour blindness.
const COLOURS: [&str; 6] = ["#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377"];

/// A chart under construction.
struct Chart {
    body: String,
    y: f64,
    /// Pixels per unit.
    scale: f64,
}

impl Chart {
    fn new(largest: f64) -> Self {
        Self { body: String::new(), y: 8.0, scale: (WIDTH - LABELS - FIGURES) / largest }
    }

    fn text(&mut self, x: f64, anchor: &str, class: &str, text: &str) {
        let y = self.y + BAR - 4.0;
        // Writing into a String cannot fail.
        let _ = writeln!(
            self.body,
            r#"<text x="{x:.0}" y="{y:.0}" text-anchor="{anchor}" class="{class}">{text}</text>"#
        );
    }

    fn rect(&mut self, x: f64, width: f64, colour: &str) {
        let y = self.y;
        let _ = writeln!(
            self.body,
            r#"<rect x="{x:.1}" y="{y:.0}" width="{width:.1}" height="{BAR}" fill="{colour}"/>"#
        );
    }

    fn heading(&mut self, text: &str) {
        self.text(8.0, "start", "heading", text);
        self.y += STEP;
    }

    /// Draws a stacked bar, and its figure to the right of the bar and of the mark, if the mark is near.
    fn bar(&mut self, label: &str, parts: &[(f64, &str)], figure: &str, mark: f64) {
        self.text(LABELS - 10.0, "end", "label", label);
        let mut x = LABELS;
        for (value, colour) in parts {
            self.rect(x, value * self.scale, colour);
            x += value * self.scale;
        }
        let mark_x = LABELS + mark * self.scale;
        let room = x..x + FIGURES * 0.6;
        let behind = if room.contains(&mark_x) { mark_x } else { x };
        self.text(behind + 6.0, "start", "figure", figure);
        self.y += STEP;
    }

    /// Draws a vertical line across the last `rows` bars.
    fn mark(&mut self, value: f64, rows: f64) {
        let (x, top, bottom) =
            (LABELS + value * self.scale, self.y - rows * STEP - 2.0, self.y - STEP + BAR + 2.0);
        let _ = writeln!(
            self.body,
            r#"<line x1="{x:.1}" x2="{x:.1}" y1="{top:.0}" y2="{bottom:.0}" class="mark"/>"#
        );
    }

    fn legend(&mut self, names: &[(&str, &str)]) {
        let mut x = LABELS;
        for (name, colour) in names {
            self.rect(x, BAR, colour);
            self.text(x + BAR + 4.0, "start", "label", name);
            x += BAR + 20.0 + 7.5 * name.len() as f64;
        }
        self.y += STEP;
    }

    fn finish(self, title: &str) -> String {
        let (height, body) = (self.y + 4.0, self.body);
        format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0}" role="img" aria-label="{title}">
<title>{title}</title>
<style>
text {{ font: 13px system-ui, sans-serif; fill: #1f2328; }}
.heading {{ font-weight: 600; }}
.mark {{ stroke: #1f2328; stroke-width: 2; stroke-dasharray: 4 2; }}
@media (prefers-color-scheme: dark) {{ text {{ fill: #f0f6fc; }} .mark {{ stroke: #f0f6fc; }} }}
</style>
{body}</svg>
"#
        )
    }
}

/// Draws the measured latencies, with a mark at each target. Each operation has its own scale.
pub(crate) fn targets(table: &[TargetRuns]) -> String {
    let mut chart = Chart::new(1.0);
    for row in table {
        let (target, run) = (&row.target, row.median());
        chart.scale = Chart::new(target.p99_ms.max(run.p99_ms)).scale;
        chart.heading(&format!("{}, {} requests a second", target.work, target.per_second));
        for (name, target_ms, measured_ms, colour) in
            [("p50", target.p50_ms, run.p50_ms, COLOURS[0]), ("p99", target.p99_ms, run.p99_ms, COLOURS[4])]
        {
            let label = format!("{name} (mark: target {target_ms} ms)");
            chart.bar(&label, &[(measured_ms, colour)], &format!("{measured_ms:.1} ms"), target_ms);
            chart.mark(target_ms, 1.0);
        }
    }
    chart.finish("Latency in ms, measured at the target rate, with the target latencies as marks")
}

/// Draws the CPU time of one operation, stacked by process.
pub(crate) fn cpu(tables: &[Table], openssl: &OpenSsl) -> String {
    let rows = || tables.iter().flat_map(|table| &table.rows);
    let largest = rows().map(|row| row.cost.together_us()).fold(0.0, f64::max);
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in rows().flat_map(|row| &row.cost.cpu_us) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let colour = |name: &str| {
        let index = names.iter().position(|known| *known == name).unwrap_or_default();
        COLOURS[index % COLOURS.len()]
    };
    let mut chart = Chart::new(largest.max(openssl.private_us));
    let legend: Vec<_> = names.iter().map(|name| (*name, colour(name))).collect();
    for names in legend.chunks(4) {
        chart.legend(names);
    }
    for table in tables {
        chart.heading(&table.name);
        for row in &table.rows {
            let parts: Vec<_> = row.cost.cpu_us.iter().map(|(name, used)| (*used, colour(name))).collect();
            chart.bar(
                &row.work.replace(" at once, each", ", each"),
                &parts,
                &format!("{:.0} µs", row.cost.together_us()),
                0.0,
            );
        }
        // Mark only the first three kinds of work: they sign, so OpenSSL's private operation is their lower
        // bound.
        let rest = table.rows.len().saturating_sub(3) as f64;
        chart.y -= rest * STEP;
        chart.mark(openssl.private_us, 3.0);
        chart.y += rest * STEP;
    }
    chart.finish("CPU of one operation in µs by process; the mark is OpenSSL's private operation")
}
