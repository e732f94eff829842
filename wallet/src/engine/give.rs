//! Give: hands over tokens as text, without the mint. The first wallet that receives the text gets them.
//!
//! ```text
//! give ─▶ Given ──┬── check: all spent ─▶ done
//!                 └── take back ─▶ receive the same tokens: taken back, or already received by another wallet
//! ```
//!
//! Given tokens stay in the wallet until they are known to be spent, so a lost text can be shown again.

use super::outputs::Counters;
use super::{Received, Wallet};
use crate::activity::{Activity, ActivityKind, ActivityState};
use crate::api::MintApi;
use crate::backoff::Backoff;
use crate::device::Device;
use crate::error::WalletError;
use crate::error::request_error;
use crate::plan::PlanId;
use crate::store::{Edit, OwnToken, Store, TokenState, Transition};
use ecash_core::Amount;
use ecash_core::token::{Token, TokenBundle, TokenMessage};
use ecash_core::wire::TokenInfo;

/// Tokens that were given away as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gift {
    /// The id of its activity.
    pub id: PlanId,
    /// The text `ecash1…`. Anyone who has it can receive the tokens.
    pub text: String,
    /// The value, in minor units.
    pub amount: Amount,
}

/// The state of tokens that were given away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GiftState {
    /// The value of the tokens that were received, in minor units.
    pub taken: Amount,
    /// The value of the tokens that were not received yet, in minor units.
    pub waiting: Amount,
    /// Whether the state of all tokens is known. The mint does not report tokens whose keyset has ended or
    /// was revoked.
    pub is_known: bool,
}

impl<S: Store, A: MintApi, D: Device> Wallet<S, A, D> {
    /// Gives away exactly `amount` as text. Needs the mint only to make change.
    ///
    /// # Errors
    /// [`WalletError::InsufficientFunds`] and [`WalletError::NotPayable`] before anything is sent;
    /// [`WalletError::Bundle`] for a memo of more than 256 bytes; otherwise the errors of a swap. On an
    /// error, nothing is given.
    pub async fn give(&self, amount: Amount, memo: Option<String>) -> Result<Gift, WalletError> {
        let _turn = self.turn.lock().await;
        self.refuse_if_alarmed()?;
        let tokens = self.exact_tokens(amount).await?;
        let id = self.new_id()?;
        let mut own: Vec<OwnToken> = {
            let state = self.state();
            tokens.iter().filter_map(|id| state.tokens.get(id).cloned()).collect()
        };
        // Sort as `given_by` does, so that the text is always the same.
        own.sort_by_key(|own| own.token.message());
        // Encode before storing, so that nothing is given away if the memo is too long.
        let text = self.text_of(&own, memo.clone())?;
        let activity =
            Activity { note: memo, ..self.pending_activity(id.clone(), amount, ActivityKind::Give) };
        // Store the newest format version, because earlier programs cannot read given tokens.
        let mut edits = vec![self.newest_format()?, Edit::Activity(activity)];
        let given = |own| Edit::Token(OwnToken { state: TokenState::Given(id.clone()), ..own });
        edits.extend(own.into_iter().map(given));
        self.apply(Transition::Begin, edits).await?;
        Ok(Gift { id, text, amount })
    }

    /// Returns tokens that were given away, to show their text again.
    ///
    /// # Errors
    /// [`WalletError::PlanEnded`] if they were received or taken back.
    pub fn gift(&self, id: &PlanId) -> Result<Gift, WalletError> {
        let own = self.given_by(id)?;
        let memo = self.state().activity.get(id).and_then(|activity| activity.note.clone());
        Ok(Gift { id: id.clone(), text: self.text_of(&own, memo)?, amount: sum(&own)? })
    }

    /// Asks the mint which of the given tokens are spent. Once all are spent, the activity ends. The mint
    /// learns that these tokens belong together, so call this only when the user asks for it.
    ///
    /// # Errors
    /// [`WalletError::PlanEnded`] as in [`gift`](Self::gift); [`WalletError::Unreachable`] if the mint does
    /// not respond.
    pub async fn check_gift(&self, id: &PlanId) -> Result<GiftState, WalletError> {
        let _turn = self.turn.lock().await;
        let own = self.given_by(id)?;
        let infos = self.infos_of(&own)?;
        let results =
            self.repeat(Backoff::single(), || self.api.verify(&infos)).await.map_err(request_error)?;
        let is_spent = own.iter().zip(&results).filter(|(_, result)| result.already_spent);
        let spent: Vec<OwnToken> = is_spent.map(|(own, _)| own.clone()).collect();
        let (all, taken) = (sum(&own)?, sum(&spent)?);
        if taken == all {
            self.apply(Transition::Complete, self.gift_ended(id, &own)).await?;
        }
        let is_known = results.iter().all(|result| result.valid);
        Ok(GiftState { taken, waiting: all.minus(taken).map_err(|_| WalletError::InvalidToken)?, is_known })
    }

