#include "mqtt-session.h"
#include "cloud-commands.h"
#include "link-status.h"
#include "log.h"
#include "mqtt-client.h"
#include "threads.h"

#include <time.h>

/* For the goodbye to be confirmed, and for the WebSocket's own; together less than the two seconds an agent may take to end. */
#define GOODBYE_MILLISECONDS 1000
#define CLOSE_MILLISECONDS 500

enum stage { STAGE_CONNECTING, STAGE_ONLINE, STAGE_LEAVING, STAGE_CLOSING };

struct session {
    struct attempt *attempt;
    const struct credentials *credentials;
    struct message_context context;
    struct mqtt_client *client;
    enum stage stage;
    long long stage_deadline, online_since;
    int goodbye; /* message id of the last UpdateAgentConnection */
    bool goodbye_confirmed;
};

const struct message_context *session_context(const struct session *session)
{
    return &session->context;
}

static int publish(struct session *session, const char *topic, struct text *payload)
{
    int id = mqtt_publish(session->client, topic, payload);

    link_status_lock()->messages_published++;
    link_status_unlock();
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

    if (status->online) {
        status->last_disconnect = time(NULL);
        session->attempt->reason = LINK_CLOSED;
    }
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

static void on_accepted(void *user)
{
    struct session *session = user;
    struct text message = message_agent_connection(&session->context, true, UPDATE_BY_AGENT);
    struct link_status *status;

    log_info("MQTT Connection Accepted By Server");
    mqtt_subscribe(session->client, session->credentials->topics[TOPIC_INBOX]);
    mqtt_subscribe(session->client, session->credentials->topics[TOPIC_INBOX_V1]);
    session_publish(session, TOPIC_CONNECTION, &message);
    session->stage = STAGE_ONLINE;
    session->online_since = monotonic_milliseconds();
    status = link_status_lock();
    status->online = true;
    status->reason = LINK_CONNECTED;
    status->connections++;
    status->last_connect = time(NULL);
    link_status_unlock();
    log_info("ACLK connection successfully established");
}

static void on_confirmed(void *user, int id)
{
    struct session *session = user;

    link_status_lock()->pubacks_received++;
    link_status_unlock();
    if (session->stage == STAGE_LEAVING && id == session->goodbye)
        session->goodbye_confirmed = true;
}

static void on_arrived(void *user, const char *topic, const char *payload, size_t length)
{
    cloud_command(user, topic, payload, length);
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
    mqtt_hurry(session->client);
}

static void disconnect(struct session *session)
{
    show_offline(session);
    begin(session, STAGE_CLOSING, CLOSE_MILLISECONDS);
    mqtt_disconnect(session->client);
}

static void run(struct session *session)
{
    while (!mqtt_ended(session->client)) {
        mqtt_service(session->client);
        if (session->stage == STAGE_CONNECTING && attempt_is_interrupted(session->attempt))
            return;
        if (session->stage == STAGE_ONLINE && attempt_is_stale(session->attempt))
            session_leave(session, 0, false);
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
    struct mqtt_events events = {&session, on_accepted, on_confirmed, on_arrived};
    struct mqtt_wish wish = {.attempt = attempt, .broker = &environment->broker, .credentials = credentials};
    struct text will;

    clock_gettime(CLOCK_REALTIME, &now);
    session.context.session = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
    will = message_agent_connection(&session.context, false, UPDATE_BY_WILL);
    wish.will = &will;
    attempt->reason = LINK_BROKER_FAILED;
    session.client = mqtt_open(&wish, &events);
    if (session.client) {
        run(&session);
        show_offline(&session);
        mqtt_close(session.client);
    }
    text_free(&will);
}
