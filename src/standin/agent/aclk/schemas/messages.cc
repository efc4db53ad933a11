/* The link's messages with libprotobuf, for the rest of the agent, which is C. */
#include "agent.pb.h"

extern "C" {
#include "config.h"
#include "machine-guid.h"
#include "messages.h"
#include "system-facts.h"
}

#include <climits>
#include <ctime>
#include <string>

namespace {

void set_now(google::protobuf::Timestamp *moment)
{
    timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    moment->set_seconds(now.tv_sec);
    moment->set_nanos(static_cast<int32_t>(now.tv_nsec));
}

/* All that this agent can do is speak the protocol. */
void set_capability(standin::Capability *capability)
{
    capability->set_name("proto");
    capability->set_version(1);
    capability->set_enabled(true);
}

text bytes_of(const google::protobuf::Message &message)
{
    const std::string serialized = message.SerializeAsString();
    text bytes = {};

    text_add(&bytes, serialized.data(), serialized.size());
    return bytes;
}

bool parse(google::protobuf::Message *message, const char *payload, size_t length)
{
    return length <= INT_MAX && message->ParseFromArray(payload, static_cast<int>(length));
}

char *copy(const std::string &value)
{
    return copy_of(value.c_str());
}

void set_facts(standin::NodeFacts *facts)
{
    facts->set_name(system_facts.hostname);
    facts->set_os("linux");
    facts->set_os_name(system_facts.os_name);
    facts->set_os_version(system_facts.os_version);
    facts->set_kernel_name(system_facts.kernel_name);
    facts->set_kernel_version(system_facts.kernel_version);
    facts->set_architecture(system_facts.architecture);
    facts->set_cpus(static_cast<uint32_t>(system_facts.processors));
    facts->set_memory(std::to_string(system_facts.memory_bytes));
    facts->set_version(AGENT_VERSION);
    facts->set_release_channel("stable");
    facts->set_timezone(system_facts.timezone);
    facts->set_machine_guid(machine_guid());
    (*facts->mutable_host_labels())["_install_type"] = system_facts.install_type;
    (*facts->mutable_host_labels())["_is_standin"] = "true";
}

} // namespace

text message_agent_connection(const message_context *context, bool reachable, update_source source)
{
    standin::UpdateAgentConnection message;

    message.set_claim_id(context->claim_id);
    message.set_reachable(reachable);
    message.set_session_id(static_cast<int64_t>(context->session));
    message.set_update_source(static_cast<standin::ConnectionUpdateSource>(source));
    set_now(message.mutable_updated_at());
    if (source == UPDATE_BY_AGENT)
        set_capability(message.add_capabilities());
    return bytes_of(message);
}

text message_create_node(const message_context *context)
{
    standin::CreateNodeInstance message;

    message.set_claim_id(context->claim_id);
    message.set_machine_guid(machine_guid());
    message.set_hostname(system_facts.hostname);
    return bytes_of(message);
}

text message_node_connection(const message_context *context, bool live)
{
    standin::UpdateNodeInstanceConnection message;

    message.set_claim_id(context->claim_id);
    message.set_node_id(context->node_id);
    message.set_liveness(live);
    message.set_queryable(live);
    message.set_session_id(static_cast<int64_t>(context->session));
    set_now(message.mutable_updated_at());
    set_capability(message.add_capabilities());
    return bytes_of(message);
}

text message_node_info(const message_context *context)
{
    standin::UpdateNodeInfo message;

    message.set_claim_id(context->claim_id);
    set_facts(message.mutable_data());
    set_now(message.mutable_updated_at());
    message.set_session_id(static_cast<int64_t>(context->session));
    message.set_machine_guid(machine_guid());
    message.set_node_id(context->node_id);
    return bytes_of(message);
}

char *message_read_claim_id(const char *payload, size_t length)
{
    standin::SendNodeInstances message;

    return parse(&message, payload, length) ? copy(message.claim_id()) : nullptr;
}

bool message_read_node_instance(const char *payload, size_t length, node_instance *instance)
{
    standin::CreateNodeInstanceResult message;

    if (!parse(&message, payload, length))
        return false;
    instance->node_id = copy(message.node_id());
    instance->machine_guid = copy(message.machine_guid());
    return true;
}

bool message_read_disconnect(const char *payload, size_t length, disconnect_order *order)
{
    standin::DisconnectReq message;

    if (!parse(&message, payload, length))
        return false;
    order->seconds = message.reconnect_after_seconds();
    order->banned = message.permaban();
    order->why = copy(message.error_description());
    return true;
}
