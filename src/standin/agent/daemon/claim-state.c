#include "claim-state.h"
#include "config.h"
#include "configuration.h"
#include "directories.h"
#include "log.h"
#include "text.h"

#include <ctype.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DEFAULT_URL "https://app.netdata.cloud"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct claim current;

static char *read_in_cloud(const char *name, size_t maximum)
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
        claim->id[i] = (char)tolower((unsigned char)content[i]);
    return true;
}

static struct claim read_claim(void)
{
    struct claim claim = {0};
    char *enabled, *id, *path = formatted("%s/cloud.conf", directories.cloud);

    if (configuration_load(CONFIGURATION_CLOUD, path) && errno != ENOENT)
        log_error("%s cannot be read: %s", path, strerror(errno));
    free(path);
    enabled = configuration_value(CONFIGURATION_CLOUD, "global", "enabled", "yes");
    claim.enabled = strcasecmp(enabled, "no") && strcasecmp(enabled, "false") && strcmp(enabled, "0");
    claim.url = configuration_value(CONFIGURATION_CLOUD, "global", "cloud base url", DEFAULT_URL);
    free(enabled);
    if (!HAVE_CLOUD)
        return claim;
    id = read_in_cloud("claimed_id", 256);
    claim.claimed = id && take_id(&claim, id);
    free(id);
    if (claim.claimed)
        claim.private_key = read_in_cloud("private.pem", 64 * 1024);
    return claim;
}

void claim_state_reload(void)
{
    struct claim claim = read_claim();

    pthread_mutex_lock(&lock);
    claim_free(&current);
    current = claim;
    pthread_mutex_unlock(&lock);
    log_info("This node is %s%s.", claim.claimed ? "claimed as " : "not claimed", claim.id);
    if (claim.claimed && !claim.private_key)
        log_error("The claim has no readable private.pem, so there is no link to the Cloud. Claim this node again.");
}

struct claim claim_state(void)
{
    struct claim copy;

    pthread_mutex_lock(&lock);
    copy = current;
    copy.url = copy_of(current.url ? current.url : DEFAULT_URL);
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

    return a->enabled == b->enabled && !strcmp(a->id, b->id) && !strcmp(a->url, b->url) && same_key;
}
