#include "proxy.h"
#include "configuration.h"
#include "generation.h"
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

bool proxy_parse(const char *value, struct proxy *proxy)
{
    struct url url;

    *proxy = (struct proxy){0};
    for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++) {
        size_t length = strlen(schemes[i].scheme);
        const char *rest = value + length, *at;

        if (strncmp(value, schemes[i].scheme, length))
            continue;
        at = memrchr(rest, '@', strcspn(rest, "/"));
        if (!url_parse(at ? at + 1 : rest, schemes[i].default_port, &url))
            return false;
        if (at)
            take_credentials(proxy, rest, (size_t)(at - rest));
        proxy->kind = schemes[i].kind;
        proxy->host = copy_of(url.host);
        proxy->port = url.port;
        url_free(&url);
        return true;
    }
    return false;
}

void proxy_free(struct proxy *proxy)
{
    free(proxy->host);
    free(proxy->user);
    free(proxy->password);
    *proxy = (struct proxy){0};
}

/* Never logs the value: it may hold a password. */
static struct proxy take(const char *value, const char *source)
{
    struct proxy proxy;
    char *host;

    if (!proxy_parse(value, &proxy)) {
        log_error("The proxy set by %s is of unknown format and is not used. Write http://[user:password@]host:port or socks5h://[user:password@]host:port.", source);
        return proxy;
    }
    log_info("The link goes through the %s proxy %s:%d, set by %s.", proxy_label(&proxy), proxy.host, proxy.port, source);
    if (proxy.user && !LINK_HAS_PROXY_PASSWORDS) {
        /* Those agents looked up the name with the "@" that ends the password. */
        host = formatted("@%s", proxy.host);
        free(proxy.host);
        proxy.host = host;
    }
    return proxy;
}

static struct {
    bool read;
    const char *variable;
    char *value; /* NULL: it is not set, or empty */
} environment[] = {{READS_SOCKS_PROXY, "socks_proxy", NULL}, {true, "http_proxy", NULL}, {READS_HTTPS_PROXY, "https_proxy", NULL}};

void proxy_prepare(void)
{
    for (size_t i = 0; i < sizeof(environment) / sizeof(*environment); i++) {
        const char *value = getenv(environment[i].variable);

        if (environment[i].read && value && *value)
            environment[i].value = copy_of(value);
    }
    /* libwebsockets would look there by itself, also when the setting says none. */
    unsetenv("socks_proxy");
    unsetenv("http_proxy");
}

static struct proxy of_environment(void)
{
    for (size_t i = 0; i < sizeof(environment) / sizeof(*environment); i++) {
        char *source = formatted("the environment's %s", environment[i].variable);
        struct proxy proxy = {0};

        if (environment[i].value)
            proxy = take(environment[i].value, source);
        free(source);
        if (environment[i].value)
            return proxy;
    }
    return (struct proxy){0};
}

struct proxy proxy_of_link(void)
{
    char *newer = PROXY_IN_CLOUD_CONF ? configuration_value(CONFIGURATION_CLOUD, "global", "proxy", "env") : copy_of("env");
    char *value = configuration_value(CONFIGURATION_NETDATA, "cloud", "proxy", newer);
    struct proxy proxy = {0};

    if (strcmp(value, "env") == 0)
        proxy = of_environment();
    else if (strcmp(value, "none") && *value)
        proxy = take(value, "the setting \"proxy\"");
    free(value);
    free(newer);
    return proxy;
}

bool proxy_is_possible(const struct proxy *proxy)
{
    if (proxy->kind != PROXY_SOCKS5 || LINK_HAS_SOCKS5)
        return true;
    log_error("SOCKS5 proxy is not supported by ACLK-NG yet.");
    return false;
}
