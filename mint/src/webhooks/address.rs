//! Limits the addresses that the dispatcher connects to. Merchants choose them, so they could otherwise reach
//! services that only the dispatcher's machine can reach: databases, metadata services, other hosts of its
//! network (server-side request forgery).
//!
//! A name is resolved again for each attempt; all of its addresses must be public, and the connection goes to
//! those very addresses.

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;

/// A host that may be reached although it is not public: `HOST:PORT`. Only with play money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedHost {
    host: String,
    port: u16,
}

impl AllowedHost {
    fn is(&self, url: &Url) -> bool {
        url.host_str() == Some(self.host.as_str()) && url.port_or_known_default() == Some(self.port)
    }
}

impl FromStr for AllowedHost {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let split = text.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?)));
        let (host, port) = split.ok_or("HOST:PORT")?;
        let host = host.to_ascii_lowercase();
        if host.is_empty() { Err("HOST:PORT") } else { Ok(Self { host, port }) }
    }
}

/// A URL was rejected, with the reason for the merchant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UrlRefused(pub &'static str);

impl fmt::Display for UrlRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Checks the address of an endpoint, except for what its name resolves to, which may change.
///
/// # Errors
/// [`UrlRefused`].
pub fn check_url(text: &str, allowed: &[AllowedHost]) -> Result<Url, UrlRefused> {
    if text.len() > 2048 {
        return Err(UrlRefused("the URL must have at most 2048 characters"));
    }
    let url = Url::parse(text)
        .map_err(|_| UrlRefused("this is not a URL; write it as https://shop.example/webhook"))?;
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err(UrlRefused("the URL must not have a user, password or fragment"));
    }
    if allowed.iter().any(|host| host.is(&url)) && matches!(url.scheme(), "http" | "https") {
        return Ok(url);
    }
    // The addresses of an allowed host are not checked, so its other ports must not be reachable.
    if allowed.iter().any(|host| url.host_str() == Some(host.host.as_str())) {
        return Err(UrlRefused("this host is allowed only with another port"));
    }
    if url.scheme() != "https" {
        return Err(UrlRefused("the URL must begin with https://"));
    }
    if url.domain().is_none() {
        return Err(UrlRefused("the URL must have a host name, not an IP address"));
    }
    match url.port_or_known_default() {
        Some(443 | 1024..) => Ok(url),
        _ => Err(UrlRefused("the port must be 443, or 1024 or higher")),
    }
}

/// Resolves names to public addresses. A name with any other address fails.
pub(crate) struct PublicResolver {
    pub(crate) allowed: Arc<[AllowedHost]>,
}

/// The name has an address that is not public.
#[derive(Debug, thiserror::Error)]
#[error("the name resolves to an address that is not public")]
pub(crate) struct NotPublic;

impl Resolve for PublicResolver {
    fn resolve(&self, name: Name) -> Resolving {
        // The port is not known here; `check_url` has compared it.
        let is_allowed = self.allowed.iter().any(|host| host.host == name.as_str());
        Box::pin(async move {
            let addresses: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if is_allowed || addresses.iter().all(|address| is_public(address.ip())) {
                return Ok(Box::new(addresses.into_iter()) as Addrs);
            }
            Err(NotPublic.into())
        })
    }
}

/// Returns whether an address is reachable from everywhere, by the registries of special-purpose addresses
/// (RFC 6890).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    !matches!(
        address.octets(),
        [0 | 10 | 127 | 224.., ..]
            | [169, 254, ..]
            | [172, 16..=31, ..]
            | [192, 168, ..]
            | [198, 18..=19, ..]
            | [192, 0, 0 | 2, _]
            | [192, 88, 99, _]
            | [198, 51, 100, _]
            | [203, 0, 113, _]
            | [100, 64..=127, ..]
    )
}

/// Accepts global unicast addresses, except ranges that embed IPv4 addresses or are for documentation.
fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        [0x2001, 0 | 0x0db8, ..] | [0x2002, ..] => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_are_connected_to() {
        for public in [
            "1.1.1.1",
            "172.15.0.1",
            "172.32.0.1",
            "100.63.0.1",
            "192.0.1.1",
            "198.20.0.1",
            "2606:4700::1111",
            "2001:4860::8888",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for private in [
            "0.0.0.0",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.8.8.8",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.1.1",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "fc00::1",
            "fe80::1",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "2002:a00:1::",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
    }

    #[tokio::test]
    async fn names_with_addresses_that_are_not_public_are_not_resolved() {
        let resolve = async |allowed: &[AllowedHost]| {
            let resolver = PublicResolver { allowed: allowed.into() };
            let addresses = resolver.resolve("localhost".parse().unwrap()).await;
            addresses.map(Iterator::count).map_err(|error| error.is::<NotPublic>())
        };
        assert_eq!(resolve(&[]).await, Err(true));
        assert!(resolve(&["localhost:3000".parse().unwrap()]).await.is_ok_and(|count| count > 0));
    }

    #[test]
    fn an_address_is_https_with_a_name() {
        let allowed = ["localhost:3000".parse().unwrap(), "shop:80".parse().unwrap()];
        for good in [
            "https://shop.example/hook?x=1",
            "https://shop.example:8443",
            "https://SHOP.example./a",
            "http://localhost:3000/webhook",
            "https://localhost:3000/webhook",
            "http://shop/webhook",
        ] {
            assert!(check_url(good, &allowed).is_ok(), "{good}");
        }
        let long = format!("https://shop.example/{}", "a".repeat(2048));
        for bad in [
            "http://shop.example/",
            "https://127.0.0.1/",
            "https://[::1]/",
            // The parser reads these as IP addresses too.
            "https://2130706433/",
            "https://0x7f.1/",
            "https://user@shop.example/",
            "https://:p@shop.example/",
            "https://shop.example/#a",
            "https://shop.example:22/",
            "ftp://localhost:3000/",
            "http://localhost:3001/",
            "https://localhost:8443/",
            "http://localhost/",
            "shop.example",
            "",
            &long,
        ] {
            assert!(check_url(bad, &allowed).is_err(), "{bad}");
        }
        for bad in ["localhost", "localhost:", ":80", "localhost:99999"] {
            assert!(bad.parse::<AllowedHost>().is_err(), "{bad}");
        }
    }
}
