#include "link.h"
#include "attempt.h"
#include "backoff.h"
#include "generation.h"
#include "link-status.h"
#include "log.h"
#include "mqtt-client.h"
#include "node-id.h"
#include "own-claim.h"
#include "threads.h"
#include "wait.h"

#include <stdint.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

/* A link that was up for less is taken for a failure: a broker that accepts and drops us is not to be run against. */
#define GOOD_LINK_MILLISECONDS 5000
#define BANNED_SECONDS 60

static int notice = -1;

/* What is remembered from one attempt to the next. */
struct course {
    int failures, backoff_base;
    long wait_milliseconds;
};

void link_prepare(void)
{
    proxy_prepare();
    node_id_load();
    notice = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

void link_notice(void)
{
    uint64_t one = 1;

    if (notice >= 0 && write(notice, &one, sizeof(one)) < 0)
        return; /* full: readable already */
    mqtt_wake();
}

static void show_wait(const struct course *course, bool banned)
{
    struct link_status *status = link_status_lock();

    status->banned = banned;
    status->last_backoff_seconds = (double)course->wait_milliseconds / 1000;
    status->next_attempt = time(NULL) + course->wait_milliseconds / 1000;
    link_status_unlock();
    log_info("Wait before attempting to reconnect in %.3f seconds", (double)course->wait_milliseconds / 1000);
}

static void start_over(struct course *course)
{
    *course = (struct course){0, 2, 0};
    link_status_lock()->banned = false;
    link_status_unlock();
}

static void learn(struct course *course, const struct attempt *attempt)
{
    course->backoff_base = attempt->backoff_base;
    if (attempt->online_milliseconds >= GOOD_LINK_MILLISECONDS)
        course->failures = 0;
    else
        course->failures++;
    course->wait_milliseconds = attempt->banned             ? BANNED_SECONDS * 1000
                                : attempt->retry_seconds > 0 ? attempt->retry_seconds * 1000
                                                             : backoff_milliseconds(course->failures, course->backoff_base);
    show_wait(course, attempt->banned);
}

/* true: something was said to be new, and is to be looked at. */
static bool noticed_within(long milliseconds)
{
    uint64_t count;

    if (wait_for(-1, 0, notice, monotonic_milliseconds() + milliseconds) != WAITED_INTERRUPTED)
        return false;
    return read(notice, &count, sizeof(count)) > 0;
}

/* Read once: an agent that is to use another proxy has to be started again. */
static struct proxy decide_proxy(void)
{
    struct proxy proxy = proxy_of_link();

    link_status_lock()->proxy = proxy_label(&proxy);
    link_status_unlock();
    return proxy;
}

void *link_run(void *unused)
{
    struct course course;
    struct proxy proxy;

    own_claim();
    proxy = decide_proxy();
    start_over(&course);
    if (!proxy_is_possible(&proxy))
        return unused;
    while (!stop_wanted()) {
        struct attempt attempt = {.claim = claim_state(), .proxy = &proxy, .interrupt = notice, .retry_seconds = -1, .online_milliseconds = -1};
        bool possible = attempt.claim.enabled && attempt.claim.claimed && attempt.claim.private_key;

        attempt.trust.self_signed = LINK_MAY_BE_INSECURE && attempt.claim.insecure;
        attempt.backoff_base = course.backoff_base;
        if (noticed_within(possible ? course.wait_milliseconds : 3600000)) {
            start_over(&course);
        } else if (possible) {
            attempt_make(&attempt);
            link_status_lock()->reason = attempt.reason;
            link_status_unlock();
            if (!attempt_is_stale(&attempt))
                learn(&course, &attempt);
        }
        claim_free(&attempt.claim);
    }
    return unused;
}
