#ifndef TLS_STREAM_H
#define TLS_STREAM_H

#include "proxy.h"
#include "tls.h"

#include <openssl/ssl.h>
#include <stdbool.h>

struct tls_place {
    const struct proxy *proxy;
    const char *host;
    int port;
    int interrupt; /* descriptor that becomes readable when it is to be given up */
    struct tls_trust trust;
};

/* A connection that speaks TLS. Its socket never blocks. */
struct tls_stream {
    SSL_CTX *context;
    SSL *tls;
    int descriptor, interrupt;
};

/* Connects, through the proxy if there is one. false: nothing is open; why says why, and is NULL when the log says so already. */
bool tls_stream_open(struct tls_stream *stream, const struct tls_place *place, long long deadline, const char **why);
/* After a TLS call that returned result and did not succeed: waits for what it needs. false: it cannot go on, and why says so. */
bool tls_stream_wait(const struct tls_stream *stream, int result, long long deadline, const char **why);
/* Sends all of it. */
bool tls_stream_send(const struct tls_stream *stream, const void *bytes, size_t length, long long deadline, const char **why);
void tls_stream_close(struct tls_stream *stream);

#endif
