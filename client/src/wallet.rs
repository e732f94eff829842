//! The wallet in a file on this machine.

use crate::device::NativeDevice;
use crate::error::Error;
use crate::http::Http;
use crate::sqlite_store::SqliteStore;
use crate::token::{AvailableToken, Value};
use ecash_core::{AccountId, Amount, Currency, Denomination, Origin, TransactionId};
use ecash_wallet::api::HttpApi;
use ecash_wallet::plan::PlanId;
use ecash_wallet::{
    Activity, Balance, Gift, HeldToken, Payment, Progress, Received, Restored, Unlock, WalletError,
};
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use tokio::sync::watch;
use zeroize::Zeroizing;

/// The wallet engine with a SQLite store, HTTP transport and native device.
pub type Engine = ecash_wallet::Wallet<Arc<SqliteStore>, HttpApi<Http>, NativeDevice>;

/// A wallet in a file, for one mint.
///
/// Every operation is stored as a plan before its first request is sent. If it is interrupted,
/// [`Wallet::initialize`] at the next start or [`Wallet::resume`] completes it. Operations run in separate
/// tasks: dropping a future stops waiting for the operation, but does not cancel it.
pub struct Wallet {
    origin: Origin,
    path: String,
    store: Arc<SqliteStore>,
    http: Http,
    /// The passphrase of a locked wallet.
    passphrase: Option<Zeroizing<String>>,
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
    /// Creates a wallet for the mint at `url`, stored in the file at `path`. Locks the file, and creates it
    /// if it does not exist. Does not read it and sends nothing: call [`Wallet::initialize`] next.
    ///
    /// # Errors
    /// Returns [`Error::Address`] if `url` is not `http(s)://host[:port]`, [`Error::Cleartext`] for `http://`
    /// to another machine, [`Error::File`] if another program has the wallet open or the file cannot be
    /// created, and [`Error::Http`] if the HTTP client cannot be created.
    pub fn new(url: String, path: String) -> Result<Self, Error> {
        let origin = parse_origin(&url)?;
        if origin.as_str().starts_with("http://") && !is_this_machine(&origin) {
            return Err(Error::Cleartext { address: url });
        }
        Self::at(origin, path)
    }

    /// Like [`Wallet::new`], but also accepts `http://` to another machine. Anyone who can read the traffic
    /// can take the money, so use it only on private networks, for example between containers on one machine.
    ///
    /// # Errors
    /// Returns the errors of [`Wallet::new`], except [`Error::Cleartext`].
    pub fn new_over_dangerous_cleartext(url: String, path: String) -> Result<Self, Error> {
        Self::at(parse_origin(&url)?, path)
    }

    fn at(origin: Origin, path: String) -> Result<Self, Error> {
        let store = SqliteStore::new(&path).map_err(|source| Error::File { path: path.clone(), source })?;
        let http = Http::new(origin.clone()).map_err(Error::Http)?;
        Ok(Self { origin, path, store: Arc::new(store), http, passphrase: None, engine: None })
    }

    /// Sets the passphrase that opens a wallet locked by [`Wallet::set_passphrase`].
    #[must_use]
    pub fn with_passphrase(self, passphrase: String) -> Self {
        Self { passphrase: Some(Zeroizing::new(passphrase)), ..self }
    }

    /// Locks the wallet's file with a passphrase of at least [`MIN_PASSPHRASE_CHARS`] characters. `current`
    /// is the passphrase that it replaces, if there is one.
    ///
    /// # Errors
    /// Returns [`Error::NotInitialized`] before [`Wallet::initialize`]. Returns [`Error::Wallet`] with
    /// [`WalletError::DoesNotOpen`] if `current` is wrong, and with [`WalletError::PassphraseTooShort`].
    ///
    /// [`MIN_PASSPHRASE_CHARS`]: ecash_wallet::MIN_PASSPHRASE_CHARS
    pub async fn set_passphrase(&self, current: Option<&str>, new: &str) -> Result<(), Error> {
        let current = current.map(|current| Zeroizing::new(current.to_owned()));
        let new = Zeroizing::new(new.to_owned());
        self.run(
            |engine| async move { engine.set_passphrase(current.as_ref().map(|c| c.as_str()), &new).await },
        )
        .await
    }

