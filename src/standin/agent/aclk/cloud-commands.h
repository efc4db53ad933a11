#ifndef CLOUD_COMMANDS_H
#define CLOUD_COMMANDS_H

#include "mqtt-session.h"

/* Does what a message from the Cloud asks for. The last part of the topic is its name. */
void cloud_command(struct session *session, const char *topic, const char *payload, size_t length);

#endif
