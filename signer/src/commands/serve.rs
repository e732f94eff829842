//! `ecash-signer serve`: opens the token and signs for mints.

use super::CommandError;
use crate::openssl_version::log_openssl_version;
use crate::pkcs11::Pkcs11Signer;
use crate::remote::SignerServer;
use crate::settings::SignerSettings;
use crate::signer::Signer as _;
use crate::transcript::Transcripts;
use ecash_environment::{SystemClock, stop};
use std::sync::Arc;

pub(super) async fn serve(settings: SignerSettings) -> Result<(), CommandError> {
    log_openssl_version();
    let transcripts = Transcripts::new(settings.keysets_dir);
    // Open the token before binding the address, so that a start with wrong settings does not occupy the
    // address.
    let opened = tokio::task::spawn_blocking(|| {
        Pkcs11Signer::open(settings.token, transcripts, Arc::new(SystemClock))
    });
    let opened = opened.await.map_err(|_| CommandError::Interrupted)?;
    let signer = Arc::new(opened.map_err(CommandError::Open)?);
    let server =
        SignerServer::bind(&settings.listen, settings.tls.as_ref()).await.map_err(CommandError::Listen)?;
    let sessions = signer.session_count();
    match signer.refused() {
        Some(reason) => {
            tracing::error!(
                reason,
                "hardware token rejected the login; not signing until this is corrected and the signer restarted"
            );
        }
        None => {
            let keysets = signer.keysets().await.map_err(CommandError::Signer)?;
            let names: Vec<_> = keysets.iter().map(|keyset| keyset.keyset_id.to_string()).collect();
            tracing::info!(address = %settings.listen, keysets = names.join(","), sessions, "ready to sign");
        }
    }
    server.serve(signer, sessions, stop::stopping()).await;
    tracing::info!("signer stopped");
    Ok(())
}
