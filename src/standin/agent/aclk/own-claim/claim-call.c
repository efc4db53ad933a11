#include "claim-call.h"
#include "claim-answer.h"
#include "claim-proxy.h"
#include "directories.h"
#include "generation.h"
#include "https-client.h"
#include "log.h"
#include "machine-guid.h"
#include "system-facts.h"
#include "threads.h"
#include "url.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define CLAIM_MILLISECONDS 10000

static void add_rooms(struct text *body, const char *rooms)
{
    char *copy = copy_of(rooms), *rest = NULL;
    const char *comma = "";

    for (char *room = strtok_r(copy, ",", &rest); room; room = strtok_r(NULL, ",", &rest)) {
        size_t length;

        room += strspn(room, " \t");
        for (length = strlen(room); length && strchr(" \t", room[length - 1]); length--)
            room[length - 1] = '\0';
        if (!length)
            continue;
        text_format(body, "%s", comma);
        text_json(body, room);
        comma = ",";
    }
    free(copy);
}

static struct text request_body(const struct claim_wish *wish, const char *id, const char *public_key)
{
    struct text body = {0};

    text_format(&body, "{\"node\":{\"id\":\"%s\",\"hostname\":", id);
    text_json(&body, system_facts.hostname);
    text_format(&body, "},\"token\":");
    text_json(&body, wish->token);
    text_format(&body, ",\"rooms\":[");
    add_rooms(&body, wish->rooms);
    text_format(&body, "],\"publicKey\":");
    text_json(&body, public_key);
    text_format(&body, ",\"mGUID\":\"%s\"}", machine_guid());
    return body;
}

/* trusted.pem or cloud_fullchain.pem beside the claim; NULL: neither. */
static char *ca_file(void)
{
    static const char *const names[] = {"trusted.pem", "cloud_fullchain.pem"};

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        char *path = formatted("%s/%s", directories.cloud, names[i]);

        if (access(path, R_OK) == 0)
            return path;
        free(path);
    }
    return NULL;
}

/* Without the user and the password that an agent would show. */
static char *shown(const char *proxy)
{
    const char *scheme = strstr(proxy, "://"), *start = scheme ? scheme + 3 : proxy, *at = strrchr(proxy, '@');

    return at && at > start ? formatted("%.*sX:X%s", (int)(start - proxy), proxy, at) : copy_of(proxy);
}

static char *transport_reason(const struct claim_wish *wish, const char *ca, const char *why)
{
    char *proxy = shown(wish->proxy), *reason;

    if (REASON_NAMES_FILES)
        reason = formatted("Request failed with error: %s\nproxy: '%s',\ninsecure: %s,\npublic key file: '%s/public.pem',\ntrusted key file: '%s'",
                           why, proxy, wish->insecure ? "true" : "false", directories.cloud, ca ? ca : "none");
    else if (REASON_NAMES_PROXY)
        reason = formatted("Request failed with error: %s (proxy is set to '%s')", why, proxy);
    else
        reason = formatted("Request failed with error: %s", why);
    free(proxy);
    return reason;
}

static enum claim_outcome send(const struct claim_wish *wish, const struct https_request *request, char **reason)
{
    struct https_request call = *request;
    struct http_response response;
    const char *why = "";
    enum claim_outcome outcome;

    call.why = &why;
    if (https_request(&call, &response)) {
        *reason = transport_reason(wish, request->trust.ca_file, why);
        return CLAIM_TRY_AGAIN;
    }
    outcome = claim_answer(&response, reason);
    text_free(&response.body);
    return outcome;
}

enum claim_outcome claim_call(const struct claim_wish *wish, const char *id, const char *public_key, char **reason)
{
    struct text body = request_body(wish, id, public_key);
    char *ca = ca_file(), *target;
    struct proxy proxy = {0};
    struct url url = {0};
    size_t length;
    enum claim_outcome outcome = CLAIM_REFUSED;

    *reason = NULL;
    if (strncasecmp(wish->url, "https://", 8) || !url_parse(wish->url, 443, &url)) {
        *reason = transport_reason(wish, ca, "URL using bad/illegal format or missing URL");
    } else if (!claim_proxy(wish->proxy, url.host, &proxy)) {
        *reason = transport_reason(wish, ca, "Unsupported proxy syntax");
    } else {
        length = strlen(url.path);
        target = formatted("%.*s/api/v1/spaces/nodes/%s", (int)(length && url.path[length - 1] == '/' ? length - 1 : length), url.path, id);
        outcome = send(wish, &(struct https_request){
            .proxy = &proxy, .method = "PUT", .host = url.host, .port = url.port, .target = target, .body = body.bytes,
            .content_type = "application/json", .interrupt = stop_descriptor(), .milliseconds = CLAIM_MILLISECONDS,
            .trust = {.ca_file = ca, .anyone = wish->insecure},
        }, reason);
        free(target);
    }
    explicit_bzero(body.bytes, body.length);
    text_free(&body);
    proxy_free(&proxy);
    url_free(&url);
    free(ca);
    return outcome;
}
