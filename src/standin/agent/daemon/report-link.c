#include "claim-state.h"
#include "generation.h"
#include "link-status.h"
#include "machine-guid.h"
#include "reports.h"
#include "system-facts.h"

#include <time.h>

static const char *yes(bool value)
{
    return value ? "Yes" : "No";
}

static const char *truth(bool value)
{
    return value ? "true" : "false";
}

static void when(struct text *body, const char *format, time_t at, struct tm *(*convert)(const time_t *, struct tm *))
{
    char moment[32];
    struct tm parts;

    if (at && strftime(moment, sizeof(moment), "%Y-%m-%d %H:%M:%S", convert(&at, &parts)))
        text_format(body, format, moment);
}

static void json_time(struct text *body, const char *name, time_t at)
{
    text_format(body, ",\"%s\":", name);
    if (at)
        when(body, "\"%s\"", at, gmtime_r);
    else
        text_json(body, NULL);
}

/* What waits for its PUBACK. */
static unsigned long pending(const struct link_status *link)
{
    return link->messages_published > link->pubacks_received ? link->messages_published - link->pubacks_received : 0;
}

static const char *implementation(void)
{
    return LINK_IS_NEXT_GENERATION ? "Next Generation" : "Legacy";
}

static void short_json(struct text *body, const struct claim *claim, const struct link_status *link)
{
    text_format(body, "{\"aclk-available\":true,\"aclk-implementation\":\"%s\",\"new-cloud-protocol-supported\":true,\"agent-claimed\":%s,\"claimed-id\":",
                implementation(), truth(claim->claimed));
    text_json(body, claim->claimed ? claim->id : NULL);
    text_format(body, ",\"online\":%s,\"used-cloud-protocol\":", truth(link->online));
    text_json(body, link->online ? "New" : NULL);
    text_format(body, "}");
}

void report_link_json(struct text *body)
{
    struct claim claim = claim_state();
    struct link_status link = link_status();

    if (!HAVE_CLOUD) {
        text_format(body, "{\"aclk-available\":false}");
        claim_free(&claim);
        return;
    }
    if (ACLK_STATE_IS_SHORT) {
        short_json(body, &claim, &link);
        claim_free(&claim);
        return;
    }
    text_format(body, "{\"aclk-available\":true,\"aclk-version\":2,\"protocols-supported\":[\"Protobuf\"],\"agent-claimed\":%s,\"claimed-id\":", truth(claim.claimed));
    text_json(body, claim.claimed ? claim.id : NULL);
    text_format(body, ",\"cloud-url\":");
    text_json(body, claim.claimed ? claim.url : NULL);
    text_format(body, ",\"online\":%s,\"used-cloud-protocol\":\"Protobuf\",\"mqtt-version\":5,\"received-app-layer-msgs\":%lu,\"received-mqtt-pubacks\":%lu",
                truth(link.online), link.messages_received, link.pubacks_received);
    if (ACLK_STATE_NAMES_PROXY)
        text_format(body, ",\"pending-mqtt-pubacks\":%lu", pending(&link));
    text_format(body, ",\"reconnect-count\":%u", link.connections ? link.connections - 1 : 0);
    json_time(body, "last-connect-time-utc", link.last_connect);
    json_time(body, "last-disconnect-time-utc", link.last_disconnect);
    json_time(body, "next-connection-attempt-utc", link.online ? 0 : link.next_attempt);
    text_format(body, ",\"last-backoff-value\":%.3f,\"banned-by-cloud\":%s,\"node-instances\":[{\"hostname\":", link.last_backoff_seconds, truth(link.banned));
    text_json(body, system_facts.hostname);
    text_format(body, ",\"mguid\":\"%s\",\"claimed_id\":", machine_guid());
    text_json(body, claim.claimed ? claim.id : NULL);
    text_format(body, ",\"node-id\":");
    text_json(body, *link.node_id ? link.node_id : NULL);
    text_format(body, ",\"streaming-hops\":0,\"relationship\":\"self\",\"streaming-online\":true}]}");
    claim_free(&claim);
}

static void add_connection(struct text *body, const struct link_status *link)
{
    text_format(body, "\nOnline: %s\nReconnect count: %u\nBanned By Cloud: %s",
                yes(link->online), link->connections ? link->connections - 1 : 0, yes(link->banned));
    when(body, "\nLast Connection Time: %s", link->last_connect, localtime_r);
    when(body, "\nLast Disconnect Time: %s", link->last_disconnect, localtime_r);
    if (!link->online) {
        when(body, "\nNext Connection Attempt At: %s", link->next_attempt, localtime_r);
        text_format(body, "\nLast Backoff: %.3f", link->last_backoff_seconds);
        return;
    }
    text_format(body, "\nReceived Cloud MQTT Messages: %lu\nMQTT Messages Confirmed by Remote Broker (PUBACKs): %lu",
                link->messages_received, link->pubacks_received);
}

static void short_text(struct text *body, const struct claim *claim, const struct link_status *link)
{
    text_format(body, "ACLK Available: Yes\nACLK Implementation: %s\nNew Cloud Protocol Support: Yes\nClaimed: %s", implementation(), yes(claim->claimed));
    if (claim->claimed)
        text_format(body, "\nClaimed Id: %s", claim->id);
    text_format(body, "\nOnline: %s", yes(link->online));
    if (link->online)
        text_format(body, "\nUsed Cloud Protocol: New");
}

void report_link_text(struct text *body)
{
    struct claim claim = claim_state();
    struct link_status link = link_status();

    if (!HAVE_CLOUD) {
        text_format(body, "ACLK Available: No");
        claim_free(&claim);
        return;
    }
    if (ACLK_STATE_IS_SHORT) {
        short_text(body, &claim, &link);
        claim_free(&claim);
        return;
    }
    text_format(body, "ACLK Available: Yes\nACLK Version: 2\nProtocols Supported: Protobuf\nProtocol Used: Protobuf\nMQTT Version: 5\nClaimed: %s", yes(claim.claimed));
    if (claim.claimed)
        text_format(body, "\nClaimed Id: %s\nCloud URL: %s", claim.id, claim.url);
    add_connection(body, &link);
    if (ACLK_STATE_NAMES_PROXY)
        text_format(body, "\nACLK Proxy: %s\nPending PUBACKS: %lu", link.proxy, pending(&link));
    text_format(body, "\n\n> Node Instance for mGUID: \"%s\" hostname \"%s\"\n\tClaimed ID: %s\n\tNode ID: %s\n\tStreaming Hops: 0\n\tRelationship: self",
                machine_guid(), system_facts.hostname, claim.claimed ? claim.id : "null", *link.node_id ? link.node_id : "null");
    claim_free(&claim);
}
