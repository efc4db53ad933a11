#ifndef LINK_STATUS_H
#define LINK_STATUS_H

#include <stdbool.h>
#include <time.h>

/* What the link's last try, or what ended it, came to. */
enum link_reason {
    LINK_NOT_TRIED,
    LINK_BAD_URL,
    LINK_ENVIRONMENT_UNREACHABLE,
    LINK_ENVIRONMENT_NOT_200,
    LINK_ENVIRONMENT_NOT_JSON,
    LINK_ENVIRONMENT_UNUSABLE,
    LINK_OLD_PROTOCOL,
    LINK_NO_PROTOCOL_CAPABILITY,
    LINK_BAD_AUTHENTICATION_URL,
    LINK_NO_TRANSPORT,
    LINK_BAD_TRANSPORT_URL,
    LINK_CHALLENGE_INVALID,
    LINK_CHALLENGE_NOT_DECRYPTED,
    LINK_PASSWORD_NOT_201,
    LINK_TOPIC_MISSING,
    LINK_BROKER_FAILED,
    LINK_CONNECTED,
    LINK_CLOSED,
};

/* What is known about the Agent-Cloud link. All zero in an agent without Cloud. */
struct link_status {
    bool online; /* between an accepting CONNACK and the loss of the connection */
    bool banned;
    enum link_reason reason;
    unsigned connections;
    unsigned long messages_received, messages_published, pubacks_received;
    time_t last_connect, last_disconnect, next_attempt;
    double last_backoff_seconds;
    const char *proxy; /* none, HTTP or SOCKS5 */
    char node_id[37];
};

struct link_status link_status(void);
/* The status itself, to change it; give it back soon. */
struct link_status *link_status_lock(void);
void link_status_unlock(void);
/* As agents of this version word it in /api/v2/info. */
const char *link_reason_words(enum link_reason reason);

#endif
