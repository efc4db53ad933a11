#ifndef TLS_H
#define TLS_H

#include <openssl/ssl.h>

/*
 * How every connection of the link checks who it talks to: the chain up to OpenSSL's default store or SSL_CERT_FILE and
 * SSL_CERT_DIR, nothing else, and the host name. Agents of this generation did not check the name; a stand-in that proves
 * an installation has no reason to be as careless. Give it to SSL_CTX_free. NULL: said in the log.
 */
SSL_CTX *tls_context(const char *host);
/* What OpenSSL has to say about the last failure. */
const char *tls_failure(void);

#endif
