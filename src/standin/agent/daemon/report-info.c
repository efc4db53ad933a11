#include "claim-state.h"
#include "generation.h"
#include "link-status.h"
#include "machine-guid.h"
#include "reports.h"
#include "system-facts.h"

static void member(struct text *body, const char *name, const char *value)
{
    text_format(body, ",\n\t\"%s\": ", name);
    text_json(body, value);
}

static void truth(struct text *body, const char *name, bool value)
{
    text_format(body, ",\n\t\"%s\": %s", name, value ? "true" : "false");
}

static const char *implementation(void)
{
    return LINK_IS_NEXT_GENERATION ? "Next Generation" : "Legacy";
}

static void link_labels(struct text *body)
{
    const char *next = LINK_IS_NEXT_GENERATION && HAVE_CLOUD ? "true" : "false", *old = !LINK_IS_NEXT_GENERATION && HAVE_CLOUD ? "true" : "false";

    if (LABELS_SAY_AVAILABLE) {
        text_format(body, "\"_aclk_available\": \"%s\", ", HAVE_CLOUD ? "true" : "false");
        return;
    }
    if (!INFO_NAMES_IMPLEMENTATION)
        return;
    text_format(body, "\"_aclk_ng_available\": \"%s\", \"_aclk_legacy_available\": \"%s\", \"_aclk_impl\": \"%s\", ", next, old, implementation());
    if (INFO_NAMES_LINKS)
        text_format(body, "\"_aclk_ng_new_cloud_protocol\": \"%s\", ", next);
}

static void link_keys(struct text *body, const struct link_status *link)
{
    if (INFO_NAMES_IMPLEMENTATION)
        member(body, "aclk-implementation", HAVE_CLOUD ? implementation() : NULL);
    if (INFO_NAMES_LINKS) {
        truth(body, "aclk-ng-available", LINK_IS_NEXT_GENERATION && HAVE_CLOUD);
        truth(body, "aclk-ng-new-cloud-protocol", LINK_IS_NEXT_GENERATION && HAVE_CLOUD);
        truth(body, "aclk-legacy-available", !LINK_IS_NEXT_GENERATION && HAVE_CLOUD);
    }
    if (INFO_NAMES_PROTOCOL)
        member(body, "aclk-available-protocol", link->online ? "New" : NULL);
}

void report_info(struct text *body)
{
    struct claim claim = claim_state();
    struct link_status link = link_status();

    text_format(body, "{\n\t\"version\": \"%s\"", AGENT_VERSION);
    member(body, "uid", machine_guid());
    truth(body, "standin", true);
    member(body, "standin-note", STANDIN_SENTENCE);
    text_format(body, ",\n\t\"mirrored_hosts\": [");
    text_json(body, system_facts.hostname);
    text_format(body, "],\n\t\"mirrored_hosts_status\": [{\"guid\": \"%s\", \"reachable\": true, \"hops\": 0, \"claim_id\": ", machine_guid());
    text_json(body, claim.claimed ? claim.id : NULL);
    text_format(body, ", \"node_id\": ");
    text_json(body, *link.node_id ? link.node_id : NULL);
    text_format(body, "}]");
    member(body, "os_name", system_facts.os_name);
    member(body, "os_id", system_facts.os_id);
    member(body, "os_version", system_facts.os_version);
    member(body, "kernel_name", system_facts.kernel_name);
    member(body, "kernel_version", system_facts.kernel_version);
    member(body, "architecture", system_facts.architecture);
    text_format(body, ",\n\t\"host_labels\": {");
    link_labels(body);
    text_format(body, "\"_aclk_proxy\": \"%s\", \"_is_standin\": \"true\", \"_install_type\": ", link.proxy);
    text_json(body, system_facts.install_type);
    text_format(body, "},\n\t\"collectors\": []");
    truth(body, "cloud-enabled", !CLOUD_DISABLED && claim.enabled);
    truth(body, "cloud-available", HAVE_CLOUD);
    truth(body, "agent-claimed", claim.claimed);
    truth(body, "aclk-available", link.online);
    link_keys(body, &link);
    text_format(body, "\n}\n");
    claim_free(&claim);
}
