#include "tunnel.h"
#include "generation.h"
#include "log.h"
#include "tcp-connect.h"
#include "text.h"
#include "wait.h"

#include <errno.h>
#include <openssl/evp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct tunnel {
    int descriptor;
    int interrupt;
    long long deadline;
};

static bool send_all(const struct tunnel *tunnel, const void *bytes, size_t length)
{
    const char *at = bytes;

    while (length) {
        ssize_t sent = send(tunnel->descriptor, at, length, MSG_NOSIGNAL);

        if (sent < 0 && errno != EAGAIN)
            return false;
        if (sent < 0 && wait_for(tunnel->descriptor, POLLOUT, tunnel->interrupt, tunnel->deadline) != WAITED_READY)
            return false;
        at += sent > 0 ? sent : 0;
        length -= sent > 0 ? (size_t)sent : 0;
    }
    return true;
}

static bool receive_all(const struct tunnel *tunnel, void *bytes, size_t length)
{
    unsigned char *at = bytes;

    while (length) {
        ssize_t received = recv(tunnel->descriptor, at, length, 0);

        if (received == 0 || (received < 0 && errno != EAGAIN))
            return false;
        if (received < 0 && wait_for(tunnel->descriptor, POLLIN, tunnel->interrupt, tunnel->deadline) != WAITED_READY)
            return false;
        at += received > 0 ? received : 0;
        length -= received > 0 ? (size_t)received : 0;
    }
    return true;
}

static void add_basic_credentials(struct text *request, const struct proxy *proxy)
{
    char *pair = formatted("%s:%s", proxy->user, proxy->password);
    unsigned char *encoded = calloc(1, strlen(pair) * 2 + 8);

    if (!encoded)
        abort();
    EVP_EncodeBlock(encoded, (unsigned char *)pair, (int)strlen(pair));
    text_format(request, "Proxy-Authorization: Basic %s\r\n", (char *)encoded);
    free(encoded);
    free(pair);
}

/* Byte by byte, because what follows the empty line belongs to TLS already. */
static const char *http_tunnel(const struct tunnel *tunnel, const struct proxy *proxy, const char *host, int port)
{
    char *place = strchr(host, ':') ? formatted("[%s]:%d", host, port) : formatted("%s:%d", host, port);
    struct text request = {0};
    const char *version = LINK_TAKES_HTTP_1_0 ? "HTTP/1." : "HTTP/1.1";
    char head[4096] = "";
    size_t length = 0;
    bool sent;

    text_format(&request, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n", place, place);
    if (proxy->user)
        add_basic_credentials(&request, proxy);
    text_format(&request, "\r\n");
    sent = send_all(tunnel, request.bytes, request.length);
    text_free(&request);
    free(place);
    while (sent && length < sizeof(head) - 1 && receive_all(tunnel, head + length, 1)) {
        head[++length] = '\0';
        if (length < 4 || strcmp(head + length - 4, "\r\n\r\n"))
            continue;
        if (strncmp(head, version, strlen(version)) == 0 && strncmp(head + 8, " 200", 4) == 0)
            return NULL;
        return strncmp(head + 8, " 407", 4) == 0 ? "it wants a user name and password (407)" : "it did not answer CONNECT with 200 OK";
    }
    return "its answer to CONNECT was not complete";
}

/* RFC 1928; the password part is RFC 1929. */
static const char *socks_tunnel(const struct tunnel *tunnel, const struct proxy *proxy, const char *host, int port)
{
    const unsigned char greeting[] = {5, proxy->user ? 2 : 1, 0, 2};
    size_t host_length = strlen(host), user_length = proxy->user ? strlen(proxy->user) : 0, password_length = proxy->user ? strlen(proxy->password) : 0;
    unsigned char answer[262], request[5 + 255 + 2] = {5, 1, 0, 3, (unsigned char)host_length};

    if (host_length > 255 || user_length > 255 || password_length > 255)
        return "a host name, user name or password is too long for it";
    if (!send_all(tunnel, greeting, proxy->user ? 4 : 3) || !receive_all(tunnel, answer, 2) || answer[0] != 5)
        return "it does not speak SOCKS5";
    if (answer[1] == 2 && proxy->user) {
        struct text login = {0};
        bool sent;

        text_format(&login, "\1%c%s%c%s", (int)user_length, proxy->user, (int)password_length, proxy->password);
        sent = send_all(tunnel, login.bytes, login.length) && receive_all(tunnel, answer, 2);
        text_free(&login);
        if (!sent || answer[1] != 0)
            return "it does not accept the user name and password";
    } else if (answer[1] != 0) {
        return "it wants a user name and password";
    }
    memcpy(request + 5, host, host_length);
    request[5 + host_length] = (unsigned char)(port >> 8);
    request[6 + host_length] = (unsigned char)(port & 0xff);
    if (!send_all(tunnel, request, 7 + host_length) || !receive_all(tunnel, answer, 5))
        return "it ended the conversation";
    if (answer[1] != 0)
        return "it cannot reach that place";
    if (!receive_all(tunnel, answer + 5, (answer[3] == 1 ? 4u : answer[3] == 4 ? 16u : 1u + answer[4]) - 1 + 2))
        return "it ended the conversation";
    return NULL;
}

int tunnel_open(const struct proxy *proxy, const char *host, int port, int interrupt, long long deadline)
{
    struct tunnel tunnel = {.interrupt = interrupt, .deadline = deadline};
    const char *why;

    if (proxy->kind == PROXY_NONE)
        return tcp_connect(host, port, interrupt, deadline);
    tunnel.descriptor = tcp_connect(proxy->host, proxy->port, interrupt, deadline);
    if (tunnel.descriptor < 0)
        return -1;
    why = proxy->kind == PROXY_HTTP ? http_tunnel(&tunnel, proxy, host, port) : socks_tunnel(&tunnel, proxy, host, port);
    if (!why)
        return tunnel.descriptor;
    log_error("The %s proxy %s:%d does not lead to %s:%d: %s.", proxy_label(proxy), proxy->host, proxy->port, host, port, why);
    close(tunnel.descriptor);
    return -1;
}
