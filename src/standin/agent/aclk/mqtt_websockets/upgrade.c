#include "upgrade.h"
#include "http-response.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#define MAXIMUM_HEAD_BYTES (16 * 1024)

/* Base64 of 16 random bytes. */
static void make_key(char key[25])
{
    unsigned char bytes[16];

    if (RAND_bytes(bytes, sizeof(bytes)) != 1)
        abort();
    EVP_EncodeBlock((unsigned char *)key, bytes, sizeof(bytes));
}

/* Whether this is what RFC 6455, section 4.2.2 makes of the key. */
static bool is_answer(const char *accept, const char *key)
{
    char *proof = formatted("%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
    unsigned char digest[EVP_MAX_MD_SIZE], wanted[EVP_MAX_MD_SIZE * 2];
    bool made = EVP_Digest(proof, strlen(proof), digest, NULL, EVP_sha1(), NULL) == 1;

    free(proof);
    EVP_EncodeBlock(wanted, digest, 20);
    return made && strncmp(accept, (char *)wanted, 28) == 0 && strchr("\r \t", accept[28]);
}

static bool receive_head(const struct tls_stream *stream, long long deadline, struct text *arrived, const char **why)
{
    char buffer[4096];

    text_add(arrived, "", 0);
    while (!strstr(arrived->bytes, "\r\n\r\n")) {
        int received = SSL_read(stream->tls, buffer, sizeof(buffer));

        if (received > 0)
            text_add(arrived, buffer, (size_t)received);
        else if (!tls_stream_wait(stream, received, deadline, why))
            return false;
        if (arrived->length > MAXIMUM_HEAD_BYTES) {
            *why = "the answer to the upgrade is too long";
            return false;
        }
    }
    return true;
}

bool upgrade(const struct tls_stream *stream, const char *host, long long deadline, struct text *rest, const char **why)
{
    const char *brackets = strchr(host, ':') ? "[]" : "", *accept;
    struct text request = {0};
    char key[25];
    bool good;

    make_key(key);
    text_format(&request,
                "GET /mqtt HTTP/1.1\r\nHost: %.1s%s%s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: %s\r\n"
                "Origin: http://example.com\r\nSec-WebSocket-Protocol: mqtt\r\nSec-WebSocket-Version: 13\r\n\r\n",
                brackets, host, *brackets ? "]" : "", key);
    good = tls_stream_send(stream, request.bytes, request.length, deadline, why) && receive_head(stream, deadline, rest, why);
    text_free(&request);
    if (!good)
        return false;
    accept = http_header(rest->bytes, "Sec-WebSocket-Accept");
    if (strncmp(rest->bytes, "HTTP/1.1 101", 12) || !accept || !is_answer(accept, key)) {
        *why = "the Cloud did not answer the upgrade with 101 and the right Sec-WebSocket-Accept";
        return false;
    }
    text_drop(rest, (size_t)(strstr(rest->bytes, "\r\n\r\n") + 4 - rest->bytes));
    return true;
}
