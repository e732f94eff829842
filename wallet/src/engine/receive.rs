//! Receive: swaps another wallet's tokens for new ones. Until the swap commits, anyone with a copy of the
//! text can spend the tokens.

use super::Wallet;
use super::outputs::Counters;
use crate::activity::{Activity, ActivityKind};
use crate::api::MintApi;
use crate::checks::check_mint;
use crate::device::Device;
use crate::error::{WalletError, overflow};
use crate::plan::{Plan, PlanKind};
use crate::store::Store;
use ecash_core::Amount;
use ecash_core::seed::Chain;
use ecash_core::token::TokenBundle;
use ecash_core::wire::TokenInfo;

/// The result of receiving tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The value of the new tokens, in minor units.
    pub amount: Amount,
    /// The value of the tokens that were already spent or have expired, in minor units.
    pub lost: Amount,
}

/// The content of a text before it is received. Not verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// The value in minor units; `None` if the key of a token is not known yet.
    pub amount: Option<Amount>,
    /// The sender's memo. It is not authenticated.
    pub memo: Option<String>,
    /// The number of tokens.
    pub tokens: usize,
    /// Whether this wallet holds these tokens, because it gave them away itself.
    pub is_own: bool,
}

impl<S: Store, A: MintApi, D: Device> Wallet<S, A, D> {
    /// Parses a text `ecash1…` without receiving it, so that the user can be asked first.
    ///
    /// # Errors
    /// [`WalletError::Bundle`] for anything else; [`WalletError::OtherMint`] for tokens of another mint.
    pub fn preview(&self, text: &str) -> Result<Preview, WalletError> {
        let bundle = TokenBundle::find_in(text).map_err(WalletError::Bundle)?;
        self.refuse_other_mint(&bundle)?;
        let state = self.state();
        let value = |key_id| Some(state.keyset_of(key_id)?.key(key_id)?.denomination.amount());
        let values: Option<Vec<Amount>> = bundle.tokens.iter().map(|token| value(&token.key_id)).collect();
        let is_own = bundle.tokens.iter().all(|token| state.tokens.contains_key(&token.message()));
        Ok(Preview {
            amount: values.and_then(|values| Amount::sum(values).ok()),
            memo: bundle.memo,
            tokens: bundle.tokens.len(),
            is_own,
        })
    }

    /// Receives the tokens of a text `ecash1…`, which may be surrounded by other text. After
    /// [`WalletError::Pending`] they are stored in a plan, which [`Wallet::resume`] completes.
    ///
    /// # Errors
    /// [`WalletError::Bundle`], [`WalletError::OtherMint`] or [`WalletError::InvalidToken`] before anything
    /// is stored; [`WalletError::RevokedKeys`] if only the sender can recover the money;
    /// [`WalletError::Refused`] if all tokens of the text are worthless.
    pub async fn receive(&self, text: &str) -> Result<Received, WalletError> {
        let _turn = self.turn.lock().await;
        self.refuse_if_alarmed()?;
        let bundle = TokenBundle::find_in(text).map_err(WalletError::Bundle)?;
        let mint = self.mint().ok_or(WalletError::NoMint)?;
        self.refuse_other_mint(&bundle)?;
        // This wallet gave the text away itself: take it back.
        if let Some(id) = self.own_gift(&bundle.tokens) {
            return self.take_back_now(&id).await;
        }
        // Verify each token before anything is stored. Fetch the mint's keys if a token's key is unknown.
        // `tokens`: those to receive now. `pending`: a plan that already receives some of the text.
        let mut tokens: Vec<TokenInfo> = Vec::with_capacity(bundle.tokens.len());
        let mut pending = None;
        for token in &bundle.tokens {
            if self.denomination_key(&token.key_id).is_err() {
                self.update_keys().await?;
            }
            let key = self.denomination_key(&token.key_id).map_err(|_| WalletError::InvalidToken)?;
            token.verify(&key).map_err(|_| WalletError::InvalidToken)?;
            if self.state().is_revoked(&token.key_id, self.device.now()) {
                return Err(WalletError::RevokedKeys);
            }
            let info = TokenInfo::new(token, key.denomination, &mint.institution_id);
            if let Some(plan) = self.plan_receiving(&info) {
                pending = Some(plan);
            } else if !tokens.contains(&info) {
                // A duplicate token counts once.
                tokens.push(info);
            }
            self.device.yield_now().await;
        }
        match pending {
            None => self.receive_tokens(tokens, ActivityKind::Receive, bundle.memo).await,
            // The whole text is already being received: run that plan instead of beginning a second one.
            Some(plan) if tokens.is_empty() => self.run_receive_then_found(plan).await,
            Some(plan) => self.receive_rest(plan, tokens, bundle.memo).await,
        }
    }

