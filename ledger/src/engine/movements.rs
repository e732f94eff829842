//! A merchant's account over a span of time, over an [`Engine`].

use super::Engine;
use crate::columns::{seconds, timestamp, unsigned};
use crate::movements::{MovementRow, TakingsRow};
use crate::parameter::Parameter;
use crate::statements::shared;
use crate::{Accounts as _, LedgerError, MovementLine, Movements, Takings};
use async_trait::async_trait;
use ecash_core::{AccountId, Timestamp};

/// Converts an entry id to a parameter. An id that does not fit becomes the maximum, which is after every
/// entry.
fn entry(id: u64) -> Parameter<'static> {
    Parameter::Integer(i64::try_from(id).unwrap_or(i64::MAX))
}

#[async_trait]
impl<E: Engine> Movements for E {
    async fn movements(
        &self,
        account_id: &AccountId,
        from_entry: u64,
        limit: u32,
    ) -> Result<Vec<MovementLine>, LedgerError> {
        let parameters =
            [Parameter::Text(account_id.as_str()), entry(from_entry), Parameter::Integer(i64::from(limit))];
        let rows = self.fetch::<MovementRow>(shared::MOVEMENTS, &parameters).await?;
        Engine::wait_for_standby(self).await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// Halves the range of ids until it is empty: at most 63 reads of one row each by an index.
    async fn first_entry_since(&self, account_id: &AccountId, at: Timestamp) -> Result<u64, LedgerError> {
        let Some(newest) = self.statement(account_id, None, 1).await?.pop() else { return Ok(0) };
        // Invariant: entries below `low` are earlier than `at`, and entries from `high` on are not.
        let (mut low, mut high) = (0, newest.entry_id + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            match entry_from(self, account_id, middle).await? {
                Some((entry_id, time)) if time < at => low = entry_id + 1,
                _ => high = middle,
            }
        }
        Ok(high)
    }

    async fn balance_before(
        &self,
        account_id: &AccountId,
        at: Timestamp,
        entries: (u64, u64),
    ) -> Result<i64, LedgerError> {
        let parameters = [
            Parameter::Text(account_id.as_str()),
            entry(entries.0),
            entry(entries.1),
            Parameter::Integer(seconds(at)),
        ];
        let rows: Vec<(i64,)> = self.fetch(E::STATEMENTS.balance_before, &parameters).await?;
        rows.first().map(|(sum,)| *sum).ok_or(LedgerError::Corrupt("sum of entries"))
    }

    async fn takings(
        &self,
        account_id: &AccountId,
        from_entry: u64,
        (from, to): (Timestamp, Timestamp),
    ) -> Result<Vec<Takings>, LedgerError> {
        let parameters = [
            Parameter::Text(account_id.as_str()),
            entry(from_entry),
            Parameter::Integer(seconds(from)),
            Parameter::Integer(seconds(to)),
        ];
        let rows = self.fetch::<TakingsRow>(E::STATEMENTS.takings, &parameters).await?;
        Engine::wait_for_standby(self).await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }
}

/// Returns the account's first entry with this id or a later one, and its time.
async fn entry_from<E: Engine>(
    engine: &E,
    account_id: &AccountId,
    entry_id: u64,
) -> Result<Option<(u64, Timestamp)>, LedgerError> {
    let parameters = [Parameter::Text(account_id.as_str()), entry(entry_id)];
    let rows: Vec<(i64, i64)> = engine.fetch(shared::ENTRY_FROM, &parameters).await?;
    let row = rows.first().map(|(id, at)| Ok((unsigned(*id, "entry id")?, timestamp(*at)?)));
    row.transpose()
}
