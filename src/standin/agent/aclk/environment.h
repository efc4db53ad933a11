#ifndef ENVIRONMENT_H
#define ENVIRONMENT_H

#include "attempt.h"
#include "url.h"

/* Where the Cloud wants this agent to go. */
struct environment {
    struct url authentication;
    struct url broker;
};

/* GET /api/v1/env. -1: said in the log. Sets the attempt's backoff base. */
int environment_fetch(struct attempt *attempt, struct environment *environment);
void environment_free(struct environment *environment);

#endif