    /// Removes the passphrase.
    ///
    /// # Errors
    /// Returns [`Error::NotInitialized`] before [`Wallet::initialize`], and [`Error::Wallet`] with
    /// [`WalletError::DoesNotOpen`] if `current` is wrong.
    pub async fn remove_passphrase(&self, current: &str) -> Result<(), Error> {
        let current = Zeroizing::new(current.to_owned());
        self.run(|engine| async move { engine.remove_passphrase(&current).await }).await
    }

    /// Opens a locked wallet with its recovery phrase, and removes the passphrase. Sends nothing.
    ///
    /// # Errors
    /// Returns [`Error::File`] if the file cannot be read, and [`Error::Wallet`] with
    /// [`WalletError::DoesNotOpen`] if the phrase belongs to another wallet.
    pub async fn open_with_words(&mut self, words: &str) -> Result<(), Error> {
        self.open_by(Some(Unlock::Words(words))).await
    }

    /// Reads the wallet, or creates one with a new seed; screens the mint's keys; opens the wallet's account
    /// at the mint; and resumes interrupted operations. Idempotent.
    ///
    /// # Errors
    /// Returns [`Error::File`] if the file cannot be read. Returns [`Error::Wallet`] with
    /// [`WalletError::Unreachable`] if the mint does not respond; the wallet can then be read, and this
    /// method can be called again. Returns [`Error::Wallet`] with another error if the mint rejects a request
    /// or its keys fail screening.
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

    /// Reads the wallet without sending anything, for programs that only display it. [`Wallet::initialize`]
    /// connects it later.
    ///
    /// # Errors
    /// Returns [`Error::File`] if the file cannot be read.
    pub async fn open_offline(&mut self) -> Result<(), Error> {
        self.open().await
    }

    /// Creates a wallet from a recovery phrase in this file, and restores its money from the mint.
    ///
    /// # Errors
    /// Returns [`Error::File`] if the file cannot be read. Returns [`Error::Wallet`] if the phrase is wrong,
    /// if the file already holds a used wallet with another phrase, or if the mint does not respond. In the
    /// last case, call this method again.
    pub async fn restore(&mut self, words: &str) -> Result<Restored, Error> {
        self.open().await?;
        let words = words.to_owned();
        self.run(|engine| async move { engine.restore_from_phrase(&words).await }).await?;
        self.restore_tokens().await
    }

    /// Creates a wallet from the text of a backup file in this file, and restores its money from the mint and
    /// its history from the text.
    ///
    /// # Errors
    /// As [`Wallet::restore`]; [`Error::Wallet`] also if the text is no backup file or its passphrase is wrong.
    pub async fn restore_from_file(&mut self, text: &str, passphrase: &str) -> Result<Restored, Error> {
        self.open().await?;
        let (text, passphrase) = (text.to_owned(), Zeroizing::new(passphrase.to_owned()));
        self.run(|engine| async move { engine.restore_from_file(&text, &passphrase).await }).await?;
        self.restore_tokens().await
    }

    /// Returns a backup file: the recovery phrase and the history, encrypted under a passphrase of its own.
    /// Call [`Wallet::keep_backup_file`] once it is stored.
    ///
    /// # Errors
    /// Returns [`Error::NotInitialized`] before [`Wallet::initialize`], and [`Error::Wallet`] if the passphrase
    /// is too short.
    pub async fn backup_file(&self, passphrase: &str) -> Result<String, Error> {
        let passphrase = Zeroizing::new(passphrase.to_owned());
        self.run(|engine| async move { engine.backup_file(&passphrase).await }).await
    }

    /// Stores in the wallet that a backup file is kept.
    ///
    /// # Errors
    /// Returns [`Error::NotInitialized`] before [`Wallet::initialize`], and [`Error::Wallet`] if the wallet's
    /// file cannot be written.
    pub async fn keep_backup_file(&self) -> Result<(), Error> {
        self.run(|engine| async move { engine.keep_backup_file().await }).await
    }

    async fn restore_tokens(&self) -> Result<Restored, Error> {
        self.run(|engine| async move {
            // Connect only after the restore: its requests are anonymous, and the mint must not link them to
            // the account.
            let restored = engine.restore().await?;
            engine.connect().await?;
            Ok(restored)
        })
        .await
    }

