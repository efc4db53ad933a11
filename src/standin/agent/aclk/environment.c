#include "environment.h"
#include "cloud-api.h"
#include "generation.h"
#include "log.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

static int refuse(struct attempt *attempt, enum link_reason reason, const char *why)
{
    attempt->reason = reason;
    log_error("The Cloud's /env answer cannot be used: %s", why);
    return -1;
}

static bool holds(struct json_object *object, const char *name, const char *wanted)
{
    struct json_object *list;

    if (!json_object_object_get_ex(object, name, &list) || !json_object_is_type(list, json_type_array))
        return false;
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        const char *value = json_object_get_string(json_object_array_get_idx(list, i));

        if (value && strcmp(value, wanted) == 0)
            return true;
    }
    return false;
}

/* The endpoint of the first transport that is MQTT 5; some agents took the first whatever it was. */
static const char *broker_endpoint(struct json_object *object)
{
    struct json_object *list;

    if (!json_object_object_get_ex(object, "transports", &list) || !json_object_is_type(list, json_type_array))
        return NULL;
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        struct json_object *transport = json_object_array_get_idx(list, i);
        const char *type = json_object_is_type(transport, json_type_object) ? json_string(transport, "type") : NULL;

        if (type && (TAKES_FIRST_TRANSPORT || strcmp(type, "MQTTv5") == 0))
            return json_string(transport, "endpoint");
    }
    return NULL;
}

static int backoff_base(struct json_object *object)
{
    struct json_object *backoff, *base;

    if (!json_object_object_get_ex(object, "backoff", &backoff) || !json_object_object_get_ex(backoff, "base", &base))
        return -1;
    return json_object_is_type(base, json_type_int) ? json_object_get_int(base) : -1;
}

static int take(struct json_object *object, struct attempt *attempt, struct environment *environment)
{
    const char *authentication = json_string(object, "authEndpoint"), *encoding = json_string(object, "encoding"), *broker = broker_endpoint(object);
    int base = backoff_base(object);

    if (!encoding || strcmp(encoding, "proto"))
        return refuse(attempt, LINK_OLD_PROTOCOL, "This agent can only use the new cloud protocol but cloud requested old one.");
    if (!holds(object, "capabilities", "proto"))
        return refuse(attempt, LINK_NO_PROTOCOL_CAPABILITY, "its capabilities do not hold proto.");
    if (base < 1 || base > 10)
        return refuse(attempt, LINK_ENVIRONMENT_UNUSABLE, "its backoff base is not from 1 to 10.");
    if (!broker)
        return refuse(attempt, LINK_NO_TRANSPORT, "Cloud /env endpoint didn't return any transport usable by this Agent.");
    if (!authentication || !url_parse(authentication, 443, &environment->authentication))
        return refuse(attempt, LINK_BAD_AUTHENTICATION_URL, "its authEndpoint is no URL.");
    if (!url_parse(broker, 443, &environment->broker))
        return refuse(attempt, LINK_BAD_TRANSPORT_URL, "the endpoint of its transport is no URL.");
    attempt->backoff_base = base;
    return 0;
}

static const enum link_reason reasons[] = {
    [ANSWERED_NOT] = LINK_ENVIRONMENT_UNREACHABLE, [ANSWERED_NO] = LINK_ENVIRONMENT_NOT_200, [ANSWERED_RUBBISH] = LINK_ENVIRONMENT_NOT_JSON,
};

int environment_fetch(struct attempt *attempt, struct environment *environment)
{
    struct url base;
    struct cloud_request request = {.name = "/env answer", .method = "GET", .server = &base, .wanted_status = 200};
    struct json_object *object;
    char *target;
    int result = -1;

    *environment = (struct environment){0};
    if (!url_parse(attempt->claim.url, 443, &base)) {
        attempt->reason = LINK_BAD_URL;
        log_error("The cloud base url \"%s\" is no URL.", attempt->claim.url);
        return -1;
    }
    /* The path of the base URL is for claiming only; real agents drop it here too. */
    target = formatted("/api/v1/env?v=%s&cap=proto,ctx&claim_id=%s", AGENT_VERSION + 1, attempt->claim.id);
    request.target = target;
    object = cloud_api(attempt, &request);
    if (!object)
        attempt->reason = reasons[attempt->answered];
    else
        result = take(object, attempt, environment);
    if (result)
        environment_free(environment);
    else
        log_info("Getting Cloud /env successful");
    json_object_put(object);
    free(target);
    url_free(&base);
    return result;
}

void environment_free(struct environment *environment)
{
    url_free(&environment->authentication);
    url_free(&environment->broker);
}
