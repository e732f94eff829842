//! The table of all settings of the mint and the signer. Parsing, the command `config`, the names in a
//! settings file and `docs/settings.md` are derived from it; a test compares `.env.example` with it.

/// The program that reads a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// Only `ecash-mint`.
    Mint,
    /// Only `ecash-signer`.
    Signer,
    /// Both `ecash-mint` and `ecash-signer`.
    Both,
}

/// The declaration of a setting.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Name in the environment. In a settings file the same name is in lower case.
    pub name: &'static str,
    /// Program that reads the setting.
    pub program: Program,
    /// Value in force if the setting is not set; empty if there is no default.
    pub default: &'static str,
    /// Description of what applies if the setting is not set and has no default.
    pub otherwise: &'static str,
    /// Description of valid values, for errors and the reference.
    pub expected: &'static str,
    /// Description for the reference. Markdown, without a final full stop.
    pub help: &'static str,
    /// Whether the value is a secret, which is never printed.
    pub secret: bool,
}

impl Setting {
    /// Returns whether `program` reads the setting.
    #[must_use]
    pub fn is_for(&self, program: Program) -> bool {
        self.program == Program::Both || self.program == program
    }
}

/// Declares settings and their order in the reference: `NAME: program, "default" | "otherwise", "expected"[,
/// secret]: "help";`
macro_rules! settings {
    ($($name:ident: $program:ident, $default:literal | $otherwise:literal, $expected:literal $(, $secret:ident)?: $help:literal;)*) => {
        $(
            #[doc = concat!($help, ".")]
            pub const $name: Setting = Setting {
                name: stringify!($name),
                program: Program::$program,
                default: $default,
                otherwise: $otherwise,
                expected: $expected,
                help: $help,
                secret: settings!(@secret $($secret)?),
            };
        )*
        /// All settings, in the order of declaration.
        pub const ALL: &[Setting] = &[$($name),*];
    };
    (@secret) => { false };
    (@secret secret) => { true };
}