    /// Searches the mint for unspent tokens of this wallet's seed that the wallet does not hold, and adds
    /// them. Idempotent.
    ///
    /// # Errors
    /// Returns [`Error::NotInitialized`] before [`Wallet::initialize`], and [`Error::Wallet`] if the search
    /// was interrupted. Tokens found before that are kept.
    pub async fn find_again(&self) -> Result<Restored, Error> {
        self.run(|engine| async move { engine.restore().await }).await
    }

    async fn open(&mut self) -> Result<(), Error> {
        let passphrase = self.passphrase.clone();
        self.open_by(passphrase.as_ref().map(|passphrase| Unlock::Passphrase(passphrase))).await
    }

    async fn open_by(&mut self, unlock: Option<Unlock<'_>>) -> Result<(), Error> {
        if self.engine.is_none() {
            let (api, device) = (HttpApi(self.http.clone()), NativeDevice::new());
            let (store, origin) = (self.store.clone(), self.origin.clone());
            let opened = match unlock {
                None => Engine::open(store, api, device, origin).await,
                Some(unlock) => Engine::open_locked(store, api, device, origin, unlock).await,
            };
            self.engine = Some(Arc::new(opened.map_err(|error| match error {
                WalletError::Store(source) => Error::File { path: self.path.clone(), source },
                other => other.into(),
            })?));
        }
        Ok(())
    }

