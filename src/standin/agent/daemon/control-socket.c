#include "control-socket.h"
#include "control-commands.h"
#include "control-path.h"
#include "directories.h"
#include "log.h"
#include "threads.h"
#include "unix-address.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAXIMUM_COMMAND_BYTES 4096
/* For a client to say what it wants, and again to take the answer; all wait for it meanwhile. */
#define CLIENT_MILLISECONDS 1000

static char *path;
static int listener = -1;

static bool another_answers(const struct sockaddr_un *address)
{
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool answers = descriptor >= 0 && connect(descriptor, (const struct sockaddr *)address, sizeof(*address)) == 0;

    if (descriptor >= 0)
        close(descriptor);
    return answers;
}

int control_socket_open(void)
{
    struct sockaddr_un address;
    int directory, result = -1;

    path = control_path(directories.run);
    if (unix_address(path, &address, &directory)) {
        log_error("The control socket %s cannot be used: %s", path, strerror(errno));
        return -1;
    }
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener >= 0 && another_answers(&address)) {
        log_error("Another agent answers on %s already.", path);
    } else if (listener >= 0) {
        unlink(address.sun_path);
        result = bind(listener, (struct sockaddr *)&address, sizeof(address)) || chmod(address.sun_path, 0660) || listen(listener, 16);
        if (result)
            log_error("The control socket %s cannot be opened: %s", path, strerror(errno));
    }
    if (directory >= 0)
        close(directory);
    return result ? -1 : 0;
}

void control_socket_remove(void)
{
    if (path && listener >= 0)
        unlink(path);
}

/* Waits until the client is ready; false when it is too late or the agent is to end. */
static bool client_ready(int client, short events, long long deadline)
{
    struct pollfd wanted[] = {{client, events, 0}, {stop_descriptor(), POLLIN, 0}};
    long long left = deadline - monotonic_milliseconds();

    return left > 0 && poll(wanted, 2, (int)left) > 0 && wanted[0].revents;
}

static bool receive_command(int client, struct text *command, long long deadline)
{
    char buffer[1024];

    text_add(command, "", 0);
    while (client_ready(client, POLLIN, deadline)) {
        ssize_t length = recv(client, buffer, sizeof(buffer), 0);

        if (length == 0)
            return true;
        if (length < 0 || command->length + (size_t)length > MAXIMUM_COMMAND_BYTES)
            return false;
        text_add(command, buffer, (size_t)length);
    }
    return false;
}

static void serve(int client)
{
    long long deadline = monotonic_milliseconds() + CLIENT_MILLISECONDS;
    struct text command = {0}, answer = {0};

    if (receive_command(client, &command, deadline))
        control_command(command.bytes, &answer);
    deadline = monotonic_milliseconds() + CLIENT_MILLISECONDS;
    while (answer.length && client_ready(client, POLLOUT, deadline)) {
        ssize_t sent = send(client, answer.bytes, answer.length, MSG_NOSIGNAL);

        if (sent < 0)
            break;
        text_drop(&answer, (size_t)sent);
    }
    text_free(&command);
    text_free(&answer);
    close(client);
}

void *control_socket_run(void *unused)
{
    struct pollfd wanted[] = {{listener, POLLIN, 0}, {stop_descriptor(), POLLIN, 0}};

    while (!stop_wanted()) {
        int client = poll(wanted, 2, -1) > 0 && wanted[0].revents ? accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK) : -1;

        if (client >= 0)
            serve(client);
    }
    close(listener);
    return unused;
}
