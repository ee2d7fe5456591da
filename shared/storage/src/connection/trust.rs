//! Whose certificates the connection to AWS accepts.

use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, pem::PemObject as _};

/// The roots of Amazon Trust Services, which sign the certificates of all AWS endpoints
/// (<https://www.amazontrust.com/repository/>). A handful is decoded in no time, unlike the hundred and more that a
/// system trusts.
const AMAZON_ROOTS: &str = include_str!("amazon-roots.pem");

/// Root certificates.
#[derive(Debug, Clone)]
pub struct Trust(Roots);

#[derive(Debug, Clone)]
enum Roots {
    /// Not decoded before they are needed.
    Amazon,
    Given(RootCertStore),
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
    pub const fn amazon() -> Self {
        Self(Roots::Amazon)
    }

    /// The roots in a bundle of PEM certificates, for a proxy or a stand-in with a certificate of its own.
    pub fn from_pem(pem: &[u8]) -> Result<Self, InvalidTrust> {
        decode(pem).map(|roots| Self(Roots::Given(roots)))
    }

    #[expect(
        clippy::expect_used,
        reason = "the bundle is part of the program, and a test decodes it"
    )]
    pub(super) fn into_roots(self) -> RootCertStore {
        match self.0 {
            Roots::Amazon => decode(AMAZON_ROOTS.as_bytes()).expect("Amazon's roots can be used"),
            Roots::Given(roots) => roots,
        }
    }
}

fn decode(pem: &[u8]) -> Result<RootCertStore, InvalidTrust> {
    let mut roots = RootCertStore::empty();
    for (number, certificate) in CertificateDer::pem_slice_iter(pem).enumerate() {
        let certificate = certificate.map_err(InvalidTrust::Pem)?;
        roots
            .add(certificate)
            .map_err(|error| InvalidTrust::Certificate(number + 1, error))?;
    }
    if roots.is_empty() {
        return Err(InvalidTrust::Empty);
    }
    Ok(roots)
}

#[cfg(test)]
mod tests {
    use super::Trust;

    #[test]
    fn amazons_roots_can_be_used() {
        assert_eq!(Trust::amazon().into_roots().len(), 5);
    }
}
