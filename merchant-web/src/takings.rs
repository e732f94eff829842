//! Sums of takings by hour and day, in the time zone of the browser.

use ecash_core::Timestamp;
use ecash_core::wire::TakingsView;
use js_sys::{Date, Intl, Object, Reflect};
use wasm_bindgen::JsValue;

const DAY_S: i64 = 86_400;
const HOUR_S: i64 = 3600;

/// The time span of a chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Span {
    /// Today, by hour.
    Today,
    /// The last 7 days including today, by day.
    Week,
    /// The last 30 days including today, by day.
    Month,
}

/// The takings of one hour or day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Bar {
    /// `14:00` or `28 Nov`.
    pub(crate) label: String,
    pub(crate) payments: u64,
    pub(crate) taken_minor: u64,
    pub(crate) refunded_minor: i64,
}

impl Span {
    const fn step_s(self) -> i64 {
        match self {
            Self::Today => HOUR_S,
            Self::Week | Self::Month => DAY_S,
        }
    }

    const fn bars(self) -> i64 {
        match self {
            Self::Today => 24,
            Self::Week => 7,
            Self::Month => 30,
        }
    }

    /// The start of the chart, in seconds since 1970 of local time.
    const fn first_local(self, now_local: i64) -> i64 {
        let today = now_local - now_local.rem_euclid(DAY_S);
        match self {
            Self::Today => today,
            Self::Week | Self::Month => today - (self.bars() - 1) * DAY_S,
        }
    }

    /// The time from which takings are requested. It is an hour earlier than the chart, because the offset
    /// from UTC changes with daylight saving time.
    pub(crate) fn from(self) -> Timestamp {
        let first = self.first_local(local(now_s()));
        Timestamp::from_unix_seconds(u64::try_from(first - offset_s(first) - HOUR_S).unwrap_or_default())
    }

    /// Sums the takings of quarter hours into the bars of the chart.
    pub(crate) fn bars_of(self, takings: &[TakingsView]) -> Vec<Bar> {
        let first = self.first_local(local(now_s()));
        let mut bars: Vec<Bar> =
            (0..self.bars()).map(|bar| self.bar_at(first + bar * self.step_s())).collect();
        for quarter in takings {
            let at = local(i64::try_from(quarter.from.unix_seconds()).unwrap_or_default());
            let index = usize::try_from((at - first).div_euclid(self.step_s())).ok();
            if let Some(bar) = index.and_then(|index| bars.get_mut(index)) {
                bar.payments += quarter.payments;
                bar.taken_minor += quarter.taken.minor();
                bar.refunded_minor += quarter.refunded_minor;
            }
        }
        bars
    }

    fn bar_at(self, at_local: i64) -> Bar {
        let parts: &[(&str, &str)] = match self {
            Self::Today => &[("hour", "numeric")],
            Self::Week => &[("weekday", "short"), ("day", "numeric")],
            Self::Month => &[("day", "numeric"), ("month", "short")],
        };
        // Format with UTC, because the seconds are already local.
        Bar { label: shown(at_local, parts, Some("UTC")), ..Bar::default() }
    }
}

/// The name of the browser's time zone, such as `Europe/Berlin`.
pub(crate) fn time_zone() -> String {
    let options = Intl::DateTimeFormat::new(&js_sys::Array::new(), &Object::new()).resolved_options();
    let name = Reflect::get(&options, &"timeZone".into()).ok().and_then(|name| name.as_string());
    name.unwrap_or_else(|| "UTC".to_owned())
}

#[expect(clippy::cast_possible_truncation, reason = "a time of day in milliseconds is below 2^53")]
fn now_s() -> i64 {
    (Date::now() / 1000.0) as i64
}

fn local(at_s: i64) -> i64 {
    at_s + offset_s(at_s)
}

/// The offset of local time from UTC, in seconds.
#[expect(clippy::cast_possible_truncation, reason = "an offset is below a day")]
fn offset_s(at_s: i64) -> i64 {
    -(date(at_s).get_timezone_offset() as i64) * 60
}

#[expect(clippy::cast_precision_loss, reason = "seconds until the year 9999 are below 2^53")]
fn date(at_s: i64) -> Date {
    Date::new(&JsValue::from_f64(at_s as f64 * 1000.0))
}

fn shown(at_s: i64, parts: &[(&str, &str)], zone: Option<&str>) -> String {
    let options = Object::new();
    let zone = zone.map(|zone| ("timeZone", zone));
    for (name, value) in parts.iter().copied().chain(zone) {
        // Ignore errors: the browser's default applies.
        let _ = Reflect::set(&options, &name.into(), &value.into());
    }
    String::from(date(at_s).to_locale_string("default", &options))
}
