//! Give: hands tokens over as text, without the mint. Whoever has the text can receive them first.
//!
//! ```text
//! give ─▶ Given ──┬── check: all spent ─▶ done
//!                 └── take back ─▶ a receipt of the same tokens: received, or taken by somebody else
//! ```
//!
//! Given tokens stay in the wallet until they are known to be spent, so that the text can be shown again and nothing is lost
//! with it.

use super::connect::unreachable;
use super::outputs::Counters;
use super::{Received, Wallet};
use crate::activity::{Activity, ActivityKind, ActivityState};
use crate::api::MintApi;
use crate::backoff::Backoff;
use crate::device::Device;
use crate::error::WalletError;
use crate::plan::PlanId;
use crate::store::{Edit, OwnToken, Store, TokenState, Transition};
use ecash_core::Amount;
use ecash_core::token::{Token, TokenBundle, TokenMessage};
use ecash_core::wire::TokenInfo;

/// Tokens that were given away as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gift {
    /// The activity that shows it.
    pub id: PlanId,
    /// The text `ecash1…`, which is the money.
    pub text: String,
    /// The value, in minor units.
    pub amount: Amount,
}

/// What became of tokens that were given away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GiftState {
    /// The value of those that were received, in minor units.
    pub taken: Amount,
    /// The value of those that were not, in minor units.
    pub waiting: Amount,
    /// Whether the mint said something about all of them: not of those whose keyset has ended or was revoked.
    pub is_known: bool,
}

impl<S: Store, A: MintApi, D: Device> Wallet<S, A, D> {
    /// Gives away exactly `amount` as text. Needs the mint only to make change.
    ///
    /// # Errors
    /// [`WalletError::InsufficientFunds`] and [`WalletError::NotPayable`] before anything is sent; [`WalletError::Bundle`] for a
    /// memo of more than 256 bytes; otherwise the errors of a swap. Nothing is given then.
    pub async fn give(&self, amount: Amount, memo: Option<String>) -> Result<Gift, WalletError> {
        let _turn = self.turn.lock().await;
        self.refuse_if_alarmed()?;
        let tokens = self.exact_tokens(amount).await?;
        let id = self.new_id()?;
        let mut own: Vec<OwnToken> = {
            let state = self.state();
            tokens.iter().filter_map(|id| state.tokens.get(id).cloned()).collect()
        };
        // In the order in which they are read again, so that the text is the same each time.
        own.sort_by_key(|own| own.token.message());
        // Encode before storing, so that an oversized memo changes nothing.
        let text = self.text_of(&own, memo.clone())?;
        let activity =
            Activity { note: memo, ..self.pending_activity(id.clone(), amount, ActivityKind::Give) };
        // An earlier version knows no given tokens.
        let mut edits = vec![self.newest_format()?, Edit::Activity(activity)];
        let given = |own| Edit::Token(OwnToken { state: TokenState::Given(id.clone()), ..own });
        edits.extend(own.into_iter().map(given));
        self.apply(Transition::Begin, edits).await?;
        Ok(Gift { id, text, amount })
    }

    /// Returns tokens that were given away, to show their text again.
    ///
    /// # Errors
    /// [`WalletError::PlanEnded`] if they were taken, or taken back.
    pub fn gift(&self, id: &PlanId) -> Result<Gift, WalletError> {
        let own = self.given_by(id)?;
        let memo = self.state().activity.get(id).and_then(|activity| activity.note.clone());
        Ok(Gift { id: id.clone(), text: self.text_of(&own, memo)?, amount: sum(&own)? })
    }

    /// Asks the mint which tokens that were given away are spent. It sees that somebody asks about these tokens, so ask only
    /// when the person wants to know. Once all are spent, the activity ends.
    ///
    /// # Errors
    /// [`WalletError::PlanEnded`] as [`gift`](Self::gift); [`WalletError::Unreachable`] if the mint does not answer.
    pub async fn check_gift(&self, id: &PlanId) -> Result<GiftState, WalletError> {
        let _turn = self.turn.lock().await;
        let own = self.given_by(id)?;
        let infos = self.infos_of(&own)?;
        let results =
            self.repeat(Backoff::single(), || self.api.verify(&infos)).await.map_err(unreachable)?;
        let is_spent = own.iter().zip(&results).filter(|(_, result)| result.already_spent);
        let spent: Vec<OwnToken> = is_spent.map(|(own, _)| own.clone()).collect();
        let (all, taken) = (sum(&own)?, sum(&spent)?);
        if taken == all {
            self.apply(Transition::Complete, self.gift_ended(id, &own)).await?;
        }
        let is_known = results.iter().all(|result| result.valid);
        Ok(GiftState { taken, waiting: all.minus(taken).map_err(|_| WalletError::InvalidToken)?, is_known })
    }

    /// Takes back tokens that were given away, unless somebody has received them: swaps them like received ones.
    ///
    /// # Errors
    /// [`WalletError::PlanEnded`] as [`gift`](Self::gift); [`WalletError::Refused`] if somebody has received all of them; otherwise
    /// as [`receive`](Self::receive).
    pub async fn take_back(&self, id: &PlanId) -> Result<Received, WalletError> {
        let _turn = self.turn.lock().await;
        self.refuse_if_alarmed()?;
        self.take_back_now(id).await
    }

    /// [`Wallet::take_back`] for a caller that holds the turn.
    pub(super) async fn take_back_now(&self, id: &PlanId) -> Result<Received, WalletError> {
        let own = self.given_by(id)?;
        let mut infos = self.infos_of(&own)?;
        // Learns of a revocation first, as the swap would be refused. Without an answer now, the plan learns of it.
        let _ = self.update_keys().await;
        self.add_openings(&mut infos)?;
        // One transition: the tokens are in the wallet, then in the plan that receives them, and never in neither.
        let (plan, counters) = self.plan_receipt(infos, Counters::new()).await?;
        let mut edits = self.gift_ended(id, &own);
        edits.extend(self.begin_edits(&plan, counters, self.new_activity(&plan, ActivityKind::TakeBack)));
        self.apply(Transition::Replace, edits).await?;
        self.run_receipt_then_found(plan).await
    }

    /// Writes the wallet's record again, with the newest version of the format: earlier programs then refuse to open it,
    /// instead of finding records that they cannot read.
    pub(super) fn newest_format(&self) -> Result<Edit, WalletError> {
        self.state().wallet.clone().map(Edit::Wallet).ok_or(WalletError::NoWallet)
    }

    /// The activity whose given tokens these are, if all of them are of one gift of this wallet.
    pub(super) fn own_gift(&self, tokens: &[Token]) -> Option<PlanId> {
        let state = self.state();
        let given_by = |token: &Token| match &state.tokens.get(&token.message())?.state {
            TokenState::Given(id) => Some(id.clone()),
            TokenState::Available | TokenState::Reserved(_) => None,
        };
        let first = given_by(tokens.first()?)?;
        tokens.iter().all(|token| given_by(token).as_ref() == Some(&first)).then_some(first)
    }

    /// The edits that end a gift: its tokens leave the wallet.
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
