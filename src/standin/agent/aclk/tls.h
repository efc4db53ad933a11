#ifndef TLS_H
#define TLS_H

#include <openssl/ssl.h>
#include <stdbool.h>

/* What else than usual a connection takes. */
struct tls_trust {
    const char *ca_file; /* trusts these, and not the default store; NULL: the store */
    bool self_signed;    /* also a certificate that signed itself */
    bool anyone;
};

/*
 * How every connection checks who it talks to: the chain up to OpenSSL's default store or SSL_CERT_FILE and SSL_CERT_DIR, and the
 * host name; or as trust says. Agents did not check the name before 2.10.4; a stand-in that proves an installation has no reason to
 * be as careless. Give it to SSL_CTX_free. NULL: said in the log.
 */
SSL_CTX *tls_context(const char *host, const struct tls_trust *trust);
/* What OpenSSL has to say about the last failure. */
const char *tls_failure(void);

#endif
