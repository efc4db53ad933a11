#ifndef HTTPS_CLIENT_H
#define HTTPS_CLIENT_H

#include "http-response.h"
#include "proxy.h"

struct https_request {
    const struct proxy *proxy;
    const char *method, *host, *target;
    int port;
    const char *body; /* NULL: none */
    int interrupt;    /* descriptor that becomes readable when the request is to be given up */
};

/* One request on a connection of its own, 30 s at most. 0: response is filled, whatever its status; free its body. -1: said in the log. */
int https_request(const struct https_request *request, struct http_response *response);

#endif
