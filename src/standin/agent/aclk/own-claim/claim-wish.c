#include "claim-wish.h"
#include "claim-state.h"
#include "configuration.h"
#include "directories.h"
#include "generation.h"
#include "log.h"
#include "text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define FILE_BYTES (64 * 1024)

static char *of_claim_conf(const char *key, const char *fallback)
{
    return configuration_value(CONFIGURATION_CLAIM, "global", key, fallback);
}

static void read_claim_conf(struct claim_wish *wish)
{
    char *path = formatted("%s/claim.conf", directories.config), *insecure;

    if (configuration_load(CONFIGURATION_CLAIM, path) && errno != ENOENT)
        log_error("%s cannot be read: %s", path, strerror(errno));
    free(path);
    insecure = of_claim_conf("insecure", "no");
    *wish = (struct claim_wish){
        .url = of_claim_conf("url", DEFAULT_URL), .token = of_claim_conf("token", ""), .rooms = of_claim_conf("rooms", ""),
        .proxy = of_claim_conf("proxy", DEFAULT_CLAIM_PROXY), .insecure = strcasecmp(insecure, "yes") == 0 || strcasecmp(insecure, "true") == 0,
    };
    free(insecure);
}

/* A value ends with its line: more would not fit into cloud.conf. */
static char *first_line(const char *value)
{
    return formatted("%.*s", (int)strcspn(value, "\r\n"), value);
}

static char *of_environment(const char *name, const char *fallback)
{
    const char *value = getenv(name);

    return first_line(value && *value ? value : fallback);
}

static bool insecure_by_options(void)
{
    const char *options = getenv("NETDATA_EXTRA_CLAIM_OPTS");
    bool named = options && strstr(options, "-insecure");

    if (!options || !*options)
        return false;
    return EXTRA_OPTIONS_ARE_INVERTED ? !named : named;
}

static void read_environment(struct claim_wish *wish)
{
    struct claim claim = claim_state();

    *wish = (struct claim_wish){
        .url = of_environment("NETDATA_CLAIM_URL", claim.url), .token = of_environment("NETDATA_CLAIM_TOKEN", ""),
        .rooms = of_environment("NETDATA_CLAIM_ROOMS", ""), .proxy = of_environment("NETDATA_CLAIM_PROXY", DEFAULT_CLAIM_PROXY),
        .insecure = insecure_by_options(),
    };
    claim_free(&claim);
}

static char *of_file(const char *name)
{
    char *path = formatted("%s/%s", directories.cloud, name), *content = read_file(path, FILE_BYTES), *line;

    if (!content && errno != ENOENT)
        log_error("%s cannot be read: %s", path, strerror(errno));
    line = first_line(content ? content : "");
    free(content);
    free(path);
    return line;
}

static void read_files(struct claim_wish *wish)
{
    struct claim claim = claim_state();

    *wish = (struct claim_wish){
        .url = copy_of(claim.url), .token = of_file("token"), .rooms = of_file("rooms"), .proxy = copy_of(DEFAULT_CLAIM_PROXY), .in_files = true,
    };
    claim_free(&claim);
}

bool claim_wish_read(struct claim_wish *wish)
{
    static void (*const places[])(struct claim_wish *) = {read_claim_conf, read_environment, read_files};

    for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
        places[i](wish);
        if (*wish->token && *wish->url)
            return true;
        claim_wish_free(wish);
    }
    return false;
}

void claim_wish_clear_files(void)
{
    static const char *const names[] = {"token", "rooms"};

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        char *path = formatted("%s/%s", directories.cloud, names[i]);

        if (unlink(path) && errno != ENOENT)
            log_error("%s cannot be removed: %s", path, strerror(errno));
        free(path);
    }
}

void claim_wish_free(struct claim_wish *wish)
{
    free(wish->url);
    if (wish->token)
        explicit_bzero(wish->token, strlen(wish->token));
    free(wish->token);
    free(wish->rooms);
    free(wish->proxy);
    *wish = (struct claim_wish){0};
}
