#ifndef PROCESS_ID_H
#define PROCESS_ID_H

#include "privileges.h"

/* Opens the file for the process id with the rights of whoever starts the agent. -1: said in the log. */
int process_id_open(const char *path, const struct account *account);
/* Writes it, once it is sure that no other agent runs here. 0 also when no file is wanted. */
int process_id_write(void);
/* Takes the file away if this process wrote it, or empties it where it may not. */
void process_id_remove(void);

#endif
