#include "packets.h"

#include <string.h>

/* First bytes: kind and flags. */
#define CONNECT 0x10
#define PUBLISH_QOS_1 0x32
#define PUBACK 0x40
#define SUBSCRIBE 0x82
#define PINGREQ 0xc0
#define DISCONNECT 0xe0
#define PROTOCOL_VERSION 5
/* User name, password, a will with QoS 2, clean start: what agent 1.37.1 was seen to send. */
#define CONNECT_FLAGS 0xd6
/* QoS 1, retain as published. */
#define SUBSCRIBE_OPTIONS 0x09

static void add_byte(struct text *bytes, unsigned value)
{
    unsigned char byte = (unsigned char)value;

    text_add(bytes, &byte, 1);
}

static void add_pair(struct text *bytes, unsigned value)
{
    add_byte(bytes, value >> 8);
    add_byte(bytes, value & 0xff);
}

/* At most 65535 bytes, as everything is that the Cloud gave us to put in here. */
static void add_string(struct text *bytes, const void *value, size_t length)
{
    add_pair(bytes, (unsigned)length);
    text_add(bytes, value, length);
}

static void add_head(struct text *bytes, unsigned first, size_t length)
{
    add_byte(bytes, first);
    do {
        add_byte(bytes, (unsigned)(length & 0x7f) | (length > 0x7f ? 0x80 : 0));
        length >>= 7;
    } while (length);
}

static void add_packet(struct text *bytes, unsigned first, struct text *body)
{
    add_head(bytes, first, body->length);
    text_add(bytes, body->bytes, body->length);
    text_free(body);
}

void packet_connect(struct text *bytes, const struct credentials *credentials, const struct text *will, unsigned keepalive_seconds)
{
    const char *topic = credentials->topics[TOPIC_CONNECTION];
    struct text body = {0};

    add_string(&body, "MQTT", 4);
    add_byte(&body, PROTOCOL_VERSION);
    add_byte(&body, CONNECT_FLAGS);
    add_pair(&body, keepalive_seconds);
    add_byte(&body, 0); /* no properties */
    add_string(&body, credentials->client_id, strlen(credentials->client_id));
    add_byte(&body, 0); /* no properties of the will */
    add_string(&body, topic, strlen(topic));
    add_string(&body, will->bytes, will->length);
    add_string(&body, credentials->user, strlen(credentials->user));
    add_string(&body, credentials->password, strlen(credentials->password));
    add_packet(bytes, CONNECT, &body);
}

void packet_subscribe(struct text *bytes, unsigned id, const char *topic)
{
    struct text body = {0};

    add_pair(&body, id);
    add_byte(&body, 0); /* no properties */
    add_string(&body, topic, strlen(topic));
    add_byte(&body, SUBSCRIBE_OPTIONS);
    add_packet(bytes, SUBSCRIBE, &body);
}

void packet_publish_head(struct text *bytes, unsigned id, const char *topic, size_t payload_length)
{
    add_head(bytes, PUBLISH_QOS_1, 2 + strlen(topic) + 2 + 1 + payload_length);
    add_string(bytes, topic, strlen(topic));
    add_pair(bytes, id);
    add_byte(bytes, 0); /* no properties */
}

void packet_puback(struct text *bytes, unsigned id)
{
    add_head(bytes, PUBACK, 2);
    add_pair(bytes, id);
}

void packet_ping(struct text *bytes)
{
    add_head(bytes, PINGREQ, 0);
}

void packet_disconnect(struct text *bytes)
{
    add_head(bytes, DISCONNECT, 0);
}