    /// Receives a text of which `plan` already receives some tokens. An earlier round may have dropped the
    /// other ones as worthless.
    async fn receive_rest(
        &self,
        plan: Plan,
        rest: Vec<TokenInfo>,
        memo: Option<String>,
    ) -> Result<Received, WalletError> {
        // 1. Store a plan for the rest before anything is sent, so that every token of the text is in a plan.
        let (other, counters) = self.plan_receive(rest, Counters::new()).await?;
        let activity = Activity { note: memo, ..self.new_activity(&other, ActivityKind::Receive) };
        self.begin(&other, counters, activity).await?;
        // 2. Run both, also if the first fails.
        let worth = [plan.amount, other.amount];
        let results = [self.run_receive(plan).await, self.run_receive(other).await];
        self.run_found().await;
        // 3. Add up. A plan that was refused has ended without value.
        let mut sum = Received { amount: Amount::ZERO, lost: Amount::ZERO };
        let mut refusals = Vec::new();
        for (result, worth) in results.into_iter().zip(worth) {
            let one = match result {
                Err(WalletError::Refused(problem)) => {
                    refusals.push(problem);
                    Received { amount: Amount::ZERO, lost: worth }
                }
                result => result?,
            };
            sum.amount = sum.amount.plus(one.amount).map_err(|_| overflow())?;
            sum.lost = sum.lost.plus(one.lost).map_err(|_| overflow())?;
        }
        match refusals.pop() {
            Some(problem) if sum.amount.is_zero() => Err(WalletError::Refused(problem)),
            _ => Ok(sum),
        }
    }

    fn refuse_other_mint(&self, bundle: &TokenBundle) -> Result<(), WalletError> {
        let mint = self.mint().ok_or(WalletError::NoMint)?;
        check_mint(bundle, &self.origin, &mint.institution_id, &mint.currency)
    }

    /// Returns the pending plan that already receives this token.
    fn plan_receiving(&self, info: &TokenInfo) -> Option<Plan> {
        let state = self.state();
        state.plans.values().find(|plan| plan.received_tokens().contains(info)).cloned()
    }

    /// Plans and runs the receive of these tokens.
    pub(super) async fn receive_tokens(
        &self,
        tokens: Vec<TokenInfo>,
        kind: ActivityKind,
        memo: Option<String>,
    ) -> Result<Received, WalletError> {
        let (plan, counters) = self.plan_receive(tokens, Counters::new()).await?;
        let activity = Activity { note: memo, ..self.new_activity(&plan, kind) };
        self.begin(&plan, counters, activity).await?;
        self.run_receive_then_found(plan).await
    }

    /// Returns a plan that swaps these tokens, with the counters that its outputs use. `counters` contains
    /// those that the same transition has already changed.
    pub(super) async fn plan_receive(
        &self,
        tokens: Vec<TokenInfo>,
        counters: Counters,
    ) -> Result<(Plan, Counters), WalletError> {
        let amount = Amount::sum(tokens.iter().map(|token| token.denomination.amount()));
        let amount = amount.map_err(|_| WalletError::InvalidToken)?;
        let keyset = self.issuing_keyset().await?;
        let counts = self.token_counts_for(&keyset, amount)?;
        let (outputs, counters) = self.allocate(&keyset, &counts, Chain::Swap, counters)?;
        Ok((self.new_plan(amount, PlanKind::Receive { tokens, outputs })?, counters))
    }
}
