//! Merchants: their public data, and the API keys of their servers. Every change is part of a posting, so the
//! audit log and the outbox include it.

use crate::LinkRecord;
use crate::columns::seconds;
use crate::parameter::Parameter;
use crate::statements::{DialectStatements, Statement, shared};
use crate::webhooks::{DomainCheck, EndpointRecord};
use ecash_core::api_key::Scopes;
use ecash_core::wire::EndpointState;
use ecash_core::{AccountId, ApiKeyId, EndpointId, LinkId, Origin, Timestamp};

/// A change of a merchant that moves no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MerchantChange {
    /// Sets the name shown to payers.
    Name {
        /// The renamed merchant.
        merchant_id: AccountId,
        /// The new name, 1 to 64 characters.
        name: String,
    },
    /// Replaces the account token, which invalidates the old one.
    Token {
        /// The merchant whose token is replaced.
        merchant_id: AccountId,
        /// SHA-256 of the new token.
        token_hash: [u8; 32],
    },
    /// Adds an API key.
    NewKey(ApiKeyRecord, [u8; 32]),
    /// Revokes an API key. If it was revoked before, the time stays the same.
    RevokeKey {
        /// The merchant that the key acts for.
        merchant_id: AccountId,
        /// The id of the revoked key. A key of another merchant is not changed.
        key_id: ApiKeyId,
        /// Time of the revocation.
        at: Timestamp,
    },
    /// Sets the expiry of an API key that is replaced by another one. Keeps an earlier expiry.
    ReplaceKey {
        /// The merchant that the key acts for.
        merchant_id: AccountId,
        /// The id of the replaced key.
        key_id: ApiKeyId,
        /// Time of the expiry: the end of the overlap.
        at: Timestamp,
        /// The id of the key that replaces it.
        by: ApiKeyId,
    },
    /// Removes keys that expired or were revoked before a time.
    ForgetKeys {
        /// The merchant whose keys are removed.
        merchant_id: AccountId,
        /// Keys that expired or were revoked before this time are removed.
        before: Timestamp,
    },
    /// Adds an address of a shop, or verifies one. A verified address stays verified.
    PutDomain {
        /// The merchant that claims the domain.
        merchant_id: AccountId,
        /// The origin of the shop, and whether it is verified already.
        domain: DomainRecord,
        /// Time at which it was added. The first check of an unverified domain is due at this time.
        at: Timestamp,
    },
    /// Removes an address of a shop, if it exists.
    DropDomain {
        /// The merchant that claimed the domain.
        merchant_id: AccountId,
        /// Scheme, host and port of the shop.
        origin: Origin,
    },
    /// Sets or revokes the verification of a shop's address, unless the operator has verified it.
    CheckDomain(DomainCheck),
    /// Adds an endpoint, which receives all events that are numbered later.
    NewEndpoint(EndpointRecord),
    /// Changes an endpoint. Fields that are `None` are not changed.
    ChangeEndpoint {
        /// The owner of the endpoint.
        merchant_id: AccountId,
        /// The id of the endpoint. A removed endpoint is not changed.
        endpoint_id: EndpointId,
        /// URL to which events are posted.
        url: Option<String>,
        /// Names of events, separated by commas.
        kinds: Option<String>,
        /// State of the endpoint. A change resets the start of its failure.
        state: Option<EndpointState>,
    },
    /// Sets the next secret of an endpoint. Does nothing if a concurrent change has already done so.
    RotateEndpoint {
        /// The owner of the endpoint.
        merchant_id: AccountId,
        /// The id of the endpoint whose secret changes.
        endpoint_id: EndpointId,
        /// The number of the secret, one more than before.
        secret_no: u32,
        /// Identifies the webhook key from which the secret is derived.
        secret_check: [u8; 8],
        /// Time until which deliveries are also signed with the previous secret.
        old_secret_until: Option<Timestamp>,
    },
    /// Adds a link.
    NewLink(Box<LinkRecord>),
    /// Activates or deactivates a link.
    SwitchLink {
        /// The owner of the link.
        merchant_id: AccountId,
        /// The id of the link, as in its address.
        link_id: LinkId,
        /// Whether the link creates payments.
        is_active: bool,
    },
    /// Skips all events that are numbered so far.
    SkipEvents {
        /// The owner of the endpoint.
        merchant_id: AccountId,
        /// The id of the endpoint.
        endpoint_id: EndpointId,
    },
    /// Removes an endpoint with its deliveries, if it exists.
    DropEndpoint {
        /// The owner of the endpoint.
        merchant_id: AccountId,
        /// The id of the removed endpoint.
        endpoint_id: EndpointId,
    },
}

/// Returns the parameters of a statement that takes a merchant id and a name or id.
fn named<'a>(merchant_id: &'a AccountId, name: &'a str) -> Vec<Parameter<'a>> {
    vec![Parameter::Text(merchant_id.as_str()), Parameter::Text(name)]
}

