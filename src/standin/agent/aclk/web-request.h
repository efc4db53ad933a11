#ifndef WEB_REQUEST_H
#define WEB_REQUEST_H

#include "mqtt-session.h"

/* A GET that the Cloud sends through the link: a JSON head, an empty line, the HTTP request. The answer goes to the topic named in the head. */
void web_request(struct session *session, const char *payload, size_t length);

#endif
