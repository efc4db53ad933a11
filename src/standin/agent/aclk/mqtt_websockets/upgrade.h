#ifndef UPGRADE_H
#define UPGRADE_H

#include "text.h"
#include "tls-stream.h"

/* Turns a fresh TLS connection into a WebSocket that carries MQTT. What arrived behind the answer is in rest. false: why says why. */
bool upgrade(const struct tls_stream *stream, const char *host, long long deadline, struct text *rest, const char **why);

#endif
