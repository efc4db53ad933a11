#include "proxy.h"
#include "configuration.h"
#include "log.h"
#include "url.h"
#include "text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *scheme;
    enum proxy_kind kind;
    int default_port;
} schemes[] = {
    {"http://", PROXY_HTTP, 8080},
    /* The proxy looks up names for both: what it can reach, it knows best. */
    {"socks5h://", PROXY_SOCKS5, 1080},
    {"socks5://", PROXY_SOCKS5, 1080},
};

const char *proxy_label(const struct proxy *proxy)
{
    return proxy->kind == PROXY_HTTP ? "HTTP" : proxy->kind == PROXY_SOCKS5 ? "SOCKS5" : "none";
}

/* %41 → A, in place. */
static void decode(char *value)
{
    char *to = value;

    for (; *value; value++) {
        if (*value == '%' && isxdigit((unsigned char)value[1]) && isxdigit((unsigned char)value[2])) {
            char digits[] = {value[1], value[2], '\0'};

            *to++ = (char)strtol(digits, NULL, 16);
            value += 2;
        } else {
            *to++ = *value;
        }
    }
    *to = '\0';
}

static void take_credentials(struct proxy *proxy, const char *value, size_t length)
{
    char *user = formatted("%.*s", (int)length, value), *colon = strchr(user, ':');

    if (colon)
        *colon = '\0';
    proxy->user = user;
    proxy->password = copy_of(colon ? colon + 1 : "");
    decode(proxy->user);
    decode(proxy->password);
}

/* Never logs the value: it may hold a password. */
static struct proxy parse(const char *value, const char *source)
{
    struct proxy proxy = {0};
    struct url url;

    for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++) {
        size_t length = strlen(schemes[i].scheme);
        const char *rest = value + length, *at;

        if (strncmp(value, schemes[i].scheme, length))
            continue;
        at = memrchr(rest, '@', strcspn(rest, "/"));
        if (!url_parse(at ? at + 1 : rest, schemes[i].default_port, &url))
            break;
        if (at)
            take_credentials(&proxy, rest, (size_t)(at - rest));
        proxy.kind = schemes[i].kind;
        proxy.host = copy_of(url.host);
        proxy.port = url.port;
        url_free(&url);
        log_info("The link goes through the %s proxy %s:%d, set by %s.", proxy_label(&proxy), proxy.host, proxy.port, source);
        return proxy;
    }
    log_error("The proxy set by %s is of unknown format and is not used. Write http://[user:password@]host:port or socks5h://[user:password@]host:port.", source);
    return proxy;
}

struct proxy proxy_read(void)
{
    char *value = configuration_value(CONFIGURATION_NETDATA, "cloud", "proxy", "env");
    const char *socks = getenv("socks_proxy"), *http = getenv("http_proxy");
    struct proxy proxy = {0};

    if (strcmp(value, "env") && strcmp(value, "none") && *value)
        proxy = parse(value, "[cloud] proxy in netdata.conf");
    else if (strcmp(value, "env") == 0 && socks && *socks)
        proxy = parse(socks, "the environment's socks_proxy");
    else if (strcmp(value, "env") == 0 && http && *http)
        proxy = parse(http, "the environment's http_proxy");
    free(value);
    /* libwebsockets would look there by itself, also when the setting says none. */
    unsetenv("socks_proxy");
    unsetenv("http_proxy");
    return proxy;
}
