#ifndef MQTT_CLIENT_H
#define MQTT_CLIENT_H

#include "attempt.h"
#include "one-time-password.h"
#include "text.h"

/*
 * MQTT 5 over a TLS WebSocket. Two builds of this agent have two clients: mosquitto/ uses libmosquitto and libwebsockets,
 * mqtt_websockets/ needs OpenSSL alone.
 */
struct mqtt_client;

#define KEEPALIVE_SECONDS 60

/* What the client tells whoever uses it; all called from mqtt_service. */
struct mqtt_events {
    void *user;
    void (*accepted)(void *user);          /* the broker took our CONNECT */
    void (*confirmed)(void *user, int id); /* PUBACK for what mqtt_publish sent under that id */
    void (*arrived)(void *user, const char *topic, const char *payload, size_t length);
};

struct mqtt_wish {
    const struct attempt *attempt;
    const struct url *broker;
    const struct credentials *credentials;
    const struct text *will; /* the broker sends it to agent-connection when it loses us */
};

/* Begins to connect; what the wish leads to must live as long as the client. NULL: said in the log. */
struct mqtt_client *mqtt_open(const struct mqtt_wish *wish, const struct mqtt_events *events);
/* Waits for something to happen, a second at most, and deals with it. */
void mqtt_service(struct mqtt_client *client);
/* From now on mqtt_service waits 50 ms at most. */
void mqtt_hurry(struct mqtt_client *client);
void mqtt_subscribe(struct mqtt_client *client, const char *topic);
/* With QoS 1. Its message id. */
int mqtt_publish(struct mqtt_client *client, const char *topic, const struct text *payload);
/* DISCONNECT, and then the WebSocket is closed in order. */
void mqtt_disconnect(struct mqtt_client *client);
/* The connection is no more, or cannot be used any more; why is said in the log. */
bool mqtt_ended(const struct mqtt_client *client);
void mqtt_close(struct mqtt_client *client);
/* Makes an mqtt_service that waits return. Safe from any thread, also when there is no client. */
void mqtt_wake(void);

#endif
