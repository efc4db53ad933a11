#ifndef GENERATION_H
#define GENERATION_H

/*
 * What agents of this version do in their own way. All that depends on the version is in this table, except which link is
 * built in and by which tool (configure and CMakeLists.txt). The numbers are sections of claiming-and-link.
 */
#include "config.h"

/* AGENT_NUMBER is made from packaging/version: v2.9.3 → 2009003. A nightly counts as the release before it. */
#define BEFORE(major, minor, patch) (AGENT_NUMBER < (major) * 1000000 + (minor) * 1000 + (patch))
#define FROM(major, minor, patch) (!BEFORE(major, minor, patch))

/* 3.1: <config>/claim.d, made by whoever claims. Later <lib>/cloud.d, made by the agent. */
#define STATE_IS_CLAIM_D BEFORE(1, 22, 0)
/* 3.3: netdata.conf says whether there is Cloud, and the default is no. Later cloud.conf, and yes. */
#define SETTINGS_IN_NETDATA_CONF BEFORE(1, 22, 0)
/* 3.3: "enabled" may be auto, and NETDATA_DISABLE_CLOUD counts. */
#define ENABLED_IS_AUTO FROM(1, 41, 0)
/* 3.5: claimed by the agent itself, from claim.conf, its environment or cloud.d/token; what it was claimed with is in cloud.conf. */
#define CLAIMS_ITSELF FROM(2, 0, 0)
/* 5.1: Cloud cannot be switched off. */
#define CLOUD_IS_ALWAYS_ON FROM(2, 0, 0)
/* 3.3 */
#define DEFAULT_URL (FROM(1, 37, 0) && BEFORE(1, 39, 0) ? "https://api.netdata.cloud" : "https://app.netdata.cloud")
/* 3.2 */
#define LOWERS_CLAIM_ID FROM(1, 34, 0)
/* 3.5: the claim's proxy where claim.conf names none. */
#define DEFAULT_CLAIM_PROXY (BEFORE(2, 1, 0) ? "" : "env")
/* 3.5: the word -insecure in NETDATA_EXTRA_CLAIM_OPTS switches the checks on, and others switch them off. */
#define EXTRA_OPTIONS_ARE_INVERTED BEFORE(2, 11, 0)
/* 1.4: what a claim that did not reach the Cloud says beside why. */
#define REASON_NAMES_PROXY FROM(2, 1, 0)
#define REASON_NAMES_FILES FROM(2, 3, 0)

/* 4.2: the control socket. */
#define SOCKET_IN_TMP BEFORE(2, 3, 0)
#define RUN_DIRECTORY_IN_ENVIRONMENT FROM(2, 3, 0)
/* 4.2: commands of netdatacli. */
#define HAS_CONFIG_COMMANDS FROM(1, 22, 0)
#define HAS_PING FROM(1, 23, 0)
#define HAS_ACLK_STATE FROM(1, 32, 0)
#define HAS_VERSION_COMMAND FROM(1, 38, 0)
/* 4.3: reload-claiming-state may claim, waits for the link, and says in a sentence how it is. */
#define RELOAD_SAYS_SENTENCE FROM(2, 0, 0)

/* 4.4: aclk-state of 1.32 and 1.33 was shorter; 2.9 added the proxy and what waits for its PUBACK. */
#define ACLK_STATE_IS_SHORT BEFORE(1, 34, 0)
#define ACLK_STATE_NAMES_PROXY FROM(2, 9, 0)
/* 5.1: more keys about the link in /api/v1/info, while there were two of them. */
#define INFO_NAMES_IMPLEMENTATION (FROM(1, 30, 0) && BEFORE(1, 37, 0))
#define INFO_NAMES_LINKS (FROM(1, 32, 0) && BEFORE(1, 37, 0))
#define INFO_NAMES_PROTOCOL (FROM(1, 33, 0) && BEFORE(1, 37, 0))
#define LABELS_SAY_AVAILABLE FROM(1, 37, 0)
/* 5.2 */
#define HAS_INFO_V2 FROM(1, 41, 0)
#define HAS_INFO_V3 FROM(2, 0, 0)
#define REASONS_ARE_PHRASES FROM(2, 2, 1)

/* 7.1: the first was libwebsockets' and libmosquitto's; the next generation is the agent's own. */
#define LINK_IS_NEXT_GENERATION FROM(1, 33, 0)
/* 7.1: whatever is first in the Cloud's list of transports. */
#define TAKES_FIRST_TRANSPORT (FROM(2, 2, 1) && BEFORE(2, 6, 0))
/* 7.5 */
#define PASSWORD_NAMES_VERSION FROM(2, 3, 0)
/* 7.3: a self-signed certificate is good enough for the link of an agent claimed with insecure. */
#define LINK_MAY_BE_INSECURE FROM(2, 3, 0)
/* 8.1: a SOCKS5 proxy of the environment was skipped by links that have none, and is not looked for by later ones. */
#define PROXY_IN_CLOUD_CONF FROM(1, 46, 0)
#define READS_SOCKS_PROXY (!LINK_IS_NEXT_GENERATION)
#define READS_HTTPS_PROXY FROM(2, 3, 0)
/* 8.2, 8.3: what the link can do with proxies. */
#define LINK_HAS_SOCKS5 (!LINK_IS_NEXT_GENERATION || FROM(2, 10, 0))
#define LINK_HAS_PROXY_PASSWORDS (!LINK_IS_NEXT_GENERATION || FROM(1, 38, 0))
#define LINK_TAKES_HTTP_1_0 (!LINK_IS_NEXT_GENERATION || FROM(1, 46, 2))

#endif
