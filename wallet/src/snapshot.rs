//! A copy of the durable state in memory. All reads are served from it, without waiting for the store.

use crate::activity::Activity;
use crate::counters::Counter;
use crate::plan::{Plan, PlanId, PlanKind};
use crate::selection::{TokenCounts, sum};
use crate::store::{
    Edit, MintState, OwnToken, TokenState, WalletState, Write, delete_activity, delete_counter, delete_mint,
    delete_plan, delete_token, delete_wallet,
};
use ecash_core::keys::{KeyId, Keyset, KeysetStatus, Phase};
use ecash_core::seed::Chain;
use ecash_core::token::{Serial, TokenMessage};
use ecash_core::{AccountId, Amount, AmountError, Currency, Denomination, InstitutionId, Origin, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How far ahead of this device's clock the start of a replacement keyset may be, if the mint names it as
/// issuing.
const CLOCK_SLACK_S: u64 = 3600;

/// The wallet's value by what can be done with it, in minor units of the mint's currency.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Balance {
    /// Spendable now.
    pub available: Amount,
    /// In tokens that are too old to pay with; [`crate::Wallet::refresh`] swaps them for spendable ones.
    pub to_renew: Amount,
    /// In tokens whose keysets the mint has revoked; [`crate::Wallet::recover`] swaps them for spendable
    /// ones.
    pub revoked: Amount,
    /// In tokens whose keysets have ended; they can no longer be swapped or redeemed.
    pub expired: Amount,
    /// Reserved for payments that wait for the mint's response.
    pub leaving: Amount,
    /// Given away as text, and not known to be received; [`crate::Wallet::take_back`] takes them back.
    pub given: Amount,
    /// In withdrawals, swaps and received tokens that wait for the mint's response.
    pub arriving: Amount,
    /// In outputs for which the mint returned invalid signatures.
    pub disputed: Amount,
    /// The spendable tokens by denomination, ascending.
    pub counts: Vec<TokenCount>,
}

/// The spendable tokens of one denomination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenCount {
    /// The value of each, in minor units.
    pub denomination: Denomination,
    /// Their number; at least one.
    pub count: usize,
}

/// A token in the wallet, without the signature that spends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldToken {
    /// The key that signed it.
    pub key_id: KeyId,
    /// Its serial; the mint sees it when the token is spent.
    pub serial: Serial,
    /// Its value, in minor units.
    pub denomination: Denomination,
}

/// The mint that this wallet is connected to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MintInfo {
    /// The mint's address: scheme, host and port.
    pub origin: Origin,
    /// The institution's id, part of every key id.
    pub institution_id: InstitutionId,
    /// The currency of every amount, with its exponent.
    pub currency: Currency,
    /// The wallet's account, once it is open.
    pub account_id: Option<AccountId>,
    /// The merchant for trial payments; on demo mints only.
    pub default_merchant: Option<AccountId>,
    /// The denominations of the newest keyset, ascending.
    pub denominations: Vec<Denomination>,
    /// When the mint last replaced a stopped keyset. `None` once the stopped one would have ended issuing
    /// anyway.
    pub keys_replaced_at: Option<Timestamp>,
}

/// The parsed content of the store.
#[derive(Default)]
pub(crate) struct Snapshot {
    pub(crate) wallet: Option<WalletState>,
    pub(crate) mint: Option<MintState>,
    /// Parsed keysets of the mint, oldest first.
    pub(crate) keysets: Vec<Arc<Keyset>>,
    pub(crate) tokens: BTreeMap<TokenMessage, OwnToken>,
    pub(crate) plans: BTreeMap<PlanId, Plan>,
    pub(crate) counters: BTreeMap<(KeyId, Chain), Counter>,
    pub(crate) activity: BTreeMap<PlanId, Activity>,
}

