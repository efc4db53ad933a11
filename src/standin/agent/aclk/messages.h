#ifndef MESSAGES_H
#define MESSAGES_H

#include "text.h"

#include <stdint.h>

enum update_source { UPDATE_BY_AGENT = 1, UPDATE_BY_WILL = 2 };

/* What every message says about this connection. */
struct message_context {
    const char *claim_id;
    const char *node_id; /* NULL: the Cloud has given none */
    uint64_t session;    /* microseconds since 1970 at its start */
};

/* Payloads of the new protocol; the field numbers are in claiming-and-link, section 7.9. */
struct text message_agent_connection(const struct message_context *context, bool reachable, enum update_source source);
struct text message_create_node(const struct message_context *context);
struct text message_node_connection(const struct message_context *context, bool live);
struct text message_node_info(const struct message_context *context);

#endif
