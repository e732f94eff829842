//! Names the OpenSSL in use, which decides how fast blind signatures are.

/// The first version that signs with AVX-512 IFMA. Numbered as by `OPENSSL_VERSION_NUMBER`.
const FIRST_WITH_IFMA: i64 = 0x3020_0000;

/// Logs the version, and warns of one that does not use what this processor can do: it signs two to three times slower than a
/// current one (ADR 0017).
pub fn log_openssl_version() {
    let version = openssl::version::version();
    tracing::info!(version, "OpenSSL");
    if has_ifma() && openssl::version::number() < FIRST_WITH_IFMA {
        tracing::warn!(
            version,
            "this processor has AVX-512 IFMA, which OpenSSL uses from version 3.2 on: blind signatures take two to three times as long as they could; use Debian 13, or build with --features vendored-openssl"
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
