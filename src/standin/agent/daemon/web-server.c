#include "web-server.h"
#include "log.h"
#include "threads.h"
#include "web-answer.h"
#include "web-listen.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAXIMUM_CONNECTIONS 64
#define MAXIMUM_REQUEST_BYTES 8192
#define REQUEST_MILLISECONDS 10000

/* Reading its request, writing our response, or waiting a moment for the peer to have read it. */
enum stage { STAGE_FREE, STAGE_READ, STAGE_WRITE, STAGE_LINGER };

struct connection {
    enum stage stage;
    int descriptor;
    long long deadline;
    struct text request, response;
};

static int listeners[MAXIMUM_LISTENERS];
static int listener_count;
static struct connection connections[MAXIMUM_CONNECTIONS];

int web_server_open(void)
{
    listener_count = web_listen(listeners);
    if (listener_count)
        return 0;
    log_error("The web server has no address to listen on. See [web] \"bind to\" and \"default port\" in netdata.conf.");
    return -1;
}

static void end(struct connection *connection)
{
    close(connection->descriptor);
    text_free(&connection->request);
    text_free(&connection->response);
    *connection = (struct connection){0};
}

/* A free place, if need be that of the connection that has been here longest: slow clients must not keep others out. */
static struct connection *place_for_one(void)
{
    struct connection *oldest = &connections[0];

    for (int i = 0; i < MAXIMUM_CONNECTIONS; i++) {
        if (connections[i].stage == STAGE_FREE)
            return &connections[i];
        if (connections[i].deadline < oldest->deadline)
            oldest = &connections[i];
    }
    end(oldest);
    return oldest;
}

static void welcome(int listener)
{
    int descriptor = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (descriptor >= 0)
        *place_for_one() = (struct connection){STAGE_READ, descriptor, monotonic_milliseconds() + REQUEST_MILLISECONDS, {0}, {0}};
}

static void send_more(struct connection *connection)
{
    ssize_t sent = send(connection->descriptor, connection->response.bytes, connection->response.length, MSG_NOSIGNAL);

    if (sent < 0) {
        if (errno != EAGAIN && errno != EINTR)
            end(connection);
        return;
    }
    text_drop(&connection->response, (size_t)sent);
    if (connection->response.length)
        return;
    /* Closing with unread input would reset the connection, and the peer might lose the response. */
    shutdown(connection->descriptor, SHUT_WR);
    connection->stage = STAGE_LINGER;
    connection->deadline = monotonic_milliseconds() + 1000;
}

static void begin_response(struct connection *connection)
{
    connection->stage = STAGE_WRITE;
    send_more(connection);
}

static void receive_more(struct connection *connection)
{
    char buffer[4096];
    ssize_t received = recv(connection->descriptor, buffer, sizeof(buffer), 0);

    if (received <= 0) {
        if (received == 0 || (errno != EAGAIN && errno != EINTR))
            end(connection);
        return;
    }
    if (connection->stage == STAGE_LINGER)
        return;
    text_add(&connection->request, buffer, (size_t)received);
    if (strstr(connection->request.bytes, "\r\n\r\n")) {
        web_answer(&connection->response, connection->request.bytes);
        begin_response(connection);
    } else if (connection->request.length > MAXIMUM_REQUEST_BYTES || memchr(connection->request.bytes, '\0', connection->request.length)) {
        web_refuse(&connection->response, connection->request.length > MAXIMUM_REQUEST_BYTES ? 431 : 400);
        begin_response(connection);
    }
}

static void expire(struct connection *connection)
{
    if (connection->stage != STAGE_READ || !connection->request.length) {
        end(connection);
        return;
    }
    connection->deadline = monotonic_milliseconds() + 1000;
    web_refuse(&connection->response, 408);
    begin_response(connection);
}

static void serve(struct connection *connection, short events)
{
    if (connection->stage == STAGE_WRITE && events)
        send_more(connection);
    else if (events)
        receive_more(connection);
    if (connection->stage != STAGE_FREE && connection->deadline < monotonic_milliseconds())
        expire(connection);
}

void *web_server_run(void *unused)
{
    struct pollfd wanted[1 + MAXIMUM_LISTENERS + MAXIMUM_CONNECTIONS];

    while (!stop_wanted()) {
        struct pollfd *of_connection = wanted + 1 + listener_count;

        wanted[0] = (struct pollfd){stop_descriptor(), POLLIN, 0};
        for (int i = 0; i < listener_count; i++)
            wanted[1 + i] = (struct pollfd){listeners[i], POLLIN, 0};
        for (int i = 0; i < MAXIMUM_CONNECTIONS; i++)
            of_connection[i] = (struct pollfd){connections[i].stage == STAGE_FREE ? -1 : connections[i].descriptor,
                                               connections[i].stage == STAGE_WRITE ? POLLOUT : POLLIN, 0};
        if (poll(wanted, (nfds_t)(1 + listener_count + MAXIMUM_CONNECTIONS), 1000) < 0)
            continue;
        for (int i = 0; i < MAXIMUM_CONNECTIONS; i++)
            if (connections[i].stage != STAGE_FREE)
                serve(&connections[i], of_connection[i].revents);
        for (int i = 0; i < listener_count; i++)
            if (wanted[1 + i].revents)
                welcome(listeners[i]);
    }
    for (int i = 0; i < MAXIMUM_CONNECTIONS; i++)
        if (connections[i].stage != STAGE_FREE)
            end(&connections[i]);
    for (int i = 0; i < listener_count; i++)
        close(listeners[i]);
    return unused;
}
