#include "websocket-bridge.h"
#include "log.h"
#include "text.h"
#include "threads.h"
#include "tls.h"

#include <errno.h>
#include <libwebsockets.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECT_MILLISECONDS 30000
#define FRAME_BYTES 16384
/* More than this unsent means that the Cloud does not read; more unread, that MQTT does not. */
#define MAXIMUM_WAITING_BYTES (4 * 1024 * 1024)

struct bridge {
    struct bridge_events events;
    struct lws_context *context;
    struct lws *websocket;
    SSL_CTX *tls;
    lws_sorted_usec_list_t timer;
    long tick_milliseconds;
    long long connect_deadline;
    bool stands, ended, finishing;
    int local;
    struct text outbound, inbound;
    char *proxy_address;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct lws_context *waiting;

void bridge_wake(void)
{
    pthread_mutex_lock(&lock);
    if (waiting)
        lws_cancel_service(waiting);
    pthread_mutex_unlock(&lock);
}

static void lose(struct bridge *bridge, const char *why)
{
    if (why && !bridge->ended && !bridge->finishing)
        log_error("The WebSocket to the Cloud is closed: %s", why);
    bridge->ended = true;
}

/* To the local end as much as it takes; the rest stays. */
static void pass_inbound(struct bridge *bridge)
{
    ssize_t passed;

    while (bridge->local >= 0 && bridge->inbound.length) {
        passed = send(bridge->local, bridge->inbound.bytes, bridge->inbound.length, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (passed < 0)
            break;
        text_drop(&bridge->inbound, (size_t)passed);
        bridge->events.arrived(bridge->events.user);
    }
    if (bridge->inbound.length > MAXIMUM_WAITING_BYTES)
        lose(bridge, "MQTT does not take what arrives");
}

/* One frame. Returns what libwebsockets wants to hear: -1 closes the connection. */
static int send_outbound(struct bridge *bridge)
{
    unsigned char frame[LWS_PRE + FRAME_BYTES];
    size_t length = bridge->outbound.length < FRAME_BYTES ? bridge->outbound.length : FRAME_BYTES;

    if (length) {
        memcpy(frame + LWS_PRE, bridge->outbound.bytes, length);
        if (lws_write(bridge->websocket, frame + LWS_PRE, length, LWS_WRITE_BINARY) < (int)length)
            return -1;
        text_drop(&bridge->outbound, length);
    }
    if (bridge->outbound.length || (bridge->finishing && length))
        lws_callback_on_writable(bridge->websocket);
    else if (bridge->finishing) {
        lws_close_reason(bridge->websocket, LWS_CLOSE_STATUS_NORMAL, NULL, 0);
        return -1;
    }
    return 0;
}

static int on_event(struct lws *websocket, enum lws_callback_reasons reason, void *unused, void *bytes, size_t length)
{
    struct bridge *bridge = lws_context_user(lws_get_context(websocket));

    (void)unused;
    switch (reason) {
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
        bridge->stands = true;
        log_info("Websocket Connection Accepted By Server");
        bridge->events.opened(bridge->events.user);
        return 0;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        lose(bridge, bytes ? bytes : "it cannot be opened");
        bridge->websocket = NULL;
        return 0;
    case LWS_CALLBACK_CLIENT_RECEIVE:
        if (!lws_frame_is_binary(websocket)) {
            lose(bridge, "the Cloud sent a text frame");
            return -1;
        }
        text_add(&bridge->inbound, bytes, length);
        pass_inbound(bridge);
        return bridge->ended ? -1 : 0;
    case LWS_CALLBACK_CLIENT_WRITEABLE:
        return send_outbound(bridge);
    case LWS_CALLBACK_CLIENT_CLOSED:
        lose(bridge, "the other side closed it");
        bridge->websocket = NULL;
        return 0;
    default:
        return 0;
    }
}

static const struct lws_protocols protocols[] = {{"mqtt", on_event, 0, FRAME_BYTES, 0, NULL, 0}, {NULL, NULL, 0, 0, 0, NULL, 0}};

static void on_timer(lws_sorted_usec_list_t *timer)
{
    struct bridge *bridge = lws_container_of(timer, struct bridge, timer);

    lws_sul_schedule(bridge->context, 0, timer, on_timer, bridge->tick_milliseconds * LWS_US_PER_MS);
    if (!bridge->stands && monotonic_milliseconds() > bridge->connect_deadline)
        lose(bridge, "it could not be opened in time");
    pass_inbound(bridge);
    bridge->events.ticked(bridge->events.user);
}

static void library_says(int level, const char *line)
{
    (void)level;
    log_error("libwebsockets: %.*s", (int)strcspn(line, "\n"), line);
}

static bool name_proxy(struct bridge *bridge, const struct proxy *proxy, struct lws_context_creation_info *about)
{
    if (proxy->kind == PROXY_NONE)
        return true;
    /* libwebsockets keeps user and password in 96 bytes each, and host names in 128. */
    if (strchr(proxy->host, ':') || strlen(proxy->host) > 120 || (proxy->user && strlen(proxy->user) + strlen(proxy->password) > 90)) {
        log_error("libwebsockets cannot use this proxy: its address is IPv6, or its name, user name or password is too long.");
        return false;
    }
    bridge->proxy_address = proxy->user ? formatted("%s:%s@%s:%d", proxy->user, proxy->password, proxy->host, proxy->port)
                                        : formatted("%s:%d", proxy->host, proxy->port);
    if (proxy->kind == PROXY_HTTP)
        about->http_proxy_address = bridge->proxy_address;
    else
        about->socks_proxy_address = bridge->proxy_address;
    return true;
}

static bool connect_websocket(struct bridge *bridge, const struct url *broker)
{
    struct lws_client_connect_info about = {
        .context = bridge->context, .address = broker->host, .port = broker->port, .path = "/mqtt", .host = broker->host, .origin = broker->host,
        .protocol = "mqtt", .alpn = "http/1.1", .ietf_version_or_minus_one = -1, .pwsi = &bridge->websocket,
        /* Not left out: tls_context checks the name, and IP addresses too, the same way for all connections. */
        .ssl_connection = LCCSCF_USE_SSL | LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK,
    };

    return lws_client_connect_via_info(&about) || !bridge->ended;
}

struct bridge *bridge_open(const struct url *broker, const struct proxy *proxy, const struct bridge_events *events)
{
    struct bridge *bridge = calloc(1, sizeof(*bridge));
    struct lws_context_creation_info about = {0};

    if (!bridge)
        abort();
    *bridge = (struct bridge){.events = *events, .local = -1, .tick_milliseconds = 1000, .connect_deadline = monotonic_milliseconds() + CONNECT_MILLISECONDS};
    lws_set_log_level(LLL_ERR, library_says);
    about.port = CONTEXT_PORT_NO_LISTEN;
    about.protocols = protocols;
    about.user = bridge;
    about.gid = (gid_t)-1;
    about.uid = (uid_t)-1;
    about.fd_limit_per_thread = 16;
    about.timeout_secs = 20;
    about.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT; /* without it, no TLS for clients either */
    bridge->tls = tls_context(broker->host, &(struct tls_trust){0});
    about.provided_client_ssl_ctx = bridge->tls;
    if (bridge->tls && name_proxy(bridge, proxy, &about))
        bridge->context = lws_create_context(&about);
    if (!bridge->context || !connect_websocket(bridge, broker)) {
        if (!bridge->ended)
            log_error("The WebSocket to \"%s\", port %d cannot be prepared.", broker->host, broker->port);
        bridge_close(bridge);
        return NULL;
    }
    lws_sul_schedule(bridge->context, 0, &bridge->timer, on_timer, bridge->tick_milliseconds * LWS_US_PER_MS);
    pthread_mutex_lock(&lock);
    waiting = bridge->context;
    pthread_mutex_unlock(&lock);
    return bridge;
}

void bridge_use(struct bridge *bridge, int local)
{
    bridge->local = local;
    pass_inbound(bridge);
}

void bridge_service(struct bridge *bridge)
{
    if (lws_service(bridge->context, 0) < 0)
        lose(bridge, "libwebsockets gave up");
}

bool bridge_collect(struct bridge *bridge)
{
    char buffer[FRAME_BYTES];
    bool some = false;
    ssize_t length = -1;

    while (bridge->local >= 0 && (length = recv(bridge->local, buffer, sizeof(buffer), MSG_DONTWAIT)) > 0) {
        text_add(&bridge->outbound, buffer, (size_t)length);
        some = true;
    }
    if (bridge->local >= 0 && length == 0) {
        close(bridge->local);
        bridge->local = -1;
        bridge->finishing = true;
    }
    if (bridge->outbound.length > MAXIMUM_WAITING_BYTES)
        lose(bridge, "the Cloud does not take what we send");
    if (bridge->websocket && bridge->stands && (some || bridge->finishing))
        lws_callback_on_writable(bridge->websocket);
    return some;
}

void bridge_hurry(struct bridge *bridge)
{
    bridge->tick_milliseconds = 50;
    lws_sul_schedule(bridge->context, 0, &bridge->timer, on_timer, 1);
}

bool bridge_ended(const struct bridge *bridge)
{
    return bridge->ended;
}

void bridge_close(struct bridge *bridge)
{
    pthread_mutex_lock(&lock);
    waiting = NULL;
    pthread_mutex_unlock(&lock);
    bridge->ended = true; /* what libwebsockets says while it cleans up is no news */
    if (bridge->context) {
        lws_sul_cancel(&bridge->timer);
        lws_context_destroy(bridge->context);
    }
    SSL_CTX_free(bridge->tls);
    if (bridge->local >= 0)
        close(bridge->local);
    text_free(&bridge->outbound);
    text_free(&bridge->inbound);
    free(bridge->proxy_address);
    free(bridge);
}