    /// Takes back tokens that were given away, by receiving them, unless another wallet has received them
    /// first.
    ///
    /// # Errors
    /// [`WalletError::PlanEnded`] as in [`gift`](Self::gift); [`WalletError::Refused`] if all of them were
    /// received by another wallet; otherwise as in [`receive`](Self::receive).
    pub async fn take_back(&self, id: &PlanId) -> Result<Received, WalletError> {
        let _turn = self.turn.lock().await;
        self.refuse_if_alarmed()?;
        self.take_back_now(id).await
    }

    /// [`Wallet::take_back`] for a caller that holds `turn`.
    pub(super) async fn take_back_now(&self, id: &PlanId) -> Result<Received, WalletError> {
        let own = self.given_by(id)?;
        let mut infos = self.infos_of(&own)?;
        // Fetch revocations first, because the swap of a revoked token needs an opening. If this fails, the
        // swap is rejected and `replace` adds the openings.
        let _ = self.update_keys().await;
        self.add_openings(&mut infos)?;
        // One transition moves the tokens from the wallet to the plan, so they are always in one of them.
        let (plan, counters) = self.plan_receive(infos, Counters::new()).await?;
        let mut edits = self.gift_ended(id, &own);
        edits.extend(self.begin_edits(&plan, counters, self.new_activity(&plan, ActivityKind::TakeBack)));
        self.apply(Transition::Replace, edits).await?;
        self.run_receive_then_found(plan).await
    }

    /// Returns the edit that rewrites the wallet's record with the newest format version. Earlier programs
    /// then refuse to open the wallet, instead of failing at a record that they cannot read.
    pub(super) fn newest_format(&self) -> Result<Edit, WalletError> {
        self.state().wallet.clone().map(Edit::Wallet).ok_or(WalletError::NoWallet)
    }

    /// Returns the activity that gave these tokens away, if this wallet gave all of them at once.
    pub(super) fn own_gift(&self, tokens: &[Token]) -> Option<PlanId> {
        let state = self.state();
        let given_by = |token: &Token| match &state.tokens.get(&token.message())?.state {
            TokenState::Given(id) => Some(id.clone()),
            TokenState::Available | TokenState::Reserved(_) => None,
        };
        let first = given_by(tokens.first()?)?;
        tokens.iter().all(|token| given_by(token).as_ref() == Some(&first)).then_some(first)
    }

    /// Returns the edits that end a gift: drop its tokens and mark its activity as done.
    fn gift_ended(&self, id: &PlanId, own: &[OwnToken]) -> Vec<Edit> {
        let mut edits: Vec<_> = own.iter().map(|own| Edit::DropToken(own.token.message())).collect();
        let activity = self.state().activity.get(id).cloned();
        edits.extend(
            activity.map(|activity| Edit::Activity(Activity { state: ActivityState::Done, ..activity })),
        );
        edits
    }

    fn given_by(&self, id: &PlanId) -> Result<Vec<OwnToken>, WalletError> {
        let state = self.state();
        let given = state.tokens.values().filter(|own| own.state == TokenState::Given(id.clone()));
        let given: Vec<_> = given.cloned().collect();
        if given.is_empty() { Err(WalletError::PlanEnded) } else { Ok(given) }
    }

    fn infos_of(&self, own: &[OwnToken]) -> Result<Vec<TokenInfo>, WalletError> {
        let ids: Vec<TokenMessage> = own.iter().map(|own| own.token.message()).collect();
        self.token_infos(&ids)
    }

    fn text_of(&self, own: &[OwnToken], memo: Option<String>) -> Result<String, WalletError> {
        let mint = self.mint().ok_or(WalletError::NoMint)?;
        let bundle = TokenBundle {
            origin: mint.origin,
            institution_id: mint.institution_id,
            currency: mint.currency.code,
            memo,
            tokens: own.iter().map(|own| own.token.clone()).collect(),
        };
        bundle.to_text().map_err(WalletError::Bundle)
    }
}

fn sum(own: &[OwnToken]) -> Result<Amount, WalletError> {
    Amount::sum(own.iter().map(|own| own.denomination.amount())).map_err(|_| WalletError::InvalidToken)
}
