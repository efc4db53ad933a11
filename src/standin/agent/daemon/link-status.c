#include "link-status.h"
#include "generation.h"

#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct link_status current = {.proxy = "none"};

/* claiming-and-link, 5.2: up to 2.2.0, and after. */
static const struct {
    const char *code, *phrase;
} words[] = {
    [LINK_NOT_TRIED] = {"none", "not connected yet"},
    [LINK_BAD_URL] = {"invalid_cloud_url", "invalid cloud url"},
    [LINK_ENVIRONMENT_UNREACHABLE] = {"env_endpoint_unreachable", "/env endpoint is unreachable"},
    [LINK_ENVIRONMENT_NOT_200] = {"env_response_not_200", "/env response code is not 200"},
    [LINK_ENVIRONMENT_NOT_JSON] = {"env_response_not_json", "/env response is not JSON"},
    [LINK_ENVIRONMENT_UNUSABLE] = {"env_failed", "/env response is invalid"},
    [LINK_OLD_PROTOCOL] = {"no_old_protocol", "/env response asks for the old protocol"},
    [LINK_NO_PROTOCOL_CAPABILITY] = {"no_protocol_capability", "/env response lacks the protocol capability"},
    [LINK_BAD_AUTHENTICATION_URL] = {"invalid_env_auth_url", "/env response has an invalid auth url"},
    [LINK_NO_TRANSPORT] = {"invalid_env_transport_idx", "/env response has no usable transport"},
    [LINK_BAD_TRANSPORT_URL] = {"invalid_env_transport_url", "/env response has an invalid transport url"},
    [LINK_CHALLENGE_INVALID] = {"invalid_otp", "otp challenge response is invalid"},
    [LINK_CHALLENGE_NOT_DECRYPTED] = {"invalid_otp", "otp challenge decryption failed"},
    [LINK_PASSWORD_NOT_201] = {"invalid_otp", "otp password response is not http/201"},
    [LINK_TOPIC_MISSING] = {"no_lwt_topic", "can't connect, no LWT topic"},
    [LINK_BROKER_FAILED] = {"none", "can't connect"},
    [LINK_CONNECTED] = {"connected", "connected"},
    [LINK_CLOSED] = {"none", "disconnected, closed by remote end"},
};

const char *link_reason_words(enum link_reason reason)
{
    return REASONS_ARE_PHRASES ? words[reason].phrase : words[reason].code;
}

struct link_status link_status(void)
{
    struct link_status copy;

    pthread_mutex_lock(&lock);
    copy = current;
    pthread_mutex_unlock(&lock);
    return copy;
}

struct link_status *link_status_lock(void)
{
    pthread_mutex_lock(&lock);
    return &current;
}

void link_status_unlock(void)
{
    pthread_mutex_unlock(&lock);
}