    /// Runs an operation in a separate task, so that it continues if the caller drops the future.
    async fn run<T, F>(&self, operation: impl FnOnce(Arc<Engine>) -> F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, WalletError>> + Send + 'static,
    {
        let engine = self.engine.clone().ok_or(Error::NotInitialized)?;
        Ok(tokio::spawn(operation(engine)).await.map_err(|_| Error::Interrupted)??)
    }

    /// Returns the wallet engine, for operations that have no method here.
    ///
    /// # Errors
    /// Returns [`Error::NotInitialized`] before [`Wallet::initialize`].
    pub fn engine(&self) -> Result<&Engine, Error> {
        self.engine.as_deref().ok_or(Error::NotInitialized)
    }

    /// Withdraws `amount_minor` from the account in tokens of `denomination_minor`, and returns the tokens.
    /// Both numbers are in minor units.
    ///
    /// # Errors
    /// Returns [`Error::Amount`] if a number is too large or the denomination is zero, and
    /// [`Error::NotInitialized`] before [`Wallet::initialize`]; nothing was sent. Returns [`Error::Wallet`]
    /// otherwise: after [`WalletError::Pending`] the withdrawal may have been made, and [`Wallet::resume`]
    /// completes it.
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

    /// Pays `amount_minor` to the merchant that `ECASH_MERCHANT_ID` names, or otherwise to the mint's default
    /// merchant, which demo mints publish. See [`Wallet::pay`].
    ///
    /// # Errors
    /// Returns [`Error::NoMerchant`] if neither is set, and otherwise the errors of [`Wallet::pay`].
    pub async fn spend(&self, amount_minor: u64) -> Result<TransactionId, Error> {
        let named = std::env::var("ECASH_MERCHANT_ID").ok().filter(|name| !name.is_empty());
        let published = self.engine()?.mint().and_then(|mint| mint.default_merchant).map(String::from);
        let merchant_id = named.or(published).ok_or(Error::NoMerchant)?;
        Ok(self.pay(&merchant_id, amount_minor).await?.transaction_id)
    }

    /// Pays a merchant exactly `amount_minor` minor units. Makes change first if no subset of the tokens has
    /// this sum.
    ///
    /// # Errors
    /// Returns [`Error::MerchantName`] or [`Error::Amount`] for an invalid argument, and
    /// [`Error::NotInitialized`] before [`Wallet::initialize`]; nothing was sent. Returns [`Error::Wallet`]
    /// otherwise.
    ///
    /// After [`WalletError::NotPaidYet`] the payment may have been made. [`Wallet::resume`] completes it if
    /// it was made and cancels it otherwise; [`Wallet::activity`] shows which. Calling `pay` again settles
    /// the earlier payment first. It returns [`WalletError::EarlierPaymentMade`] without paying again if the
    /// earlier payment was made.
    pub async fn pay(&self, merchant_id: &str, amount_minor: u64) -> Result<Payment, Error> {
        let merchant =
            AccountId::new(merchant_id).map_err(|_| Error::MerchantName(merchant_id.to_owned()))?;
        let amount = Amount::new(amount_minor).map_err(Error::Amount)?;
        self.run(|engine| async move { engine.pay(&merchant, amount).await }).await
    }

    /// Receives the tokens of a text `ecash1…`. Swaps them for new ones, so that the sender can no longer
    /// spend them.
    ///
    /// # Errors
    /// Returns [`Error::NotInitialized`] before [`Wallet::initialize`]. Returns [`Error::Wallet`] if the text
    /// is not valid, its tokens are of another mint, or the mint rejects them. After [`WalletError::Pending`]
    /// the tokens are kept, and [`Wallet::resume`] swaps them.
    pub async fn receive(&self, text: &str) -> Result<Received, Error> {
        let text = text.to_owned();
        self.run(|engine| async move { engine.receive(&text).await }).await
    }

    /// Gives away `amount_minor` as a text `ecash1…`, with a memo of at most 256 bytes. The first wallet that
    /// receives the text gets the money. Works without the mint unless change is needed.
    ///
    /// # Errors
    /// Returns [`Error::Amount`] for an invalid amount and [`Error::NotInitialized`] before
    /// [`Wallet::initialize`]; returns [`Error::Wallet`] otherwise. On an error, nothing was given.
    pub async fn give(&self, amount_minor: u64, memo: Option<&str>) -> Result<Gift, Error> {
        let (amount, memo) = (Amount::new(amount_minor).map_err(Error::Amount)?, memo.map(str::to_owned));
        self.run(|engine| async move { engine.give(amount, memo).await }).await
    }

    /// Takes back what [`Wallet::give`] gave away, unless it was already received.
    ///
    /// # Errors
    /// Returns [`Error::NotInitialized`] before [`Wallet::initialize`]. Returns [`Error::Wallet`] with
    /// [`WalletError::Refused`] if it was already received, and with [`WalletError::PlanEnded`] if the gift
    /// has already ended.
    pub async fn take_back(&self, id: &PlanId) -> Result<Received, Error> {
        let id = id.clone();
        self.run(|engine| async move { engine.take_back(&id).await }).await
    }

    /// Swaps tokens whose keys the mint has revoked, and returns their value. This reveals to the mint by
    /// which withdrawal, swap or refund it issued them.
    ///
    /// # Errors
    /// Returns [`Error::NotInitialized`] before [`Wallet::initialize`], and [`Error::Wallet`] if the mint
    /// does not respond or has no issuing keyset now.
    pub async fn recover(&self) -> Result<Amount, Error> {
        self.run(|engine| async move { engine.recover().await }).await
    }

    /// Swaps tokens that expire soon for new ones, and returns their value in minor units. Call this every
    /// few days at a random time, so that the time reveals nothing about the wallet.
    ///
    /// # Errors
    /// Returns [`Error::NotInitialized`] before [`Wallet::initialize`], and [`Error::Wallet`] if the swap
    /// failed. After [`WalletError::Pending`], [`Wallet::resume`] completes it.
    pub async fn refresh(&self) -> Result<Amount, Error> {
        self.run(|engine| async move { engine.refresh().await }).await
    }

    /// Swaps at most 8 of the tokens that [`Wallet::refresh`] would, and returns their amount. `None` if no
    /// more are due. If there is time, call this at random times instead of `refresh`, so that the mint
    /// cannot link the swaps.
    ///
    /// # Errors
    /// The errors of [`Wallet::refresh`].
    pub async fn refresh_some(&self) -> Result<Option<Amount>, Error> {
        self.run(|engine| async move { engine.refresh_some().await }).await
    }

    /// Returns the SHA-256 of the account token in hex. The operator of a mint with `OPEN_ACCOUNTS=no` needs
    /// it to open the account.
    ///
    /// # Errors
    /// Returns [`Error::NotInitialized`] before [`Wallet::initialize`].
    pub fn account_hash(&self) -> Result<String, Error> {
        Ok(self.engine()?.account_hash()?)
    }

    /// Returns the evidence, as JSON, that the mint published keys which may be unique to this wallet. It
    /// contains no data of the wallet. `None` if that never happened. The wallet neither withdraws nor spends
    /// until the mint publishes a valid list again.
    ///
    /// # Errors
    /// Returns [`Error::NotInitialized`] before [`Wallet::initialize`].
    pub fn keys_evidence(&self) -> Result<Option<String>, Error> {
        Ok(self.engine()?.keys_evidence())
    }

    /// Resumes interrupted operations, and returns the number that still wait for the mint.
    ///
    /// # Errors
    /// Returns [`Error::NotInitialized`] before [`Wallet::initialize`], and [`Error::Wallet`] if the mint
    /// does not respond or the state cannot be written. The plans are kept.
    pub async fn resume(&self) -> Result<usize, Error> {
        self.run(|engine| async move { engine.resume().await }).await
    }

    /// Returns the value of the tokens that can be spent now.
    ///
    /// # Errors
    /// Returns [`Error::NotInitialized`] before [`Wallet::initialize`].
    pub fn get_balance(&self) -> Result<Value, Error> {
        Ok(Value { amount: self.balance()?.available, currency: self.currency()? })
    }

    /// Returns the wallet's money by state, such as spendable, leaving, arriving, expired or disputed.
    ///
    /// # Errors
    /// Returns [`Error::NotInitialized`] before [`Wallet::initialize`].
    pub fn balance(&self) -> Result<Balance, Error> {
        Ok(self.engine()?.balance()?)
    }

    /// Returns the tokens that can be spent now, oldest first.
    ///
    /// # Errors
    /// Returns [`Error::NotInitialized`] before [`Wallet::initialize`].
    pub fn get_available_tokens(&self) -> Result<Vec<AvailableToken>, Error> {
        self.available(&self.engine()?.tokens())
    }

    fn available(&self, tokens: &[HeldToken]) -> Result<Vec<AvailableToken>, Error> {
        let currency = self.currency()?;
        Ok(tokens.iter().map(|held| AvailableToken::new(held, currency.clone())).collect())
    }

    /// Returns the mint's currency, or `None` until the wallet has connected to the mint for the first time.
    fn currency(&self) -> Result<Option<Currency>, Error> {
        Ok(self.engine()?.mint().map(|mint| mint.currency))
    }

    /// Returns the wallet's operations, newest first.
    ///
    /// # Errors
    /// Returns [`Error::NotInitialized`] before [`Wallet::initialize`].
    pub fn activity(&self) -> Result<Vec<Activity>, Error> {
        Ok(self.engine()?.activity())
    }

    /// Fetches the balance of the wallet's account at the mint, in minor units.
    ///
    /// # Errors
    /// Returns [`Error::NotInitialized`] before [`Wallet::initialize`], and [`Error::Wallet`] if the mint
    /// does not respond or rejects the request.
    pub async fn account_balance(&self) -> Result<Amount, Error> {
        Ok(self.engine()?.account().await?.balance)
    }

    /// Returns the recovery phrase of 12 words. Anyone who knows it can take the money.
    ///
    /// # Errors
    /// Returns [`Error::NotInitialized`] before [`Wallet::initialize`], and [`Error::Wallet`] if the file
    /// holds no wallet yet.
    pub fn recovery_phrase(&self) -> Result<Vec<&'static str>, Error> {
        Ok(self.engine()?.recovery_phrase()?)
    }

    /// Subscribes to the progress of long operations. The value is `None` until the first operation reports
    /// progress.
    ///
    /// # Errors
    /// Returns [`Error::NotInitialized`] before [`Wallet::initialize`].
    pub fn progress(&self) -> Result<watch::Receiver<Option<Progress>>, Error> {
        Ok(self.engine()?.device().watch())
    }
}

fn parse_origin(url: &str) -> Result<Origin, Error> {
    Origin::new(url.trim_end_matches('/')).map_err(|_| Error::Address { address: url.to_owned() })
}

/// Returns whether an `http://` origin is `localhost` or a loopback address, whose traffic does not leave
/// this machine.
fn is_this_machine(origin: &Origin) -> bool {
    let authority = origin.as_str().trim_start_matches("http://");
    // An IPv6 address is in brackets; only a colon after them starts the port.
    let host = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => authority.split_once(':').map_or(authority, |(host, _)| host),
    };
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
