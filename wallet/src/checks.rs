//! Checks of payments and pasted tokens, with and without a wallet.

use crate::error::{MintFault, WalletError};
use ecash_core::details::{Details, DetailsError, DetailsKey};
use ecash_core::token::TokenBundle;
use ecash_core::wire::PaymentView;
use ecash_core::{Currency, InstitutionId, Origin, PaymentId};

/// Checks that the mint returned the requested payment, of an amount in its currency.
pub(crate) fn check_payment(
    view: &PaymentView,
    payment_id: &PaymentId,
    currency: &Currency,
) -> Result<(), WalletError> {
    if view.payment_id != *payment_id || view.currency != *currency || view.amount.is_zero() {
        return Err(WalletError::MintFault(MintFault::WrongPayment));
    }
    Ok(())
}

/// Checks that tokens given as text are of this mint.
pub(crate) fn check_mint(
    bundle: &TokenBundle,
    origin: &Origin,
    institution_id: &InstitutionId,
    currency: &Currency,
) -> Result<(), WalletError> {
    let is_ours = bundle.origin == *origin
        && bundle.institution_id == *institution_id
        && bundle.currency == currency.code;
    if is_ours { Ok(()) } else { Err(WalletError::OtherMint(bundle.origin.to_string())) }
}

/// Opens the sealed details of a payment; see [`Wallet::details_of`](crate::Wallet::details_of).
pub(crate) fn details_of(
    view: &PaymentView,
    key: Option<&DetailsKey>,
) -> Result<Option<Details>, WalletError> {
    match (&view.details_box, &view.details_hash, key) {
        (Some(sealed), Some(hash), Some(key)) => Ok(Some(key.open(&sealed.0, &hash.0, view.amount)?)),
        // The link contains a key, but the mint returned no details.
        (None, _, Some(_)) | (_, None, Some(_)) => Err(WalletError::Details(DetailsError::Wrong)),
        (_, _, None) => Ok(None),
    }
}
