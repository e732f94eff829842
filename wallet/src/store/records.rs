//! Records: edits of the wallet's state, and their encoding in the store.

use super::{FORMAT_VERSION, Record, StoreError, Table, Write};
use crate::activity::Activity;
use crate::counters::Counter;
use crate::device::{Device, NoEntropy};
use crate::lock::Lock;
use crate::plan::{Plan, PlanId};
use crate::seal::DataKey;
use ecash_core::base64url::Base64Url;
use ecash_core::keys::KeyId;
use ecash_core::receipt::ReceiptKey;
use ecash_core::seed::{Chain, Mnemonic, Seed};
use ecash_core::token::{Serial, Token, TokenKind, TokenMessage};
use ecash_core::wire::KeysetInfo;
use ecash_core::{AccountId, Amount, Currency, Denomination, InstitutionId, KeysetId, Origin};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The wallet's secrets, decoded from its record.
#[derive(Clone)]
pub(crate) struct WalletState {
    pub(crate) data_key: DataKey,
    pub(crate) mnemonic: Mnemonic,
    /// Derived from `mnemonic`. Cached, because the derivation takes 2,048 rounds of PBKDF2.
    pub(crate) seed: Seed,
    pub(crate) backup: Backup,
    /// Present if a passphrase protects the wallet on this device.
    pub(crate) lock: Option<Lock>,
}

/// Whether the user has a backup: the recovery phrase on paper, or a backup file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Backup {
    /// The user has typed words of the phrase correctly.
    pub(crate) words_checked: bool,
    /// The user has said that a backup file is kept in a safe place.
    #[serde(default)]
    pub(crate) file_kept: bool,
    /// The balance when the user last postponed the backup.
    pub(crate) reminded_at: Amount,
}

impl Backup {
    pub(crate) const fn exists(self) -> bool {
        self.words_checked || self.file_kept
    }
}

impl WalletState {
    pub(crate) fn new(data_key: DataKey, mnemonic: Mnemonic, backup: Backup) -> Self {
        let seed = mnemonic.seed();
        Self { data_key, mnemonic, seed, backup, lock: None }
    }
}

/// The mint's published data as last fetched, and the wallet's account there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MintState {
    pub(crate) origin: Origin,
    pub(crate) institution_id: InstitutionId,
    pub(crate) currency: Currency,
    pub(crate) account_id: Option<AccountId>,
    pub(crate) default_merchant: Option<AccountId>,
    /// The keyset that the mint last named as issuing.
    #[serde(default)]
    pub(crate) issuing: Option<KeysetId>,
    /// Complete keysets with key proofs. Each was screened before it was stored.
    pub(crate) keysets: Vec<KeysetInfo>,
    /// The mint's receipt keys, from the first that this wallet saw. Each is signed by its predecessor.
    #[serde(default)]
    pub(crate) receipt_keys: Vec<ReceiptKey>,
    /// The last list of keysets that broke the rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) alarm: Option<KeysAlarm>,
}

/// A record that the mint published keys which may be unique to this wallet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeysAlarm {
    /// What the mint published then and before, as JSON.
    pub(crate) evidence: String,
    /// Whether the mint publishes the earlier keys again. Until then nothing is spent.
    pub(crate) is_over: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TokenState {
    Available,
    /// An input of this plan, until the plan ends.
    Reserved(PlanId),
    /// Given away as text by this activity, and not known to be received.
    Given(PlanId),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OwnToken {
    pub(crate) token: Token,
    pub(crate) denomination: Denomination,
    pub(crate) state: TokenState,
}

/// One edit of the state in memory, which [`encode`] turns into one write of the store. Variants without
/// `Drop` insert or replace.
#[derive(Clone)]
pub(crate) enum Edit {
    Wallet(WalletState),
    Mint(MintState),
    Token(OwnToken),
    DropToken(TokenMessage),
    Plan(Plan),
    DropPlan(PlanId),
    Counter((KeyId, Chain), Counter),
    Activity(Activity),
}

#[derive(Serialize, Deserialize)]
struct WalletRecord {
    version: u32,
    /// Absent if the wallet is locked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    data_key: Option<Base64Url>,
    /// Present if the wallet is locked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lock: Option<Lock>,
    sealed_entropy: Base64Url,
    /// Absent in wallets of version 1.
    #[serde(default)]
    backup: Backup,
}

#[derive(Serialize, Deserialize)]
struct TokenRecord {
    key_id: KeyId,
    denomination: Denomination,
    state: TokenState,
    /// The serial (32 bytes) ‖ the signature.
    sealed: Base64Url,
}

#[derive(Serialize, Deserialize)]
struct SealedRecord {
    sealed: Base64Url,
}

#[derive(Serialize, Deserialize)]
struct CounterRecord {
    key_id: KeyId,
    chain: Chain,
    counter: Counter,
}

const WALLET_KEY: &str = "wallet";

fn token_key(id: &TokenMessage) -> String {
    ecash_core::base64url::encode(id.as_bytes())
}

fn counter_key(key_id: &KeyId, chain: Chain) -> String {
    format!("{key_id}/{chain:?}")
}

/// Errors of [`encode`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EncodeError {
    /// The device returned no random bytes for the seal.
    NoEntropy,
    /// A record could not be serialized.
    Json,
}

