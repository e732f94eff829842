//! The wallet of this machine.

use crate::device::NativeDevice;
use crate::error::Error;
use crate::http::Http;
use crate::sqlite_store::SqliteStore;
use ecash_core::keys::KeyId;
use ecash_core::{AccountId, Amount, Currency, Denomination, Money, Origin, TransactionId, base64url};
use ecash_wallet::api::HttpApi;
use ecash_wallet::{Activity, Balance, HeldToken, Payment, Progress, Received, Restored, WalletError};
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use tokio::sync::watch;

/// The engine on this machine's store, transport and device.
pub type Engine = ecash_wallet::Wallet<Arc<SqliteStore>, HttpApi<Http>, NativeDevice>;

/// A token's serial: what the mint sees when the token is spent. Shown when asked for; kept out of
/// `Debug`, for whoever knows it before can recognize the payment.
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

/// A value in the mint's currency. Its text form is the number in major units, without the currency: `12.50`.
/// [`Value::money`] has both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    amount: Amount,
    currency: Option<Currency>,
}

impl Value {
    /// The amount, in minor units.
    #[must_use]
    pub const fn amount(&self) -> Amount {
        self.amount
    }

    /// The amount with its currency, for showing it; none before the mint has answered for the first time, when the
    /// wallet is empty.
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

/// What a token is; what would spend it stays in the wallet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What the token is worth, with its currency.
    pub denomination: Value,
    /// Its serial.
    pub serial: Serial,
    /// The mint's key that signed it.
    pub key_id: KeyId,
}

/// A token in the wallet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AvailableToken {
    /// What it is.
    pub token: Token,
}

impl AvailableToken {
    fn new(held: &HeldToken, currency: Option<Currency>) -> Self {
        let serial = Serial(base64url::encode(held.serial.as_bytes()));
        let denomination = Value { amount: held.denomination.amount(), currency };
        Self { token: Token { denomination, serial, key_id: held.key_id } }
    }
}

/// A wallet in a file, at one mint.
///
/// Every operation is written down before its first byte is sent, and finished after whatever
/// interruption: by [`Wallet::initialize`] at the next start, or by [`Wallet::resume`]. Operations run in
/// tasks of their own: dropping a future stops the waiting, never the operation.
pub struct Wallet {
    origin: Origin,
    path: String,
    store: Arc<SqliteStore>,
    http: Http,
    engine: Option<Arc<Engine>>,
}

