#include "claim-answer.h"
#include "cloud-api.h"

#include <string.h>

static const struct {
    int status;
    enum claim_outcome outcome;
    const char *reason;
} answers[] = {
    {403, CLAIM_REFUSED, "Failed: token is expired, not found, or invalid"},
    {409, CLAIM_REFUSED, "Failed: agent is already claimed"},
    {500, CLAIM_TRY_AGAIN, "Failed: received Internal Server Error"},
    {503, CLAIM_TRY_AGAIN, "Failed: Netdata Cloud is unavailable"},
    {504, CLAIM_TRY_AGAIN, "Failed: Gateway Timeout"},
};

/* Of 422. */
static const struct {
    const char *key, *reason;
} keys[] = {
    {"ErrInvalidNodeID", "Failed: the node id is invalid"},
    {"ErrInvalidNodeName", "Failed: the node name is invalid"},
    {"ErrInvalidRoomID", "Failed: one or more room ids are invalid"},
    {"ErrInvalidPublicKey", "Failed: the public key is invalid"},
};

static char *reason_of_key(const struct text *body)
{
    struct json_object *object = json_tokener_parse(body->bytes);
    const char *key = object ? json_string(object, "errorMsgKey") : NULL;
    char *reason = NULL;

    if (!body->length)
        reason = copy_of("Failed with an empty response, code 422");
    for (size_t i = 0; key && i < sizeof(keys) / sizeof(*keys); i++)
        if (strcmp(key, keys[i].key) == 0)
            reason = copy_of(keys[i].reason);
    if (!reason)
        reason = key ? formatted("Failed with description '%s'", key) : copy_of("Failed with a response code 422");
    json_object_put(object);
    return reason;
}

enum claim_outcome claim_answer(const struct http_response *response, char **reason)
{
    if (response->status == 204)
        return CLAIM_ACCEPTED;
    if (response->status == 422) {
        *reason = reason_of_key(&response->body);
        return CLAIM_REFUSED;
    }
    for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
        if (answers[i].status != response->status)
            continue;
        *reason = copy_of(answers[i].reason);
        return answers[i].outcome;
    }
    *reason = formatted("Failed with response code %d", response->status);
    return CLAIM_TRY_AGAIN;
}
