#ifndef OWN_CLAIM_H
#define OWN_CLAIM_H

/*
 * What an agent from 2.0 does when it starts and when it is told to look: if it is not claimed, it claims itself with the first of
 * claim.conf, its environment and cloud.d/token that has a token. Takes as long as that takes; what came of it is in claim-state.
 * Earlier agents are claimed by others.
 */
void own_claim(void);

#endif
