#ifndef CLAIM_PROXY_H
#define CLAIM_PROXY_H

#include "proxy.h"

/*
 * The proxy for a claim of host: what the setting says (none, env, a URL), and for env what libcurl takes from the environment:
 * https_proxy, then all_proxy, of either case, unless no_proxy names the host. false: the setting cannot be understood.
 */
bool claim_proxy(const char *setting, const char *host, struct proxy *proxy);

#endif
