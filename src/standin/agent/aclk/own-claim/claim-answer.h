#ifndef CLAIM_ANSWER_H
#define CLAIM_ANSWER_H

#include "claim-call.h"
#include "http-response.h"

/* What the Cloud's answer to a claim means. When it is not accepted, reason is in new memory. Source: claiming-and-link, 1.3 and 1.4. */
enum claim_outcome claim_answer(const struct http_response *response, char **reason);

#endif
