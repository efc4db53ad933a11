#ifndef NODE_ID_H
#define NODE_ID_H

#include <stdbool.h>

/* The name the Cloud has given this machine. It outlives the claim, as in a real agent's database, and so lies outside cloud.d. */

/* Reads it into the link's status at the start. */
void node_id_load(void);
/* Keeps a new one. false: it is no UUID. */
bool node_id_store(const char *node_id);

#endif
