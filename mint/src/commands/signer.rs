//! `ecash-mint signer`: the only process with the PIN.

use super::CommandError;
use super::stop::stopping;
use crate::environment::SystemClock;
use crate::keys::Transcripts;
use crate::settings::SignerSettings;
use crate::signer::Signer as _;
use crate::signer::pkcs11::Pkcs11Signer;
use crate::signer::remote::SignerListener;
use std::sync::Arc;

pub(super) async fn serve(settings: SignerSettings) -> Result<(), CommandError> {
    let transcripts = Transcripts::new(settings.keysets_dir);
    // Before the address is taken: a second start with wrong settings must not be in the way of the first.
    let opened = tokio::task::spawn_blocking(|| {
        Pkcs11Signer::open(settings.token, transcripts, Arc::new(SystemClock))
    });
    let opened = opened.await.map_err(|_| CommandError::Interrupted)?;
    let signer = Arc::new(opened.map_err(CommandError::OpenSigner)?);
    let listener = SignerListener::bind(&settings.listen, settings.tls.as_ref())
        .await
        .map_err(CommandError::SignerListen)?;
    let sessions = signer.session_count();
    match signer.refused() {
        Some(reason) => {
            tracing::error!(reason, "signing nothing until it is set right and this is started again");
        }
        None => {
            let keysets = signer.keysets().await.map_err(CommandError::Signer)?;
            let names: Vec<_> = keysets.iter().map(|keyset| keyset.keyset_id.to_string()).collect();
            tracing::info!(address = %settings.listen, keysets = names.join(","), sessions, "ready to sign");
        }
    }
    listener.serve(signer, sessions, stopping()).await;
    tracing::info!("stopped");
    Ok(())
}