impl Snapshot {
    pub(crate) fn apply(&mut self, edit: Edit) {
        match edit {
            Edit::Wallet(wallet) => self.wallet = Some(wallet),
            Edit::Mint(mint) => {
                self.keysets = parse_keysets(&mint);
                self.mint = Some(mint);
            }
            Edit::Token(own) => {
                self.tokens.insert(own.token.message(), own);
            }
            Edit::DropToken(id) => {
                self.tokens.remove(&id);
            }
            Edit::Plan(plan) => {
                self.plans.insert(plan.plan_id.clone(), plan);
            }
            Edit::DropPlan(id) => {
                self.plans.remove(&id);
            }
            Edit::Counter(name, counter) => {
                self.counters.insert(name, counter);
            }
            Edit::Activity(activity) => {
                self.activity.insert(activity.id.clone(), activity);
            }
        }
    }

    /// Returns the edits that rebuild this state, with the wallet's record first.
    pub(crate) fn edits(&self) -> Vec<Edit> {
        let wallet = self.wallet.iter().cloned().map(Edit::Wallet);
        let mints = self.mint.iter().cloned().map(Edit::Mint);
        let tokens = self.tokens.values().cloned().map(Edit::Token);
        let plans = self.plans.values().cloned().map(Edit::Plan);
        let counters = self.counters.iter().map(|(name, counter)| Edit::Counter(*name, counter.clone()));
        let activity = self.activity.values().cloned().map(Edit::Activity);
        wallet.chain(mints).chain(tokens).chain(plans).chain(counters).chain(activity).collect()
    }

    /// Returns the writes that delete all records.
    pub(crate) fn deletes(&self) -> Vec<Write> {
        let mints = self.mint.iter().map(delete_mint);
        let tokens = self.tokens.keys().map(delete_token);
        let plans = self.plans.keys().map(delete_plan);
        let counters = self.counters.keys().map(|(key_id, chain)| delete_counter(key_id, *chain));
        let activity = self.activity.keys().map(delete_activity);
        let rest = mints.chain(tokens).chain(plans).chain(counters).chain(activity);
        std::iter::once(delete_wallet()).chain(rest).collect()
    }

    /// Returns the number of plans that end once the mint responds: all but the disputed ones.
    pub(crate) fn waiting_plans(&self) -> usize {
        self.plans.values().filter(|plan| plan.dispute.is_none()).count()
    }

    pub(crate) fn keyset_of(&self, key_id: &KeyId) -> Option<&Arc<Keyset>> {
        self.keysets.iter().find(|keyset| keyset.key(key_id).is_some())
    }

    /// Returns whether the mint has revoked the keyset of this key.
    pub(crate) fn is_revoked(&self, key_id: &KeyId, now: Timestamp) -> bool {
        self.keyset_of(key_id).is_some_and(|keyset| keyset.phase(now) == Phase::Revoked)
    }

    /// Returns the keyset that issues at `now`. This is the one that the mint named last, unless its issuing
    /// time is over: a slow clock then still agrees with the mint. A replacement must have started, because
    /// shops do not see it before.
    pub(crate) fn issuing(&self, now: Timestamp) -> Option<&Arc<Keyset>> {
        let named = self.mint.as_ref().and_then(|mint| mint.issuing.as_ref());
        let is_named = |keyset: &&Arc<Keyset>| {
            Some(&keyset.keyset_id) == named
                && (keyset.replaces.is_none() || keyset.dates.valid_from <= now.plus_seconds(CLOCK_SLACK_S))
                && now < keyset.dates.issue_until
                && keyset.status.is_live()
        };
        let issues = |keyset: &&Arc<Keyset>| keyset.phase(now) == Phase::Issuing;
        self.keysets.iter().find(is_named).or_else(|| self.keysets.iter().rev().find(issues))
    }

    /// Returns the tokens that can be redeemed at `now`, oldest keyset first.
    pub(crate) fn spendable(&self, now: Timestamp) -> Vec<&OwnToken> {
        let mut tokens: Vec<_> = self
            .tokens
            .values()
            .filter(|own| own.state == TokenState::Available)
            .filter_map(|own| {
                let Keyset { dates, status, .. } = **self.keyset_of(&own.token.key_id)?;
                let redeems = now < dates.redeem_until && status != KeysetStatus::Revoked;
                redeems.then_some((dates.valid_from, own))
            })
            .collect();
        tokens.sort_by_key(|(valid_from, own)| (*valid_from, own.denomination));
        tokens.into_iter().map(|(_, own)| own).collect()
    }

