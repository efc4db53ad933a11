#ifndef WEBSOCKET_H
#define WEBSOCKET_H

#include "text.h"
#include "tls-stream.h"

/* A TLS WebSocket (RFC 6455) that carries bytes in binary frames. */
struct websocket {
    struct tls_stream stream;
    struct text arrived, leaving;
    short wanted; /* what poll is to wait for at stream.descriptor */
    bool more;    /* there may be more to read at once: do not wait */
    bool finishing;
};

/* Connects and upgrades. false: said in the log, and nothing is open. */
bool websocket_open(struct websocket *websocket, const struct tls_place *place, long long deadline);
/* One frame. Leaves with the next websocket_exchange. */
void websocket_send(struct websocket *websocket, const void *bytes, size_t length);
/* Sends and receives what can be without waiting; adds what arrived to inbound. false: the WebSocket is no more, said in the log. */
bool websocket_exchange(struct websocket *websocket, struct text *inbound);
/* Closes it in order: websocket_exchange returns false when the other side has closed it too. */
void websocket_finish(struct websocket *websocket);
void websocket_close(struct websocket *websocket);

#endif
