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

/*
 * Payloads of the new protocol; the field numbers are in claiming-and-link, section 7.9. The build with libmosquitto writes
 * and reads them by hand (mosquitto/messages.c), the later ones with libprotobuf (schemas/messages.cc).
 */
struct text message_agent_connection(const struct message_context *context, bool reachable, enum update_source source);
struct text message_create_node(const struct message_context *context);
struct text message_node_connection(const struct message_context *context, bool live);
struct text message_node_info(const struct message_context *context);

/* What the Cloud sends. Strings are in new memory. */
struct node_instance {
    char *node_id, *machine_guid;
};

struct disconnect_order {
    uint64_t seconds; /* until we may come back */
    bool banned;
    char *why;
};

/* Whose node instances SendNodeInstances asks for: a claim id in new memory. NULL: the message is broken. */
char *message_read_claim_id(const char *payload, size_t length);
/* CreateNodeInstanceResult and DisconnectReq. false: broken, and nothing is to be freed. */
bool message_read_node_instance(const char *payload, size_t length, struct node_instance *instance);
bool message_read_disconnect(const char *payload, size_t length, struct disconnect_order *order);

#endif
