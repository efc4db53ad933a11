#ifndef REPORTS_H
#define REPORTS_H

#include "text.h"

/* The sentence that says what this program is and is not. */
#define STANDIN_SENTENCE "This is the stand-in agent of kickstart: it speaks like a Netdata agent, collects no metrics, and is for rehearsals and tests."

/* The body of /api/v1/info. */
void report_info(struct text *body);
/* The body of /api/v2/info and /api/v3/info, of which this agent has the part about the Cloud. */
void report_agents(struct text *body);
/* The body of /api/v1/aclk, which is also what `netdatacli aclk-state json` prints. */
void report_link_json(struct text *body);
/* What `netdatacli aclk-state` prints, without a newline at the end. */
void report_link_text(struct text *body);

#endif
