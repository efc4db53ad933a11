#include "messages.h"
#include "config.h"
#include "machine-guid.h"
#include "protobuf.h"
#include "system-facts.h"

#include <stdio.h>
#include <time.h>

static void add_now(struct text *message, unsigned field)
{
    struct timespec now;
    struct text moment = {0};

    clock_gettime(CLOCK_REALTIME, &now);
    protobuf_number(&moment, 1, (uint64_t)now.tv_sec);
    protobuf_number(&moment, 2, (uint64_t)now.tv_nsec);
    protobuf_message(message, field, &moment);
}

/* All that this agent can do is speak the protocol. */
static void add_capabilities(struct text *message, unsigned field)
{
    struct text capability = {0};

    protobuf_string(&capability, 1, "proto");
    protobuf_number(&capability, 2, 1);
    protobuf_number(&capability, 3, 1);
    protobuf_message(message, field, &capability);
}

static void add_label(struct text *message, unsigned field, const char *name, const char *value)
{
    struct text label = {0};

    protobuf_string(&label, 1, name);
    protobuf_string(&label, 2, value);
    protobuf_message(message, field, &label);
}

struct text message_agent_connection(const struct message_context *context, bool reachable, enum update_source source)
{
    struct text message = {0};

    protobuf_string(&message, 1, context->claim_id);
    protobuf_number(&message, 2, reachable);
    protobuf_number(&message, 3, context->session);
    protobuf_number(&message, 4, source);
    add_now(&message, 6);
    if (source == UPDATE_BY_AGENT)
        add_capabilities(&message, 17);
    return message;
}

struct text message_create_node(const struct message_context *context)
{
    struct text message = {0};

    protobuf_string(&message, 1, context->claim_id);
    protobuf_string(&message, 2, machine_guid());
    protobuf_string(&message, 3, system_facts.hostname);
    return message;
}

struct text message_node_connection(const struct message_context *context, bool live)
{
    struct text message = {0};

    protobuf_string(&message, 1, context->claim_id);
    protobuf_string(&message, 2, context->node_id);
    protobuf_number(&message, 3, live);
    protobuf_number(&message, 4, live);
    protobuf_number(&message, 5, context->session);
    add_now(&message, 6);
    add_capabilities(&message, 10);
    return message;
}

static struct text node_facts(void)
{
    struct text facts = {0};
    char memory[32];

    snprintf(memory, sizeof(memory), "%llu", system_facts.memory_bytes);
    protobuf_string(&facts, 1, system_facts.hostname);
    protobuf_string(&facts, 2, "linux");
    protobuf_string(&facts, 3, system_facts.os_name);
    protobuf_string(&facts, 4, system_facts.os_version);
    protobuf_string(&facts, 5, system_facts.kernel_name);
    protobuf_string(&facts, 6, system_facts.kernel_version);
    protobuf_string(&facts, 7, system_facts.architecture);
    protobuf_number(&facts, 8, (uint64_t)system_facts.processors);
    protobuf_string(&facts, 10, memory);
    protobuf_string(&facts, 12, AGENT_VERSION);
    protobuf_string(&facts, 13, "stable");
    protobuf_string(&facts, 14, system_facts.timezone);
    protobuf_string(&facts, 19, machine_guid());
    add_label(&facts, 21, "_install_type", system_facts.install_type);
    add_label(&facts, 21, "_is_standin", "true");
    return facts;
}

struct text message_node_info(const struct message_context *context)
{
    struct text message = {0}, facts = node_facts();

    protobuf_string(&message, 1, context->claim_id);
    protobuf_message(&message, 2, &facts);
    add_now(&message, 3);
    protobuf_number(&message, 4, context->session);
    protobuf_string(&message, 5, machine_guid());
    protobuf_string(&message, 7, context->node_id);
    return message;
}

char *message_read_claim_id(const char *payload, size_t length)
{
    return protobuf_find_string(payload, length, 1);
}

bool message_read_node_instance(const char *payload, size_t length, struct node_instance *instance)
{
    instance->node_id = protobuf_find_string(payload, length, 1);
    if (!instance->node_id)
        return false;
    instance->machine_guid = protobuf_find_string(payload, length, 2);
    return true;
}

bool message_read_disconnect(const char *payload, size_t length, struct disconnect_order *order)
{
    order->why = protobuf_find_string(payload, length, 5);
    if (!order->why)
        return false;
    order->seconds = protobuf_find_number(payload, length, 1);
    order->banned = protobuf_find_number(payload, length, 2);
    return true;
}
