//! Times in whole seconds, serialized as RFC 3339 in UTC with `Z`.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::fmt;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// 9999-12-31T23:59:59Z, the last second that RFC 3339 can express.
const LAST_UNIX_SECONDS: u64 = 253_402_300_799;

/// Whole seconds since 1970-01-01T00:00:00Z, up to the end of the year 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, format = DateTime))]
pub struct Timestamp(u64);

impl Timestamp {
    /// Creates a timestamp from Unix seconds. Later times are clamped to the last second of the year 9999.
    #[must_use]
    pub const fn from_unix_seconds(seconds: u64) -> Self {
        Self(if seconds > LAST_UNIX_SECONDS { LAST_UNIX_SECONDS } else { seconds })
    }

    /// Returns the seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn unix_seconds(self) -> u64 {
        self.0
    }

    /// Adds `seconds`, clamped to the end of the year 9999.
    #[must_use]
    pub const fn plus_seconds(self, seconds: u64) -> Self {
        Self::from_unix_seconds(self.0.saturating_add(seconds))
    }

    /// Adds `days` days of 86,400 seconds, clamped to the end of the year 9999.
    #[must_use]
    pub const fn plus_days(self, days: u64) -> Self {
        self.plus_seconds(days.saturating_mul(86_400))
    }

    /// Rounds down to the start of the minute. Stored times are no finer, so that they cannot link an
    /// account's operation to an anonymous one.
    #[must_use]
    pub const fn rounded_to_minute(self) -> Self {
        Self(self.0 - self.0 % 60)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = i64::try_from(self.0)
            .ok()
            .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
            .and_then(|moment| moment.format(&Rfc3339).ok())
            .ok_or(fmt::Error)?;
        f.write_str(&moment)
    }
}

impl std::str::FromStr for Timestamp {
    type Err = TimestampError;
    fn from_str(text: &str) -> Result<Self, TimestampError> {
        let moment = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| TimestampError)?;
        if !text.ends_with('Z') || moment.nanosecond() != 0 {
            return Err(TimestampError);
        }
        u64::try_from(moment.unix_timestamp()).map(Self).map_err(|_| TimestampError)
    }
}

/// A text is not an RFC 3339 time in UTC with `Z` and whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a time like 2026-01-31T22:00:00Z")]
pub struct TimestampError;

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_and_read_as_rfc_3339_with_z() {
        let moment = Timestamp::from_unix_seconds(1_733_522_400);
        assert_eq!(moment.to_string(), "2024-12-06T22:00:00Z");
        assert_eq!("2024-12-06T22:00:00Z".parse(), Ok(moment));
        for text in ["2024-12-06T22:00:00+00:00", "2024-12-06T22:00:00.5Z", "1969-01-01T00:00:00Z", "now"] {
            assert_eq!(text.parse::<Timestamp>(), Err(TimestampError), "{text}");
        }
    }

    #[test]
    fn the_last_second_is_the_end() {
        assert_eq!(Timestamp::from_unix_seconds(u64::MAX).to_string(), "9999-12-31T23:59:59Z");
        assert_eq!(Timestamp::from_unix_seconds(119).rounded_to_minute().unix_seconds(), 60);
    }
}
