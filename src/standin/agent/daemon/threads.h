#ifndef THREADS_H
#define THREADS_H

#include <stdbool.h>

/* Readable from the moment the agent is to end. */
int stop_descriptor(void);
bool stop_wanted(void);
/* Made before the first thread starts. -1 with errno. */
int stop_prepare(void);
void stop_now(void);
/* Milliseconds of a clock that only goes forward. */
long long monotonic_milliseconds(void);

#endif
