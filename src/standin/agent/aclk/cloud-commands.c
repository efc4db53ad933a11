#include "cloud-commands.h"
#include "link-status.h"
#include "log.h"
#include "machine-guid.h"
#include "node-id.h"
#include "web-request.h"

#include <stdlib.h>
#include <string.h>

static void publish_node(struct session *session, const char *node_id)
{
    struct message_context context = *session_context(session);
    struct text connection, information;

    context.node_id = node_id;
    connection = message_node_connection(&context, true);
    information = message_node_info(&context);
    session_publish(session, TOPIC_NODE_CONNECTION, &connection);
    session_publish(session, TOPIC_NODE_INFO, &information);
}

static void send_node_instances(struct session *session, const char *payload, size_t length)
{
    struct link_status status = link_status();
    char *claim_id = message_read_claim_id(payload, length);
    struct text message;

    if (!claim_id || strcmp(claim_id, session_context(session)->claim_id)) {
        log_error("The Cloud asks for the node instances of another claim.");
    } else if (*status.node_id) {
        publish_node(session, status.node_id);
    } else {
        message = message_create_node(session_context(session));
        session_publish(session, TOPIC_CREATE_NODE, &message);
    }
    free(claim_id);
}

static void create_node_instance_result(struct session *session, const char *payload, size_t length)
{
    struct node_instance instance = {0};

    if (!message_read_node_instance(payload, length, &instance) || strcmp(instance.machine_guid, machine_guid()) || !node_id_store(instance.node_id)) {
        log_error("The Cloud's CreateNodeInstanceResult is broken or for another machine.");
    } else {
        log_info("The Cloud knows this machine as node %s.", instance.node_id);
        publish_node(session, instance.node_id);
    }
    free(instance.node_id);
    free(instance.machine_guid);
}

static void disconnect_request(struct session *session, const char *payload, size_t length)
{
    struct disconnect_order order = {0};

    if (!message_read_disconnect(payload, length, &order))
        log_error("The Cloud's DisconnectReq is broken.");
    else
        log_info("The Cloud asks this agent to disconnect%s and to come back after %llu seconds: %s",
                 order.banned ? " for good" : "", (unsigned long long)order.seconds, order.why);
    free(order.why);
    session_leave(session, order.seconds > 86400 ? 86400 : (long)order.seconds, order.banned);
}

static const struct {
    const char *name;
    void (*run)(struct session *session, const char *payload, size_t length);
} commands[] = {
    {"cmd", web_request},
    {"SendNodeInstances", send_node_instances},
    {"CreateNodeInstanceResult", create_node_instance_result},
    {"DisconnectReq", disconnect_request},
};

void cloud_command(struct session *session, const char *topic, const char *payload, size_t length)
{
    const char *slash = strrchr(topic, '/');

    link_status_lock()->messages_received++;
    link_status_unlock();
    for (size_t i = 0; slash && i < sizeof(commands) / sizeof(*commands); i++) {
        if (strcmp(slash + 1, commands[i].name))
            continue;
        commands[i].run(session, payload, length);
        return;
    }
    log_info("A message of the Cloud that this agent does not know: %s", slash ? slash + 1 : topic);
}
