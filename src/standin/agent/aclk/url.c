#include "url.h"
#include "text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool is_plain(const char *value)
{
    for (; *value; value++)
        if (!isgraph((unsigned char)*value))
            return false;
    return true;
}

bool url_parse(const char *value, int default_port, struct url *url)
{
    const char *scheme = strstr(value, "://"), *host = scheme ? scheme + 3 : value;
    const char *bracket = *host == '[' ? strchr(host, ']') : NULL;
    size_t length = bracket ? (size_t)(bracket - host - 1) : strcspn(host, ":/");
    const char *after = bracket ? bracket + 1 : host + length;
    size_t authority = strcspn(after, "/");
    char *port = formatted("%.*s", (int)(authority ? authority - 1 : 0), after + (authority ? 1 : 0));

    *url = (struct url){0};
    url->port = authority ? (int)parse_number(port, 1, 65535, -1) : default_port;
    free(port);
    if (!is_plain(value) || length == 0 || length > 253 || url->port < 0 || (authority && *after != ':') || memchr(host, '@', length))
        return false;
    url->host = formatted("%.*s", (int)length, bracket ? host + 1 : host);
    url->path = copy_of(after + authority);
    return true;
}

void url_free(struct url *url)
{
    free(url->host);
    free(url->path);
    *url = (struct url){0};
}
