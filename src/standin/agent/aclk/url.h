#ifndef URL_H
#define URL_H

#include <stdbool.h>

struct url {
    char *host; /* without the brackets of an IPv6 address */
    int port;
    char *path; /* starts with a slash or is empty; no query is cut off */
};

/* "scheme://host:port/path" with scheme and port optional. The scheme is ignored: the link speaks TLS and nothing else, as a real agent's does. */
bool url_parse(const char *value, int default_port, struct url *url);
void url_free(struct url *url);

#endif
