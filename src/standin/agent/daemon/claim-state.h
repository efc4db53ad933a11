#ifndef CLAIM_STATE_H
#define CLAIM_STATE_H

#include <stdbool.h>

struct claim {
    bool enabled;      /* cloud.conf: [global] enabled */
    bool claimed;      /* cloud.d/claimed_id holds a UUID */
    char id[37];       /* lower case; empty when not claimed */
    char *url;         /* cloud.conf: [global] cloud base url */
    char *private_key; /* PEM; NULL when it cannot be read */
};

/* Reads cloud.d again. Safe from any thread. */
void claim_state_reload(void);
/* A copy; give it to claim_free. */
struct claim claim_state(void);
void claim_free(struct claim *claim);
/* Whether the link would be the same with either. */
bool claim_equal(const struct claim *a, const struct claim *b);

#endif