impl From<NoEntropy> for EncodeError {
    fn from(NoEntropy: NoEntropy) -> Self {
        Self::NoEntropy
    }
}

/// Returns the write that stores an edit. Seals what spends money or reveals the wallet's history: the
/// recovery phrase, tokens, plans and activity. Each seal is bound to the record's table and key, so a record
/// copied elsewhere does not open.
pub(crate) fn encode(edit: &Edit, data_key: &DataKey, device: &impl Device) -> Result<Write, EncodeError> {
    let put = |table: Table, key: String, value: String| Write::Put(Record { table, key, value });
    let seal = |table: Table, key: &str, plain: &[u8]| {
        data_key.seal(device, &format!("{}/{key}", table.name()), plain).map(Base64Url)
    };
    Ok(match edit {
        Edit::Wallet(wallet) => {
            let sealed_entropy = seal(Table::Wallet, WALLET_KEY, wallet.mnemonic.entropy().as_slice())?;
            let record = WalletRecord {
                version: FORMAT_VERSION,
                data_key: wallet.lock.is_none().then(|| wallet.data_key.as_bytes().as_slice().into()),
                lock: wallet.lock.clone(),
                sealed_entropy,
                backup: wallet.backup,
            };
            put(Table::Wallet, WALLET_KEY.to_owned(), json(&record)?)
        }
        Edit::Mint(mint) => put(Table::Mints, mint.origin.to_string(), json(mint)?),
        Edit::Token(own) => {
            let key = token_key(&own.token.message());
            let secret = [own.token.serial.as_bytes().as_slice(), &own.token.signature].concat();
            let sealed = seal(Table::Tokens, &key, &secret)?;
            let record = TokenRecord {
                key_id: own.token.key_id,
                denomination: own.denomination,
                state: own.state.clone(),
                sealed,
            };
            put(Table::Tokens, key, json(&record)?)
        }
        Edit::DropToken(id) => delete_token(id),
        Edit::Plan(plan) => {
            let key = plan.plan_id.0.clone();
            let sealed = seal(Table::Plans, &key, json(plan)?.as_bytes())?;
            put(Table::Plans, key, json(&SealedRecord { sealed })?)
        }
        Edit::DropPlan(id) => delete_plan(id),
        Edit::Counter((key_id, chain), counter) => {
            let record = CounterRecord { key_id: *key_id, chain: *chain, counter: counter.clone() };
            put(Table::Counters, counter_key(key_id, *chain), json(&record)?)
        }
        Edit::Activity(activity) => {
            let key = activity.id.0.clone();
            let sealed = seal(Table::Activity, &key, json(activity)?.as_bytes())?;
            put(Table::Activity, key, json(&SealedRecord { sealed })?)
        }
    })
}

pub(crate) fn delete_mint(mint: &MintState) -> Write {
    Write::Delete { table: Table::Mints, key: mint.origin.to_string() }
}

pub(crate) fn delete_wallet() -> Write {
    Write::Delete { table: Table::Wallet, key: WALLET_KEY.to_owned() }
}

pub(crate) fn delete_token(id: &TokenMessage) -> Write {
    Write::Delete { table: Table::Tokens, key: token_key(id) }
}

pub(crate) fn delete_plan(id: &PlanId) -> Write {
    Write::Delete { table: Table::Plans, key: id.0.clone() }
}

pub(crate) fn delete_counter(key_id: &KeyId, chain: Chain) -> Write {
    Write::Delete { table: Table::Counters, key: counter_key(key_id, chain) }
}

pub(crate) fn delete_activity(id: &PlanId) -> Write {
    Write::Delete { table: Table::Activity, key: id.0.clone() }
}

/// Serializes a record. Cannot fail for the records of this module, because their maps have string keys.
fn json(value: &impl Serialize) -> Result<String, EncodeError> {
    serde_json::to_string(value).map_err(|_| EncodeError::Json)
}

fn parse<T: DeserializeOwned>(text: &str, what: &'static str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Damaged(what))
}

