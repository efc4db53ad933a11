#ifndef MACHINE_GUID_H
#define MACHINE_GUID_H

/* Reads the machine's identity, or makes one when there is none. -1: it cannot be read or stored, and the log says why. */
int machine_guid_load(void);
/* 36 characters, lower case. Valid after machine_guid_load. */
const char *machine_guid(void);

#endif
