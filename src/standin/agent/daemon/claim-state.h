#ifndef CLAIM_STATE_H
#define CLAIM_STATE_H

#include <stdbool.h>

struct claim {
    bool enabled;      /* the settings want Cloud */
    bool claimed;      /* there is a claim id */
    bool insecure;     /* claimed with insecure */
    char id[37];       /* empty when not claimed */
    char *url;         /* the Cloud's base URL */
    char *private_key; /* PEM; NULL when it cannot be read */
};

/* Reads the settings and the claim. Before any thread starts. */
void claim_state_start(void);
/*
 * Reads the claim again, as reload-claiming-state does: up to 1.47 whether there is one, but not its settings; from 2.0 the settings
 * too, if cloud.conf is there, but a claim that is known stays. The private key is read once. Safe from any thread.
 */
void claim_state_reload(void);
/* A copy; give it to claim_free. */
struct claim claim_state(void);
void claim_free(struct claim *claim);
/* Whether the link would be the same with either. */
bool claim_equal(const struct claim *a, const struct claim *b);

/* What the agent's last try to claim itself came to; NULL: it has not tried, or it went well. */
void claim_failure_set(const char *reason);
/* A copy in new memory, never NULL: what to say about an agent that is not claimed. */
char *claim_failure(void);

#endif
