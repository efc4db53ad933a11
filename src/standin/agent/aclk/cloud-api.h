#ifndef CLOUD_API_H
#define CLOUD_API_H

#include "attempt.h"
#include "url.h"

#include <json-c/json.h>

struct cloud_request {
    const char *name; /* for the log */
    const char *method;
    const struct url *server;
    const char *target, *body;
    int wanted_status;
};

/* One call to the Cloud's link API: its JSON object, to be put back with json_object_put. NULL: said in the log; a refusal's wishes are in attempt. */
struct json_object *cloud_api(struct attempt *attempt, const struct cloud_request *request);
/* A string member; NULL when it is missing or something else. */
const char *json_string(struct json_object *object, const char *name);

#endif
