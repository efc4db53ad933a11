#include "conduit.h"
#include "directories.h"
#include "log.h"
#include "text.h"
#include "unix-address.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static int refuse(void)
{
    log_error("The way between MQTT and the WebSocket cannot be opened in %s: %s", directories.run, strerror(errno));
    return -1;
}

int conduit_open(struct conduit *conduit)
{
    char *path = formatted("%s/mqtt.%d.pipe", directories.run, (int)getpid());
    struct sockaddr_un address;
    int result;

    *conduit = (struct conduit){.listener = -1, .directory = -1};
    result = unix_address(path, &address, &conduit->directory);
    free(path);
    if (result)
        return refuse();
    unlink(address.sun_path);
    conduit->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (conduit->listener < 0 || bind(conduit->listener, (struct sockaddr *)&address, sizeof(address)) ||
        chmod(address.sun_path, 0600) || listen(conduit->listener, 1)) {
        refuse();
        conduit_close(conduit);
        return -1;
    }
    memcpy(conduit->path, address.sun_path, sizeof(conduit->path));
    return 0;
}

int conduit_accept(struct conduit *conduit)
{
    int descriptor = accept4(conduit->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    struct ucred peer = {0};
    socklen_t length = sizeof(peer);

    if (descriptor < 0)
        refuse();
    else if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &length) || peer.pid != getpid()) {
        /* Another process of the same user was quicker. It gets nothing. */
        log_error("Process %d took the way between MQTT and the WebSocket.", (int)peer.pid);
        close(descriptor);
        descriptor = -1;
    }
    conduit_close(conduit);
    return descriptor;
}

void conduit_close(struct conduit *conduit)
{
    if (*conduit->path)
        unlink(conduit->path);
    if (conduit->listener >= 0)
        close(conduit->listener);
    if (conduit->directory >= 0)
        close(conduit->directory);
    *conduit = (struct conduit){.listener = -1, .directory = -1};
}
