#ifndef LINK_STATUS_H
#define LINK_STATUS_H

#include <stdbool.h>
#include <time.h>

/* What is known about the Agent-Cloud link. All zero in an agent without Cloud. */
struct link_status {
    bool online; /* between an accepting CONNACK and the loss of the connection */
    bool banned;
    unsigned connections;
    unsigned long messages_received, pubacks_received;
    time_t last_connect, last_disconnect, next_attempt;
    double last_backoff_seconds;
    const char *proxy; /* none, HTTP or SOCKS5 */
    char node_id[37];
};

struct link_status link_status(void);
/* The status itself, to change it; give it back soon. */
struct link_status *link_status_lock(void);
void link_status_unlock(void);

#endif
