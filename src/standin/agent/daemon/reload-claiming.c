#include "reload-claiming.h"
#include "cloud-state.h"
#include "generation.h"
#include "link.h"
#include "own-claim.h"
#include "text.h"
#include "threads.h"

#include <poll.h>
#include <stdlib.h>

#define LINK_MILLISECONDS 10000
#define LOOK_MILLISECONDS 50

/* Until the link is up and the Cloud has given this node a name. */
static void wait_for_link(void)
{
    long long deadline = monotonic_milliseconds() + LINK_MILLISECONDS;
    struct pollfd stop = {stop_descriptor(), POLLIN, 0};
    struct link_status link = link_status();

    while (!(link.online && *link.node_id) && monotonic_milliseconds() < deadline && poll(&stop, 1, LOOK_MILLISECONDS) == 0)
        link = link_status();
}

static char *sentence(void)
{
    struct claim claim = claim_state();
    struct link_status link = link_status();
    enum cloud_state state = cloud_state(&claim, &link);
    char *reason = cloud_state_reason(state, &link), *words;

    if (state == CLOUD_IS_ONLINE)
        words = copy_of("Netdata Agent is claimed to Netdata Cloud and is currently online.");
    else if (state == CLOUD_IS_BANNED)
        words = copy_of("Netdata Agent is claimed to Netdata Cloud, but it is banned.");
    else if (claim.claimed)
        words = formatted("Netdata Agent is claimed to Netdata Cloud, but it is currently offline: %s", reason);
    else
        words = formatted("Netdata Agent is not claimed to Netdata Cloud: %s", reason);
    free(reason);
    claim_free(&claim);
    return words;
}

char *reload_claiming(void)
{
    claim_state_reload();
    own_claim();
    link_notice();
    if (!RELOAD_SAYS_SENTENCE)
        return NULL;
    wait_for_link();
    return sentence();
}
