//! Merchants: what payers see of them, and the keys of their servers. Every change is part of a posting, so that the audit log
//! and the outbox hold it too.

use crate::LinkRecord;
use crate::columns::seconds;
use crate::parameter::Parameter;
use crate::statements::{SharedStatements, Statement};
use crate::webhooks::{DomainCheck, EndpointRecord};
use ecash_core::api_key::Scopes;
use ecash_core::wire::EndpointState;
use ecash_core::{AccountId, ApiKeyId, EndpointId, LinkId, Origin, Timestamp};

/// A change of a merchant that moves no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MerchantChange {
    /// Sets the name that payers see.
    Name {
        /// The merchant that is renamed.
        merchant_id: AccountId,
        /// The new name, 1 to 64 characters.
        name: String,
    },
    /// Replaces the account token, so that the old one works no more.
    Token {
        /// The merchant whose token is replaced.
        merchant_id: AccountId,
        /// SHA-256 of the new token.
        token_hash: [u8; 32],
    },
    /// Adds an API key.
    NewKey(ApiKeyRecord, [u8; 32]),
    /// Revokes an API key. One that was revoked before keeps its time.
    RevokeKey {
        /// The merchant that the key acts for.
        merchant_id: AccountId,
        /// The id of the revoked key. A key of another merchant is left as it is.
        key_id: ApiKeyId,
        /// When it stops working.
        at: Timestamp,
    },
    /// Lets an API key expire, unless it does so earlier, because another one replaces it.
    ReplaceKey {
        /// The merchant that the key acts for.
        merchant_id: AccountId,
        /// The id of the key that is replaced.
        key_id: ApiKeyId,
        /// When it stops working: the end of the overlap.
        at: Timestamp,
        /// The id of the key that replaces it.
        by: ApiKeyId,
    },
    /// Removes the keys that stopped working before a time.
    ForgetKeys {
        /// The merchant whose keys are removed.
        merchant_id: AccountId,
        /// Keys that stopped working before this time are removed.
        before: Timestamp,
    },
    /// Adds an address of a shop, or verifies one. A verified address stays verified.
    PutDomain {
        /// The merchant that claims the domain.
        merchant_id: AccountId,
        /// The origin of the shop, and whether it is verified already.
        domain: DomainRecord,
        /// When it was added. Unless it is verified already, its first check is due then.
        at: Timestamp,
    },
    /// Removes an address of a shop, if it is there.
    DropDomain {
        /// The merchant that claimed the domain.
        merchant_id: AccountId,
        /// Scheme, host and port of the shop.
        origin: Origin,
    },
    /// Verifies an address of a shop, or takes that back, unless the operator has verified it.
    CheckDomain(DomainCheck),
    /// Adds an endpoint, which gets the events that are numbered from now on.
    NewEndpoint(EndpointRecord),
    /// Changes an endpoint; `None` stays as it is.
    ChangeEndpoint {
        /// The owner of the endpoint.
        merchant_id: AccountId,
        /// The id of the endpoint. A removed endpoint stays as it is.
        endpoint_id: EndpointId,
        /// Where events are posted.
        url: Option<String>,
        /// Names of events, separated by commas.
        kinds: Option<String>,
        /// Whether events are sent. A change forgets since when the endpoint is failing.
        state: Option<EndpointState>,
    },
    /// Gives an endpoint its next secret, unless another change did.
    RotateEndpoint {
        /// The owner of the endpoint.
        merchant_id: AccountId,
        /// The id of the endpoint whose secret changes.
        endpoint_id: EndpointId,
        /// The number of the secret, one more than before.
        secret_no: u32,
        /// Shows from which webhook key it was derived.
        secret_check: [u8; 8],
        /// Until then deliveries are also signed with the previous secret.
        old_secret_until: Option<Timestamp>,
    },
    /// Adds a link.
    NewLink(Box<LinkRecord>),
    /// Switches a link on or off.
    SwitchLink {
        /// The owner of the link.
        merchant_id: AccountId,
        /// The id of the link, as in its address.
        link_id: LinkId,
        /// Whether it makes payments from now on.
        is_active: bool,
    },
    /// Skips to the events numbered from now on.
    SkipEvents {
        /// The owner of the endpoint.
        merchant_id: AccountId,
        /// The id of the endpoint that misses the events until now.
        endpoint_id: EndpointId,
    },
    /// Removes an endpoint with its deliveries, if it is there.
    DropEndpoint {
        /// The owner of the endpoint.
        merchant_id: AccountId,
        /// The id of the endpoint that is removed.
        endpoint_id: EndpointId,
    },
}

