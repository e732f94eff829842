//! Values and tokens, as the wallet describes them to a program.

use ecash_core::keys::KeyId;
use ecash_core::{Amount, Currency, Money, base64url};
use ecash_wallet::HeldToken;
use std::fmt;

/// A token's serial in base64url, which the mint sees when the token is spent. `Debug` hides it, because
/// anyone who knows the serial in advance can recognize the payment; `Display` shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Serial(String);

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Serial(secret)")
    }
}

/// A value in the mint's currency. `Display` shows the number in major units without the currency: `12.50`.
/// To show the currency too, use [`Value::money`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    pub(crate) amount: Amount,
    pub(crate) currency: Option<Currency>,
}

impl Value {
    /// Returns the amount in minor units.
    #[must_use]
    pub const fn amount(&self) -> Amount {
        self.amount
    }

    /// Returns the amount with its currency, for display. Returns `None` until the wallet has connected to
    /// the mint for the first time. Until then the wallet is empty.
    #[must_use]
    pub fn money(&self) -> Option<Money> {
        self.currency.as_ref().map(|currency| currency.money(self.amount))
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.money() {
            Some(money) => f.write_str(&money.number()),
            None => write!(f, "{}", self.amount.minor()),
        }
    }
}

/// Description of a token. The signature, which is needed to spend it, stays in the wallet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Value of the token, with its currency.
    pub denomination: Value,
    /// Serial of the token.
    pub serial: Serial,
    /// Id of the mint's key that signed the token.
    pub key_id: KeyId,
}

/// A token that the wallet holds and can spend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AvailableToken {
    /// Description of the token.
    pub token: Token,
}

impl AvailableToken {
    pub(crate) fn new(held: &HeldToken, currency: Option<Currency>) -> Self {
        let serial = Serial(base64url::encode(held.serial.as_bytes()));
        let denomination = Value { amount: held.denomination.amount(), currency };
        Self { token: Token { denomination, serial, key_id: held.key_id } }
    }
}
