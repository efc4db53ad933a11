#ifndef PROXY_H
#define PROXY_H

#include <stdbool.h>

enum proxy_kind { PROXY_NONE, PROXY_HTTP, PROXY_SOCKS5 };

struct proxy {
    enum proxy_kind kind;
    char *host;
    int port;
    char *user, *password; /* NULL: none */
};

/* Takes the variables of the link's proxy out of the environment. Before any thread starts. */
void proxy_prepare(void);
/*
 * The link's proxy: [cloud] proxy of netdata.conf, then [global] proxy of cloud.conf where agents have it there, or the environment
 * when they say so. With what links of this version cannot do: see proxy_is_possible.
 */
struct proxy proxy_of_link(void);
/* false: the link has to stay down; said in the log. */
bool proxy_is_possible(const struct proxy *proxy);
/* A proxy's URL. false: it is none; proxy is direct then. */
bool proxy_parse(const char *value, struct proxy *proxy);
void proxy_free(struct proxy *proxy);
/* As /api/v1/info shows it: none, HTTP or SOCKS5. */
const char *proxy_label(const struct proxy *proxy);

#endif