/// The parameters of a statement about something that a merchant has, or gives a name.
fn named<'a>(merchant_id: &'a AccountId, name: &'a str) -> Vec<Parameter<'a>> {
    vec![Parameter::Text(merchant_id.as_str()), Parameter::Text(name)]
}

impl MerchantChange {
    /// Returns the statement that writes this change, and its parameters.
    pub(crate) fn statement(&self, statements: &SharedStatements) -> (Statement, Vec<Parameter<'_>>) {
        match self {
            Self::Name { merchant_id, name } => (statements.set_merchant_name, named(merchant_id, name)),
            Self::Token { merchant_id, token_hash } => (
                statements.set_token_hash,
                vec![Parameter::Text(merchant_id.as_str()), Parameter::Bytes(token_hash)],
            ),
            Self::NewKey(key, secret_hash) => (statements.insert_api_key, key.parameters(secret_hash)),
            Self::RevokeKey { merchant_id, key_id, at } => {
                (statements.revoke_api_key, key_end(merchant_id, key_id, *at))
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
                (statements.drop_domain, named(merchant_id, origin.as_str()))
            }
            Self::CheckDomain(check) => (statements.check_domain, check.parameters()),
            Self::NewEndpoint(endpoint) => (statements.insert_endpoint, endpoint.parameters()),
            Self::ChangeEndpoint { merchant_id, endpoint_id, url, kinds, state } => (
                statements.change_endpoint,
                vec![
                    Parameter::Text(merchant_id.as_str()),
                    Parameter::Text(endpoint_id.as_str()),
                    Parameter::MaybeText(url.as_deref()),
                    Parameter::MaybeText(kinds.as_deref()),
                    Parameter::MaybeText(state.map(EndpointState::as_str)),
                ],
            ),
            Self::RotateEndpoint { merchant_id, endpoint_id, secret_no, secret_check, old_secret_until } => (
                statements.rotate_endpoint,
                vec![
                    Parameter::Text(merchant_id.as_str()),
                    Parameter::Text(endpoint_id.as_str()),
                    Parameter::Integer(i64::from(*secret_no)),
                    Parameter::Bytes(secret_check),
                    Parameter::MaybeInteger(old_secret_until.map(seconds)),
                ],
            ),
            Self::NewLink(link) => (statements.insert_link, link.parameters()),
            Self::SwitchLink { merchant_id, link_id, is_active } => (
                statements.switch_link,
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
                (statements.drop_endpoint, named(merchant_id, endpoint_id.as_str()))
            }
        }
    }

    /// Returns whether the change must find its row. What is removed may be gone already.
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

/// A merchant as payers see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MerchantRecord {
    /// The account that is credited.
    pub merchant_id: AccountId,
    /// 1 to 64 characters; the account id until another name is set.
    pub name: String,
    /// The addresses of its shops, the oldest first.
    pub domains: Vec<DomainRecord>,
}

/// An address of a shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainRecord {
    /// Scheme, host and port.
    pub origin: Origin,
    /// Whether the mint has verified that it is the merchant's.
    pub is_verified: bool,
}

/// An API key without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKeyRecord {
    /// The public id.
    pub key_id: ApiKeyId,
    /// The merchant that the key acts for.
    pub merchant_id: AccountId,
    /// What the key is for.
    pub name: String,
    /// What it may do.
    pub scopes: Scopes,
    /// When it was created.
    pub created_at: Timestamp,
    /// From when on it is refused.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// The start of the day of its latest use.
    pub last_used_day: Option<Timestamp>,
    /// The key that replaced it.
    pub replaced_by: Option<ApiKeyId>,
}

impl ApiKeyRecord {
    /// Returns whether the key works at this time.
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
