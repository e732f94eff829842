//! Logs the version of OpenSSL, which determines the speed of blind signatures.

/// The first version that signs with AVX-512 IFMA. Numbered as by `OPENSSL_VERSION_NUMBER`.
const FIRST_WITH_IFMA: i64 = 0x3020_0000;

/// Logs the version. Warns if the version does not use an extension of this processor: it then signs two to
/// three times slower than a current version (ADR 0017).
pub fn log_openssl_version() {
    let version = openssl::version::version();
    tracing::info!(version, "OpenSSL");
    if has_ifma() && openssl::version::number() < FIRST_WITH_IFMA {
        tracing::warn!(
            version,
            "blind signatures are two to three times slower than possible, because OpenSSL before 3.2 does not use this processor's AVX-512 IFMA; use Debian 13, or build with --features vendored-openssl"
        );
    }
}

#[cfg(target_arch = "x86_64")]
fn has_ifma() -> bool {
    std::arch::is_x86_feature_detected!("avx512ifma")
}

#[cfg(not(target_arch = "x86_64"))]
const fn has_ifma() -> bool {
    false
}
