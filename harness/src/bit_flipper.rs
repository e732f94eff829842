//! A proxy on a unix socket in front of a signer that flips a bit in some of the signatures.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};

/// The length of a signature, in bytes. A response frame of this length or slightly more contains one.
const SIGNATURE_LEN: usize = 384;

/// A proxy that flips one bit in every nth signature.
pub struct BitFlipper {
    flipped: Arc<AtomicUsize>,
}

impl BitFlipper {
    /// Listens on `path` until the test's runtime ends, and corrupts one in `every` signatures.
    pub fn start(path: PathBuf, signer: PathBuf, every: usize) -> Self {
        let listener = UnixListener::bind(path).expect("a free path");
        let flipped = Arc::new(AtomicUsize::new(0));
        let (seen, counted) = (Arc::new(AtomicUsize::new(0)), flipped.clone());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = UnixStream::connect(&signer).await else { continue };
                let (mut from_client, to_client) = client.into_split();
                let (from_server, mut to_server) = server.into_split();
                tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_server).await });
                tokio::spawn(forward_responses(from_server, to_client, seen.clone(), counted.clone(), every));
            }
        });
        Self { flipped }
    }

    /// Returns the number of signatures corrupted so far.
    #[must_use]
    pub fn flipped(&self) -> usize {
        self.flipped.load(Ordering::SeqCst)
    }
}

async fn forward_responses(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    seen: Arc<AtomicUsize>,
    flipped: Arc<AtomicUsize>,
    every: usize,
) -> std::io::Result<()> {
    loop {
        let len = from.read_u32().await?;
        let mut frame = vec![0; len as usize];
        from.read_exact(&mut frame).await?;
        let holds_signature = (SIGNATURE_LEN..SIGNATURE_LEN + 64).contains(&frame.len());
        if holds_signature && seen.fetch_add(1, Ordering::SeqCst) % every == every - 1 {
            // The signature is at the end of the frame.
            let position = frame.len() - 100;
            frame[position] ^= 0x10;
            flipped.fetch_add(1, Ordering::SeqCst);
        }
        to.write_u32(len).await?;
        to.write_all(&frame).await?;
    }
}
