#include "https-client.h"
#include "log.h"
#include "threads.h"
#include "tls.h"
#include "tunnel.h"
#include "wait.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define REQUEST_MILLISECONDS 30000
/* Of all that a server may send before we take it for hostile: head, body, and the lines between chunks. */
#define MAXIMUM_RESPONSE_BYTES (1024 * 1024)

struct exchange {
    const struct https_request *request;
    SSL *tls;
    int descriptor;
    long long deadline;
};

/* After a TLS call that did not succeed: waits for what it needs. false: it cannot go on, and why says so. */
static bool wait_for_tls(const struct exchange *exchange, int result, const char **why)
{
    int error = SSL_get_error(exchange->tls, result);
    long verified = SSL_get_verify_result(exchange->tls);
    enum waited waited;

    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
        *why = verified != X509_V_OK ? X509_verify_cert_error_string(verified) : tls_failure();
        return false;
    }
    waited = wait_for(exchange->descriptor, error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, exchange->request->interrupt, exchange->deadline);
    if (waited != WAITED_READY)
        *why = waited_words(waited);
    return waited == WAITED_READY;
}

static bool send_request(const struct exchange *exchange, const char **why)
{
    const struct https_request *request = exchange->request;
    const char *brackets = strchr(request->host, ':') ? "[]" : "";
    struct text bytes = {0};
    bool good = true;

    text_format(&bytes, "%s %s HTTP/1.1\r\nHost: %.1s%s%s\r\nUser-Agent: Netdata/rocks newhttpclient\r\n",
                request->method, request->target, brackets, request->host, *brackets ? "]" : "");
    if (request->body)
        text_format(&bytes, "Content-Length: %zu\r\n", strlen(request->body));
    text_format(&bytes, "\r\n%s", request->body ? request->body : "");
    while (good && bytes.length) {
        int sent = SSL_write(exchange->tls, bytes.bytes, (int)bytes.length);

        if (sent > 0)
            text_drop(&bytes, (size_t)sent);
        else
            good = wait_for_tls(exchange, sent, why);
    }
    text_free(&bytes);
    return good;
}

static bool receive_response(const struct exchange *exchange, struct http_response *response, const char **why)
{
    struct text arrived = {0};
    enum http_progress progress = HTTP_MORE;
    char buffer[16384];

    while (progress == HTTP_MORE) {
        int received = SSL_read(exchange->tls, buffer, sizeof(buffer));

        if (received > 0)
            text_add(&arrived, buffer, (size_t)received);
        else if (SSL_get_error(exchange->tls, received) != SSL_ERROR_ZERO_RETURN && !wait_for_tls(exchange, received, why))
            break;
        progress = http_response_read(&arrived, received <= 0 && SSL_get_shutdown(exchange->tls), response);
        if (progress == HTTP_MORE && arrived.length > MAXIMUM_RESPONSE_BYTES)
            progress = HTTP_BROKEN;
    }
    if (progress == HTTP_BROKEN)
        *why = "the answer is no complete HTTP response";
    text_free(&arrived);
    return progress == HTTP_COMPLETE;
}

static int talk(struct exchange *exchange, struct http_response *response)
{
    const struct https_request *request = exchange->request;
    const char *why = "out of memory";
    unsigned char address[16];
    bool good = exchange->tls && SSL_set_fd(exchange->tls, exchange->descriptor);

    if (good && inet_pton(AF_INET, request->host, address) != 1 && inet_pton(AF_INET6, request->host, address) != 1)
        SSL_set_tlsext_host_name(exchange->tls, request->host);
    for (int result = -1; good && result != 1;) {
        result = SSL_connect(exchange->tls);
        if (result != 1)
            good = wait_for_tls(exchange, result, &why);
    }
    good = good && send_request(exchange, &why) && receive_response(exchange, response, &why);
    if (good)
        SSL_shutdown(exchange->tls);
    else
        log_error("HTTPS \"%s\" request to \"%s\" port %d did not succeed: %s", request->method, request->host, request->port, why);
    return good ? 0 : -1;
}

int https_request(const struct https_request *request, struct http_response *response)
{
    struct exchange exchange = {request, NULL, -1, monotonic_milliseconds() + REQUEST_MILLISECONDS};
    SSL_CTX *context = tls_context(request->host);
    int result = -1;

    ERR_clear_error(); /* what libwebsockets may have left would be taken for our own failure */
    if (context)
        exchange.descriptor = tunnel_open(request->proxy, request->host, request->port, request->interrupt, exchange.deadline);
    if (exchange.descriptor >= 0) {
        exchange.tls = SSL_new(context);
        result = talk(&exchange, response);
        SSL_free(exchange.tls);
        close(exchange.descriptor);
    }
    SSL_CTX_free(context);
    if (result == 0)
        log_info("HTTPS \"%s\" request to \"%s\" finished with HTTP code: %d", request->method, request->host, response->status);
    return result;
}
