#ifndef WEB_ANSWER_H
#define WEB_ANSWER_H

#include "text.h"

/* One whole HTTP response, head and body, to a request head ("GET /path HTTP/1.1" and what follows). Returns the status it has. */
int web_answer(struct text *response, const char *request);
/* A response that says no, for requests that never became whole. */
void web_refuse(struct text *response, int status);

#endif