settings! {
    SERVER_HOST: Mint, "127.0.0.1" | "", "an IP address":
        "Address of the public listener. On an address that is not loopback, CURRENCY must be set and every weakness listed in ALLOW_WEAK";
    SERVER_PORT: Mint, "8080" | "", "a port": "Port of the public listener";
    PUBLIC_ORIGIN: Mint, "" | "http://localhost:SERVER_PORT on loopback; required elsewhere", "an origin, such as https://mint.example":
        "Public address of mint and wallet, used in checkout URLs and receipts";
    MERCHANT_ORIGIN: Mint, "" | "the wallet's own", "an origin with another host name than PUBLIC_ORIGIN, such as https://shops.mint.example":
        "Address of the merchant page. With a separate host name, scripts of the wallet's page cannot access the keys that merchants type in; recommended with real money. The name must resolve to the same listener or proxy";
    OPERATOR_LISTEN: Mint, "" | "not served", "ADDRESS:PORT, such as 127.0.0.1:9090":
        "Listener for the operator: `/metrics` and health";
    TRUSTED_PROXIES: Mint, "" | "none", "addresses or networks, such as 10.0.0.5 or 172.16.0.0/12":
        "Proxies whose `X-Forwarded-For` is trusted";
    CORS_ORIGINS: Mint, "" | "none", "origins, such as https://wallet.example":
        "Other origins whose web wallets may use this mint";
    ECASH_DATA_DIR: Mint, "ecash-data" | "", "a folder": "Ledger, key files and seal key";
    ECASH_WALLET_DIR: Mint, "dist" | "", "a folder":
        "The web wallet's files; a binary built with the feature `bundled` contains them";
    INSTITUTION_ID: Mint, "inst_primary" | "", "letters, digits, - and _":
        "Name of the mint; fixed by the first start";
    CURRENCY: Mint, "DEMO" | "", "a code such as EUR":
        "Currency, fixed by the first start. `DEMO` is free play money: new accounts hold 10,000";
    CURRENCY_EXPONENT: Mint, "0" | "", "a whole number from 0 to 12":
        "Decimal places of the currency: 2 for cents. Amounts are always given in minor units";
    KEY_ID: Mint, "key_001" | "", "a name that ends with a number": "Name of the first keyset; the number increases with each later one";
    DENOMINATIONS: Mint, "10,50,100,500,1000" | "", "up to 32 ascending whole numbers, such as 10,50,100":
        "Values of tokens in minor units; one key each";
    KEYSET_ISSUE_DAYS: Mint, "30" | "", "a whole number from 1 to 3650": "How long a keyset issues";
    TOKEN_EXPIRY_DAYS: Mint, "90" | "", "a whole number from 1 to 3650":
        "How long tokens stay redeemable after their keyset stops issuing";
    KEY_PASSPHRASE: Mint, "" | "the systemd credential ecash-key-passphrase, else a 0600 file in the data folder", "a text", secret:
        "Encrypts the key files";
    CREDENTIALS_DIRECTORY: Mint, "" | "none", "a folder": "Folder of credentials; set by systemd";
    SIGNER_URL: Mint, "" | "keys in files of the mint", "unix:PATH or tls:HOST:PORT":
        "Address of `ecash-signer`. Its keysets then replace KEY_ID and DENOMINATIONS";
    SIGNER_LISTEN: Signer, "unix:ecash-data/signer.sock" | "", "unix:PATH or tls:HOST:PORT": "Address on which the signer listens";
    SIGNER_SESSIONS: Signer, "" | "number of processor cores", "a whole number from 1 to 256":
        "Sessions of the hardware token: maximum number of concurrent signatures";
    SIGNER_TLS_CA: Both, "" | "none", "a PEM file": "Authority of the other side's certificate; required for `tls:`";
    SIGNER_TLS_CERT: Both, "" | "none", "a PEM file": "This side's certificate; required for `tls:`";
    SIGNER_TLS_KEY: Both, "" | "none", "a PEM file": "This side's private key; required for `tls:`";
    KEYSETS_DIR: Signer, "ecash-data/keysets" | "", "a folder": "Transcripts of the key ceremonies";
    PKCS11_MODULE: Signer, "" | "required", "a file": "PKCS#11 library of the hardware token's vendor";
    PKCS11_TOKEN: Signer, "" | "required", "a text": "Label of the hardware token";
    PKCS11_PIN: Signer, "" | "PKCS11_PIN_FILE", "a text", secret: "PIN of the hardware token";
    PKCS11_PIN_FILE: Signer, "" | "required without PKCS11_PIN", "a file": "File that contains the PIN";
    SOFTHSM2_CONF: Signer, "" | "the library's own", "a file": "Configuration of SoftHSM2, read by its library";
    DATABASE_URL: Mint, "" | "SQLite in the data folder", "postgres://USER:PASSWORD@HOST:PORT/DATABASE", secret:
        "Keeps the ledger in PostgreSQL";
    DATABASE_POOL_SIZE: Mint, "10" | "", "a whole number from 1 to 1000": "Connections for reads, in addition to a few for writes";
    REDIS_URL: Mint, "" | "in this process", "redis://:PASSWORD@HOST:PORT, or several nodes of a cluster with commas", secret:
        "Keeps the spent index in Redis, and passes live events between mints";
    COMMIT_BATCH_SIZE: Mint, "64" | "", "a whole number from 1 to 1024": "Maximum number of postings in one database transaction";
    COMMIT_DELAY_US: Mint, "0" | "", "a whole number from 0 to 100000":
        "How long, in microseconds, the first posting of a transaction waits for others";
    SEAL_KEY_FILE: Mint, "" | "seal-key.pem in the data folder, created at the first start", "a PEM file":
        "Ed25519 key that seals the audit log";
    SEAL_MARK_FILE: Mint, "" | "seal-mark.json in the data folder", "a file":
        "Records the newest seal of the audit log outside the ledger, to detect a restored old backup. Put it on storage that is not restored together with the ledger";
    RECEIPT_KEY_FILE: Mint, "" | "receipt-key.pem in the data folder, created at the first start", "a PEM file":
        "Ed25519 key that signs receipts of payments; the same for all mints of one ledger";
    REFUND_CLAIM_DAYS: Mint, "400" | "", "a whole number from 1 to 3650":
        "Number of days after which an unclaimed refund is returned to the merchant";
    WEBHOOK_KEY_FILE: Mint, "" | "webhook-key.pem in the data folder, created at the first start", "a PEM file":
        "Ed25519 key from which the secrets of webhooks are derived; the same for all mints and dispatchers of one ledger";
    WEBHOOKS: Mint, "embedded" | "", "embedded or dispatcher":
        "Which process sends webhooks and checks domains: the mint itself, or `ecash-mint dispatcher`";
    WEBHOOK_ALLOW: Mint, "" | "none", "HOST:PORT, such as localhost:3000; only with the currency DEMO":
        "Hosts to which webhooks are sent even if they are not public or have no TLS";
    RATE_LIMIT_PER_SECOND: Mint, "10" | "", "a whole number from 1 to 1000000": "Requests of one client per second";
    WITHDRAW_RATE_LIMIT_PER_SECOND: Mint, "5" | "", "a whole number from 1 to 1000000":
        "Withdrawals of one client per second";
    SIGNATURE_LIMIT_PER_SECOND: Mint, "100" | "", "a whole number from 1 to 1000000":
        "Blind signatures for one client per second, with bursts of 256";
    VERIFICATION_LIMIT_PER_SECOND: Mint, "500" | "", "a whole number from 1 to 1000000":
        "Token verifications for one client per second, with bursts of 1000. A token without `key_id` counts once for each key that is tried; eight outputs of a restore count as one";
    ACCOUNT_LIMIT_PER_MINUTE: Mint, "10" | "", "a whole number from 1 to 1000000":
        "Accounts that one client opens per minute";
    CONCURRENT_REQUESTS_PER_CLIENT: Mint, "32" | "", "a whole number from 1 to 1000000":
        "Maximum number of concurrent requests of one client that verify, sign or write; the mint rejects more with `overloaded`";
    OPEN_ACCOUNTS: Mint, "yes" | "", "yes or no":
        "Whether clients can open accounts. With `no`, only the operator can: `ecash-mint account open HASH`";
    MERCHANT_RATE_LIMIT_PER_SECOND: Mint, "50" | "", "a whole number from 1 to 1000000":
        "Requests per second with one API key. Requests of one address, with all its keys, may be twice as many";
    LIVE_LISTENERS: Mint, "10000" | "", "a whole number from 1 to 1000000":
        "Maximum number of concurrent event streams of accounts and payments; the mint rejects more with `overloaded`, and those clients poll";
    MAX_CONNECTIONS: Mint, "12000" | "", "a whole number from 1 to 1000000":
        "Maximum number of concurrent connections, including event streams. One client can have at most a sixteenth of them, unless it is a trusted proxy";
    ALLOW_WEAK: Mint, "" | "none",
        "any of software_keys, demo_funds, default_password, fsync_off, synchronous_commit_off, asynchronous_standby, open_redis, stranding_denominations":
        "Weaknesses that are accepted even if the mint or its database is reachable from other machines";
    RUST_LOG: Both, "info" | "", "a level such as info or debug, or MODULE=LEVEL, with commas": "Log level";
}
