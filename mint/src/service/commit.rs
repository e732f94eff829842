//! Commits drafts. No other module of the service does.

use super::outcome::Outcome;
use super::{Mint, ServiceError};
use crate::events::Topic;
use ecash_ledger::{CommitError, Conflict, Draft, OperationKind};

impl Mint {
    /// Creates a draft of an operation without a client's request, such as an expiry.
    pub(super) fn draft_of(&self, kind: OperationKind, outcome: &Outcome) -> Result<Draft, ServiceError> {
        let operation = self.new_operation(kind, None)?;
        let outcome = outcome.to_json(&operation)?;
        Ok(Draft::new(operation, outcome))
    }

    /// Commits a draft and returns the stored outcome. Publishes its events after the commit, without waiting
    /// for subscribers.
    pub(super) async fn commit(&self, draft: Draft) -> Result<serde_json::Value, CommitError> {
        let spent: Vec<_> = draft.spends.iter().map(|spend| spend.spent_id).collect();
        let (credited, changed) = (draft.credited(), draft.changed_payments());
        let has_events = !draft.events.is_empty();
        let posting = draft.balanced()?;
        let result = self.deps.committer.commit(posting).await;
        match &result {
            Ok(_) => {
                self.deps.spent_index.remember(&spent).await;
                if has_events {
                    self.wrote_events.notify_one();
                }
                self.publish_credits(&credited);
                changed
                    .iter()
                    .for_each(|payment_id| self.deps.events.publish(Topic::Payment(payment_id.clone())));
            }
            // The index lacked these tokens. Once added, the next attempt is rejected before signing.
            Err(CommitError::Conflict(Conflict::Spent(indices))) => {
                let known: Vec<_> = indices.iter().filter_map(|index| spent.get(*index).copied()).collect();
                self.deps.spent_index.remember(&known).await;
            }
            Err(_) => {}
        }
        result.map(|receipt| receipt.outcome)
    }
}
