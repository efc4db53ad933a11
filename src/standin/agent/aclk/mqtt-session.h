#ifndef MQTT_SESSION_H
#define MQTT_SESSION_H

#include "messages.h"
#include "one-time-password.h"

struct session;

/* Speaks MQTT with the broker until the link is lost, the Cloud sends us away, or the attempt is stale. */
void mqtt_session(struct attempt *attempt, const struct environment *environment, const struct credentials *credentials);
/* Sends to one of the Cloud's topics, or to a named one, with QoS 1. */
void session_publish(struct session *session, enum topic topic, struct text *payload);
void session_publish_to(struct session *session, const char *topic, struct text *payload);
/* Says goodbye and leaves; the next try comes after so many seconds (0: the usual). */
void session_leave(struct session *session, long reconnect_after_seconds, bool banned);
/* For messages: who we are in this session. */
const struct message_context *session_context(const struct session *session);

#endif
