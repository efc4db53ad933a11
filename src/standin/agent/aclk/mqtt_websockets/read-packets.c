#include "packets.h"

/* What of a packet's body is not read yet. Once broken, it stays so, and yields zeros. */
struct body {
    const unsigned char *at;
    size_t left;
    bool broken;
};

static bool take(struct body *body, size_t length)
{
    body->broken = body->broken || body->left < length;
    if (body->broken)
        return false;
    body->at += length;
    body->left -= length;
    return true;
}

static unsigned take_byte(struct body *body)
{
    return take(body, 1) ? body->at[-1] : 0;
}

static unsigned take_pair(struct body *body)
{
    unsigned high = take_byte(body);

    return high << 8 | take_byte(body);
}

/* A variable byte integer (MQTT 5, section 1.5.5). */
static size_t take_length(struct body *body)
{
    size_t value = 0;

    for (unsigned shift = 0; shift < 28; shift += 7) {
        unsigned byte = take_byte(body);

        value |= (size_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return value;
    }
    body->broken = true;
    return 0;
}

/* Properties mean nothing to this agent: it offers none that would change what is sent. */
static void skip_properties(struct body *body)
{
    size_t length = take_length(body);

    take(body, length);
}

static void read_publish(struct body *body, unsigned flags, struct packet *packet)
{
    unsigned qos = flags >> 1 & 3;

    packet->topic_length = take_pair(body);
    packet->topic = (const char *)body->at;
    take(body, packet->topic_length);
    if (qos)
        packet->id = take_pair(body);
    skip_properties(body);
    packet->payload = (const char *)body->at;
    packet->payload_length = body->left;
    /* QoS 2 was not subscribed to; without an alias offered, every message names its topic. */
    if (qos > 1 || (qos && !packet->id) || !packet->topic_length)
        body->broken = true;
}

static void read_body(struct body *body, unsigned flags, struct packet *packet)
{
    switch (packet->kind) {
    case PACKET_CONNACK:
        take_byte(body); /* whether a session is present: we asked for none */
        packet->reason = take_byte(body);
        return;
    case PACKET_PUBLISH:
        read_publish(body, flags, packet);
        return;
    case PACKET_PUBACK:
        packet->id = take_pair(body);
        packet->reason = body->left ? take_byte(body) : 0;
        return;
    case PACKET_SUBACK:
        packet->id = take_pair(body);
        skip_properties(body);
        take(body, body->left ? body->left - 1 : 0);
        packet->reason = take_byte(body);
        return;
    case PACKET_DISCONNECT:
        packet->reason = body->left ? take_byte(body) : 0;
        return;
    case PACKET_PINGRESP:
        return;
    default: /* what only a client sends, and what belongs to QoS 2 or AUTH */
        body->broken = true;
    }
}

enum packet_progress packet_read(const struct text *arrived, size_t limit, struct packet *packet)
{
    struct body body = {(const unsigned char *)arrived->bytes, arrived->length, false};
    unsigned first = take_byte(&body);
    size_t length = take_length(&body);

    *packet = (struct packet){.kind = first >> 4};
    /* Five bytes hold any whole fixed header. */
    if (body.broken)
        return arrived->length < 5 ? PACKET_MORE : PACKET_BROKEN;
    if (length > limit)
        return PACKET_BROKEN;
    if (body.left < length)
        return PACKET_MORE;
    packet->size = arrived->length - body.left + length;
    body.left = length;
    read_body(&body, first & 0x0f, packet);
    return body.broken ? PACKET_BROKEN : PACKET_WHOLE;
}
