/* What an agent that is claimed by others has instead of own-claim/. */
#include "own-claim.h"

void own_claim(void)
{
}
