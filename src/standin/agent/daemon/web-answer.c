#include "web-answer.h"
#include "generation.h"
#include "reports.h"

#include <string.h>

static const struct {
    bool present;
    const char *path;
    void (*report)(struct text *body);
} pages[] = {
    {true, "/api/v1/info", report_info},
    {HAS_ACLK_STATE, "/api/v1/aclk", report_link_json},
    {HAS_INFO_V2, "/api/v2/info", report_agents},
    {HAS_INFO_V3, "/api/v3/info", report_agents},
};

static const struct {
    int status;
    const char *words;
} phrases[] = {
    {200, "OK"}, {400, "Bad Request"}, {404, "Not Found"}, {405, "Method Not Allowed"},
    {408, "Request Timeout"}, {431, "Request Header Fields Too Large"},
};

static void respond(struct text *response, int status, const char *type, const struct text *body)
{
    const char *words = "";

    for (size_t i = 0; i < sizeof(phrases) / sizeof(*phrases); i++)
        if (phrases[i].status == status)
            words = phrases[i].words;
    text_format(response, "HTTP/1.1 %d %s\r\nServer: netdata stand-in %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n",
                status, words, AGENT_VERSION, type, body->length);
    text_add(response, body->bytes, body->length);
}

void web_refuse(struct text *response, int status)
{
    struct text body = {0};

    text_format(&body, "%s\n", status == 404 ? "There is no such page. The stand-in agent has /api/v1/info." : "The stand-in agent does not answer this request.");
    respond(response, status, "text/plain; charset=utf-8", &body);
    text_free(&body);
}

int web_answer(struct text *response, const char *request)
{
    size_t method_length = strcspn(request, " \r\n");
    const char *path = request + method_length + 1;
    size_t target_length, path_length;
    int status = 404;

    if (request[method_length] != ' ' || *path != '/')
        status = 400;
    else if (method_length != 3 || strncmp(request, "GET", 3))
        status = 405;
    if (status == 404) {
        target_length = strcspn(path, " \r\n");
        if (strncmp(path + target_length, " HTTP/1.", 8))
            status = 400;
        path_length = strcspn(path, " ?\r\n");
        for (size_t i = 0; status == 404 && i < sizeof(pages) / sizeof(*pages); i++) {
            struct text body = {0};

            if (!pages[i].present || strlen(pages[i].path) != path_length || strncmp(path, pages[i].path, path_length))
                continue;
            pages[i].report(&body);
            respond(response, 200, "application/json; charset=utf-8", &body);
            text_free(&body);
            return 200;
        }
    }
    web_refuse(response, status);
    return status;
}
