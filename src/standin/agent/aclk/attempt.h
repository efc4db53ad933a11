#ifndef ATTEMPT_H
#define ATTEMPT_H

#include "claim-state.h"
#include "link-status.h"
#include "proxy.h"
#include "tls.h"

#include <stdbool.h>

/* What came of a request: nothing, another status than wanted, or no JSON object. */
enum answered { ANSWERED_NOT, ANSWERED_NO, ANSWERED_RUBBISH };

/* One try to bring the link up, and what it says about the next. */
struct attempt {
    struct claim claim;
    const struct proxy *proxy;
    struct tls_trust trust;
    int interrupt;          /* readable when the claim may have changed or the agent is to end */
    int backoff_base;       /* last one the Cloud named; 2 before */
    long retry_seconds;     /* the Cloud's word for the next try; -1: it said nothing */
    enum answered answered; /* the last request */
    enum link_reason reason; /* how it ended */
    bool banned;            /* the Cloud does not want to see this agent */
    long online_milliseconds; /* how long the link was up; -1: never */
};

/* Whether what this attempt works with is no longer true. */
bool attempt_is_stale(const struct attempt *attempt);
/* Whether someone wants the link to look around: before it is up, that ends an attempt even when nothing has changed. */
bool attempt_is_interrupted(const struct attempt *attempt);
/* The whole way: environment, one-time password, MQTT, until the link is lost. */
void attempt_make(struct attempt *attempt);

#endif
