//! A case: the script of each wallet, drawn from a seed.

use crate::{Loss, Seeded};
use std::fmt;

/// The parameters of a simulation.
#[derive(Debug, Clone, Copy)]
pub struct Parameters {
    /// Number of wallets that run concurrently.
    pub wallets: u64,
    /// Number of steps of each wallet.
    pub steps: u64,
    /// Loss rates of the wallets' transports.
    pub loss: Loss,
    /// Upper limit of the days that pass during a case. Must be short enough that wallets refresh tokens
    /// before they expire.
    pub days: u64,
    /// The weight of each kind of step.
    pub mix: &'static [(Kind, u64)],
    /// Number of cases on one ledger. More would accumulate so many keysets that restores take most of the
    /// time.
    pub cases_per_ledger: u64,
    /// One in this many cases compares a restore from the seed with the wallet.
    pub restore_every: u64,
}

/// Kinds of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Withdraws an amount.
    Withdraw,
    /// Pays an amount to the merchant.
    Pay,
    /// Receives a bundle that no wallet has seen.
    ReceiveNew,
    /// Receives a bundle that another wallet has seen, if there is one.
    ReceiveSeen,
    /// Gives away an amount as text.
    Give,
    /// Takes back the wallet's pending gifts.
    TakeBack,
    /// Receives a text that a wallet gave away, if there is one.
    ReceiveGift,
    /// Resumes pending plans.
    Resume,
    /// Refreshes old tokens.
    Refresh,
    /// Cancels every pending plan.
    CancelPending,
    /// Restarts the program on the same store.
    Restart,
    /// Makes the device crash after a number of writes.
    DieAfter,
    /// Loses the store, and restores the wallet from its recovery phrase on a new one.
    LoseDevice,
}

/// One wallet over a lossy transport, on a device that sometimes crashes.
pub const WALLET_THAT_CRASHES: Parameters = Parameters {
    wallets: 1,
    steps: 14,
    loss: Loss { requests_percent: 15, responses_percent: 20 },
    days: 0,
    mix: &[
        (Kind::Withdraw, 2),
        (Kind::Pay, 2),
        (Kind::ReceiveNew, 1),
        (Kind::Give, 2),
        (Kind::TakeBack, 1),
        (Kind::Resume, 1),
        (Kind::DieAfter, 2),
    ],
    cases_per_ledger: 1000,
    restore_every: 20,
};

/// Several wallets that receive the same bundles and lose devices, while days pass and keys rotate.
pub const SEVERAL_WALLETS: Parameters = Parameters {
    wallets: 3,
    steps: 7,
    loss: Loss { requests_percent: 12, responses_percent: 15 },
    days: 60,
    mix: &[
        (Kind::Withdraw, 6),
        (Kind::Pay, 4),
        (Kind::ReceiveNew, 1),
        (Kind::ReceiveSeen, 1),
        (Kind::Give, 3),
        (Kind::TakeBack, 1),
        (Kind::ReceiveGift, 3),
        (Kind::Refresh, 2),
        (Kind::CancelPending, 2),
        (Kind::Restart, 2),
        (Kind::LoseDevice, 2),
    ],
    cases_per_ledger: 4,
    restore_every: 20,
};

/// A step and its randomly drawn parameter.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub(super) kind: Kind,
    /// An amount in minor units, or a number of writes.
    pub(super) amount: u64,
}

/// A simulation run: its parameters and seed, and the script of each wallet drawn from them.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) parameters: Parameters,
    pub(super) seed: u64,
    pub(super) scripts: Vec<Vec<Step>>,
}

impl Case {
    pub(super) fn new(parameters: Parameters, seed: u64) -> Self {
        let script = |number| {
            let random = Seeded::new(seed * 100 + number);
            (0..parameters.steps).map(|_| Step::draw(parameters.mix, &random)).collect()
        };
        Self { parameters, seed, scripts: (0..parameters.wallets).map(script).collect() }
    }

    /// Returns whether a wallet may lose a plan together with its device.
    pub(super) fn loses_devices(&self) -> bool {
        self.scripts.iter().flatten().any(|step| step.kind == Kind::LoseDevice)
    }
}

impl Step {
    fn draw(mix: &[(Kind, u64)], random: &Seeded) -> Self {
        let mut drawn = random.below(mix.iter().map(|(_, weight)| weight).sum());
        let kind = mix.iter().find(|(_, weight)| {
            let here = drawn < *weight;
            drawn = drawn.saturating_sub(*weight);
            here
        });
        let kind = kind.map_or(Kind::Resume, |(kind, _)| *kind);
        let amount = match kind {
            Kind::DieAfter => 1 + random.below(12),
            _ => 10 * (1 + random.below(60)),
        };
        Self { kind, amount }
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, script) in self.scripts.iter().enumerate() {
            let steps = script.iter().map(|step| match step.kind {
                Kind::Withdraw | Kind::Pay | Kind::Give | Kind::DieAfter => {
                    format!("{:?}({})", step.kind, step.amount)
                }
                kind => format!("{kind:?}"),
            });
            writeln!(f, "  wallet {number}: {}", steps.collect::<Vec<_>>().join(", "))?;
        }
        write!(f, "  seed {}", self.seed)
    }
}
