#include "claim-state.h"
#include "configuration.h"
#include "directories.h"
#include "generation.h"
#include "log.h"
#include "text.h"

#include <ctype.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define PRIVATE_KEY_BYTES (64 * 1024)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct claim current;
static char *failure;

static char *read_of_claim(const char *name, size_t maximum)
{
    char *path = formatted("%s/%s", directories.cloud, name);
    char *content = read_file(path, maximum);

    if (!content && errno != ENOENT)
        log_error("%s cannot be read: %s", path, strerror(errno));
    free(path);
    return content;
}

static bool take_id(struct claim *claim, char *content)
{
    content[strcspn(content, " \t\r\n")] = '\0';
    if (!is_uuid(content)) {
        log_error("claimed_id \"%s\" doesn't look like valid UUID", content);
        return false;
    }
    for (int i = 0; i < 36; i++)
        claim->id[i] = LOWERS_CLAIM_ID ? (char)tolower((unsigned char)content[i]) : content[i];
    return true;
}

static void load_settings(void)
{
    char *path = formatted("%s/cloud.conf", directories.cloud);

    /* Without the file, what was read from it stays. */
    if (!SETTINGS_IN_NETDATA_CONF && access(path, F_OK) == 0 && configuration_load(CONFIGURATION_CLOUD, path))
        log_error("%s cannot be read: %s", path, strerror(errno));
    free(path);
}

static bool is_yes(const char *value)
{
    static const char *const words[] = {"yes", "true", "on", "auto", "on demand", "1"};

    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (strcasecmp(value, words[i]) == 0)
            return true;
    return false;
}

static bool read_enabled(void)
{
    const char *disabled = getenv("NETDATA_DISABLE_CLOUD");
    char *value;
    bool enabled;

    if (CLOUD_IS_ALWAYS_ON)
        return true;
    if (ENABLED_IS_AUTO && disabled && strcmp(disabled, "1") == 0)
        return false;
    if (SETTINGS_IN_NETDATA_CONF)
        value = configuration_value(CONFIGURATION_NETDATA, "global", "netdata cloud", "coming soon");
    else
        value = configuration_value(CONFIGURATION_CLOUD, "global", "enabled", ENABLED_IS_AUTO ? "auto" : "yes");
    enabled = SETTINGS_IN_NETDATA_CONF ? strcmp(value, "enable") == 0 : is_yes(value);
    free(value);
    return enabled;
}

static char *read_url(void)
{
    char *old, *url;

    if (SETTINGS_IN_NETDATA_CONF)
        return configuration_value(CONFIGURATION_NETDATA, "cloud", "cloud base url", DEFAULT_URL);
    old = configuration_value(CONFIGURATION_CLOUD, "global", "cloud base url", DEFAULT_URL);
    if (!CLAIMS_ITSELF)
        return old;
    url = configuration_value(CONFIGURATION_CLOUD, "global", "url", old);
    free(old);
    return url;
}

static bool read_id(struct claim *claim)
{
    char *id = CLAIMS_ITSELF ? configuration_value(CONFIGURATION_CLOUD, "global", "claimed_id", NULL) : NULL;
    bool claimed = id && take_id(claim, id);

    free(id);
    if (claimed)
        return true;
    id = read_of_claim("claimed_id", 256);
    claimed = id && take_id(claim, id);
    free(id);
    return claimed;
}

/* The caller holds the lock. */
static struct claim read_claim(void)
{
    struct claim claim = {.enabled = read_enabled(), .url = read_url()};
    char *insecure;

    if (!HAVE_CLOUD)
        return claim;
    if (CLAIMS_ITSELF) {
        insecure = configuration_value(CONFIGURATION_CLOUD, "global", "insecure", "no");
        claim.insecure = is_yes(insecure);
        free(insecure);
    }
    if (CLAIMS_ITSELF && current.claimed) {
        claim.claimed = true;
        strcpy(claim.id, current.id);
    } else {
        claim.claimed = read_id(&claim);
    }
    if (current.private_key)
        claim.private_key = copy_of(current.private_key);
    else if (claim.claimed)
        claim.private_key = read_of_claim("private.pem", PRIVATE_KEY_BYTES);
    return claim;
}

static void read_again(void)
{
    struct claim claim;

    pthread_mutex_lock(&lock);
    claim = read_claim();
    claim_free(&current);
    current = claim;
    log_info("This node is %s%s.", claim.claimed ? "claimed as " : "not claimed", claim.id);
    if (claim.claimed && !claim.private_key)
        log_error("The claim has no readable private.pem, so there is no link to the Cloud. Claim this node again.");
    pthread_mutex_unlock(&lock);
}

void claim_state_start(void)
{
    load_settings();
    read_again();
}

void claim_state_reload(void)
{
    if (CLAIMS_ITSELF)
        load_settings();
    read_again();
}

struct claim claim_state(void)
{
    struct claim copy;

    pthread_mutex_lock(&lock);
    copy = current;
    copy.url = copy_of(current.url);
    copy.private_key = current.private_key ? copy_of(current.private_key) : NULL;
    pthread_mutex_unlock(&lock);
    return copy;
}

void claim_free(struct claim *claim)
{
    free(claim->url);
    if (claim->private_key)
        explicit_bzero(claim->private_key, strlen(claim->private_key));
    free(claim->private_key);
    *claim = (struct claim){0};
}

bool claim_equal(const struct claim *a, const struct claim *b)
{
    bool same_key = a->private_key && b->private_key ? !strcmp(a->private_key, b->private_key) : a->private_key == b->private_key;

    return a->enabled == b->enabled && a->insecure == b->insecure && !strcmp(a->id, b->id) && !strcmp(a->url, b->url) && same_key;
}

void claim_failure_set(const char *reason)
{
    char *copy = reason ? copy_of(reason) : NULL;

    pthread_mutex_lock(&lock);
    free(failure);
    failure = copy;
    pthread_mutex_unlock(&lock);
}

char *claim_failure(void)
{
    char *copy;

    pthread_mutex_lock(&lock);
    copy = copy_of(failure ? failure : "Agent is not claimed yet");
    pthread_mutex_unlock(&lock);
    return copy;
}