    pub(crate) fn counts(&self, now: Timestamp) -> TokenCounts {
        self.spendable(now).iter().fold(TokenCounts::new(), |mut counts, own| {
            *counts.entry(own.denomination).or_default() += 1;
            counts
        })
    }

    /// Returns the values of the available tokens whose keyset is in this phase.
    fn in_phase(&self, wanted: Phase, now: Timestamp) -> impl Iterator<Item = Amount> {
        self.tokens.values().filter_map(move |own| {
            let phase = self.keyset_of(&own.token.key_id)?.phase(now);
            let counts = own.state == TokenState::Available && phase == wanted;
            counts.then_some(own.denomination.amount())
        })
    }

    fn given(&self) -> impl Iterator<Item = Amount> {
        let given = self.tokens.values().filter(|own| matches!(own.state, TokenState::Given(_)));
        given.map(|own| own.denomination.amount())
    }

    /// Sums up the wallet's value.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] if a sum is above 2^53 − 1. Only a mint with absurd denominations can cause
    /// this.
    pub(crate) fn balance(&self, now: Timestamp) -> Result<Balance, AmountError> {
        let counts = self.counts(now);
        let plans = |arriving: bool| {
            let waiting = self.plans.values().filter(|plan| plan.dispute.is_none());
            let wanted = waiting.filter(move |plan| arriving != matches!(plan.kind, PlanKind::Redeem { .. }));
            Amount::sum(wanted.map(|plan| plan.amount))
        };
        let missing = self.plans.values().filter_map(|plan| plan.dispute.as_ref()).flat_map(|d| &d.missing);
        let disputed = missing.filter_map(|output| {
            let key = self.keyset_of(&output.key_id)?.key(&output.key_id)?;
            Some(key.denomination.amount())
        });
        Ok(Balance {
            available: sum(&counts)?,
            to_renew: Amount::sum(self.in_phase(Phase::Swappable, now))?,
            revoked: Amount::sum(self.in_phase(Phase::Revoked, now))?,
            expired: Amount::sum(self.in_phase(Phase::Ended, now))?,
            given: Amount::sum(self.given())?,
            leaving: plans(false)?,
            arriving: plans(true)?,
            disputed: Amount::sum(disputed)?,
            counts: counts
                .into_iter()
                .map(|(denomination, count)| TokenCount { denomination, count })
                .collect(),
        })
    }

    pub(crate) fn mint_info(&self, now: Timestamp) -> Option<MintInfo> {
        let mint = self.mint.as_ref()?;
        let newest = self.keysets.last();
        Some(MintInfo {
            origin: mint.origin.clone(),
            institution_id: mint.institution_id.clone(),
            currency: mint.currency.clone(),
            account_id: mint.account_id.clone(),
            default_merchant: mint.default_merchant.clone(),
            keys_replaced_at: self.keys_replaced_at(now),
            denominations: newest.map(|keyset| keyset.denominations()).unwrap_or_default(),
        })
    }

    fn keys_replaced_at(&self, now: Timestamp) -> Option<Timestamp> {
        let replacements = self.keysets.iter().filter(|keyset| keyset.replaces.is_some());
        let current = replacements.filter(|keyset| now < keyset.dates.issue_until);
        current.map(|keyset| keyset.dates.valid_from).max()
    }

    pub(crate) fn next_activity_number(&self) -> u64 {
        self.activity.values().map(|activity| activity.number + 1).max().unwrap_or(0)
    }
}

/// Parses stored keysets. They were screened before they were stored. Parsing verifies their ids again.
fn parse_keysets(mint: &MintState) -> Vec<Arc<Keyset>> {
    let parse = |info| Keyset::from_wire(&mint.institution_id, &mint.currency, info).ok().map(Arc::new);
    let mut keysets: Vec<_> = mint.keysets.iter().filter_map(parse).collect();
    keysets.sort_by_key(|keyset| keyset.dates.valid_from);
    keysets
}
