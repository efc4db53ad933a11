#include "cloud-api.h"
#include "https-client.h"
#include "log.h"

const char *json_string(struct json_object *object, const char *name)
{
    struct json_object *member;

    if (!json_object_object_get_ex(object, name, &member) || !json_object_is_type(member, json_type_string))
        return NULL;
    return json_object_get_string(member);
}

/* The whole text as one object, with nothing behind it but blanks. */
static struct json_object *parse(const struct text *body)
{
    struct json_tokener *tokener = json_tokener_new();
    struct json_object *object = tokener ? json_tokener_parse_ex(tokener, body->bytes, (int)body->length) : NULL;

    if (object && (json_tokener_get_error(tokener) != json_tokener_success || !json_object_is_type(object, json_type_object))) {
        json_object_put(object);
        object = NULL;
    }
    if (tokener)
        json_tokener_free(tokener);
    return object;
}

static void note_refusal(struct attempt *attempt, struct json_object *refusal)
{
    const char *code = json_string(refusal, "errorCode"), *key = json_string(refusal, "errorMsgKey"), *message = json_string(refusal, "errorMessage");
    struct json_object *member;

    if (!code || !key || !message)
        return;
    attempt->banned = json_object_object_get_ex(refusal, "errorNonRetryable", &member) && json_object_get_boolean(member);
    if (json_object_object_get_ex(refusal, "errorRetryDelaySeconds", &member) && json_object_is_type(member, json_type_int)) {
        int64_t seconds = json_object_get_int64(member);

        attempt->retry_seconds = seconds > 0 && seconds <= 86400 ? (long)seconds : -1;
    }
    log_error("Cloud returned EC=\"%s\", Msg-Key:\"%s\", Msg:\"%s\", BlockRetry:%s, Backoff:%lds (-1 unset by cloud)",
              code, key, message, attempt->banned ? "true" : "false", attempt->retry_seconds);
}

struct json_object *cloud_api(struct attempt *attempt, const struct cloud_request *request)
{
    struct https_request https = {
        .proxy = attempt->proxy, .method = request->method, .host = request->server->host, .port = request->server->port,
        .target = request->target, .body = request->body, .interrupt = attempt->interrupt, .trust = attempt->trust,
    };
    struct http_response response;
    struct json_object *object;

    attempt->answered = ANSWERED_NOT;
    if (https_request(&https, &response))
        return NULL;
    object = parse(&response.body);
    text_free(&response.body);
    if (response.status == request->wanted_status && object)
        return object;
    attempt->answered = response.status == request->wanted_status ? ANSWERED_RUBBISH : ANSWERED_NO;
    if (attempt->answered == ANSWERED_RUBBISH)
        log_error("The Cloud's %s is no JSON object.", request->name);
    else
        log_error("The Cloud's %s came with HTTP code %d, not %d.", request->name, response.status, request->wanted_status);
    if (object && response.status != request->wanted_status)
        note_refusal(attempt, object);
    json_object_put(object);
    return NULL;
}
