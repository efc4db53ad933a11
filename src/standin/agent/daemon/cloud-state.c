#include "cloud-state.h"
#include "configuration.h"
#include "generation.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

static const char *const words[] = {
    [CLOUD_IS_UNAVAILABLE] = "unavailable", [CLOUD_IS_AVAILABLE] = "available", [CLOUD_IS_DISABLED] = "disabled",
    [CLOUD_IS_BANNED] = "banned",           [CLOUD_IS_OFFLINE] = "offline",     [CLOUD_IS_ONLINE] = "online",
};

/* Before 2.0, an agent that is offline counts as that only where cloud.conf has the very words "enabled = yes" (claiming-and-link, 5.2). */
static bool says_yes(void)
{
    char *enabled = configuration_value(CONFIGURATION_CLOUD, "global", "enabled", "");
    bool yes = CLAIMS_ITSELF || strcmp(enabled, "yes") == 0;

    free(enabled);
    return yes;
}

enum cloud_state cloud_state(const struct claim *claim, const struct link_status *link)
{
    if (!HAVE_CLOUD)
        return CLOUD_IS_UNAVAILABLE;
    if (!claim->enabled)
        return CLOUD_IS_DISABLED;
    if (!claim->claimed)
        return CLOUD_IS_AVAILABLE;
    if (link->banned)
        return CLOUD_IS_BANNED;
    if (link->online)
        return CLOUD_IS_ONLINE;
    return says_yes() ? CLOUD_IS_OFFLINE : CLOUD_IS_AVAILABLE;
}

const char *cloud_state_word(enum cloud_state state)
{
    return words[state];
}

char *cloud_state_reason(enum cloud_state state, const struct link_status *link)
{
    if (state == CLOUD_IS_AVAILABLE && CLAIMS_ITSELF)
        return claim_failure();
    if (state == CLOUD_IS_BANNED)
        return copy_of(CLAIMS_ITSELF ? "Agent is banned from Netdata Cloud" : "blocked");
    if (state == CLOUD_IS_DISABLED || state == CLOUD_IS_UNAVAILABLE)
        return copy_of("disabled");
    if (state == CLOUD_IS_AVAILABLE && link->reason == LINK_NOT_TRIED)
        return copy_of("not_claimed");
    return copy_of(link_reason_words(state == CLOUD_IS_ONLINE ? LINK_CONNECTED : link->reason));
}
