#include "tls-stream.h"
#include "tunnel.h"
#include "wait.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <poll.h>
#include <unistd.h>

bool tls_stream_wait(const struct tls_stream *stream, int result, long long deadline, const char **why)
{
    int error = SSL_get_error(stream->tls, result);
    long verified = SSL_get_verify_result(stream->tls);
    enum waited waited;

    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
        *why = verified != X509_V_OK ? X509_verify_cert_error_string(verified) : tls_failure();
        return false;
    }
    waited = wait_for(stream->descriptor, error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, stream->interrupt, deadline);
    if (waited != WAITED_READY)
        *why = waited_words(waited);
    return waited == WAITED_READY;
}

bool tls_stream_send(const struct tls_stream *stream, const void *bytes, size_t length, long long deadline, const char **why)
{
    const char *at = bytes;

    while (length) {
        int sent = SSL_write(stream->tls, at, (int)length);

        if (sent <= 0 && !tls_stream_wait(stream, sent, deadline, why))
            return false;
        at += sent > 0 ? sent : 0;
        length -= sent > 0 ? (size_t)sent : 0;
    }
    return true;
}

static bool shake_hands(struct tls_stream *stream, const char *host, long long deadline, const char **why)
{
    unsigned char address[16];

    *why = "out of memory";
    stream->tls = SSL_new(stream->context);
    if (!stream->tls || !SSL_set_fd(stream->tls, stream->descriptor))
        return false;
    /* What is left to send grows, and moves, between two calls of SSL_write. */
    SSL_set_mode(stream->tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (inet_pton(AF_INET, host, address) != 1 && inet_pton(AF_INET6, host, address) != 1)
        SSL_set_tlsext_host_name(stream->tls, host);
    for (int result = SSL_connect(stream->tls); result != 1; result = SSL_connect(stream->tls))
        if (!tls_stream_wait(stream, result, deadline, why))
            return false;
    return true;
}

bool tls_stream_open(struct tls_stream *stream, const struct tls_place *place, long long deadline, const char **why)
{
    *stream = (struct tls_stream){.context = tls_context(place->host, &place->trust), .descriptor = -1, .interrupt = place->interrupt};
    *why = NULL;
    ERR_clear_error(); /* what another connection may have left would be taken for our own failure */
    if (stream->context)
        stream->descriptor = tunnel_open(place->proxy, place->host, place->port, place->interrupt, deadline);
    if (stream->descriptor >= 0 && shake_hands(stream, place->host, deadline, why))
        return true;
    tls_stream_close(stream);
    return false;
}

void tls_stream_close(struct tls_stream *stream)
{
    SSL_free(stream->tls);
    SSL_CTX_free(stream->context);
    if (stream->descriptor >= 0)
        close(stream->descriptor);
    *stream = (struct tls_stream){.descriptor = -1};
}
