#include "mqtt-client.h"
#include "log.h"
#include "packets.h"
#include "threads.h"
#include "websocket.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define OPEN_MILLISECONDS 30000
#define CONNACK_MILLISECONDS 20000
/* Three quarters of the keepalive, as a real agent does. */
#define PING_MILLISECONDS (KEEPALIVE_SECONDS * 750)
#define PINGRESP_MILLISECONDS 20000
#define MAXIMUM_PACKET_BYTES (4 * 1024 * 1024)

struct mqtt_client {
    struct mqtt_events events;
    struct websocket websocket;
    struct text inbound;
    long long last_sent, connack_deadline, pingresp_deadline; /* deadlines: 0 when nothing is awaited */
    unsigned last_id;
    int wait_milliseconds;
    bool leaving, ended;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int wake = -1;

void mqtt_wake(void)
{
    pthread_mutex_lock(&lock);
    if (wake >= 0)
        eventfd_write(wake, 1); /* fails only when it is full, and so readable already */
    pthread_mutex_unlock(&lock);
}

static void change_wake(int descriptor)
{
    pthread_mutex_lock(&lock);
    if (wake >= 0)
        close(wake);
    wake = descriptor;
    pthread_mutex_unlock(&lock);
}

/* One packet in a frame of its own. */
static void send_packet(struct mqtt_client *client, struct text *packet)
{
    websocket_send(&client->websocket, packet->bytes, packet->length);
    text_free(packet);
    client->last_sent = monotonic_milliseconds();
}

static int next_id(struct mqtt_client *client)
{
    client->last_id = client->last_id % 0xffff + 1;
    return (int)client->last_id;
}

void mqtt_subscribe(struct mqtt_client *client, const char *topic)
{
    struct text packet = {0};

    packet_subscribe(&packet, (unsigned)next_id(client), topic);
    send_packet(client, &packet);
}

/* Head and payload in a frame each, as agent 1.37.1 was seen to do: whoever reads it must not count on whole packets. */
int mqtt_publish(struct mqtt_client *client, const char *topic, const struct text *payload)
{
    struct text head = {0};
    int id = next_id(client);

    packet_publish_head(&head, (unsigned)id, topic, payload->length);
    send_packet(client, &head);
    if (payload->length)
        websocket_send(&client->websocket, payload->bytes, payload->length);
    return id;
}

static void end(struct mqtt_client *client, const char *why)
{
    if (!client->ended && !client->leaving)
        log_error("MQTT ended: %s", why);
    client->ended = true;
}

static void take_publish(struct mqtt_client *client, const struct packet *packet)
{
    char *topic = formatted("%.*s", (int)packet->topic_length, packet->topic);
    struct text answer = {0};

    if (packet->id) {
        packet_puback(&answer, packet->id);
        send_packet(client, &answer);
    }
    client->events.arrived(client->events.user, topic, packet->payload, packet->payload_length);
    free(topic);
}

static void take_connack(struct mqtt_client *client, const struct packet *packet)
{
    if (packet->reason) {
        log_error("MQTT CONNACK returned error %u", packet->reason);
        client->ended = true;
        return;
    }
    client->connack_deadline = 0;
    client->events.accepted(client->events.user);
}

static void take_packet(struct mqtt_client *client, const struct packet *packet)
{
    if ((packet->kind == PACKET_CONNACK) != (client->connack_deadline != 0)) {
        end(client, "the broker answers what was not asked");
        return;
    }
    switch (packet->kind) {
    case PACKET_CONNACK:
        take_connack(client, packet);
        return;
    case PACKET_PUBLISH:
        take_publish(client, packet);
        return;
    case PACKET_PUBACK:
        client->events.confirmed(client->events.user, (int)packet->id);
        return;
    case PACKET_SUBACK:
        if (packet->reason >= 0x80)
            log_error("The broker refuses a subscription, code %u.", packet->reason);
        return;
    case PACKET_PINGRESP:
        client->pingresp_deadline = 0;
        return;
    case PACKET_DISCONNECT:
        log_error("The broker ended the MQTT connection, code %u.", packet->reason);
        client->ended = true;
    }
}

static void take_packets(struct mqtt_client *client)
{
    while (!client->ended) {
        struct packet packet;
        enum packet_progress progress = packet_read(&client->inbound, MAXIMUM_PACKET_BYTES, &packet);

        if (progress == PACKET_MORE)
            return;
        if (progress == PACKET_BROKEN) {
            end(client, "the broker sent a broken packet");
            return;
        }
        take_packet(client, &packet);
        text_drop(&client->inbound, packet.size);
    }
}

static void keep_alive(struct mqtt_client *client)
{
    long long now = monotonic_milliseconds();
    struct text packet = {0};

    if (client->connack_deadline && now > client->connack_deadline)
        end(client, "the broker did not answer CONNECT in time");
    if (client->pingresp_deadline && now > client->pingresp_deadline)
        end(client, "the broker did not answer a ping in time");
    if (client->ended || client->leaving || client->connack_deadline || now - client->last_sent < PING_MILLISECONDS)
        return;
    packet_ping(&packet);
    send_packet(client, &packet);
    if (!client->pingresp_deadline)
        client->pingresp_deadline = now + PINGRESP_MILLISECONDS;
}

/* What waits to be sent, and what has arrived. */
static void exchange(struct mqtt_client *client)
{
    bool stands = websocket_exchange(&client->websocket, &client->inbound);

    take_packets(client);
    if (!stands)
        client->ended = true;
}

void mqtt_service(struct mqtt_client *client)
{
    struct pollfd descriptors[] = {{client->websocket.stream.descriptor, client->websocket.wanted, 0}, {wake, POLLIN, 0}};
    eventfd_t count;

    keep_alive(client);
    exchange(client);
    if (client->ended)
        return;
    /* What the events made us say goes out before anything is waited for. */
    if (client->websocket.leaving.length)
        exchange(client);
    descriptors[0].events = client->websocket.wanted;
    if (!client->ended && poll(descriptors, 2, client->websocket.more ? 0 : client->wait_milliseconds) > 0 && descriptors[1].revents)
        eventfd_read(wake, &count);
}

void mqtt_hurry(struct mqtt_client *client)
{
    client->wait_milliseconds = 50;
}

void mqtt_disconnect(struct mqtt_client *client)
{
    struct text packet = {0};

    packet_disconnect(&packet);
    send_packet(client, &packet);
    client->leaving = true;
    websocket_finish(&client->websocket);
}

bool mqtt_ended(const struct mqtt_client *client)
{
    return client->ended;
}

struct mqtt_client *mqtt_open(const struct mqtt_wish *wish, const struct mqtt_events *events)
{
    struct mqtt_client *client = calloc(1, sizeof(*client));
    struct tls_place place = {wish->attempt->proxy, wish->broker->host, wish->broker->port, wish->attempt->interrupt, wish->attempt->trust};
    struct text packet = {0};

    if (!client)
        abort();
    *client = (struct mqtt_client){.events = *events, .wait_milliseconds = 1000};
    if (!websocket_open(&client->websocket, &place, monotonic_milliseconds() + OPEN_MILLISECONDS)) {
        free(client);
        return NULL;
    }
    change_wake(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    packet_connect(&packet, wish->credentials, wish->will, KEEPALIVE_SECONDS);
    send_packet(client, &packet);
    client->connack_deadline = monotonic_milliseconds() + CONNACK_MILLISECONDS;
    return client;
}

void mqtt_close(struct mqtt_client *client)
{
    change_wake(-1);
    websocket_close(&client->websocket);
    text_free(&client->inbound);
    free(client);
}
