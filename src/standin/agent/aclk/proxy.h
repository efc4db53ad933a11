#ifndef PROXY_H
#define PROXY_H

enum proxy_kind { PROXY_NONE, PROXY_HTTP, PROXY_SOCKS5 };

struct proxy {
    enum proxy_kind kind;
    char *host;
    int port;
    char *user, *password; /* NULL: none */
};

/* [cloud] proxy of netdata.conf, or the environment when it says so. Takes the variables out of the environment. Before any thread starts. */
struct proxy proxy_read(void);
/* As /api/v1/info shows it: none, HTTP or SOCKS5. */
const char *proxy_label(const struct proxy *proxy);

#endif
