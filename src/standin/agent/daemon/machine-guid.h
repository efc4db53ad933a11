#ifndef MACHINE_GUID_H
#define MACHINE_GUID_H

/* A random UUID (version 4). -1 with errno. */
int random_uuid(char uuid[37]);
/* Reads the machine's identity, or makes one when there is none. -1: it cannot be read or stored, and the log says why. */
int machine_guid_load(void);
/* 36 characters, lower case. Valid after machine_guid_load. */
const char *machine_guid(void);

#endif
