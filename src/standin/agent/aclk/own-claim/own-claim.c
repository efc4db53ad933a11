#include "own-claim.h"
#include "claim-call.h"
#include "claim-keys.h"
#include "claim-state.h"
#include "directories.h"
#include "log.h"
#include "machine-guid.h"
#include "system-facts.h"
#include "text.h"
#include "threads.h"
#include "wait.h"

#include <pthread.h>
#include <stdlib.h>

#define TRIES 5
/* Less what the agent's umask takes away, which leaves its group. */
#define FILE_MODE 0666

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

static int save(const char *name, const char *content)
{
    char *path = formatted("%s/%s", directories.cloud, name);
    int result = write_file(path, content, FILE_MODE);

    free(path);
    return result;
}

/* claimed_id last: with it the node counts as claimed for whoever looks. */
static int record(const struct claim_wish *wish, const char *id)
{
    char *settings = formatted("[global]\n    url = %s\n    token = %s\n    rooms = %s\n    proxy = %s\n    insecure = %s\n"
                               "    machine_guid = %s\n    claimed_id = %s\n    hostname = %s\n",
                               wish->url, wish->token, wish->rooms, wish->proxy, wish->insecure ? "yes" : "no", machine_guid(), id, system_facts.hostname);
    int result = save("cloud.conf", settings) || save("claimed_id", id) ? -1 : 0;

    free(settings);
    return result;
}

/* A new id for each try: so no try depends on what the one before it came to. */
static enum claim_outcome try_once(const struct claim_wish *wish, const char *public_key)
{
    char id[37], *reason = NULL;
    enum claim_outcome outcome = random_uuid(id) ? CLAIM_TRY_AGAIN : claim_call(wish, id, public_key, &reason);

    if (outcome == CLAIM_ACCEPTED && record(wish, id)) {
        reason = copy_of("Failed to save claiming info to disk");
        outcome = CLAIM_REFUSED;
    }
    claim_failure_set(reason);
    if (reason)
        log_error("CLAIM: %s", reason);
    free(reason);
    return outcome;
}

static void claim(const struct claim_wish *wish)
{
    char *public_key = claim_public_key();
    enum claim_outcome outcome = CLAIM_TRY_AGAIN;

    if (!public_key) {
        claim_failure_set("Failed to generate the keys of the claim");
        return;
    }
    for (int tried = 0; tried < TRIES && outcome == CLAIM_TRY_AGAIN && !stop_wanted(); tried++) {
        if (tried)
            wait_for(-1, 0, stop_descriptor(), monotonic_milliseconds() + 300 + 100 * tried);
        outcome = try_once(wish, public_key);
    }
    free(public_key);
    if (outcome != CLAIM_ACCEPTED)
        return;
    log_info("CLAIM: This agent has claimed itself.");
    if (wish->in_files)
        claim_wish_clear_files();
    claim_state_reload();
}

void own_claim(void)
{
    struct claim known;
    struct claim_wish wish;

    pthread_mutex_lock(&one_at_a_time);
    known = claim_state();
    if (!known.claimed && claim_wish_read(&wish)) {
        claim(&wish);
        claim_wish_free(&wish);
    }
    claim_free(&known);
    pthread_mutex_unlock(&one_at_a_time);
}
