#include "mqtt-client.h"
#include "conduit.h"
#include "log.h"
#include "threads.h"
#include "websocket-bridge.h"

#include <mosquitto.h>
#include <poll.h>
#include <stdlib.h>

#define CONNACK_MILLISECONDS 20000
/* MQTT 5 values from mqtt_protocol.h, which a bundled libmosquitto need not bring along. */
#define PROTOCOL_MQTT_5 5
#define RETAIN_AS_PUBLISHED 0x08

struct mqtt_client {
    struct mqtt_events events;
    struct mosquitto *mosquitto;
    struct bridge *bridge;
    long long connack_deadline; /* 0: CONNECT is not out yet */
    bool accepted, leaving, failed;
};

static void fail(struct mqtt_client *client, const char *what, int code)
{
    if (!client->failed)
        log_error("%s: %s", what, mosquitto_strerror(code));
    client->failed = true;
}

static void check(struct mqtt_client *client, int code, const char *what)
{
    if (code != MOSQ_ERR_SUCCESS)
        fail(client, what, code);
}

/* Moves bytes between libmosquitto and the bridge until neither has any left. All of it happens in this one thread. */
static void pump(struct mqtt_client *client)
{
    bool moved = true;

    while (moved && !client->failed) {
        int socket = mosquitto_socket(client->mosquitto);
        struct pollfd readable = {socket, POLLIN, 0};
        int code = MOSQ_ERR_SUCCESS;

        if (socket >= 0 && mosquitto_want_write(client->mosquitto))
            code = mosquitto_loop_write(client->mosquitto, 1);
        moved = bridge_collect(client->bridge);
        if (code == MOSQ_ERR_SUCCESS && socket >= 0 && poll(&readable, 1, 0) > 0) {
            code = mosquitto_loop_read(client->mosquitto, 1);
            moved = true;
        }
        if (!client->leaving)
            check(client, code, "MQTT ended");
    }
}

void mqtt_subscribe(struct mqtt_client *client, const char *topic)
{
    check(client, mosquitto_subscribe_v5(client->mosquitto, NULL, topic, 1, RETAIN_AS_PUBLISHED, NULL), "MQTT cannot subscribe");
}

int mqtt_publish(struct mqtt_client *client, const char *topic, const struct text *payload)
{
    int id = 0;

    check(client, mosquitto_publish(client->mosquitto, &id, topic, (int)payload->length, payload->bytes, 1, false), "MQTT cannot publish");
    return id;
}

static void on_connack(struct mosquitto *mosquitto, void *user, int code)
{
    struct mqtt_client *client = user;

    (void)mosquitto;
    if (code == 0) {
        client->accepted = true;
        client->events.accepted(client->events.user);
        return;
    }
    log_error("MQTT CONNACK returned error %d", code);
    client->failed = true;
}

static void on_puback(struct mosquitto *mosquitto, void *user, int id)
{
    struct mqtt_client *client = user;

    (void)mosquitto;
    client->events.confirmed(client->events.user, id);
}

static void on_message(struct mosquitto *mosquitto, void *user, const struct mosquitto_message *message)
{
    struct mqtt_client *client = user;

    (void)mosquitto;
    client->events.arrived(client->events.user, message->topic, message->payload ? message->payload : "", (size_t)message->payloadlen);
}

static void on_disconnect(struct mosquitto *mosquitto, void *user, int code)
{
    struct mqtt_client *client = user;

    (void)mosquitto;
    if (client->leaving || client->failed)
        return;
    log_error("The broker ended the MQTT connection, code %d.", code);
    client->failed = true;
}

/* The WebSocket stands: CONNECT goes out. */
static void on_opened(void *user)
{
    struct mqtt_client *client = user;
    struct conduit conduit;
    int local = -1;

    if (conduit_open(&conduit) == 0) {
        int code = mosquitto_connect(client->mosquitto, conduit.path, 0, KEEPALIVE_SECONDS);

        check(client, code, "MQTT cannot connect");
        if (code == MOSQ_ERR_SUCCESS)
            local = conduit_accept(&conduit);
        else
            conduit_close(&conduit);
    }
    if (local < 0) {
        client->failed = true;
        return;
    }
    client->connack_deadline = monotonic_milliseconds() + CONNACK_MILLISECONDS;
    bridge_use(client->bridge, local);
    pump(client);
}

static void on_arrived(void *user)
{
    pump(user);
}

static void on_tick(void *user)
{
    struct mqtt_client *client = user;

    if (!client->connack_deadline)
        return;
    if (!client->accepted && monotonic_milliseconds() > client->connack_deadline) {
        log_error("The broker did not answer CONNECT in time.");
        client->failed = true;
    }
    if (client->accepted && !client->leaving)
        check(client, mosquitto_loop_misc(client->mosquitto), "MQTT cannot keep the connection alive");
    pump(client);
}

void mqtt_disconnect(struct mqtt_client *client)
{
    client->leaving = true;
    mosquitto_disconnect(client->mosquitto); /* and with it libmosquitto closes its end, which closes the WebSocket */
    pump(client);
}

void mqtt_service(struct mqtt_client *client)
{
    bridge_service(client->bridge);
    if (client->connack_deadline)
        pump(client);
}

void mqtt_hurry(struct mqtt_client *client)
{
    bridge_hurry(client->bridge);
}

bool mqtt_ended(const struct mqtt_client *client)
{
    return client->failed || bridge_ended(client->bridge);
}

void mqtt_wake(void)
{
    bridge_wake();
}

static bool prepare(struct mqtt_client *client, const struct mqtt_wish *wish)
{
    const struct credentials *credentials = wish->credentials;
    const struct text *will = wish->will;
    struct mosquitto *mosquitto = mosquitto_new(credentials->client_id, true, client);

    client->mosquitto = mosquitto;
    if (!mosquitto) {
        log_error("MQTT cannot be prepared with the client id that the Cloud chose.");
        return false;
    }
    check(client, mosquitto_int_option(mosquitto, MOSQ_OPT_PROTOCOL_VERSION, PROTOCOL_MQTT_5), "MQTT cannot speak version 5");
    check(client, mosquitto_username_pw_set(mosquitto, credentials->user, credentials->password), "MQTT cannot use the credentials");
    check(client, mosquitto_will_set(mosquitto, credentials->topics[TOPIC_CONNECTION], (int)will->length, will->bytes, 1, false), "MQTT cannot leave a will");
    mosquitto_connect_callback_set(mosquitto, on_connack);
    mosquitto_publish_callback_set(mosquitto, on_puback);
    mosquitto_message_callback_set(mosquitto, on_message);
    mosquitto_disconnect_callback_set(mosquitto, on_disconnect);
    return !client->failed;
}

struct mqtt_client *mqtt_open(const struct mqtt_wish *wish, const struct mqtt_events *events)
{
    struct mqtt_client *client = calloc(1, sizeof(*client));
    struct bridge_events bridge_events = {client, on_opened, on_arrived, on_tick};

    if (!client)
        abort();
    client->events = *events;
    mosquitto_lib_init();
    if (prepare(client, wish))
        client->bridge = bridge_open(wish->broker, wish->attempt->proxy, &bridge_events);
    if (client->bridge)
        return client;
    mqtt_close(client);
    return NULL;
}

void mqtt_close(struct mqtt_client *client)
{
    if (client->bridge)
        bridge_close(client->bridge);
    if (client->mosquitto)
        mosquitto_destroy(client->mosquitto);
    mosquitto_lib_cleanup();
    free(client);
}
