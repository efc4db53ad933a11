#ifndef BACKOFF_H
#define BACKOFF_H

/* How long to wait after so many failures in a row: none → 0, then base to the power of one less, up to a minute, and some chance so that agents do not come all at once. */
long backoff_milliseconds(int failures, int base);

#endif
