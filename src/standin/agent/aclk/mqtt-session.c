#include "mqtt-session.h"
#include "cloud-commands.h"
#include "conduit.h"
#include "link-status.h"
#include "log.h"
#include "threads.h"
#include "websocket-bridge.h"

#include <mosquitto.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

#define KEEPALIVE_SECONDS 60
#define CONNACK_MILLISECONDS 20000
/* For the goodbye to be confirmed, and for the WebSocket's own; together less than the two seconds an agent may take to end. */
#define GOODBYE_MILLISECONDS 1000
#define CLOSE_MILLISECONDS 500
/* MQTT 5 values from mqtt_protocol.h, which a bundled libmosquitto need not bring along. */
#define PROTOCOL_MQTT_5 5
#define RETAIN_AS_PUBLISHED 0x08

enum stage { STAGE_OPENING, STAGE_CONNECTING, STAGE_ONLINE, STAGE_LEAVING, STAGE_CLOSING };

struct session {
    struct attempt *attempt;
    const struct credentials *credentials;
    struct message_context context;
    struct mosquitto *mosquitto;
    struct bridge *bridge;
    enum stage stage;
    long long stage_deadline, online_since;
    int goodbye; /* message id of the last UpdateAgentConnection */
    bool goodbye_confirmed, failed;
};

const struct message_context *session_context(const struct session *session)
{
    return &session->context;
}

/* Moves bytes between libmosquitto and the bridge until neither has any left. All of it happens in this one thread. */
static void pump(struct session *session)
{
    bool moved = true;

    while (moved && !session->failed) {
        int socket = mosquitto_socket(session->mosquitto);
        struct pollfd readable = {socket, POLLIN, 0};
        int code = MOSQ_ERR_SUCCESS;

        moved = false;
        if (socket >= 0 && mosquitto_want_write(session->mosquitto))
            code = mosquitto_loop_write(session->mosquitto, 1);
        moved = bridge_collect(session->bridge);
        if (code == MOSQ_ERR_SUCCESS && socket >= 0 && poll(&readable, 1, 0) > 0) {
            code = mosquitto_loop_read(session->mosquitto, 1);
            moved = true;
        }
        if (code == MOSQ_ERR_SUCCESS || session->stage == STAGE_CLOSING)
            continue;
        log_error("MQTT ended: %s", mosquitto_strerror(code));
        session->failed = true;
    }
}

static void check(struct session *session, int code, const char *what)
{
    if (code == MOSQ_ERR_SUCCESS || session->failed)
        return;
    log_error("MQTT cannot %s: %s", what, mosquitto_strerror(code));
    session->failed = true;
}

static int publish(struct session *session, const char *topic, struct text *payload)
{
    int id = 0;

    check(session, mosquitto_publish(session->mosquitto, &id, topic, (int)payload->length, payload->bytes, 1, false), "publish");
    text_free(payload);
    return id;
}

void session_publish_to(struct session *session, const char *topic, struct text *payload)
{
    publish(session, topic, payload);
}

void session_publish(struct session *session, enum topic topic, struct text *payload)
{
    publish(session, session->credentials->topics[topic], payload);
}

static void show_offline(struct session *session)
{
    struct link_status *status = link_status_lock();

    if (status->online)
        status->last_disconnect = time(NULL);
    status->online = false;
    link_status_unlock();
    if (session->online_since)
        session->attempt->online_milliseconds = monotonic_milliseconds() - session->online_since;
    session->online_since = 0;
}

static void begin(struct session *session, enum stage stage, long milliseconds)
{
    session->stage = stage;
    session->stage_deadline = monotonic_milliseconds() + milliseconds;
}

static void go_online(struct session *session)
{
    struct text message = message_agent_connection(&session->context, true, UPDATE_BY_AGENT);
    struct link_status *status;

    check(session, mosquitto_subscribe_v5(session->mosquitto, NULL, session->credentials->topics[TOPIC_INBOX], 1, RETAIN_AS_PUBLISHED, NULL), "subscribe");
    check(session, mosquitto_subscribe_v5(session->mosquitto, NULL, session->credentials->topics[TOPIC_INBOX_V1], 1, RETAIN_AS_PUBLISHED, NULL), "subscribe");
    session_publish(session, TOPIC_CONNECTION, &message);
    session->stage = STAGE_ONLINE;
    session->online_since = monotonic_milliseconds();
    status = link_status_lock();
    status->online = true;
    status->connections++;
    status->last_connect = time(NULL);
    link_status_unlock();
    log_info("ACLK connection successfully established");
}

static void on_connack(struct mosquitto *mosquitto, void *user, int code)
{
    struct session *session = user;

    (void)mosquitto;
    if (code == 0) {
        log_info("MQTT Connection Accepted By Server");
        go_online(session);
        return;
    }
    log_error("MQTT CONNACK returned error %d", code);
    session->failed = true;
}

static void on_puback(struct mosquitto *mosquitto, void *user, int id)
{
    struct session *session = user;

    (void)mosquitto;
    link_status_lock()->pubacks_received++;
    link_status_unlock();
    if (session->stage == STAGE_LEAVING && id == session->goodbye)
        session->goodbye_confirmed = true;
}

static void on_message(struct mosquitto *mosquitto, void *user, const struct mosquitto_message *message)
{
    (void)mosquitto;
    cloud_command(user, message->topic, message->payload ? message->payload : "", (size_t)message->payloadlen);
}

