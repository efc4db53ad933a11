#ifndef WEBSOCKET_BRIDGE_H
#define WEBSOCKET_BRIDGE_H

#include "proxy.h"
#include "url.h"

#include <stdbool.h>

/* What the bridge tells whoever uses it; all called from bridge_service. */
struct bridge_events {
    void *user;
    void (*opened)(void *user);  /* the WebSocket stands: give the bridge its local end now */
    void (*arrived)(void *user); /* bytes from the Cloud wait at the other side of the local end */
    void (*ticked)(void *user);  /* once a second, or as bridge_hurry says */
};

/* Carries the bytes of a local stream socket in the binary frames of a TLS WebSocket, and back. */
struct bridge;

/* Begins to connect. NULL: said in the log. */
struct bridge *bridge_open(const struct url *broker, const struct proxy *proxy, const struct bridge_events *events);
void bridge_use(struct bridge *bridge, int local);
/* Waits for something to happen and deals with it. */
void bridge_service(struct bridge *bridge);
/* Takes what was written to the other side of the local end. true: there was something. When that side is closed, the WebSocket is closed in order. */
bool bridge_collect(struct bridge *bridge);
/* From now on ticks come 20 times a second. */
void bridge_hurry(struct bridge *bridge);
/* The WebSocket is no more. */
bool bridge_ended(const struct bridge *bridge);
void bridge_close(struct bridge *bridge);
/* Makes a bridge_service that waits return. Safe from any thread, also when there is no bridge. */
void bridge_wake(void);

#endif
