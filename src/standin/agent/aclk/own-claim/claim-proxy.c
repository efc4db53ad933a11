#include "claim-proxy.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *first_of(const char *const names[])
{
    for (; *names; names++) {
        const char *value = getenv(*names);

        if (value && *value)
            return value;
    }
    return NULL;
}

/* host, .host or a domain above it. */
static bool covers(const char *entry, const char *host)
{
    size_t length = strlen(host), wanted;

    entry += *entry == '.';
    wanted = strlen(entry);
    if (strcmp(entry, "*") == 0)
        return true;
    return wanted && length >= wanted && strcasecmp(host + length - wanted, entry) == 0 && (length == wanted || host[length - wanted - 1] == '.');
}

static bool is_excepted(const char *host)
{
    const char *list = first_of((const char *const[]){"no_proxy", "NO_PROXY", NULL});
    char *copy = copy_of(list ? list : ""), *rest = NULL;
    bool excepted = false;

    for (char *entry = strtok_r(copy, ", ", &rest); entry && !excepted; entry = strtok_r(NULL, ", ", &rest))
        excepted = covers(entry, host);
    free(copy);
    return excepted;
}

bool claim_proxy(const char *setting, const char *host, struct proxy *proxy)
{
    const char *value = setting;
    char *url;
    bool good;

    *proxy = (struct proxy){0};
    if (strcmp(setting, "env") == 0)
        value = is_excepted(host) ? NULL : first_of((const char *const[]){"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", NULL});
    if (!value || !*value || strcmp(value, "none") == 0)
        return true;
    url = strstr(value, "://") ? copy_of(value) : formatted("http://%s", value);
    good = proxy_parse(url, proxy);
    free(url);
    return good;
}
