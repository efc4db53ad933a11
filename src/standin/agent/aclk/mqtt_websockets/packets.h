#ifndef PACKETS_H
#define PACKETS_H

#include "one-time-password.h"
#include "text.h"

#include <stdint.h>

/* Control packets of MQTT 5 (section 2.1.2), as far as this link needs them. */
enum packet_kind { PACKET_CONNACK = 2, PACKET_PUBLISH = 3, PACKET_PUBACK = 4, PACKET_SUBACK = 9, PACKET_PINGRESP = 13, PACKET_DISCONNECT = 14 };
enum packet_progress { PACKET_MORE, PACKET_WHOLE, PACKET_BROKEN };

/* A packet from the broker; what it points to lies in the bytes it was read from. */
struct packet {
    enum packet_kind kind;
    unsigned id;     /* PUBLISH with QoS 1, PUBACK, SUBACK; otherwise 0 */
    unsigned reason; /* CONNACK, PUBACK, SUBACK (the last one), DISCONNECT */
    const char *topic, *payload;
    size_t topic_length, payload_length;
    size_t size; /* all of it */
};

/* Each adds one packet. */
void packet_connect(struct text *bytes, const struct credentials *credentials, const struct text *will, unsigned keepalive_seconds);
void packet_subscribe(struct text *bytes, unsigned id, const char *topic);
/* All of a PUBLISH with QoS 1 but its payload. */
void packet_publish_head(struct text *bytes, unsigned id, const char *topic, size_t payload_length);
void packet_puback(struct text *bytes, unsigned id);
void packet_ping(struct text *bytes);
void packet_disconnect(struct text *bytes);

/* Looks at the first packet of what has arrived. Longer than limit is broken. */
enum packet_progress packet_read(const struct text *arrived, size_t limit, struct packet *packet);

#endif
