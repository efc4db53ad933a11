#ifndef DIRECTORIES_H
#define DIRECTORIES_H

#include <sys/types.h>

struct directories {
    char *config, *lib, *cache, *log, *registry, *run;
    char *cloud; /* of the claim: config/claim.d or lib/cloud.d */
};

/* Set once by directories_read, before any thread starts. */
extern struct directories directories;

/* From netdata.conf, with what configure was told as the default. */
void directories_read(void);
/* Makes those that are missing. As root, gives lib, cache, log and run, and what the agent itself keeps in them, to the user. -1: said in the log. */
int directories_prepare(uid_t user, gid_t group);
/* Writes a whole file under a temporary name and renames it. -1 with errno. */
int write_file(const char *path, const char *content, mode_t mode);
/* The start of a file, NUL-terminated, in new memory; NULL with errno, EFBIG when it has more than maximum bytes. */
char *read_file(const char *path, size_t maximum);

#endif
