#ifndef CONTROL_PATH_H
#define CONTROL_PATH_H

/*
 * Where the control socket of this generation is, in new memory: $NETDATA_PIPENAME, /tmp/netdata-ipc up to 2.2, and netdata.pipe in
 * the run directory from 2.3. An agent below a prefix, and so one of many on its machine, has it in its run directory in any version;
 * and $NETDATA_PIPENAME counts before 1.41 too: without these two, agents in tests would meet in the host's /tmp.
 */
char *control_path(const char *run_directory);

#endif
