#ifndef CLAIM_CALL_H
#define CLAIM_CALL_H

#include "claim-wish.h"

enum claim_outcome { CLAIM_ACCEPTED, CLAIM_REFUSED, CLAIM_TRY_AGAIN };

/* One PUT to the Cloud for the claim id. When it is not accepted, reason is in new memory: what agents of this version say. */
enum claim_outcome claim_call(const struct claim_wish *wish, const char *id, const char *public_key, char **reason);

#endif