/// Returns the edits that rebuild the state from `records`, which may be in any order.
///
/// 1. Find the wallet's record. Without it there is no wallet and no data key: return no edits.
/// 2. Check its version, then open it, with `unlocked` if it is locked. Its data key opens all other records.
/// 3. Decode the other records. One corrupt record fails the whole call, so a wallet never opens with part of
///    its money missing.
pub(crate) fn decode(records: &[Record], unlocked: Option<DataKey>) -> Result<Vec<Edit>, StoreError> {
    let Some(record) = records.iter().find(|record| record.table == Table::Wallet) else {
        return Ok(Vec::new());
    };
    let wallet = decode_wallet(&record.value, unlocked)?;
    let data_key = wallet.data_key.clone();
    let mut edits = vec![Edit::Wallet(wallet)];
    for record in records.iter().filter(|record| record.table != Table::Wallet) {
        edits.push(decode_one(record, &data_key)?);
    }
    Ok(edits)
}

/// Returns the lock of the wallet in `records`; `None` if there is no wallet, or it is not locked.
pub(crate) fn find_lock(records: &[Record]) -> Result<Option<Lock>, StoreError> {
    let record = records.iter().find(|record| record.table == Table::Wallet);
    Ok(record.map(|record| parse_wallet(&record.value)).transpose()?.and_then(|wallet| wallet.lock))
}

fn parse_wallet(text: &str) -> Result<WalletRecord, StoreError> {
    // Parse only the version first: the other fields of a newer record may have changed.
    #[derive(Deserialize)]
    struct Version {
        version: u32,
    }
    if parse::<Version>(text, "wallet")?.version > FORMAT_VERSION {
        return Err(StoreError::Newer);
    }
    parse(text, "wallet")
}

fn decode_wallet(text: &str, unlocked: Option<DataKey>) -> Result<WalletState, StoreError> {
    let record = parse_wallet(text)?;
    // 1. Take the data key, which is not sealed unless the wallet is locked, and open the entropy with it.
    let stored = record.data_key.as_ref().and_then(|key| DataKey::from_slice(key.as_bytes()));
    let data_key = unlocked.or(stored).ok_or(StoreError::Damaged("data key"))?;
    let entropy = data_key.open("wallet/wallet", record.sealed_entropy.as_bytes());
    let entropy = entropy.and_then(|bytes| <[u8; 16]>::try_from(bytes.as_slice()).ok());
    // 2. Derive the recovery phrase and the seed from the entropy; neither is stored.
    let mnemonic = entropy.and_then(|entropy| Mnemonic::from_entropy(&entropy).ok());
    let wallet = WalletState::new(data_key, mnemonic.ok_or(StoreError::Damaged("seed"))?, record.backup);
    Ok(WalletState { lock: record.lock, ..wallet })
}

fn decode_one(record: &Record, data_key: &DataKey) -> Result<Edit, StoreError> {
    // `encode` bound the seal to this name.
    let name = format!("{}/{}", record.table.name(), record.key);
    let open =
        |sealed: &Base64Url, what| data_key.open(&name, sealed.as_bytes()).ok_or(StoreError::Damaged(what));
    let open_json = |what| {
        let sealed: SealedRecord = parse(&record.value, what)?;
        let plain = open(&sealed.sealed, what)?;
        String::from_utf8(plain.to_vec()).map_err(|_| StoreError::Damaged(what))
    };
    Ok(match record.table {
        // `decode` has handled the wallet's record, so this is a second one.
        Table::Wallet => return Err(StoreError::Damaged("wallet")),
        Table::Mints => Edit::Mint(parse(&record.value, "mint")?),
        Table::Tokens => {
            let stored: TokenRecord = parse(&record.value, "token")?;
            let secret = open(&stored.sealed, "token")?;
            let (serial, signature) = secret.split_at_checked(32).ok_or(StoreError::Damaged("token"))?;
            let serial = Serial::from_slice(serial).ok_or(StoreError::Damaged("token"))?;
            let signature = signature.to_vec();
            // The kind is not stored, because a wallet holds bearer tokens only.
            let token = Token { key_id: stored.key_id, kind: TokenKind::Bearer, serial, signature };
            Edit::Token(OwnToken { token, denomination: stored.denomination, state: stored.state })
        }
        Table::Plans => Edit::Plan(parse(&open_json("plan")?, "plan")?),
        Table::Counters => {
            let stored: CounterRecord = parse(&record.value, "counter")?;
            Edit::Counter((stored.key_id, stored.chain), stored.counter)
        }
        Table::Activity => Edit::Activity(parse(&open_json("activity")?, "activity")?),
    })
}
