#include "http-response.h"
#include "generation.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MAXIMUM_BODY_BYTES (256 * 1024)

const char *http_header(const char *head, const char *name)
{
    size_t length = strlen(name);

    for (const char *line = strstr(head, "\r\n"); line && strncmp(line, "\r\n\r\n", 4); line = strstr(line + 2, "\r\n"))
        if (strncasecmp(line + 2, name, length) == 0 && line[2 + length] == ':')
            return line + 3 + length + strspn(line + 3 + length, " \t");
    return NULL;
}

static enum http_progress read_chunks(const char *at, const char *end, struct text *body)
{
    for (;;) {
        const char *line_end = memmem(at, (size_t)(end - at), "\r\n", 2);
        char *digits_end;
        unsigned long size;

        if (!line_end)
            return end - at > 1024 ? HTTP_BROKEN : HTTP_MORE;
        if (!isxdigit((unsigned char)*at))
            return HTTP_BROKEN;
        size = strtoul(at, &digits_end, 16);
        if (size > MAXIMUM_BODY_BYTES - body->length)
            return HTTP_BROKEN;
        at = line_end + 2;
        if (size == 0) /* trailers mean nothing to us */
            return *at == '\r' || memmem(at, (size_t)(end - at), "\r\n\r\n", 4) ? HTTP_COMPLETE : HTTP_MORE;
        if ((size_t)(end - at) < size + 2)
            return HTTP_MORE;
        if (memcmp(at + size, "\r\n", 2))
            return HTTP_BROKEN;
        text_add(body, at, size);
        at += size + 2;
    }
}

static enum http_progress read_body(const char *head, const char *at, const char *end, bool ended, struct text *body)
{
    const char *encoding = http_header(head, "Transfer-Encoding"), *length = http_header(head, "Content-Length");
    size_t available = (size_t)(end - at);

    if (encoding)
        return strncasecmp(encoding, "chunked", 7) ? HTTP_BROKEN : read_chunks(at, end, body);
    if (length) {
        char *digits = formatted("%.*s", (int)strspn(length, "0123456789"), length);
        long size = parse_number(digits, 0, MAXIMUM_BODY_BYTES, -1);

        free(digits);
        if (size < 0)
            return HTTP_BROKEN;
        if (available < (size_t)size)
            return HTTP_MORE;
        text_add(body, at, (size_t)size);
        return HTTP_COMPLETE;
    }
    if (!ended)
        return available > MAXIMUM_BODY_BYTES ? HTTP_BROKEN : HTTP_MORE;
    text_add(body, at, available);
    return HTTP_COMPLETE;
}

/* A status that comes before the real one, such as 100 Continue. */
static bool is_interim(int status)
{
    return status >= 100 && status < 200 && status != 101;
}

enum http_progress http_response_read(const struct text *arrived, bool ended, struct http_response *response)
{
    const char *version = LINK_TAKES_HTTP_1_0 ? "HTTP/1." : "HTTP/1.1";
    const char *head = arrived->length ? arrived->bytes : "", *end = head + arrived->length, *head_end;
    enum http_progress progress = HTTP_MORE;

    *response = (struct http_response){0};
    do {
        head_end = strstr(head, "\r\n\r\n");
        if (!head_end && (end - head > 16 * 1024 || (end - head >= 8 && strncmp(head, version, strlen(version)))))
            return HTTP_BROKEN;
        if (!head_end)
            return ended ? HTTP_BROKEN : HTTP_MORE;
        if (strncmp(head, version, strlen(version)) || head[8] != ' ' || !isdigit((unsigned char)head[9]))
            return HTTP_BROKEN;
        response->status = atoi(head + 9);
        if (is_interim(response->status))
            head = head_end + 4;
    } while (is_interim(response->status));
    text_add(&response->body, "", 0);
    progress = response->status == 204 ? HTTP_COMPLETE : read_body(head, head_end + 4, end, ended, &response->body);
    if (progress == HTTP_MORE && ended)
        progress = HTTP_BROKEN;
    if (progress != HTTP_COMPLETE)
        text_free(&response->body);
    return progress;
}