static void on_disconnect(struct mosquitto *mosquitto, void *user, int code)
{
    struct session *session = user;

    (void)mosquitto;
    if (session->stage == STAGE_CLOSING || session->failed)
        return;
    log_error("The broker ended the MQTT connection, code %d.", code);
    session->failed = true;
}

/* The WebSocket stands: CONNECT goes out. */
static void on_opened(void *user)
{
    struct session *session = user;
    struct conduit conduit;
    int local = -1;

    if (conduit_open(&conduit) == 0) {
        int code = mosquitto_connect(session->mosquitto, conduit.path, 0, KEEPALIVE_SECONDS);

        check(session, code, "connect");
        if (code == MOSQ_ERR_SUCCESS)
            local = conduit_accept(&conduit);
        else
            conduit_close(&conduit);
    }
    if (local < 0) {
        session->failed = true;
        return;
    }
    begin(session, STAGE_CONNECTING, CONNACK_MILLISECONDS);
    bridge_use(session->bridge, local);
    pump(session);
}

static void on_arrived(void *user)
{
    pump(user);
}

static void on_tick(void *user)
{
    struct session *session = user;

    if (session->stage == STAGE_CONNECTING && monotonic_milliseconds() > session->stage_deadline) {
        log_error("The broker did not answer CONNECT in time.");
        session->failed = true;
    }
    if (session->stage == STAGE_ONLINE)
        check(session, mosquitto_loop_misc(session->mosquitto), "keep the connection alive");
    if (!session->failed && session->stage >= STAGE_CONNECTING)
        pump(session);
}

void session_leave(struct session *session, long reconnect_after_seconds, bool banned)
{
    struct text message;

    if (session->stage != STAGE_ONLINE)
        return;
    session->attempt->retry_seconds = reconnect_after_seconds > 0 ? reconnect_after_seconds : -1;
    session->attempt->banned = banned;
    begin(session, STAGE_LEAVING, GOODBYE_MILLISECONDS);
    message = message_agent_connection(&session->context, false, UPDATE_BY_AGENT);
    session->goodbye = publish(session, session->credentials->topics[TOPIC_CONNECTION], &message);
    bridge_hurry(session->bridge);
}

/* After the goodbye: DISCONNECT, and with it libmosquitto closes its end, which closes the WebSocket. */
static void disconnect(struct session *session)
{
    show_offline(session);
    begin(session, STAGE_CLOSING, CLOSE_MILLISECONDS);
    mosquitto_disconnect(session->mosquitto);
    pump(session);
}

static bool prepare(struct session *session)
{
    const struct credentials *credentials = session->credentials;
    struct text will = message_agent_connection(&session->context, false, UPDATE_BY_WILL);
    struct mosquitto *mosquitto = mosquitto_new(credentials->client_id, true, session);

    session->mosquitto = mosquitto;
    if (!mosquitto) {
        log_error("MQTT cannot be prepared with the client id that the Cloud chose.");
        text_free(&will);
        return false;
    }
    check(session, mosquitto_int_option(mosquitto, MOSQ_OPT_PROTOCOL_VERSION, PROTOCOL_MQTT_5), "speak version 5");
    check(session, mosquitto_username_pw_set(mosquitto, credentials->user, credentials->password), "use the credentials");
    check(session, mosquitto_will_set(mosquitto, credentials->topics[TOPIC_CONNECTION], (int)will.length, will.bytes, 1, false), "leave a will");
    text_free(&will);
    mosquitto_connect_callback_set(mosquitto, on_connack);
    mosquitto_publish_callback_set(mosquitto, on_puback);
    mosquitto_message_callback_set(mosquitto, on_message);
    mosquitto_disconnect_callback_set(mosquitto, on_disconnect);
    return !session->failed;
}

static void run(struct session *session)
{
    while (!bridge_ended(session->bridge) && !session->failed) {
        bridge_service(session->bridge);
        if (session->stage < STAGE_ONLINE && attempt_is_interrupted(session->attempt))
            return;
        if (session->stage == STAGE_ONLINE && attempt_is_stale(session->attempt)) {
            session_leave(session, 0, false);
            pump(session);
        }
        if (session->stage == STAGE_LEAVING && (session->goodbye_confirmed || monotonic_milliseconds() > session->stage_deadline))
            disconnect(session);
        else if (session->stage == STAGE_CLOSING && monotonic_milliseconds() > session->stage_deadline)
            return;
    }
}

void mqtt_session(struct attempt *attempt, const struct environment *environment, const struct credentials *credentials)
{
    struct timespec now;
    struct session session = {.attempt = attempt, .credentials = credentials, .context = {.claim_id = attempt->claim.id}};
    struct bridge_events events = {&session, on_opened, on_arrived, on_tick};

    clock_gettime(CLOCK_REALTIME, &now);
    session.context.session = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
    mosquitto_lib_init();
    if (prepare(&session))
        session.bridge = bridge_open(&environment->broker, attempt->proxy, &events);
    if (session.bridge) {
        run(&session);
        show_offline(&session);
        bridge_close(session.bridge);
    }
    if (session.mosquitto)
        mosquitto_destroy(session.mosquitto);
    mosquitto_lib_cleanup();
}
