#include "web-listen.h"
#include "configuration.h"
#include "log.h"
#include "text.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int listen_at(const struct addrinfo *address)
{
    int on = 1, descriptor = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (descriptor < 0)
        return -1;
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (address->ai_family == AF_INET6)
        setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
    if (bind(descriptor, address->ai_addr, address->ai_addrlen) == 0 && listen(descriptor, 64) == 0)
        return descriptor;
    close(descriptor);
    return -1;
}

/* "*", "name", "1.2.3.4:port" or "[::1]:port", perhaps with "=permissions" behind it → host and port, in place. NULL host: every address. */
static void split(char *place, char **host, char **port)
{
    char *permissions = strchr(place, '='), *end;

    /* They say who may ask what, and all may ask this agent everything. */
    if (permissions)
        *permissions = '\0';
    end = *place == '[' ? strchr(place, ']') : strchr(place, ':');

    *host = *place == '[' ? place + 1 : place;
    if (end && *end == ']')
        *end++ = '\0';
    if (end && *end == ':') {
        *end = '\0';
        *port = end + 1;
    }
    if (strcmp(*host, "*") == 0)
        *host = NULL;
}

static int listen_on(char *place, char *port, int descriptors[], int count)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV}, *addresses = NULL;
    char *host;
    int code;

    split(place, &host, &port);
    code = getaddrinfo(host, port, &hints, &addresses);
    if (code)
        log_error("The web server cannot use the address \"%s\" port %s: %s", host ? host : "*", port, gai_strerror(code));
    for (struct addrinfo *address = addresses; address && count < MAXIMUM_LISTENERS; address = address->ai_next) {
        int descriptor = listen_at(address);

        if (descriptor >= 0)
            descriptors[count++] = descriptor;
        else if (errno != EAFNOSUPPORT && errno != EADDRNOTAVAIL)
            log_error("The web server cannot listen on \"%s\" port %s: %s", host ? host : "*", port, strerror(errno));
    }
    if (addresses)
        freeaddrinfo(addresses);
    return count;
}

int web_listen(int descriptors[MAXIMUM_LISTENERS])
{
    char *places = configuration_value(CONFIGURATION_NETDATA, "web", "bind to", "127.0.0.1");
    char *port = configuration_value(CONFIGURATION_NETDATA, "web", "default port", "19999");
    char *rest = NULL;
    int count = 0;

    for (char *place = strtok_r(places, " \t,", &rest); place; place = strtok_r(NULL, " \t,", &rest))
        count = listen_on(place, port, descriptors, count);
    if (count)
        log_info("The web server listens on \"%s\", default port %s.", places, port);
    free(places);
    free(port);
    return count;
}
