//! Whose certificates the connection to AWS accepts.

use std::fmt;

use aws_smithy_http_client::tls::{TlsContext, TrustStore};
use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, pem::PemObject as _};

/// The roots of Amazon Trust Services, which sign the certificates of all AWS endpoints
/// (<https://www.amazontrust.com/repository/>). A handful is decoded in no time, unlike the hundred and more that a
/// system trusts.
const AMAZON_ROOTS: &str = include_str!("amazon-roots.pem");

/// Root certificates as PEM, at least one, each of which can be used.
#[derive(Clone)]
pub struct Trust {
    pem: Vec<u8>,
}

/// Why a text is no bundle of root certificates.
#[derive(Debug, thiserror::Error)]
pub enum InvalidTrust {
    /// It is not PEM.
    #[error("it is no PEM")]
    Pem(#[source] rustls::pki_types::pem::Error),
    /// A certificate in it cannot serve as a root.
    #[error("certificate {0} in it cannot be used as a root")]
    Certificate(usize, #[source] rustls::Error),
    /// It has no certificate.
    #[error("it has no certificate")]
    Empty,
}

impl Trust {
    /// Amazon's own roots.
    pub fn amazon() -> Self {
        Self {
            pem: AMAZON_ROOTS.into(),
        }
    }

    /// The roots in a bundle of PEM certificates, for a proxy or a stand-in with a certificate of its own.
    pub fn from_pem(pem: Vec<u8>) -> Result<Self, InvalidTrust> {
        let mut roots = RootCertStore::empty();
        for (number, certificate) in CertificateDer::pem_slice_iter(&pem).enumerate() {
            let certificate = certificate.map_err(InvalidTrust::Pem)?;
            roots
                .add(certificate)
                .map_err(|error| InvalidTrust::Certificate(number + 1, error))?;
        }
        if roots.is_empty() {
            return Err(InvalidTrust::Empty);
        }
        Ok(Self { pem })
    }

    #[expect(
        clippy::expect_used,
        reason = "a context that only stores its roots has no way to fail, though its signature has"
    )]
    pub(super) fn into_context(self) -> TlsContext {
        TlsContext::builder()
            .with_trust_store(TrustStore::empty().with_pem_certificate(self.pem))
            .build()
            .expect("the roots are only stored")
    }
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trust").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::Trust;

    #[test]
    fn amazons_roots_can_be_used() {
        Trust::from_pem(Trust::amazon().pem).unwrap();
    }
}
