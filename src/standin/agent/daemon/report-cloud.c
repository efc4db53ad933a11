#include "cloud-state.h"
#include "config.h"
#include "machine-guid.h"
#include "reports.h"
#include "system-facts.h"

#include <stdlib.h>
#include <time.h>

static void cloud(struct text *body, time_t now)
{
    struct claim claim = claim_state();
    struct link_status link = link_status();
    enum cloud_state state = cloud_state(&claim, &link);
    char *reason = cloud_state_reason(state, &link);
    time_t since = link.online ? link.last_connect : link.last_disconnect ? link.last_disconnect : system_facts.started;

    text_format(body, "{\"id\":%u,\"status\":\"%s\",\"since\":%lld,\"age\":%lld,\"reason\":",
                link.connections, cloud_state_word(state), (long long)since, (long long)(now - since));
    text_json(body, reason);
    text_format(body, ",\"url\":");
    text_json(body, claim.url);
    text_format(body, ",\"claim_id\":");
    text_json(body, claim.claimed ? claim.id : NULL);
    if (claim.claimed && !link.online && link.next_attempt > now)
        text_format(body, ",\"next_check\":%lld,\"next_in\":%lld", (long long)link.next_attempt, (long long)(link.next_attempt - now));
    text_format(body, "}");
    free(reason);
    claim_free(&claim);
}

void report_agents(struct text *body)
{
    struct link_status link = link_status();
    time_t now = time(NULL);

    text_format(body, "{\"api\":2,\"standin\":true,\"agents\":[{\"mg\":\"%s\",\"nd\":", machine_guid());
    text_json(body, *link.node_id ? link.node_id : NULL);
    text_format(body, ",\"nm\":");
    text_json(body, system_facts.hostname);
    text_format(body, ",\"now\":%lld,\"ai\":0,\"v\":\"%s\",\"cloud\":", (long long)now, AGENT_VERSION);
    cloud(body, now);
    text_format(body, "}]}\n");
}