impl MerchantChange {
    /// Returns the statement that writes this change, and its parameters.
    pub(crate) fn statement(&self, statements: &DialectStatements) -> (Statement, Vec<Parameter<'_>>) {
        match self {
            Self::Name { merchant_id, name } => (shared::SET_MERCHANT_NAME, named(merchant_id, name)),
            Self::Token { merchant_id, token_hash } => (
                shared::SET_TOKEN_HASH,
                vec![Parameter::Text(merchant_id.as_str()), Parameter::Bytes(token_hash)],
            ),
            Self::NewKey(key, secret_hash) => (shared::INSERT_API_KEY, key.parameters(secret_hash)),
            Self::RevokeKey { merchant_id, key_id, at } => {
                (shared::REVOKE_API_KEY, key_end(merchant_id, key_id, *at))
            }
            Self::ReplaceKey { merchant_id, key_id, at, by } => {
                let mut parameters = key_end(merchant_id, key_id, *at);
                parameters.push(Parameter::Text(by.as_str()));
                (statements.replace_api_key, parameters)
            }
            Self::ForgetKeys { merchant_id, before } => (
                statements.forget_api_keys,
                vec![Parameter::Text(merchant_id.as_str()), Parameter::Integer(seconds(*before))],
            ),
            Self::PutDomain { merchant_id, domain, at } => (
                statements.put_domain,
                vec![
                    Parameter::Text(merchant_id.as_str()),
                    Parameter::Text(domain.origin.as_str()),
                    Parameter::Boolean(domain.is_verified),
                    Parameter::Integer(seconds(*at)),
                ],
            ),
            Self::DropDomain { merchant_id, origin } => {
                (shared::DROP_DOMAIN, named(merchant_id, origin.as_str()))
            }
            Self::CheckDomain(check) => (shared::CHECK_DOMAIN, check.parameters()),
            Self::NewEndpoint(endpoint) => (statements.insert_endpoint, endpoint.parameters()),
            Self::ChangeEndpoint { merchant_id, endpoint_id, url, kinds, state } => (
                shared::CHANGE_ENDPOINT,
                vec![
                    Parameter::Text(merchant_id.as_str()),
                    Parameter::Text(endpoint_id.as_str()),
                    Parameter::MaybeText(url.as_deref()),
                    Parameter::MaybeText(kinds.as_deref()),
                    Parameter::MaybeText(state.map(EndpointState::as_str)),
                ],
            ),
            Self::RotateEndpoint { merchant_id, endpoint_id, secret_no, secret_check, old_secret_until } => (
                shared::ROTATE_ENDPOINT,
                vec![
                    Parameter::Text(merchant_id.as_str()),
                    Parameter::Text(endpoint_id.as_str()),
                    Parameter::Integer(i64::from(*secret_no)),
                    Parameter::Bytes(secret_check),
                    Parameter::MaybeInteger(old_secret_until.map(seconds)),
                ],
            ),
            Self::NewLink(link) => (shared::INSERT_LINK, link.parameters()),
            Self::SwitchLink { merchant_id, link_id, is_active } => (
                shared::SWITCH_LINK,
                vec![
                    Parameter::Text(merchant_id.as_str()),
                    Parameter::Text(link_id.as_str()),
                    Parameter::Boolean(*is_active),
                ],
            ),
            Self::SkipEvents { merchant_id, endpoint_id } => {
                (statements.skip_events, named(merchant_id, endpoint_id.as_str()))
            }
            Self::DropEndpoint { merchant_id, endpoint_id } => {
                (shared::DROP_ENDPOINT, named(merchant_id, endpoint_id.as_str()))
            }
        }
    }

    /// Returns whether the change must affect exactly one row. A removal may find its row already removed.
    pub(crate) const fn changes_one_row(&self) -> bool {
        !matches!(
            self,
            Self::DropDomain { .. }
                | Self::ForgetKeys { .. }
                | Self::CheckDomain(_)
                | Self::SwitchLink { .. }
                | Self::ChangeEndpoint { .. }
                | Self::RotateEndpoint { .. }
                | Self::SkipEvents { .. }
                | Self::DropEndpoint { .. }
        )
    }
}

fn key_end<'a>(merchant_id: &'a AccountId, key_id: &'a ApiKeyId, at: Timestamp) -> Vec<Parameter<'a>> {
    vec![
        Parameter::Text(merchant_id.as_str()),
        Parameter::Text(key_id.as_str()),
        Parameter::Integer(seconds(at)),
    ]
}

/// The public data of a merchant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MerchantRecord {
    /// The account that is credited.
    pub merchant_id: AccountId,
    /// 1 to 64 characters; the account id until another name is set.
    pub name: String,
    /// The addresses of its shops, oldest first.
    pub domains: Vec<DomainRecord>,
}

/// An address of a shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainRecord {
    /// Scheme, host and port.
    pub origin: Origin,
    /// Whether the mint has verified that it belongs to the merchant.
    pub is_verified: bool,
}

/// An API key without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKeyRecord {
    /// The public id.
    pub key_id: ApiKeyId,
    /// The merchant that the key acts for.
    pub merchant_id: AccountId,
    /// The merchant's name for the key.
    pub name: String,
    /// Scopes of the key.
    pub scopes: Scopes,
    /// When it was created.
    pub created_at: Timestamp,
    /// Time from which the key is rejected.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// Start of the day on which the key was last used.
    pub last_used_day: Option<Timestamp>,
    /// The key that replaced it.
    pub replaced_by: Option<ApiKeyId>,
}

impl ApiKeyRecord {
    /// Returns whether the key is valid at this time: neither revoked nor expired.
    #[must_use]
    pub fn works_at(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|expires_at| now < expires_at)
    }

    fn parameters<'a>(&'a self, secret_hash: &'a [u8; 32]) -> Vec<Parameter<'a>> {
        vec![
            Parameter::Text(self.key_id.as_str()),
            Parameter::Text(self.merchant_id.as_str()),
            Parameter::Bytes(secret_hash),
            Parameter::Text(&self.name),
            Parameter::OwnedText(self.scopes.to_string()),
            Parameter::Integer(seconds(self.created_at)),
            Parameter::MaybeInteger(self.expires_at.map(seconds)),
        ]
    }
}
