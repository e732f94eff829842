//! Limits the connections of the public listener, in total and for each client, because each takes a file and
//! memory. Nothing else limits them on a mint without nginx.

use super::slots::{Slot, Slots};
use axum_server::accept::{Accept, NoDelayAcceptor};
use ipnet::IpNet;
use std::future::{Ready, ready};
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A client may hold one in this many of all connections.
const CLIENT_SHARE: usize = 16;

/// An IPv4 address, or the /64 of an IPv6 address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Network(u128);

impl Network {
    fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(ip) => Self(ip.to_ipv6_mapped().to_bits()),
            IpAddr::V6(ip) => Self(ip.to_bits() >> 64 << 64),
        }
    }
}

/// Accepts connections up to a limit, in total and for each client.
#[derive(Clone)]
pub(crate) struct ConnectionLimit {
    all: Arc<Semaphore>,
    of_client: Arc<Slots<Network>>,
    trusted_proxies: Arc<[IpNet]>,
}

impl ConnectionLimit {
    /// Allows `max` connections in total, and each client a share of them. A trusted proxy has no share,
    /// because it limits its clients itself.
    pub(crate) fn new(max: usize, trusted_proxies: &[IpNet]) -> Self {
        Self {
            all: Arc::new(Semaphore::new(max)),
            of_client: Arc::new(Slots::new((max / CLIENT_SHARE).max(1))),
            trusted_proxies: trusted_proxies.into(),
        }
    }

    /// Returns the connection with its slots, or an error that closes it.
    fn limit(&self, stream: TcpStream) -> io::Result<Limited> {
        let refused = || io::Error::from(io::ErrorKind::ConnectionRefused);
        let address = stream.peer_addr()?.ip().to_canonical();
        let trusted = self.trusted_proxies.iter().any(|proxy| proxy.contains(&address));
        let of_client = match trusted {
            true => None,
            false => Some(self.of_client.take(Network::of(address)).ok_or_else(refused)?),
        };
        let of_all = self.all.clone().try_acquire_owned().map_err(|_| refused())?;
        Ok(Limited { stream, _of_client: of_client, _of_all: of_all })
    }
}

impl<S> Accept<TcpStream, S> for ConnectionLimit {
    type Stream = Limited;
    type Service = S;
    type Future = Ready<io::Result<(Limited, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let accepted = NoDelayAcceptor::new().accept(stream, service).into_inner();
        ready(accepted.and_then(|(stream, service)| Ok((self.limit(stream)?, service))))
    }
}

/// A connection that counts until it is dropped.
pub(crate) struct Limited {
    stream: TcpStream,
    _of_client: Option<Slot<Network>>,
    _of_all: OwnedSemaphorePermit,
}

impl AsyncRead for Limited {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Limited {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::Network;

    #[test]
    fn a_client_is_an_ipv4_address_or_a_64_of_ipv6() {
        let of = |text: &str| Network::of(text.parse().unwrap());
        assert_eq!(of("192.0.2.1"), of("::ffff:192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
    }
}
