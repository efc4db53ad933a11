#ifndef CLOUD_STATE_H
#define CLOUD_STATE_H

#include "claim-state.h"
#include "link-status.h"

/* How this node stands with the Cloud, in one word. */
enum cloud_state { CLOUD_IS_UNAVAILABLE, CLOUD_IS_AVAILABLE, CLOUD_IS_DISABLED, CLOUD_IS_BANNED, CLOUD_IS_OFFLINE, CLOUD_IS_ONLINE };

enum cloud_state cloud_state(const struct claim *claim, const struct link_status *link);
/* "online" and so on, as /api/v2/info has it. */
const char *cloud_state_word(enum cloud_state state);
/* Why it is so, in new memory. */
char *cloud_state_reason(enum cloud_state state, const struct link_status *link);

#endif
