#ifndef HTTP_RESPONSE_H
#define HTTP_RESPONSE_H

#include "text.h"

struct http_response {
    int status;
    struct text body;
};

enum http_progress { HTTP_MORE, HTTP_COMPLETE, HTTP_BROKEN };

/* The value of a header: where it starts, up to the end of its line. NULL when it is not there. */
const char *http_header(const char *head, const char *name);
/* Looks at all that has arrived so far. ended: nothing more will come. Fills response only when it is complete. */
enum http_progress http_response_read(const struct text *arrived, bool ended, struct http_response *response);

#endif
