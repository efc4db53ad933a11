#ifndef ONE_TIME_PASSWORD_H
#define ONE_TIME_PASSWORD_H

#include "environment.h"

enum topic { TOPIC_INBOX, TOPIC_INBOX_V1, TOPIC_CONNECTION, TOPIC_CREATE_NODE, TOPIC_NODE_CONNECTION, TOPIC_NODE_INFO, TOPIC_COUNT };

/* What the broker wants to hear, good for one connection. */
struct credentials {
    char *client_id, *user, *password;
    char *topics[TOPIC_COUNT];
};

/* Proves that this node holds the private key of its claim. -1: said in the log. */
int one_time_password(struct attempt *attempt, const struct environment *environment, struct credentials *credentials);
void credentials_free(struct credentials *credentials);

#endif
