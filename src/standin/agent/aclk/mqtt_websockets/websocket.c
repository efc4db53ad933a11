#include "websocket.h"
#include "frames.h"
#include "log.h"
#include "upgrade.h"

#include <openssl/err.h>
#include <poll.h>

/* More than this unsent means that the Cloud does not read. No frame of its own is longer. */
#define MAXIMUM_BYTES (4 * 1024 * 1024)
/* MQTT deals with so much before more is read. */
#define ENOUGH_BYTES (64 * 1024)
#define CLOSE_NORMAL "\x03\xe8" /* 1000 */

bool websocket_open(struct websocket *websocket, const struct tls_place *place, long long deadline)
{
    const char *why;

    *websocket = (struct websocket){.wanted = POLLIN};
    if (!tls_stream_open(&websocket->stream, place, deadline, &why)) {
        if (why)
            log_error("The WebSocket to \"%s\", port %d cannot be opened: %s", place->host, place->port, why);
        return false;
    }
    if (upgrade(&websocket->stream, place->host, deadline, &websocket->arrived, &why)) {
        log_info("Websocket Connection Accepted By Server");
        return true;
    }
    log_error("The WebSocket to \"%s\", port %d cannot be opened: %s", place->host, place->port, why);
    websocket_close(websocket);
    return false;
}

void websocket_send(struct websocket *websocket, const void *bytes, size_t length)
{
    frame_add(&websocket->leaving, FRAME_BINARY, bytes, length);
}

static bool lose(struct websocket *websocket, const char *why)
{
    if (!websocket->finishing)
        log_error("The WebSocket to the Cloud is closed: %s", why);
    return false;
}

/* After a TLS call that did not succeed. false: it was not for want of bytes or room. */
static bool may_go_on(struct websocket *websocket, int result)
{
    int error = SSL_get_error(websocket->stream.tls, result);

    if (error == SSL_ERROR_WANT_WRITE)
        websocket->wanted |= POLLOUT;
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

/* false: the connection ends with this frame. */
static bool take_frame(struct websocket *websocket, const struct frame *frame, struct text *inbound)
{
    switch (frame->kind) {
    case FRAME_BINARY:
    case FRAME_CONTINUATION: /* of a binary message, as text ends the connection; MQTT does not care where frames end */
        text_add(inbound, frame->payload, frame->length);
        return true;
    case FRAME_PING:
        frame_add(&websocket->leaving, FRAME_PONG, frame->payload, frame->length);
        return true;
    case FRAME_PONG:
        return true;
    case FRAME_CLOSE:
        return lose(websocket, "the Cloud closed it");
    default:
        return lose(websocket, frame->kind == FRAME_TEXT ? "the Cloud sent a text frame" : "the Cloud sent a frame of no known kind");
    }
}

static bool take_frames(struct websocket *websocket, struct text *inbound)
{
    for (;;) {
        struct frame frame = {0};
        enum frame_progress progress = frame_read(&websocket->arrived, MAXIMUM_BYTES, &frame);

        if (progress == FRAME_MORE)
            return true;
        if (progress == FRAME_BROKEN)
            return lose(websocket, "the Cloud sent a broken frame");
        if (!take_frame(websocket, &frame, inbound))
            return false;
        text_drop(&websocket->arrived, frame.size);
    }
}

static bool receive(struct websocket *websocket, struct text *inbound)
{
    char buffer[16384];
    int length;

    while ((length = SSL_read(websocket->stream.tls, buffer, sizeof(buffer))) > 0) {
        text_add(&websocket->arrived, buffer, (size_t)length);
        if (!take_frames(websocket, inbound))
            return false;
        websocket->more = inbound->length > ENOUGH_BYTES;
        if (websocket->more)
            return true;
    }
    return may_go_on(websocket, length) || lose(websocket, "the other side closed it");
}

static bool send_leaving(struct websocket *websocket)
{
    while (websocket->leaving.length) {
        int length = SSL_write(websocket->stream.tls, websocket->leaving.bytes, (int)websocket->leaving.length);

        if (length <= 0)
            return may_go_on(websocket, length) || lose(websocket, "it cannot be written to");
        text_drop(&websocket->leaving, (size_t)length);
    }
    return true;
}

bool websocket_exchange(struct websocket *websocket, struct text *inbound)
{
    websocket->wanted = POLLIN;
    websocket->more = false;
    ERR_clear_error();
    if (!receive(websocket, inbound) || !send_leaving(websocket))
        return false;
    if (websocket->leaving.length > MAXIMUM_BYTES)
        return lose(websocket, "the Cloud does not take what we send");
    return true;
}

void websocket_finish(struct websocket *websocket)
{
    websocket->finishing = true;
    frame_add(&websocket->leaving, FRAME_CLOSE, CLOSE_NORMAL, 2);
}

void websocket_close(struct websocket *websocket)
{
    tls_stream_close(&websocket->stream);
    text_free(&websocket->arrived);
    text_free(&websocket->leaving);
}
