#ifndef WAIT_H
#define WAIT_H

enum waited { WAITED_READY, WAITED_LATE, WAITED_INTERRUPTED };

/* Until descriptor (-1: none) has one of the events, the monotonic deadline has come, or interrupt is readable. */
enum waited wait_for(int descriptor, short events, int interrupt, long long deadline);
const char *waited_words(enum waited waited);

#endif
