#include "attempt.h"
#include "environment.h"
#include "log.h"
#include "mqtt-session.h"
#include "one-time-password.h"
#include "threads.h"
#include "wait.h"

bool attempt_is_stale(const struct attempt *attempt)
{
    struct claim now = claim_state();
    bool stale = stop_wanted() || !claim_equal(&now, &attempt->claim);

    claim_free(&now);
    return stale;
}

bool attempt_is_interrupted(const struct attempt *attempt)
{
    return stop_wanted() || wait_for(-1, 0, attempt->interrupt, 0) == WAITED_INTERRUPTED;
}

void attempt_make(struct attempt *attempt)
{
    struct environment environment;
    struct credentials credentials;

    log_info("Attempting connection now");
    if (environment_fetch(attempt, &environment))
        return;
    if (one_time_password(attempt, &environment, &credentials) == 0) {
        mqtt_session(attempt, &environment, &credentials);
        credentials_free(&credentials);
    }
    environment_free(&environment);
}
