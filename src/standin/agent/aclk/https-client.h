#ifndef HTTPS_CLIENT_H
#define HTTPS_CLIENT_H

#include "http-response.h"
#include "proxy.h"
#include "tls.h"

struct https_request {
    const struct proxy *proxy;
    const char *method, *host, *target;
    int port;
    const char *body; /* NULL: none */
    const char *content_type; /* NULL: none is said */
    int interrupt;    /* descriptor that becomes readable when the request is to be given up */
    int milliseconds; /* 0: 30 s */
    struct tls_trust trust;
    const char **why; /* where a failure's reason goes; NULL: nobody wants it */
};

/* One request on a connection of its own. 0: response is filled, whatever its status; free its body. -1: said in the log. */
int https_request(const struct https_request *request, struct http_response *response);

#endif
