#ifndef CLAIM_WISH_H
#define CLAIM_WISH_H

#include <stdbool.h>

/* What somebody wants this agent to be claimed with. */
struct claim_wish {
    char *url, *token;
    char *rooms; /* with commas between */
    char *proxy; /* none, env or a URL; empty: none */
    bool insecure;
    bool in_files; /* of the token and rooms files */
};

/* The first place that has a token. false: none has. Give it to claim_wish_free. */
bool claim_wish_read(struct claim_wish *wish);
/* After the claim: the token and rooms files have served. */
void claim_wish_clear_files(void);
void claim_wish_free(struct claim_wish *wish);

#endif
