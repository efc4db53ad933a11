#include "web-request.h"
#include "cloud-api.h"
#include "log.h"
#include "threads.h"
#include "web-answer.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static void add_number(struct json_object *head, const char *name, int64_t value)
{
    json_object_object_add(head, name, json_object_new_int64(value));
}

static void answer(struct session *session, const char *topic, const char *id, const char *request)
{
    struct json_object *head = json_object_new_object();
    struct text response = {0}, payload = {0};
    long long began = monotonic_milliseconds();
    int status = web_answer(&response, request);
    int64_t now = (int64_t)time(NULL);

    json_object_object_add(head, "type", json_object_new_string("http"));
    json_object_object_add(head, "msg-id", json_object_new_string(id));
    add_number(head, "version", 2);
    add_number(head, "timestamp", now);
    add_number(head, "http-code", status);
    add_number(head, "t-exec", (monotonic_milliseconds() - began) * 1000);
    add_number(head, "t-rx", now * 1000000);
    text_format(&payload, "%s\r\n\r\n", json_object_to_json_string_ext(head, JSON_C_TO_STRING_PLAIN));
    text_add(&payload, response.bytes, response.length);
    session_publish_to(session, topic, &payload);
    text_free(&response);
    json_object_put(head);
}

void web_request(struct session *session, const char *payload, size_t length)
{
    char *copy = formatted("%.*s", (int)length, payload), *end = strstr(copy, "\r\n\r\n");
    struct json_object *head;
    const char *type, *topic, *id;

    if (end)
        *end = '\0';
    head = json_tokener_parse(copy);
    type = head ? json_string(head, "type") : NULL;
    topic = head ? json_string(head, "callback-topic") : NULL;
    id = head ? json_string(head, "msg-id") : NULL;
    if (!end || !type || strcmp(type, "http") || !topic || *topic != '/' || !id)
        log_error("The Cloud's command cannot be understood.");
    else
        answer(session, topic, id, end + 4);
    json_object_put(head);
    free(copy);
}
