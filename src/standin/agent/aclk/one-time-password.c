#include "one-time-password.h"
#include "challenge.h"
#include "cloud-api.h"
#include "generation.h"
#include "log.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

static const char *const topic_names[TOPIC_COUNT] = {
    [TOPIC_INBOX] = "inbox-cmd",
    [TOPIC_INBOX_V1] = "inbox-cmd-v1",
    [TOPIC_CONNECTION] = "agent-connection",
    [TOPIC_CREATE_NODE] = "create-node-instance",
    [TOPIC_NODE_CONNECTION] = "node-instance-connection",
    [TOPIC_NODE_INFO] = "node-instance-info",
};

/* A topic with the claim id in the place that the Cloud left for it; NULL when there is no such place. */
static char *fill_in(const char *topic, const char *claim_id)
{
    static const char tag[] = "#{claim_id}";
    const char *place = strstr(topic, tag);

    if (*topic != '/' || !place)
        return NULL;
    return formatted("%.*s%s%s", (int)(place - topic), topic, claim_id, place + sizeof(tag) - 1);
}

static int take_topics(struct json_object *list, const char *claim_id, struct credentials *credentials)
{
    for (int wanted = 0; wanted < TOPIC_COUNT; wanted++) {
        for (size_t i = 0; i < json_object_array_length(list) && !credentials->topics[wanted]; i++) {
            struct json_object *entry = json_object_array_get_idx(list, i);
            const char *name = json_object_is_type(entry, json_type_object) ? json_string(entry, "name") : NULL;
            const char *topic = name && strcmp(name, topic_names[wanted]) == 0 ? json_string(entry, "topic") : NULL;

            if (topic)
                credentials->topics[wanted] = fill_in(topic, claim_id);
        }
        if (credentials->topics[wanted])
            continue;
        log_error("missing compulsory topic \"%s\" in password response from cloud", topic_names[wanted]);
        return -1;
    }
    return 0;
}

static int take(struct json_object *object, const char *claim_id, struct credentials *credentials)
{
    const char *client_id = json_string(object, "clientID"), *user = json_string(object, "username"), *password = json_string(object, "password");
    struct json_object *topics;

    if (!client_id || !user || !password || !json_object_object_get_ex(object, "topics", &topics) || !json_object_is_type(topics, json_type_array)) {
        log_error("The Cloud's password answer lacks clientID, username, password or topics.");
        return -1;
    }
    credentials->client_id = copy_of(client_id);
    credentials->user = copy_of(user);
    credentials->password = copy_of(password);
    return take_topics(topics, claim_id, credentials);
}

static struct json_object *call(struct attempt *attempt, const struct environment *environment, const char *what, const char *body)
{
    const char *prefix = environment->authentication.path;
    size_t length = strlen(prefix);
    char *target;
    struct cloud_request request = {
        .name = what, .method = body ? "POST" : "GET", .server = &environment->authentication, .body = body, .wanted_status = body ? 201 : 200,
    };
    struct json_object *answer;

    while (length && prefix[length - 1] == '/')
        length--;
    target = formatted("%.*s/node/%s/%s", (int)length, prefix, attempt->claim.id, what);
    request.target = target;
    answer = cloud_api(attempt, &request);
    free(target);
    return answer;
}

int one_time_password(struct attempt *attempt, const struct environment *environment, struct credentials *credentials)
{
    struct json_object *challenge = call(attempt, environment, "challenge", NULL), *answer = NULL;
    const char *encrypted = challenge ? json_string(challenge, "challenge") : NULL;
    char *secret = encrypted ? challenge_solve(encrypted, attempt->claim.private_key) : NULL, *body;
    int result = -1;

    *credentials = (struct credentials){0};
    attempt->reason = encrypted ? LINK_CHALLENGE_NOT_DECRYPTED : LINK_CHALLENGE_INVALID;
    if (challenge && !encrypted)
        log_error("The Cloud's challenge answer has no challenge in it.");
    json_object_put(challenge);
    if (secret) {
        log_info("ACLK_OTP Got Challenge from Cloud");
        attempt->reason = LINK_PASSWORD_NOT_201;
        body = PASSWORD_NAMES_VERSION ? formatted("{\"agent_version\":\"%s\", \"response\":\"%s\"}", AGENT_VERSION, secret)
                                      : formatted("{\"response\":\"%s\"}", secret);
        answer = call(attempt, environment, "password", body);
        free(body);
    }
    if (answer) {
        attempt->reason = LINK_TOPIC_MISSING;
        result = take(answer, attempt->claim.id, credentials);
    }
    if (result == 0)
        log_info("ACLK_OTP Got Password from Cloud");
    else
        credentials_free(credentials);
    json_object_put(answer);
    free(secret);
    return result;
}

void credentials_free(struct credentials *credentials)
{
    free(credentials->client_id);
    free(credentials->user);
    free(credentials->password);
    for (int i = 0; i < TOPIC_COUNT; i++)
        free(credentials->topics[i]);
    *credentials = (struct credentials){0};
}
