/**
 * Where systems have the certificates that they trust, in one file: Debian, Ubuntu, Arch and Alpine; Fedora and RHEL; openSUSE; Alpine without its
 * package, FreeBSD and macOS. Source: Go 1.23, src/crypto/x509/root_linux.go and root_bsd.go.
 */
export const systemCertificateFiles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
  '/usr/local/share/certs/ca-root-nss.crt',
] as const;

/** Between the private CA of a Cloud and what the system trusts: readers of PEM pass such lines over. */
export const systemCertificatesFollow =
  '# Below are the certificates of the system: with SSL_CERT_FILE this file is read in the place of theirs.';

/** What an agent's privateCaFile says. */
export function parsePrivateCa(text: string): { pem: string; withSystem: boolean } {
  const [pem = '', rest] = text.split(`\n${systemCertificatesFollow}\n`);
  return { pem, withSystem: rest !== undefined };
}
