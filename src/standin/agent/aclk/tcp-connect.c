#include "tcp-connect.h"
#include "log.h"
#include "wait.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int connect_to(const struct addrinfo *address, int interrupt, long long deadline, const char **why)
{
    int on = 1, error = 0, descriptor = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    socklen_t length = sizeof(error);
    enum waited waited = WAITED_READY;

    if (descriptor >= 0 && connect(descriptor, address->ai_addr, address->ai_addrlen) == 0)
        return descriptor;
    if (descriptor < 0 || errno != EINPROGRESS) {
        error = errno;
    } else {
        waited = wait_for(descriptor, POLLOUT, interrupt, deadline);
        if (waited == WAITED_READY)
            getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length);
    }
    if (waited == WAITED_READY && !error) {
        setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        return descriptor;
    }
    *why = waited == WAITED_READY ? strerror(error) : waited_words(waited);
    if (descriptor >= 0)
        close(descriptor);
    return -1;
}

int tcp_connect(const char *host, int port, int interrupt, long long deadline)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV}, *addresses = NULL;
    const char *why = "no address";
    char service[8];
    int code, descriptor = -1;

    snprintf(service, sizeof(service), "%d", port);
    code = getaddrinfo(host, service, &hints, &addresses);
    if (code)
        why = gai_strerror(code);
    for (struct addrinfo *address = addresses; address && descriptor < 0; address = address->ai_next)
        descriptor = connect_to(address, interrupt, deadline, &why);
    if (addresses)
        freeaddrinfo(addresses);
    if (descriptor < 0)
        log_error("Cannot connect to %s port %d: %s", host, port, why);
    return descriptor;
}