impl fmt::Debug for Wallet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wallet")
            .field("origin", &self.origin)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl Wallet {
    /// The wallet in the file at `path`, at the mint at `url`. Nothing is sent, and the file is not
    /// read yet; it is made when there is none.
    ///
    /// # Errors
    /// [`Error::Address`]; [`Error::Cleartext`] for `http://` to another machine; [`Error::File`] if
    /// another program has the wallet open, or the folder cannot be written.
    pub fn new(url: String, path: String) -> Result<Self, Error> {
        let origin = parse_origin(&url)?;
        if origin.as_str().starts_with("http://") && !is_this_machine(&origin) {
            return Err(Error::Cleartext { address: url });
        }
        Self::at(origin, path)
    }

    /// The same over `http://` to another machine: anyone who reads the traffic can take the money. For
    /// private networks, such as that of containers on one machine.
    ///
    /// # Errors
    /// As [`Wallet::new`].
    pub fn new_over_dangerous_cleartext(url: String, path: String) -> Result<Self, Error> {
        Self::at(parse_origin(&url)?, path)
    }

    fn at(origin: Origin, path: String) -> Result<Self, Error> {
        let store = SqliteStore::new(&path).map_err(|source| Error::File { path: path.clone(), source })?;
        let http = Http::new(origin.clone()).map_err(Error::Http)?;
        Ok(Self { origin, path, store: Arc::new(store), http, engine: None })
    }

    /// Reads the wallet, or makes one with a fresh seed; checks the mint's keys; opens the wallet's
    /// account there; and finishes what was interrupted. Safe to repeat.
    ///
    /// # Errors
    /// [`Error::File`]; [`Error::Wallet`] with [`WalletError::Unreachable`](crate::WalletError) if the
    /// mint does not answer: then the wallet can be read, and this called again later.
    pub async fn initialize(&mut self) -> Result<(), Error> {
        self.open().await?;
        self.run(|engine| async move {
            if !engine.exists() {
                engine.create().await?;
            }
            engine.connect().await?;
            engine.resume().await.map(drop)
        })
        .await
    }

    /// Makes the wallet of these 12 words on this machine and finds all of its money at the mint.
    ///
    /// # Errors
    /// [`Error::Wallet`]: the words are wrong, there is a wallet of other words in the file that was used, or the mint does
    /// not answer; after the latter call it again.
    pub async fn restore(&mut self, words: &str) -> Result<Restored, Error> {
        self.open().await?;
        let words = words.to_owned();
        self.run(|engine| async move {
            engine.restore_from_phrase(&words).await?;
            // Searching names no account; it is opened afterwards, so that the two are not seen together.
            let restored = engine.restore().await?;
            engine.connect().await?;
            Ok(restored)
        })
        .await
    }

    /// Looks for money of this wallet's seed that it does not hold. Safe to repeat.
    ///
    /// # Errors
    /// [`Error::Wallet`]; what was secured stays.
    pub async fn find_again(&self) -> Result<Restored, Error> {
        self.run(|engine| async move { engine.restore().await }).await
    }

    async fn open(&mut self) -> Result<(), Error> {
        if self.engine.is_none() {
            let api = HttpApi(self.http.clone());
            let opened =
                Engine::open(self.store.clone(), api, NativeDevice::new(), self.origin.clone()).await;
            self.engine = Some(Arc::new(opened.map_err(|error| match error {
                WalletError::Store(source) => Error::File { path: self.path.clone(), source },
                other => other.into(),
            })?));
        }
        Ok(())
    }

    /// Runs an operation to its end, whether or not anybody still waits for it.
    async fn run<T, F>(&self, operation: impl FnOnce(Arc<Engine>) -> F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, WalletError>> + Send + 'static,
    {
        let engine = self.engine.clone().ok_or(Error::NotInitialized)?;
        Ok(tokio::spawn(operation(engine)).await.map_err(|_| Error::Interrupted)??)
    }

    /// The engine underneath, for everything this type has no method for.
    ///
    /// # Errors
    /// [`Error::NotInitialized`].
    pub fn engine(&self) -> Result<&Engine, Error> {
        self.engine.as_deref().ok_or(Error::NotInitialized)
    }

    /// Withdraws `amount_minor` from the account, in tokens of `denomination_minor`, and returns them.
    ///
    /// # Errors
    /// [`Error::Amount`], or [`Error::Wallet`], which says what happened to the money.
    pub async fn withdraw(
        &self,
        amount_minor: u64,
        denomination_minor: u64,
    ) -> Result<Vec<AvailableToken>, Error> {
        let amount = Amount::new(amount_minor).map_err(Error::Amount)?;
        let denomination = Denomination::new(denomination_minor).map_err(Error::Amount)?;
        let withdrawn = |engine: Arc<Engine>| async move { engine.withdraw_in(amount, denomination).await };
        let tokens = self.run(withdrawn).await?;
        self.available(&tokens)
    }

    /// Pays `amount_minor` to the merchant that `ECASH_MERCHANT_ID` names, else to the default
    /// merchant that demo mints publish. Makes change if it must.
    ///
    /// # Errors
    /// [`Error::NoMerchant`], or as [`Wallet::pay`].
    pub async fn spend(&self, amount_minor: u64) -> Result<TransactionId, Error> {
        let named = std::env::var("ECASH_MERCHANT_ID").ok().filter(|name| !name.is_empty());
        let published = self.engine()?.mint().and_then(|mint| mint.default_merchant).map(String::from);
        let merchant_id = named.or(published).ok_or(Error::NoMerchant)?;
        Ok(self.pay(&merchant_id, amount_minor).await?.transaction_id)
    }

    /// Pays a merchant exactly `amount_minor`, making change if it must.
    ///
    /// # Errors
    /// [`Error::MerchantName`], [`Error::Amount`], or [`Error::Wallet`]. After
    /// [`WalletError::NotPaidYet`](crate::WalletError) the payment may have been made. [`Wallet::resume`]
    /// completes it if so, else takes it back, and [`Wallet::activity`] says which. Calling this again settles it
    /// first: [`WalletError::EarlierPaymentMade`](crate::WalletError) says that it had been made, and that nothing
    /// was paid now.
    pub async fn pay(&self, merchant_id: &str, amount_minor: u64) -> Result<Payment, Error> {
        let merchant =
            AccountId::new(merchant_id).map_err(|_| Error::MerchantName(merchant_id.to_owned()))?;
        let amount = Amount::new(amount_minor).map_err(Error::Amount)?;
        self.run(|engine| async move { engine.pay(&merchant, amount).await }).await
    }

    /// Takes the tokens of a text `ecash1…` and makes them this wallet's own.
    ///
    /// # Errors
    /// [`Error::Wallet`].
    pub async fn receive(&self, text: &str) -> Result<Received, Error> {
        let text = text.to_owned();
        self.run(|engine| async move { engine.receive(&text).await }).await
    }

    /// Swaps tokens that expire soon, and returns their value. Call it now and then, at a random moment.
    ///
    /// # Errors
    /// [`Error::Wallet`].
    pub async fn refresh(&self) -> Result<Amount, Error> {
        self.run(|engine| async move { engine.refresh().await }).await
    }

    /// Resumes interrupted operations, and returns how many still wait.
    ///
    /// # Errors
    /// [`Error::Wallet`].
    pub async fn resume(&self) -> Result<usize, Error> {
        self.run(|engine| async move { engine.resume().await }).await
    }

    /// What can be spent now.
    ///
    /// # Errors
    /// [`Error::NotInitialized`].
    pub fn get_balance(&self) -> Result<Value, Error> {
        Ok(Value { amount: self.balance()?.available, currency: self.currency()? })
    }

    /// What there is, and what is on its way.
    ///
    /// # Errors
    /// [`Error::NotInitialized`].
    pub fn balance(&self) -> Result<Balance, Error> {
        Ok(self.engine()?.balance())
    }

    /// The tokens that can be spent now, oldest first.
    ///
    /// # Errors
    /// As [`Wallet::get_balance`].
    pub fn get_available_tokens(&self) -> Result<Vec<AvailableToken>, Error> {
        self.available(&self.engine()?.tokens())
    }

    fn available(&self, tokens: &[HeldToken]) -> Result<Vec<AvailableToken>, Error> {
        let currency = self.currency()?;
        Ok(tokens.iter().map(|held| AvailableToken::new(held, currency.clone())).collect())
    }

    /// The mint's currency; none before the mint has answered for the first time.
    fn currency(&self) -> Result<Option<Currency>, Error> {
        Ok(self.engine()?.mint().map(|mint| mint.currency))
    }

    /// What happened, newest first.
    ///
    /// # Errors
    /// [`Error::NotInitialized`].
    pub fn activity(&self) -> Result<Vec<Activity>, Error> {
        Ok(self.engine()?.activity())
    }

    /// What is on the wallet's account at the mint.
    ///
    /// # Errors
    /// [`Error::Wallet`].
    pub async fn account_balance(&self) -> Result<Amount, Error> {
        Ok(self.engine()?.account().await?.balance)
    }

    /// The recovery phrase of 12 words. Anyone who has it has the money.
    ///
    /// # Errors
    /// [`Error::NotInitialized`].
    pub fn recovery_phrase(&self) -> Result<Vec<&'static str>, Error> {
        Ok(self.engine()?.recovery_phrase()?)
    }

    /// Reports progress of long operations.
    ///
    /// # Errors
    /// [`Error::NotInitialized`].
    pub fn progress(&self) -> Result<watch::Receiver<Option<Progress>>, Error> {
        Ok(self.engine()?.device().watch())
    }
}

fn parse_origin(url: &str) -> Result<Origin, Error> {
    Origin::new(url.trim_end_matches('/')).map_err(|_| Error::Address { address: url.to_owned() })
}

fn is_this_machine(origin: &Origin) -> bool {
    let host = origin.as_str().trim_start_matches("http://");
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}
