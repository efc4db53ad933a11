#include "https-client.h"
#include "log.h"
#include "threads.h"
#include "tls-stream.h"

#include <string.h>

#define REQUEST_MILLISECONDS 30000
/* Of all that a server may send before we take it for hostile: head, body, and the lines between chunks. */
#define MAXIMUM_RESPONSE_BYTES (1024 * 1024)

static bool send_request(const struct tls_stream *stream, const struct https_request *request, long long deadline, const char **why)
{
    const char *brackets = strchr(request->host, ':') ? "[]" : "";
    struct text bytes = {0};
    bool good;

    text_format(&bytes, "%s %s HTTP/1.1\r\nHost: %.1s%s%s\r\nUser-Agent: Netdata/rocks newhttpclient\r\n",
                request->method, request->target, brackets, request->host, *brackets ? "]" : "");
    if (request->body)
        text_format(&bytes, "Content-Length: %zu\r\n", strlen(request->body));
    if (request->content_type)
        text_format(&bytes, "Content-Type: %s\r\n", request->content_type);
    text_format(&bytes, "\r\n%s", request->body ? request->body : "");
    good = tls_stream_send(stream, bytes.bytes, bytes.length, deadline, why);
    text_free(&bytes);
    return good;
}

static bool receive_response(const struct tls_stream *stream, struct http_response *response, long long deadline, const char **why)
{
    struct text arrived = {0};
    enum http_progress progress = HTTP_MORE;
    char buffer[16384];

    while (progress == HTTP_MORE) {
        int received = SSL_read(stream->tls, buffer, sizeof(buffer));

        if (received > 0)
            text_add(&arrived, buffer, (size_t)received);
        else if (SSL_get_error(stream->tls, received) != SSL_ERROR_ZERO_RETURN && !tls_stream_wait(stream, received, deadline, why))
            break;
        progress = http_response_read(&arrived, received <= 0 && SSL_get_shutdown(stream->tls), response);
        if (progress == HTTP_MORE && arrived.length > MAXIMUM_RESPONSE_BYTES)
            progress = HTTP_BROKEN;
    }
    if (progress == HTTP_BROKEN)
        *why = "the answer is no complete HTTP response";
    text_free(&arrived);
    return progress == HTTP_COMPLETE;
}

int https_request(const struct https_request *request, struct http_response *response)
{
    struct tls_place place = {request->proxy, request->host, request->port, request->interrupt, request->trust};
    long long deadline = monotonic_milliseconds() + (request->milliseconds ? request->milliseconds : REQUEST_MILLISECONDS);
    struct tls_stream stream;
    const char *why;
    bool good = tls_stream_open(&stream, &place, deadline, &why);

    if (good) {
        good = send_request(&stream, request, deadline, &why) && receive_response(&stream, response, deadline, &why);
        if (good)
            SSL_shutdown(stream.tls);
        tls_stream_close(&stream);
    }
    if (good)
        log_info("HTTPS \"%s\" request to \"%s\" finished with HTTP code: %d", request->method, request->host, response->status);
    else if (why)
        log_error("HTTPS \"%s\" request to \"%s\" port %d did not succeed: %s", request->method, request->host, request->port, why);
    if (!good && request->why)
        *request->why = why ? why : "Could not connect to server";
    return good ? 0 : -1;
}
