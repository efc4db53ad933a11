/** Programs that end with 0 when the library they are linked with works. */
export const checkPrograms = {
  mosquitto: `#include <mosquitto.h>
int main(void) {
  if (mosquitto_lib_init() != MOSQ_ERR_SUCCESS) return 1;
  struct mosquitto *client = mosquitto_new("kickstart", true, 0);
  if (!client) return 2;
  if (mosquitto_tls_opts_set(client, 1, "tlsv1.2", 0) != MOSQ_ERR_SUCCESS) return 3;
  mosquitto_destroy(client);
  return mosquitto_lib_cleanup();
}
`,
  libwebsockets: `#include <libwebsockets.h>
#include <string.h>
int main(void) {
  struct lws_context_creation_info info;
  memset(&info, 0, sizeof info);
  info.port = CONTEXT_PORT_NO_LISTEN;
  info.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
  lws_set_log_level(0, 0);
  struct lws_context *context = lws_create_context(&info);
  if (!context) return 1;
  lws_context_destroy(context);
  return 0;
}
`,
  jsonc: `#include <json-c/json.h>
#include <string.h>
int main(void) {
  struct json_object *value = 0;
  struct json_object *object = json_tokener_parse("{\\"answer\\": [1, 42]}");
  if (!json_object_object_get_ex(object, "answer", &value)) return 1;
  if (json_object_get_int(json_object_array_get_idx(value, 1)) != 42) return 2;
  return json_object_put(object) == 1 ? 0 : 3;
}
`,
  protobufMessage: `syntax = "proto3";
package kickstart;
message Answer {
  string question = 1;
  repeated int64 numbers = 2;
}
`,
  protobuf: `#include "check.pb.h"
int main() {
  GOOGLE_PROTOBUF_VERIFY_VERSION;
  kickstart::Answer sent, received;
  sent.set_question("answer");
  sent.add_numbers(42);
  std::string bytes;
  if (!sent.SerializeToString(&bytes)) return 1;
  if (!received.ParseFromString(bytes)) return 2;
  return received.question() == "answer" && received.numbers_size() == 1 && received.numbers(0) == 42 ? 0 : 3;
}
`,
} as const;
