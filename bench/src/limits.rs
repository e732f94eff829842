//! Lower bounds for the cost of any mint: OpenSSL's RSA operations and an fsync.

use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::process::Command;
use std::time::{Duration, Instant};

/// Time of OpenSSL's raw RSA-3072 operations on one core.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) struct OpenSsl {
    pub(crate) private_us: f64,
    pub(crate) public_us: f64,
}

/// Runs `openssl speed -seconds 3 rsa3072`.
pub(crate) fn openssl() -> OpenSsl {
    let output = Command::new("openssl")
        .args(["speed", "-mr", "-seconds", "3", "rsa3072"])
        .output()
        .expect("openssl is installed");
    let text = String::from_utf8_lossy(&output.stdout);
    // +F2:index:bits:private operations per second:public operations per second
    let line = text.lines().find(|line| line.starts_with("+F2:")).expect("a result of openssl speed");
    let mut fields = line.split(':').skip(3).map(|field| field.parse::<f64>().expect("a number"));
    let mut next_us = || 1e6 / fields.next().expect("a number");
    OpenSsl { private_us: next_us(), public_us: next_us() }
}

/// Returns the median time, in µs, of writing 4 KiB and syncing it to disk, in the folder of the ledgers.
pub(crate) fn fsync_us(folder: &std::path::Path) -> f64 {
    let mut file = File::create(folder.join("fsync")).expect("a file");
    let page = [1; 4096];
    let mut times: Vec<Duration> = (0..200)
        .map(|_| {
            file.seek(SeekFrom::Start(0)).expect("a seek");
            let began = Instant::now();
            file.write_all(&page).expect("a write");
            file.sync_data().expect("an fsync");
            began.elapsed()
        })
        .collect();
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1e6
}
