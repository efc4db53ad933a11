#ifndef TUNNEL_H
#define TUNNEL_H

#include "proxy.h"

/* A connection to host and port, through the proxy if there is one. -1: said in the log. */
int tunnel_open(const struct proxy *proxy, const char *host, int port, int interrupt, long long deadline);

#endif
