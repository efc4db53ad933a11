#ifndef CHALLENGE_H
#define CHALLENGE_H

/* base64 of a secret under our public key (RSA-OAEP, SHA-1) → base64 of the secret, in new memory. NULL: said in the log. */
char *challenge_solve(const char *encrypted, const char *private_key);

#endif
